/** I1 and I3: no edit is lost, nothing old comes back, and nothing is written that nobody edited. */
import type { Side } from '#contracts';
import type { Breach, Ran } from '../ran.ts';
import type { Pair } from '../world/base.ts';
import { FIELDS, shownBy } from '../world/fields.ts';
import type { Edit, Showing } from '../world/history.ts';
import { carries } from '../world/people.ts';
import { editsOf, otherOf, pairOf, recordsOf, showingsOf } from './evidence.ts';

/** Values that a record names: text in which tokens can be looked for. */
interface Named {
  ledger: string;
  decisions: string;
  /** What was read, and when: asked for by few. */
  seen(): { atMs: number; text: string }[];
}

/** Services' clocks differ from the true time by less than this, milliseconds. */
const CLOCK_MARGIN_MS = 1_000;

/** Edits that are nowhere. */
export function judgeLostEdits(ran: Ran): Breach[] {
  const named = whatIsNamed(ran);
  return ran.history.edits.flatMap((edit) => {
    if (edit.form !== 'plain' || isAccounted(ran, edit, named)) return [];
    const text = `${edit.field} of ${edit.kept} ${edit.id}: '${edit.value}' of a person in ${edit.side} is nowhere`;
    return [{ invariant: 'I1', text }];
  });
}

/** All that a decision may name a value for that did not flow. */
const NAMING = new Set(['blocked', 'not-taken', 'conflict-ask', 'waiting']);

function whatIsNamed(ran: Ran): Named {
  const conflicts = recordsOf(ran, 'sync.conflict.v1');
  const decisions = recordsOf(ran, 'sync.decision.v1').flatMap(({ record }) => record.fields);
  return {
    ledger: JSON.stringify(conflicts.map(({ record }) => [record.crmValue, record.unleashedValue])),
    decisions: JSON.stringify(
      decisions.filter(({ verdict }) => NAMING.has(verdict)).map((one) => [one.crm, one.unleashed]),
    ),
    seen: () => whatIsSeen(ran),
  };
}

function whatIsSeen(ran: Ran): { atMs: number; text: string }[] {
  const snapshots = [
    ...recordsOf(ran, 'crm.company.v1'),
    ...recordsOf(ran, 'crm.contact.v1'),
    ...recordsOf(ran, 'unleashed.customer.v1'),
    ...recordsOf(ran, 'unleashed.contact.v1'),
  ].map(({ record }) => ({ atMs: record.readStartedAtMs, text: JSON.stringify(record) }));
  const shown = recordsOf(ran, 'sync.outcome.v1').map(({ record }) => ({
    atMs: record.finishedAtMs,
    text: JSON.stringify(record.shown),
  }));
  return [...snapshots, ...shown];
}

function isAccounted(ran: Ran, edit: Edit, named: Named): boolean {
  const { side, kept, id, field, token, atMs } = edit;
  const other = otherOf(side);
  const pair = pairOf(ran, side, kept, id);
  const own = showingsOf(ran, side, kept, id, field);
  const flowed =
    pair !== null &&
    showingsOf(ran, other, kept, pair[other], field).some((one) => one.atMs >= atMs && carries(one.value, token));
  if (flowed || carries(named.ledger, token) || carries(named.decisions, token)) return true;
  // The last time: what a late write had taken back was brought back, or set again.
  const lastAt = own.findLastIndex((one) => carries(one.value, token));
  const replaced = own[lastAt + 1];
  if (replaced === undefined) return flowsNot(ran, edit);
  // Replaced on its own side by a person or another machine, though writes of ours may have shown it once more: that edit counts.
  const setAt = own.findLastIndex((one) => one.by !== 'api' && carries(one.value, token));
  if (own.slice(setAt + 1).some((one) => one.by !== 'api' && carries(one.before, token))) return true;
  // A person may have set it back to that: then that is what the write could not have known of.
  const last = own[lastAt];
  const setAtMs = last !== undefined && last.by !== 'api' ? Math.max(last.atMs, atMs) : atMs;
  if (!isBlindWrite(ran, setAtMs, replaced)) return false;
  return !named.seen().some(({ atMs: at, text }) => at >= setAtMs - CLOCK_MARGIN_MS && carries(text, token));
}

/** What is still shown is no lost edit when both sides agree; when they do not, I2 says so. */
function flowsNot(ran: Ran, { side, kept, id, field, token }: Edit): boolean {
  return carries(shownBy(ran.workspace, side, kept, id)?.get(field) ?? '', token);
}

/**
 * A write that could not have known of an edit: it was read for before the edit was made, or came late. Neither API has a
 * conditional write, so that window is in the limitations.
 */
function isBlindWrite(ran: Ran, editedAtMs: number, showing: Showing): boolean {
  const { call } = showing;
  if (call === null) return false;
  if (call.cameLate) return true;
  if (call.sentAtMs <= editedAtMs) return true;
  const read = ran.calls.findLast(
    (one) =>
      one.number < call.number && one.process === call.process && one.method === 'GET' && isReadOf(one.path, call.path),
  );
  return read?.effectAtMs != null && read.effectAtMs <= editedAtMs;
}

/** Whether a GET reads the record that a write is about: the same path, or the list that it stands in. */
function isReadOf(read: string, write: string): boolean {
  if (read === write || write.startsWith(`${read}/`)) return true;
  // An address is read with its company, a contact of the CRM by its key.
  return write.startsWith('/Addresses') && read.startsWith('/Divisions');
}

/** Whether what a record showed is an edit. An address is shown as a whole; the edit is of its first line. */
function isShownAs({ field, value, token }: Edit, shown: string): boolean {
  return field === 'address' ? carries(shown, token) : shown === value;
}

/** Whether a write of ours took the place of an edit that it could not have known of. */
function undoesBlindly(ran: Ran, showing: Showing): boolean {
  const { side, kept, id, field, before, atMs } = showing;
  if (showing.by !== 'api') return false;
  const edits = editsOf(ran, side, kept, id, field).filter((edit) => isShownAs(edit, before) && edit.atMs <= atMs);
  return edits.some((edit) => isBlindWrite(ran, edit.atMs, showing));
}

/** Whether the next write of ours after an edit could not have known of it, nor of what people set in between. */
export function wasOverwrittenBlindly(ran: Ran, edit: Edit): boolean {
  const showings = showingsOf(ran, edit.side, edit.kept, edit.id, edit.field);
  const next = showings.find(
    (one, index) => one.by === 'api' && showings.slice(0, index).some((before) => isShowingOf(before, edit)),
  );
  return next !== undefined && isBlindWrite(ran, edit.atMs, next);
}

/** Whether a field began to show an edit then. */
function isShowingOf({ by, value, atMs }: Showing, edit: Edit): boolean {
  return by !== 'api' && value === edit.value && atMs >= edit.atMs;
}

/** The last value of one of the sides stays: nothing that was replaced comes back. */
export function judgeOldValues(ran: Ran): Breach[] {
  const breaches: Breach[] = [];
  for (const pair of ran.pairs) {
    for (const field of FIELDS[pair.kept]) {
      const sides = (['crm', 'unleashed'] as const).map((side) => {
        const showings = showingsOf(ran, side, pair.kept, pair[side], field);
        const edits = editsOf(ran, side, pair.kept, pair[side], field);
        const standing = edits.filter((edit) => !wasOverwrittenBlindly(ran, edit));
        return { side, showings, edits, standing };
      });
      // A late write may replace an edit that nobody had read; another machine's values are told apart by nobody.
      const isMuddled = sides.some(({ showings }) =>
        showings.some(({ by, call }) => by === 'server' || call?.cameLate === true),
      );
      if (isMuddled || field === 'address') continue;
      const all = sides.flatMap(({ edits }) => edits);
      // A value that cannot flow stays on its side.
      if (all.length === 0 || all.some(({ form }) => form === 'long' || form === 'refused')) continue;
      const value = shownBy(ran.workspace, 'crm', pair.kept, pair.crm)?.get(field) ?? '';
      // An edit that was overwritten blindly may still have been read before, and win.
      const last = sides.flatMap(({ edits, standing, showings }) => {
        const untouched = showings[0]?.before ?? value;
        return [edits.at(-1)?.value ?? untouched, standing.at(-1)?.value ?? untouched];
      });
      if (last.includes(value)) continue;
      // Set back to what an own write of unknown fate carried: nobody can tell the two apart, and the ledger has the value.
      const isKept = recordsOf(ran, 'sync.conflict.v1').some(
        ({ record }) =>
          record.field === field &&
          record.policy === 'overwritten-by-write' &&
          (last.includes(record.crmValue) || last.includes(record.unleashedValue)),
      );
      if (isKept) continue;
      const what = `${field} of ${pair.kept} ${pair.crm} / ${pair.unleashed}`;
      breaches.push({
        invariant: 'I1',
        text: `${what} shows '${value}' and not the last of either side: ${last.join(', ')}`,
      });
    }
  }
  return breaches;
}

/** Values that we wrote because of what we ourselves had written late, and nobody had edited (I3). */
export function judgeSources(ran: Ran): Breach[] {
  return ran.history.showings.flatMap((showing) => {
    const { by, side, kept, id, field, value, atMs, call } = showing;
    if (by !== 'api' || value === '' || field === 'address' || call?.cameLate === true) return [];
    const pair = pairOf(ran, side, kept, id);
    if (pair === null) return [];
    const other = otherOf(side);
    const source = showingsOf(ran, other, kept, pair[other], field).findLast(
      (one) => one.value === value && one.atMs < atMs,
    );
    // What another machine did while a call of ours was under way is no write of ours.
    if (source?.by !== 'api' || source.call?.cameLate !== true) return [];
    // What a late write had taken back was brought back, and that came late, too: it is a person's last edit all the same.
    const last = editsOf(ran, other, kept, pair[other], field).findLast((edit) => edit.atMs < atMs);
    if (last?.value === value) return [];
    // The same of what it had taken back on this side, but for edits that nobody had seen.
    const own = editsOf(ran, side, kept, id, field).filter((edit) => edit.atMs < atMs);
    if ([own.at(-1), own.findLast((edit) => !wasOverwrittenBlindly(ran, edit))].some((edit) => edit?.value === value))
      return [];
    if (isFirstArrival(ran, pair, side, field, value, atMs)) return [];
    // A write of the whole record for another field brought it: it had been read before the edit that it replaced.
    if (undoesBlindly(ran, showing)) return [];
    // It stands at the other side, and what a person set on this one was taken for a write of ours: so it was written once more.
    if (overrulesReturn(ran, showing)) return [];
    const text = `${field} of ${kept} ${id} in ${side} was set to '${value}' because of a late write of ours in ${other}`;
    return [{ invariant: 'I3', text }];
  });
}

/** Whether a write brought what a person had set at the other side and this one had not shown since: an edit that flows. */
function isFirstArrival(ran: Ran, pair: Pair, side: Side, field: string, value: string, atMs: number): boolean {
  const other = otherOf(side);
  const edit = editsOf(ran, other, pair.kept, pair[other], field).find((one) => one.value === value && one.atMs < atMs);
  if (edit === undefined) return false;
  const showings = showingsOf(ran, side, pair.kept, pair[side], field);
  return !showings.some((one) => one.value === value && one.atMs > edit.atMs && one.atMs < atMs);
}

/** For so long after a write what it may bring late is taken for it, milliseconds. */
const LATE_MS = 15 * 60_000;

/**
 * Whether a write took the place of what a person had set back to a value that an earlier write of ours, whose answer was lost, may
 * yet bring. Nobody can tell the two apart: it is overruled, and the ledger has it (in the limitations).
 */
function overrulesReturn(ran: Ran, { side, kept, id, field, before, atMs }: Showing): boolean {
  const edit = editsOf(ran, side, kept, id, field).findLast((one) => one.atMs < atMs);
  if (edit?.value !== before) return false;
  const mayBringIt = ran.calls.some(
    (call) =>
      call.side === side &&
      call.method !== 'GET' &&
      (call.status === 0 || call.status >= 500) &&
      call.sentAtMs < edit.atMs &&
      call.sentAtMs > edit.atMs - LATE_MS &&
      call.path.includes(id) &&
      call.body.includes(JSON.stringify(before)),
  );
  return (
    mayBringIt &&
    recordsOf(ran, 'sync.conflict.v1').some(
      ({ record }) =>
        record.field === field &&
        record.policy === 'overwritten-by-write' &&
        record.winner !== side &&
        record[side === 'crm' ? 'crmValue' : 'unleashedValue'] === before,
    )
  );
}

/**
 * Whether a write took the place of what another process had written after it was sent: the network held it while the partition
 * went to a successor. What was sent before is under way, and neither API has a fence (in the limitations); the core makes it good.
 */
function isOvertaken(ran: Ran, { side, kept, id, field, before, atMs, call }: Showing): boolean {
  if (call === null) return false;
  const replaced = showingsOf(ran, side, kept, id, field).findLast((one) => one.value === before && one.atMs < atMs);
  return (
    replaced?.by === 'api' &&
    replaced.call !== null &&
    replaced.call.process !== call.process &&
    replaced.call.sentAtMs > call.sentAtMs
  );
}

/**
 * Whether another process had brought the same value before, and nobody has set it since: the command was delivered again, upon a
 * value that was set back meanwhile. The core takes it back.
 */
function isDeliveredAgain(ran: Ran, pair: Pair, { side, kept, id, field, value, atMs, call }: Showing): boolean {
  const first = showingsOf(ran, side, kept, id, field).findLast(
    (one) => one.by === 'api' && one.value === value && one.atMs < atMs && one.call?.process !== call?.process,
  );
  if (first === undefined) return false;
  const other = otherOf(side);
  const since = editsOf(ran, other, kept, pair[other], field).filter(
    (edit) => edit.atMs > first.atMs && edit.atMs < atMs,
  );
  return !since.some((edit) => edit.value === value);
}

/** Writes of ours that changed a field: no more than people edited it. */
export function judgeEchoes(ran: Ran): Breach[] {
  const breaches: Breach[] = [];
  for (const pair of ran.pairs) {
    for (const field of FIELDS[pair.kept]) {
      const crm = showingsOf(ran, 'crm', pair.kept, pair.crm, field);
      const unleashed = showingsOf(ran, 'unleashed', pair.kept, pair.unleashed, field);
      const all = [...crm, ...unleashed];
      const edits = all.filter(({ by }) => by !== 'api').length;
      const late = new Set(ran.calls.filter(({ cameLate }) => cameLate).map(({ number }) => number));
      // A late write undoes what came after it, one of a whole record what came since it was read; that is then made good.
      const undoes = (showing: Showing): boolean =>
        showing.call !== null &&
        (late.has(showing.call.number) ||
          undoesBlindly(ran, showing) ||
          isOvertaken(ran, showing) ||
          isDeliveredAgain(ran, pair, showing));
      const mended = 2 * all.filter(undoes).length;
      for (const [side, showings] of [
        ['crm', crm],
        ['unleashed', unleashed],
      ] as const) {
        const writes = showings.filter(({ by }) => by === 'api').length;
        if (writes <= edits + mended) continue;
        const what = `${field} of ${pair.kept} ${pair.crm} / ${pair.unleashed}`;
        breaches.push({ invariant: 'I3', text: `${what} was written ${writes} times in ${side} for ${edits} edits` });
      }
    }
  }
  return breaches;
}
