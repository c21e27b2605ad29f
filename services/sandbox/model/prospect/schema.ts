/**
 * The entity sets of the CRM that the sandbox serves: properties, widths (SqlWidth), keys, foreign keys and
 * navigation, after section 3 of the Prospect facts.
 */
import type { EntityName, Row } from '../types.ts';
import type { Property } from './properties.ts';
import { recordSets } from './sets-records.ts';
import { supportSets } from './sets-support.ts';

/** One way from a record to others. */
export type Navigation = {
  readonly set: SetName;
  readonly many: boolean;
  /** Pairs of own property and property of the other set that must be equal. */
  readonly on: readonly (readonly [own: string, other: string])[];
  /** A value that POST or PATCH gives must lead to an existing record, else 400 with code -194 (fact P2.11). */
  readonly enforced?: true;
};

/** One entity set. */
export type SetSchema = {
  readonly set: SetName;
  /** Type name, e.g. Division; also the EntityType of change events. */
  readonly type: string;
  readonly entity: EntityName;
  readonly keys: readonly string[];
  /** The server makes the (numeric) key. */
  readonly keyMade: boolean;
  /** Field that DELETE sets to 'D', or true on Obsolete; undefined: DELETE is answered 405. */
  readonly deleteMark?: 'StatusFlag' | 'Obsolete';
  /** Property that names the record this one hangs on. */
  readonly parent?: string;
  readonly properties: Readonly<Record<string, Property>>;
  readonly navigation: Readonly<Record<string, Navigation>>;
  /** Change events are fired for this set. */
  readonly fires: boolean;
  /** Names of the properties, in order. */
  readonly names: readonly string[];
  /** A row with all of them null, to copy. */
  readonly blank: Row;
};

const definitions = { ...recordSets, ...supportSets } as const;

/** Names of the entity sets. */
export type SetName = keyof typeof definitions;

/** Every set by name. */
export const schemas: Readonly<Record<SetName, SetSchema>> = Object.fromEntries(
  Object.entries(definitions).map(([set, definition]) => {
    const names = Object.keys(definition.properties);
    return [set, { set, ...definition, names, blank: blankOf(names) }];
  }),
) as unknown as Record<SetName, SetSchema>;

/** Parsed, so that all rows share one shape: what is put together name by name becomes a slow dictionary. */
function blankOf(names: readonly string[]): Row {
  return JSON.parse(JSON.stringify(Object.fromEntries(names.map((name) => [name, null]))));
}

/** A row with every property of the set and no other, in order: the given values, null for the rest. */
export function wholeRow(schema: SetSchema, values: Row): Row {
  const row: Row = { ...schema.blank };
  for (const name of schema.names) row[name] = values[name] ?? null;
  return row;
}

/** All set names in a fixed order. */
export const setNames = Object.keys(definitions) as SetName[];

/** The schema of a set, or undefined for an unknown name. */
export function findSet(name: string): SetSchema | undefined {
  return (schemas as Readonly<Record<string, SetSchema>>)[name];
}
