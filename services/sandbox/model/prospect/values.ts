/** Checks on values that a POST or PATCH gives: known property, type, width, existing foreign key. */
import type { CrmSwitches } from '../switches-crm.ts';
import type { Json, Row } from '../types.ts';
import { parseMicros, refuse, refuseUnknownProperty } from './answers.ts';
import type { Property } from './properties.ts';
import type { SetSchema } from './schema.ts';
import { type CrmState, follow } from './state.ts';

/**
 * The given values that may be stored, cut or refused by the rules of the set.
 * @throws Refusal 400 for an unknown property, a wrong type or (switch `lengths`) a text that is too long
 */
export function checkedValues(schema: SetSchema, switches: CrmSwitches, given: Row): Row {
  const values: Row = {};
  for (const [name, value] of Object.entries(given)) {
    if (name.includes('@odata.')) continue;
    const property = schema.properties[name];
    if (!property) refuseUnknownProperty(name, schema.type);
    values[name] = checkedValue(name, property, switches, value);
  }
  return values;
}

function checkedValue(name: string, property: Property, switches: CrmSwitches, value: Json): Json {
  if (value === null) return null;
  if (!hasType(property, value)) {
    refuse(400, '', `Cannot convert the value of '${name}' to the expected type 'Edm.${edmType(property)}'.`, name);
  }
  if (typeof value !== 'string' || property.width === undefined || value.length <= property.width) return value;
  if (switches.lengths === 'cut') return value.slice(0, property.width);
  return refuse(400, '-1', `The field ${name} must be a string with a maximum length of ${property.width}.`, name);
}

function hasType(property: Property, value: Json): boolean {
  switch (property.type) {
    case 'string':
      return typeof value === 'string';
    case 'int':
      return typeof value === 'number' && Number.isInteger(value);
    case 'decimal':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    case 'date':
      return typeof value === 'string' && parseMicros(value) !== undefined;
  }
}

function edmType(property: Property): string {
  const names = { string: 'String', int: 'Int32', decimal: 'Decimal', bool: 'Boolean', date: 'DateTimeOffset' };
  return names[property.type];
}

/**
 * Checks foreign keys of which a part is among `written`; blank ones are set to null.
 * @throws Refusal 400 with code -194 for a key that leads nowhere (fact P2.11)
 */
export function checkForeignKeys(state: CrmState, schema: SetSchema, row: Row, written: readonly string[]): void {
  for (const [name, navigation] of Object.entries(schema.navigation)) {
    if (!navigation.enforced) continue;
    const own = navigation.on.map(([field]) => field);
    if (!own.some((field) => written.includes(field))) continue;
    for (const field of own) if (row[field] === '') row[field] = null;
    if (own.some((field) => (row[field] ?? null) === null)) continue;
    if (follow(state, schema, row, name).length === 0) {
      const last = own.at(-1) ?? name;
      refuse(
        400,
        '-194',
        `The value of ${own.join(', ')} does not refer to an existing ${navigation.set} record.`,
        last,
      );
    }
  }
}

/** Text of a value, blank for null. */
export function textOf(value: Json | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}
