/** What the outside saw: what people did, what each side showed and when, which calls were made. */
import type { Side } from '#contracts';
import type { Change, Workspace } from '../../../services/sandbox/model/index.ts';
import type { WireCall } from '../engine/wire.ts';
import { type Kept, shownBy } from './fields.ts';

/** An edit by a person. */
export interface Edit {
  token: string;
  side: Side;
  kept: Kept;
  /** Record at that side. */
  id: string;
  field: string;
  value: string;
  /** plain, or why it is told apart (see Form). */
  form: string;
  atMs: number;
}

/** A side began to show something else. */
export interface Showing {
  atMs: number;
  side: Side;
  kept: Kept;
  id: string;
  field: string;
  before: string;
  value: string;
  /** person, api (one of our calls), or server (another machine). */
  by: string;
  /** The call that did it; null when it was a person. */
  call: WireCall | null;
}

/** A contact that a person added. */
export interface Added {
  token: string;
  side: Side;
  id: string;
  /** Pair of its company. */
  company: number;
  atMs: number;
  /** When Sync to Unleashed was pressed; null for never. */
  pressedAtMs: number | null;
}

/** The records of the outside. */
export interface History {
  edits: Edit[];
  showings: Showing[];
  added: Added[];
  /** Changes that our calls made, with the call; null for a person. */
  changes: { change: Change; call: WireCall | null; atMs: number }[];
  /** What one field of one record showed, in order. */
  showingsOf(side: Side, kept: Kept, id: string, field: string): readonly Showing[];
  /** What a record showed after the last change of it, by field; undefined when nothing was ever seen of it. */
  shownNow(side: Side, kept: Kept, id: string): ReadonlyMap<string, string> | undefined;
  /** Takes note of changes right after they were made. */
  note(changes: readonly Change[], call: WireCall | null, atMs: number): void;
}

const NOTHING: readonly Showing[] = [];

/** An empty history of a workspace. */
export function createHistory(workspace: Workspace): History {
  const shown = new Map<string, Map<string, string>>();
  /** Showings by record and field, so that nobody has to look through all of them. */
  const byField = new Map<string, Showing[]>();
  const history: History = {
    edits: [],
    showings: [],
    added: [],
    changes: [],
    showingsOf: (side, kept, id, field) => byField.get(`${side}/${kept}/${id}/${field}`) ?? NOTHING,
    shownNow: (side, kept, id) => shown.get(`${side}/${kept}/${id}`),
    note(changes, call, atMs) {
      for (const change of changes) {
        history.changes.push({ change, call, atMs });
        for (const [kept, id] of recordsOf(workspace, change)) noteRecord(change, call, atMs, kept, id);
      }
    },
  };
  seed();
  return history;

  function seed(): void {
    const { crm, unleashed } = workspace;
    const all: [Side, Kept, Iterable<string>][] = [
      ['crm', 'company', crm.tables.Divisions.keys()],
      ['crm', 'contact', crm.tables.Contacts.keys()],
      ['unleashed', 'company', unleashed.customers.keys()],
      ['unleashed', 'contact', unleashed.contacts.keys()],
    ];
    for (const [side, kept, ids] of all) {
      for (const id of ids) shown.set(`${side}/${kept}/${id}`, shownBy(workspace, side, kept, id) ?? new Map());
    }
  }

  function noteRecord(change: Change, call: WireCall | null, atMs: number, kept: Kept, id: string): void {
    const { side, by } = change;
    const now = shownBy(workspace, side, kept, id);
    if (now === null) return;
    const key = `${side}/${kept}/${id}`;
    const before = shown.get(key);
    for (const [field, value] of now) {
      const was = before?.get(field) ?? '';
      if (was === value) continue;
      const showing: Showing = { atMs, side, kept, id, field, before: was, value, by, call };
      history.showings.push(showing);
      const known = byField.get(`${key}/${field}`);
      if (known === undefined) byField.set(`${key}/${field}`, [showing]);
      else known.push(showing);
    }
    shown.set(key, now);
  }
}

/** The kept records that a change is about. */
function recordsOf(workspace: Workspace, { side, entity, id }: Change): [Kept, string][] {
  if (entity === 'company' || entity === 'contact') return [[entity, id]];
  if (entity !== 'address' || side !== 'crm') return [];
  const companies = [...workspace.crm.tables.Divisions.values()].filter(({ AddressId }) => String(AddressId) === id);
  return companies.map(({ DivisionId }) => ['company', String(DivisionId)]);
}
