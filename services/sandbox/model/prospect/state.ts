/** The CRM of one workspace: tables in memory, nothing else. */
import type { Json, Row } from '../types.ts';
import { type SetName, type SetSchema, schemas, setNames } from './schema.ts';

/** A personal access token and the user whose rights and code it carries (fact P1.4). */
export type AccessToken = { token: string; userCode: string; revoked: boolean };

/** All that a simulated CRM knows. */
export type CrmState = {
  /** Seed of the workspace, for derived ids. */
  readonly seed: string;
  /** Rows by key. Each has every property of its set, in order. */
  readonly tables: Readonly<Record<SetName, Map<string, Row>>>;
  /** Last key handed out, per set with made keys. */
  readonly lastKeys: Partial<Record<SetName, number>>;
  /** Writes so far; drives the microseconds of time stamps and the late ones among them. */
  writes: number;
  /** Times of the calls in the sliding window, ms, oldest first (fact P1.5). */
  callTimes: number[];
  readonly tokens: AccessToken[];
  /** Rows written since they were last saved, as `set key`; whoever stores the state empties it. */
  readonly touched: Set<string>;
};

/** An empty CRM. */
export function createCrmState(seed: string): CrmState {
  const tables = Object.fromEntries(setNames.map((set) => [set, new Map<string, Row>()]));
  return {
    seed,
    tables: tables as Record<SetName, Map<string, Row>>,
    lastKeys: {},
    writes: 0,
    callTimes: [],
    tokens: [],
    touched: new Set(),
  };
}

/** The key of a row as text: parts joined by `|`, e.g. `12`, `JBL`, `A|HAR0001`. */
export function keyOf(schema: SetSchema, row: Row): string {
  const [only] = schema.keys;
  if (schema.keys.length === 1 && only !== undefined) return String(row[only]);
  return schema.keys.map((part) => String(row[part])).join('|');
}

/** The row of a key, or undefined. */
export function rowOf(state: CrmState, set: SetName, key: string | number): Row | undefined {
  return state.tables[set].get(String(key));
}

/** Stores a row, replacing the one of the same key. */
export function putRow(state: CrmState, schema: SetSchema, row: Row): void {
  const key = keyOf(schema, row);
  state.tables[schema.set].set(key, row);
  state.touched.add(`${schema.set} ${key}`);
}

/** Next made key of a set; the first is 1001. */
export function nextKey(state: CrmState, set: SetName): number {
  const next = (state.lastKeys[set] ?? 1000) + 1;
  state.lastKeys[set] = next;
  return next;
}

/** Rows that a navigation leads to, in key order. */
export function follow(state: CrmState, schema: SetSchema, row: Row, name: string): Row[] {
  const navigation = schema.navigation[name];
  if (!navigation) return [];
  const wanted: Json[] = navigation.on.map(([own]) => row[own] ?? null);
  if (wanted.includes(null)) return [];
  const target = schemas[navigation.set];
  const others = navigation.on.map(([, other]) => other);
  if (!navigation.many && others.join('|') === target.keys.join('|')) {
    const found = rowOf(state, navigation.set, wanted.map(String).join('|'));
    return found ? [found] : [];
  }
  const found: Row[] = [];
  for (const candidate of state.tables[navigation.set].values()) {
    if (others.every((other, index) => candidate[other] === wanted[index])) found.push(candidate);
  }
  return found;
}
