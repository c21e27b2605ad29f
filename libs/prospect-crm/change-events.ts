/**
 * The bodies of the CRM's change events. Their real shape is not known (facts P5, P8.5): any object that names an entity and
 * an id is taken, alone, in a list, or in a list within an object, whatever the casing of its names. Entities are named as
 * the API names them: what the CRM's pages call a company is a Division, and the API's Company is the group above it.
 */
import { isRecord, type JsonRecord, type JsonValue } from '#runtime';

/** Kinds of record whose events matter, by the names of the API. */
export type CrmEntity = 'Division' | 'Contact' | 'Address' | 'SalesLedger' | 'User';

/** A record that changed. */
export interface CrmChange {
  entity: CrmEntity;
  /** Key of the record as text: a number, a user code, or the key predicate of a sales ledger. */
  id: string;
}

/** What a body says. */
export type ParsedEvents =
  | {
      ok: true;
      /** Records that changed, each once, in the order of the body. */
      changes: CrmChange[];
      /** Events of entities that do not matter here. */
      ignored: number;
    }
  | { ok: false; message: string };

/** Events in one body at most. */
export const MAX_EVENTS = 1_000;

const ENTITIES: Readonly<Record<string, CrmEntity>> = {
  division: 'Division',
  divisions: 'Division',
  contact: 'Contact',
  contacts: 'Contact',
  address: 'Address',
  addresses: 'Address',
  salesledger: 'SalesLedger',
  salesledgers: 'SalesLedger',
  user: 'User',
  users: 'User',
};

const ENTITY_NAMES = ['entitytype', 'entityname', 'entity', 'type'];
const ID_NAMES = ['entityid', 'recordid', 'id', 'key'];
const LIST_NAMES = ['events', 'value', 'items', 'data'];

/** What is accepted, for the answer to a body that is not. */
export const ACCEPTED_SHAPES =
  'Send {"EntityType": "Division" | "Contact" | "Address" | "SalesLedger" | "User", "EntityId": id}, or a list of such objects.';

/** Reads a body. Events of other entities are counted and left out; a body without any entity and id is refused. */
export function parseChangeEvents(body: JsonValue): ParsedEvents {
  const events = eventsOf(body);
  if (events.length === 0) return { ok: false, message: 'An empty list of events.' };
  if (events.length > MAX_EVENTS) return { ok: false, message: `More than ${MAX_EVENTS} events in one body.` };
  const changes = new Map<string, CrmChange>();
  let ignored = 0;
  for (const event of events) {
    const parsed = isRecord(event) ? parseOne(event) : null;
    if (parsed === null) return { ok: false, message: 'An event that does not name an entity and an id of it.' };
    if (parsed === 'other') ignored += 1;
    else changes.set(`${parsed.entity}/${parsed.id}`, parsed);
  }
  return { ok: true, changes: [...changes.values()], ignored };
}

function eventsOf(body: JsonValue): JsonValue[] {
  if (Array.isArray(body)) return body;
  if (!isRecord(body)) return [body];
  const byName = lowerCased(body);
  if (firstText(byName, ENTITY_NAMES) !== null) return [body];
  const lists = LIST_NAMES.map((name) => byName.get(name)).filter((value) => Array.isArray(value));
  return lists[0] ?? [body];
}

function parseOne(event: JsonRecord): CrmChange | 'other' | null {
  const byName = lowerCased(event);
  const entityName = firstText(byName, ENTITY_NAMES);
  const id = firstText(byName, ID_NAMES);
  if (entityName === null || id === null) return null;
  const entity = ENTITIES[entityName.toLowerCase()];
  if (entity === undefined) return 'other';
  return isKeyOf(entity, id) ? { entity, id } : null;
}

function lowerCased(event: JsonRecord): Map<string, JsonValue> {
  return new Map(Object.entries(event).map(([name, value]) => [name.toLowerCase(), value]));
}

function firstText(byName: ReadonlyMap<string, JsonValue>, names: readonly string[]): string | null {
  for (const name of names) {
    const value = byName.get(name);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  return null;
}

/** A key must be one: it goes into a path or a filter. */
function isKeyOf(entity: CrmEntity, id: string): boolean {
  if (entity === 'User') return /^[\p{L}\p{N}]{1,3}$/u.test(id);
  if (entity === 'SalesLedger') return id.length <= 250 && !/\p{Cc}/u.test(id);
  return /^\d{1,10}$/.test(id);
}
