/** Answers lists: filter, order, page, expand and select (facts P2.1 to P2.5). */
import type { CrmSwitches } from '../switches-crm.ts';
import type { Json, Row } from '../types.ts';
import { parseMicros, refuseUnknownProperty } from './answers.ts';
import { compileFilter, findProperty } from './filter.ts';
import type { QueryOptions } from './options.ts';
import { type SetSchema, schemas } from './schema.ts';
import { type CrmState, follow, keyOf } from './state.ts';

/** One page of a list. */
export type Page = {
  readonly rows: readonly Row[];
  /** Records that match, before $top and $skip. */
  readonly total: number;
  /** $skip of the next page when the server cut this one short, else undefined. */
  readonly nextSkip: number | undefined;
};

/**
 * The page of `candidates` that the options ask for.
 * @param limited the server's page sizes apply
 * @throws Refusal 400 for unknown properties or a filter that cannot be read
 */
export function queryRows(
  state: CrmState,
  schema: SetSchema,
  switches: CrmSwitches,
  candidates: Iterable<Row>,
  options: QueryOptions,
  limited: boolean,
): Page {
  const matches = options.filter === '' ? undefined : compileFilter(state, schema, switches, options.filter);
  const rows: Row[] = [];
  for (const row of candidates) if (!matches || matches(row)) rows.push(row);
  order(rows, schema, switches, options);
  const serverLimit =
    options.top === undefined ? Math.min(switches.defaultPageSize, switches.maxPageSize) : switches.maxPageSize;
  const wanted = options.top ?? Number.POSITIVE_INFINITY;
  const size = limited ? Math.min(wanted, serverLimit) : wanted;
  const end = options.skip + size;
  const cut = size < wanted && end < rows.length;
  return { rows: rows.slice(options.skip, end), total: rows.length, nextSkip: cut ? end : undefined };
}

function order(rows: Row[], schema: SetSchema, switches: CrmSwitches, options: QueryOptions): void {
  const keys = options.orderBy.map(({ property, descending }) => {
    const name = findProperty(schema, property, switches.filterNamesIgnoreCase);
    const definition = schema.properties[name];
    if (!definition) return refuseUnknownProperty(property, schema.type);
    return { name, sign: descending ? -1 : 1, isDate: definition.type === 'date' };
  });
  if (keys.length === 0 && schema.keyMade) return; // made keys are stored in rising order
  const value = (row: Row, name: string, isDate: boolean): Json => {
    const raw = row[name] ?? null;
    if (isDate) return typeof raw === 'string' ? (parseMicros(raw) ?? null) : null;
    return typeof raw === 'string' ? raw.toLowerCase() : raw;
  };
  rows.sort((a, b) => {
    for (const { name, sign, isDate } of keys) {
      const by = compareValues(value(a, name, isDate), value(b, name, isDate));
      if (by !== 0) return by * sign;
    }
    return compareKeys(schema, a, b);
  });
}

function compareValues(a: Json, b: Json): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}

function compareKeys(schema: SetSchema, a: Row, b: Row): number {
  const [first] = schema.keys;
  if (schema.keyMade && first !== undefined) return Number(a[first]) - Number(b[first]);
  return compareValues(keyOf(schema, a), keyOf(schema, b));
}

/**
 * A record as the API shows it: $select applied, navigation expanded.
 * @throws Refusal 400 for an unknown property or navigation
 */
export function present(
  state: CrmState,
  schema: SetSchema,
  switches: CrmSwitches,
  row: Row,
  options: QueryOptions,
): Row {
  const isWhole = options.select.length === 0 || options.select.includes('*');
  const shown: Row = isWhole ? { ...row } : {};
  if (!isWhole) {
    for (const asked of options.select) {
      const name = findProperty(schema, asked, switches.filterNamesIgnoreCase);
      if (name in schema.properties) shown[name] = row[name] ?? null;
      else if (!(name in schema.navigation)) refuseUnknownProperty(asked, schema.type);
    }
  }
  for (const { name, options: nested } of options.expand) {
    const navigation = schema.navigation[name];
    if (!navigation) return refuseUnknownProperty(name, schema.type);
    const target = schemas[navigation.set];
    const found = follow(state, schema, row, name);
    const { rows } = queryRows(state, target, switches, found, nested, false);
    const records = rows.map((other) => present(state, target, switches, other, nested));
    shown[name] = navigation.many ? records : (records[0] ?? null);
  }
  return shown;
}
