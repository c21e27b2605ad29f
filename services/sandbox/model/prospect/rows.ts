/**
 * Writing records of the CRM: insert, partial update, soft delete. Each returns the changes it made; what the server
 * itself fills in (time stamps, address rows, hashes, links) happens here and nowhere else.
 */
import { hash128 } from '../random.ts';
import type { CrmSwitches } from '../switches-crm.ts';
import { type Change, differences, type FieldChange, type Json, type Row, type WriteContext } from '../types.ts';
import { formatMicros, parseMicros, refuse } from './answers.ts';
import { type SetSchema, schemas } from './schema.ts';
import { type CrmState, keyOf, nextKey, putRow, rowOf } from './state.ts';
import { checkedValues, checkForeignKeys, textOf } from './values.ts';

/** A written row and all changes that the write made, the row's own first. */
export type Written = { row: Row; changes: Change[] };

/** Fields whose change the built-in integration hashes into SyncFieldHash (section 3, inferred). */
const hashedFields: Readonly<Record<string, readonly string[]>> = {
  Divisions: ['Name', 'PhoneNumber', 'Website', 'AccountManager', 'AddressId'],
  Contacts: ['Forename', 'Surname', 'Email', 'PhoneNumber', 'MobilePhoneNumber', 'Fax'],
};

/** Every this-many-th write takes an old time stamp when `lateVisibleMs` is set. */
const lateWriteEvery = 7;

/**
 * Creates a record.
 * @throws Refusal 400 (unknown property, wrong type, missing field, broken foreign key -194) or 500 (part of a
 *   composite key missing, fact P2.11)
 */
export function insertRow(
  state: CrmState,
  switches: CrmSwitches,
  schema: SetSchema,
  given: Row,
  context: WriteContext,
): Written {
  const values = checkedValues(schema, switches, given);
  for (const name of Object.keys(values)) {
    if (ignoredAtInsert(schema, switches, name, context)) delete values[name];
  }
  checkRequired(schema, values);
  const row: Row = { ...schema.blank };
  for (const name of schema.names) row[name] = values[name] ?? schema.properties[name]?.initial ?? null;
  checkForeignKeys(state, schema, row, Object.keys(values));
  if (!schema.keyMade && rowOf(state, schema.set, keyOf(schema, row))) {
    refuse(400, '-803', `A ${schema.type} with this key exists already.`);
  }
  const [key] = schema.keys;
  if (schema.keyMade && key !== undefined) row[key] = nextKey(state, schema.set);
  const changes: Change[] = [];
  if ('AddressId' in row && schema.set !== 'Addresses') {
    const address = insertRow(state, switches, schemas.Addresses, {}, context);
    row.AddressId = address.row.AddressId ?? null;
    changes.push(...address.changes);
  }
  fillComputed(state, switches, schema, row, undefined, context);
  putRow(state, schema, row);
  changes.unshift(change(schema, row, 'insert', differences({}, row), context));
  return { row, changes };
}

/**
 * Changes the given fields of a record (fact P2.8).
 * @throws Refusal 400 as for insertRow
 */
export function updateRow(
  state: CrmState,
  switches: CrmSwitches,
  schema: SetSchema,
  before: Row,
  given: Row,
  context: WriteContext,
): Written {
  const values = checkedValues(schema, switches, given);
  const row: Row = { ...before };
  for (const [name, value] of Object.entries(values)) {
    if (!schema.keys.includes(name) && !ignoredAlways(schema, switches, name, context)) row[name] = value;
  }
  checkForeignKeys(state, schema, row, Object.keys(values));
  const changed = differences(before, row);
  if (changed.length === 0 && !switches.noopPatchBumps) {
    return { row: before, changes: [change(schema, before, 'update', [], context)] };
  }
  fillComputed(state, switches, schema, row, before, context);
  putRow(state, schema, row);
  const changes = [change(schema, row, 'update', changed, context)];
  if (changed.length > 0) changes.push(...bumpOwners(state, switches, schema, row, context));
  return { row, changes };
}

/** Marks a record deleted (fact P2.10); deleting again is fine and changes nothing. */
export function deleteRow(
  state: CrmState,
  switches: CrmSwitches,
  schema: SetSchema,
  before: Row,
  context: WriteContext,
): Written {
  const mark = schema.deleteMark;
  if (!mark) refuse(405, '', `The requested resource does not support http method 'DELETE'.`);
  const row: Row = { ...before, [mark]: mark === 'StatusFlag' ? 'D' : true };
  const fields = differences(before, row);
  if (fields.length === 0) return { row: before, changes: [] };
  if (switches.softDeleteBumps) fillComputed(state, switches, schema, row, before, context);
  putRow(state, schema, row);
  return { row, changes: [change(schema, row, 'delete', fields, context)] };
}

function ignoredAlways(schema: SetSchema, switches: CrmSwitches, name: string, context: WriteContext): boolean {
  if (schema.properties[name]?.computed) return true;
  if (context.by !== 'api' || name !== 'AccountsId') return false;
  if (schema.set === 'Contacts') return !switches.contactAccountsIdWritable;
  return schema.set === 'SalesLedgers' && !switches.ledgerAccountsIdWritable;
}

function ignoredAtInsert(schema: SetSchema, switches: CrmSwitches, name: string, context: WriteContext): boolean {
  if (ignoredAlways(schema, switches, name, context) || name === 'AddressId') return true;
  const dropped = schema.properties[name]?.dropped;
  if (context.by !== 'api' || dropped === undefined) return false;
  return switches.postDrops === 'markers' || (switches.postDrops === 'some' && dropped === 'some');
}

function checkRequired(schema: SetSchema, values: Row): void {
  for (const name of schema.names) {
    if (!schema.properties[name]?.required || textOf(values[name]) !== '') continue;
    if (schema.keys.length > 1 && schema.keys.includes(name)) {
      refuse(500, '', `Unable to generate primary key: ${name} has no value.`, name);
    }
    refuse(400, '-193', `The ${name} field is required.`, name);
  }
}

function fillComputed(
  state: CrmState,
  switches: CrmSwitches,
  schema: SetSchema,
  row: Row,
  before: Row | undefined,
  context: WriteContext,
): void {
  const properties = schema.properties;
  if (properties.LastUpdatedTimestamp) row.LastUpdatedTimestamp = nextStamp(state, switches, before, context.nowMs);
  const now = formatMicros(Math.floor(context.nowMs) * 1000, 3);
  if (properties.LastUpdated) {
    row.LastUpdated = now;
    row.LastUpdatedByUserId = context.userId;
  }
  if (properties.Created && !before) {
    row.Created = now;
    row.CreatedByUserId = context.userId;
  }
  if (properties.RecordLink) {
    row.RecordLink = `https://crm.prospect365.com/view/${schema.type}/${keyOf(schema, row)}`;
  }
  if (properties.WebsiteDomain) row.WebsiteDomain = domainOf(textOf(row.Website));
  if (properties.AddressBlock) row.AddressBlock = blockOf(row);
  const hashed = hashedFields[schema.set];
  if (hashed && switches.syncFieldHashWritten) row.SyncFieldHash = hash128(JSON.stringify(hashed.map((f) => row[f])));
}

/** Next LastUpdatedTimestamp; never earlier than the row's last one, sometimes late (switch `lateVisibleMs`). */
function nextStamp(state: CrmState, switches: CrmSwitches, before: Row | undefined, nowMs: number): string {
  state.writes += 1;
  const late = state.writes % lateWriteEvery === 0 ? switches.lateVisibleMs : 0;
  const digits = switches.timestampPrecision === 'microsecond' ? 6 : switches.timestampPrecision === 'second' ? 0 : 3;
  const own = (Math.floor(nowMs) - late) * 1000 + ((state.writes * 37) % 1000);
  const last = before ? parseMicros(textOf(before.LastUpdatedTimestamp)) : undefined;
  const step = digits === 6 ? 1 : digits === 3 ? 1000 : 0;
  return formatMicros(last === undefined ? own : Math.max(own, last + step), digits);
}

function bumpOwners(
  state: CrmState,
  switches: CrmSwitches,
  schema: SetSchema,
  row: Row,
  context: WriteContext,
): Change[] {
  const changes: Change[] = [];
  const bump = (owner: SetSchema, key: string, value: Json): void => {
    for (const before of state.tables[owner.set].values()) {
      if (before[key] !== value || value === null) continue;
      const after = { ...before };
      fillComputed(state, switches, owner, after, before, context);
      putRow(state, owner, after);
      changes.push(change(owner, after, 'update', differences(before, after), context));
    }
  };
  if (schema.set === 'Addresses' && switches.addressChangeBumpsDivision) {
    bump(schemas.Divisions, 'AddressId', row.AddressId ?? null);
    bump(schemas.Contacts, 'AddressId', row.AddressId ?? null);
  }
  if (schema.set === 'Contacts' && switches.contactChangeBumpsDivision) {
    bump(schemas.Divisions, 'DivisionId', row.DivisionId ?? null);
  }
  return changes;
}

function change(
  schema: SetSchema,
  row: Row,
  action: Change['action'],
  fields: readonly FieldChange[],
  context: WriteContext,
): Change {
  return {
    side: 'crm',
    entity: schema.entity,
    id: keyOf(schema, row),
    parentId: schema.parent ? textOf(row[schema.parent]) : '',
    action,
    by: context.by,
    userId: context.userId,
    fields: fields.filter(({ field, after }) => action !== 'insert' || after !== null || field === schema.keys[0]),
    atMs: context.nowMs,
  };
}

function domainOf(website: string): Json {
  const host = website.replace(/^[a-z]+:\/\//i, '').replace(/^www\./i, '');
  return host === '' ? null : (host.split('/')[0] ?? '').slice(0, 100);
}

function blockOf(row: Row): string {
  const lines = ['AddressLine1', 'AddressLine2', 'AddressLine3', 'AddressLine4', 'AddressLine5', 'Postcode', 'Country'];
  return lines
    .map((line) => textOf(row[line]))
    .filter((line) => line !== '')
    .join('\r\n');
}
