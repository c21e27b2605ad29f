/**
 * What people do on the pages of the two systems: search, open, add, edit and delete records. Their calls count
 * against no quota and meet no fault; their writes are marked `person` and fire events like any other.
 */
import { queueEvents } from './events.ts';
import { personCrm } from './people-crm.ts';
import { personUnleashed } from './people-unleashed.ts';
import type { PersonDesk } from './person-desk.ts';
import {
  type ApiResponse,
  answer,
  type Change,
  type Json,
  Refusal,
  type Row,
  type Side,
  type WriteContext,
} from './types.ts';
import { apiNowMs, type Workspace } from './workspace-state.ts';

/** Kinds of record that people work with, per side. */
export const collections = {
  crm: ['companies', 'contacts', 'addresses', 'users', 'ledgers', 'groups'],
  unleashed: ['companies', 'contacts', 'salespersons'],
} as const;

/** What a list asks for. */
export type ListQuery = {
  /** Text that any shown field must hold, without case; '' for all. */
  readonly search: string;
  /** Only records that hang on this one (contacts of a company); '' for all. */
  readonly parent: string;
  /** Stored field by whose text records are sorted, `-` before it for the other way round; '' for the desk's own order. */
  readonly sort: string;
  readonly limit: number;
  readonly offset: number;
};

/** The desk of a collection, or undefined when there is no such collection. */
export function deskOf(workspace: Workspace, side: Side, collection: string): PersonDesk | undefined {
  return side === 'crm' ? personCrm(workspace, collection) : personUnleashed(workspace, collection);
}

/** Records of a desk that a list asks for. */
export function listRecords(desk: PersonDesk, query: ListQuery): { total: number; items: Row[] } {
  const wanted = query.search.trim().toLowerCase();
  // Showing a record costs more than looking at it: it is done for those alone that are searched or answered.
  const found = desk.list().filter((row) => {
    if (query.parent !== '' && desk.parentOf(row) !== query.parent) return false;
    return wanted === '' || holds(desk.show(row), wanted);
  });
  const rows = query.sort === '' ? found : sorted(found, query.sort);
  const page = rows.slice(query.offset, query.offset + query.limit);
  return { total: found.length, items: page.map((row) => desk.show(row)) };
}

/** As people sort: without case, digits by their value. Records that are alike keep their order. */
const collator = new Intl.Collator('en', { sensitivity: 'base', numeric: true });

function sorted(records: Row[], sort: string): Row[] {
  const down = sort.startsWith('-');
  const field = down ? sort.slice(1) : sort;
  const sign = down ? -1 : 1;
  const keyed = records.map((record) => ({ record, key: String(record[field] ?? '') }));
  return keyed.sort((a, b) => sign * collator.compare(a.key, b.key)).map(({ record }) => record);
}

function holds(value: Json, wanted: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(wanted);
  if (typeof value === 'number') return String(value) === wanted;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inner) => holds(inner, wanted));
}

/** What a person's write came to: an answer like an API's, and the changes. */
export type PersonResult = { response: ApiResponse; changes: Change[] };

/** One write by a person. */
export type PersonWrite = {
  readonly side: Side;
  readonly collection: string;
  readonly action: 'create' | 'update' | 'delete';
  /** Record id; '' for create. */
  readonly id: string;
  readonly fields: Row;
  /** Name (Unleashed) or user code (CRM) noted as the author. */
  readonly person: string;
};

/** Does a person's write and queues its events; refusals come back as answers (400, 404). */
export function writeAsPerson(workspace: Workspace, write: PersonWrite, nowMs: number): PersonResult {
  const desk = deskOf(workspace, write.side, write.collection);
  if (!desk) return { response: answer(404, { message: `There is no collection ${write.collection}.` }), changes: [] };
  const context: WriteContext = { by: 'person', userId: write.person, nowMs: apiNowMs(workspace, write.side, nowMs) };
  try {
    const { id, changes } = perform(desk, write, context);
    queueEvents(workspace, changes, nowMs);
    const record = desk.get(id);
    return { response: answer(write.action === 'create' ? 201 : 200, record ?? {}), changes };
  } catch (error) {
    if (error instanceof Refusal) return { response: error.response, changes: [] };
    throw error;
  }
}

function perform(desk: PersonDesk, write: PersonWrite, context: WriteContext): { id: string; changes: Change[] } {
  if (write.action === 'create') return desk.create(write.fields, context);
  if (!desk.get(write.id)) throw new Refusal(answer(404, { message: 'There is no such record.' }));
  const changes =
    write.action === 'update' ? desk.update(write.id, write.fields, context) : desk.remove(write.id, context);
  return { id: write.id, changes };
}
