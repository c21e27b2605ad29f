/** Judges a run by what people did and what both systems show; of the sync only by its ledger and decisions. */
import type { Cluster } from '../cluster.ts';
import type { SandboxChange, SandboxRecord, Side } from '../sandbox-client/client.ts';
import { readTopic } from '../topic-reading.ts';
import type { Added, Deeds, Edit } from './people.ts';
import type { Picture } from './untouched.ts';
import type { Witness } from './witness.ts';

/** Text in which values can be looked for, taken off the topics. */
export interface Named {
  /** Both values of every conflict. */
  readonly ledger: string;
  /** Values of which a decision says why they do not flow. */
  readonly decisions: string;
  /** All that the sync has ever read. */
  readonly seen: string;
  readonly conflicts: number;
}

/** What became of the edits. */
export interface EditVerdict {
  /** Edits that are nowhere. */
  readonly lost: string[];
  /**
   * Edits that a write replaced whose read was before them, and that nobody ever read: neither API has a conditional
   * write, see the limitations.
   */
  readonly unseen: string[];
}

/** Verdicts of a field that name a value which did not flow. */
const NAMING: ReadonlySet<string> = new Set(['blocked', 'not-taken', 'conflict-ask', 'waiting']);

/** Reads what the sync says of values. */
export async function readNamed(cluster: Cluster): Promise<Named> {
  const [conflicts, decisions, outcomes, ...snapshots] = await Promise.all([
    readTopic(cluster, 'sync.conflict.v1'),
    readTopic(cluster, 'sync.decision.v1'),
    readTopic(cluster, 'sync.outcome.v1'),
    readTopic(cluster, 'crm.company.v1'),
    readTopic(cluster, 'crm.contact.v1'),
    readTopic(cluster, 'unleashed.customer.v1'),
    readTopic(cluster, 'unleashed.contact.v1'),
  ]);
  const named = decisions.flatMap(({ fields }) => fields).filter(({ verdict }) => NAMING.has(verdict));
  return {
    ledger: JSON.stringify(conflicts.map(({ crmValue, unleashedValue }) => [crmValue, unleashedValue])),
    decisions: JSON.stringify(named.map(({ crm, unleashed }) => [crm, unleashed])),
    seen: JSON.stringify([snapshots, outcomes.map(({ shown }) => shown)]),
    conflicts: conflicts.length,
  };
}

/** I1: each edited value was on both sides at some time, or was replaced by a person, or is named. */
export function judgeEdits(
  edits: readonly Edit[],
  witness: Pick<Witness, 'changes' | 'calls'>,
  named: Named,
): EditVerdict {
  const verdict: EditVerdict = { lost: [], unseen: [] };
  for (const edit of edits) {
    const { tenant, side, collection, id, field, token } = edit;
    const holds = ({ after }: { after: unknown }): boolean => String(after).includes(token);
    const flowed = witness.changes.some(
      (change) => change.tenant === tenant && change.side !== side && change.fields.some(holds),
    );
    if (flowed || named.ledger.includes(token) || named.decisions.includes(token)) continue;
    const own = witness.changes.filter((one) => one.tenant === tenant && one.side === side && one.id === id);
    const at = own.findIndex((change) => change.fields.some((one) => one.field === field && holds(one)));
    // A company and a contact of the CRM may have the same id, and fields of the same name.
    const replaced = own
      .slice(at + 1)
      .find(({ entity, fields }) => entity === own[at]?.entity && fields.some((one) => one.field === field));
    // Replaced on its own side by a person or another machine: that edit counts.
    if (replaced !== undefined && replaced.by !== 'api') continue;
    const text = `${field} of ${collection} ${id} at ${tenant}: '${token}' of a person in ${side}`;
    const made = own[at];
    const isUnseen =
      made !== undefined && replaced !== undefined && !named.seen.includes(token) && isBlind(made, replaced, witness);
    if (isUnseen) verdict.unseen.push(text);
    else verdict.lost.push(`${text} is nowhere${replaced === undefined ? '' : ' and was replaced by the sync'}`);
  }
  return verdict;
}

/** Whether a write of the sync could not have known of an edit: it was read for before, or took effect late. */
function isBlind(edit: SandboxChange, write: SandboxChange, { calls }: Pick<Witness, 'calls'>): boolean {
  const all = calls.filter(({ tenant, side }) => tenant === edit.tenant && side === edit.side);
  const writer = all.findLast(
    ({ method, changes, atMs }) => method !== 'GET' && atMs <= write.atMs && changes.some(({ id }) => id === write.id),
  );
  // What was held back has no call that shows the change.
  if (writer === undefined || writer.atMs <= edit.atMs || writer.faults.includes('lateWrite')) return true;
  const read = all.findLast(
    ({ method, url, seq, userAgent }) =>
      method === 'GET' && seq < writer.seq && userAgent === writer.userAgent && url.includes(edit.id),
  );
  return read !== undefined && read.atMs <= edit.atMs;
}

/** What is there too often or not at all. */
export interface CreationVerdict {
  /** I4: more than one, and I6: made without a request. */
  readonly doubled: string[];
  /** I4: to be there, and not. */
  readonly missing: string[];
}

/** I4 and I6: each added contact is on the other side once if it is to be, never otherwise; and nothing else was made. */
export function judgeCreations({ added }: Deeds, before: Picture, after: Picture): CreationVerdict {
  const verdict: CreationVerdict = { doubled: [], missing: [] };
  for (const one of added) {
    const count = namesakes(after, one);
    const name = `contact ${one.token} (${one.side} ${one.id} at ${one.tenant})`;
    if (count > 1) verdict.doubled.push(`${name} is ${count} times on the other side`);
    if (one.side === 'crm' && one.button === 'none' && count > 0) {
      verdict.doubled.push(`${name} was made in Unleashed, and nobody had asked for it`);
    }
    const isDue = one.side === 'unleashed' || one.button === 'accepted';
    if (isDue && count === 0) verdict.missing.push(`${name} is not on the other side`);
  }
  const tokens = added.map(({ token }) => token);
  for (const [key, record] of after) {
    if (before.has(key) || tokens.some((token) => surnameOf(record).includes(token))) continue;
    verdict.doubled.push(`${key} (${surnameOf(record)}) was made, and nobody knows for whom`);
  }
  return verdict;
}

/** True when every contact that is to be on the other side is there: to know when a run is quiet. */
export function allMade({ added }: Deeds, picture: Picture): boolean {
  return added.every((one) => (one.side === 'crm' && one.button !== 'accepted') || namesakes(picture, one) > 0);
}

function namesakes(picture: Picture, { tenant, side, token }: Added): number {
  const other: Side = side === 'crm' ? 'unleashed' : 'crm';
  return [...picture].filter(
    ([key, record]) =>
      key.startsWith(`${tenant} ${other} contacts `) && record.StatusFlag !== 'D' && surnameOf(record).includes(token),
  ).length;
}

function surnameOf(record: SandboxRecord): string {
  return `${record.Surname ?? record.LastName ?? record.Name ?? record.CustomerName ?? ''}`;
}
