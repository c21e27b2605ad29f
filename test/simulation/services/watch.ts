/**
 * The watch over freshness in the simulation: production's rules, asked again and again while everything happens, and what it
 * says compared with what people really did and the other side really shows.
 */
import { type Link, SIDES, type Side, type Topic, type TopicRecords } from '#contracts';
import {
  createTenantState,
  explainField,
  type FreshnessMemory,
  factsOf,
  fromRecord,
  headingsOf,
  type LinkState,
  lookAtFreshness,
  NO_FRESHNESS,
  setLink,
  type TenantState,
  type Waits,
} from '#sync-core';
import { createReached, type Ground, STATE_TOPICS } from '../../../services/control-api/watch/reached.ts';
import type { Defects } from '../defects.ts';
import { otherOf, pairOf, recordsOf, showingsOf } from '../judge/evidence.ts';
import type { Ran, Watched } from '../ran.ts';
import type { Edit, Showing } from '../world/history.ts';
import { carries } from '../world/people.ts';

/** Time between looks while people are at work, and when they have gone home, milliseconds. */
const LOOK_EVERY_MS = 3_000;
const LATER_EVERY_MS = 6_000;
/** Looks after which what was new has been taken in, and what it says has been heard. */
const STILL_LOOKS = 3;
/** How far the time that a side tells of an edit is mistrusted, milliseconds. */
const EDIT_MARGIN_MS = 60_000;

/** A record as it was taken in; decoded when it is first asked for. */
interface Known {
  readonly value: Buffer | null;
  record: TopicRecords[(typeof STATE_TOPICS)[number] | 'sync.progress.v1'] | undefined;
}

/** The state that is shown, and what waits in it to be written to each side. */
interface Made {
  readonly state: TenantState;
  readonly waits: Readonly<Record<Side, Waits>>;
}

/** Begins to look; goes on as long as time does. */
export function startWatch(
  ran: Ran,
  tenantId: string,
  after: (delayMs: number, run: () => void) => unknown,
  defects: Pick<Defects, 'ground'>,
): Watched {
  const { log, codec } = ran;
  const watched: Watched = { breaches: [], edits: 0, freshUntilMs: new Map() };
  const reached = createReached();
  const memories = new Map<Side, FreshnessMemory>();
  const taken = new Map<string, number>();
  const values = new Map<string, Map<string, Known>>();
  /** The state that was made last; null when it has to be made anew. */
  let made: Made | null = null;
  /** Links that were taken in since then, by their keys: the last of each. */
  const fresh = new Map<string, Known>();
  /** Whether anything was. */
  let isOld = false;
  let compared = '';
  let standing = '';
  let sameLooks = 0;
  const covered = new Set<Edit>();

  const ground: Ground = {
    committed: async () =>
      new Map([...log.offsets('sync-processor')].map(([t, at]) => [t, new Map([[0, BigInt(at)]])])),
    stateEnds: async () => new Map(STATE_TOPICS.map((topic) => [topic, new Map([[0, BigInt(log.end(topic))]])])),
    position: (topic) => BigInt(taken.get(topic) ?? 0),
  };

  /** Takes in a topic as a read model does: some time later. */
  function takeIn(topic: (typeof STATE_TOPICS)[number] | 'sync.progress.v1'): void {
    const { records, next } = log.read(topic, taken.get(topic) ?? 0);
    const known = values.get(topic) ?? new Map<string, Known>();
    values.set(topic, known);
    for (const { key, value } of records) {
      const one: Known = { value, record: undefined };
      known.set(String(key), one);
      if (topic === 'sync.link.v1') fresh.set(String(key), one);
      // What was removed is not in the state that is made anew.
      if (value === null) made = null;
    }
    taken.set(topic, next);
    if (records.length > 0 && topic !== 'sync.progress.v1') isOld = true;
  }

  function recordOf(topic: Topic, known: Known): Known['record'] {
    if (known.value !== null) known.record ??= codec.decodeKnown(topic, known.value) as Known['record'];
    return known.record;
  }

  function recordsNow<T extends (typeof STATE_TOPICS)[number] | 'sync.progress.v1'>(topic: T): TopicRecords[T][] {
    return [...(values.get(topic)?.values() ?? [])].flatMap((known) => {
      const record = recordOf(topic, known);
      return record === undefined ? [] : [record as TopicRecords[T]];
    });
  }

  function stateNow(): Made {
    if (made !== null && !isOld) return made;
    const [setting = null] = recordsNow('sync.setting.v1');
    const lanes = recordsNow('sync.lane.v1');
    const state =
      made?.state ?? createTenantState(tenantId, { links: recordsNow('sync.link.v1'), setting: null, lanes: [] });
    if (made !== null) for (const known of fresh.values()) putLink(state, known);
    state.setting = setting;
    for (const lane of lanes) state.lanes[lane.side === 'crm' ? 'crm' : 'unleashed'] = lane;
    fresh.clear();
    isOld = false;
    made = { state, waits: waitsOf(state) };
    return made;
  }

  function putLink(state: TenantState, known: Known): void {
    const record = recordOf('sync.link.v1', known);
    if (record !== undefined) setLink(state, fromRecord(record as Link));
  }

  /** Whether nothing that a look depends on has changed for so long that all of it is taken in and gone by. */
  function isStill(): boolean {
    const committed = [...log.offsets('sync-processor').values()];
    const now = [...committed, ...[...STATE_TOPICS, 'sync.progress.v1'].map((topic) => log.end(topic))].join();
    sameLooks = now === standing ? sameLooks + 1 : 0;
    standing = now;
    return sameLooks >= STILL_LOOKS;
  }

  async function look(nowMs: number): Promise<void> {
    if (isStill()) {
      compareBoth(stateNow().state, nowMs);
      return;
    }
    takeIn('sync.progress.v1');
    for (const progress of recordsNow('sync.progress.v1')) reached.note(progress);
    await reached.look(defects.ground(ground));
    const { state, waits } = stateNow();
    for (const side of SIDES) {
      const readUntilMs = reached.of(tenantId, side);
      const look = { nowMs, readUntilMs, waits: waits[otherOf(side)], editMarginMs: EDIT_MARGIN_MS };
      const memory = lookAtFreshness(memories.get(side) ?? NO_FRESHNESS, look);
      memories.set(side, memory);
      watched.freshUntilMs.set(side, memory.freshUntilMs);
    }
    compareBoth(state, nowMs);
    for (const topic of STATE_TOPICS) takeIn(topic);
  }

  /** Compares, unless it would be the same as the last time: the same word of ours about the same world. */
  function compareBoth(state: TenantState, nowMs: number): void {
    const { edits, showings } = ran.history;
    const ends = [...STATE_TOPICS, 'sync.conflict.v1', 'sync.decision.v1'].map((topic) => log.end(topic));
    const now = [...SIDES.map((side) => watched.freshUntilMs.get(side)), edits.length, showings.length, ...ends].join();
    if (now === compared) return;
    compared = now;
    for (const side of SIDES) {
      const freshUntilMs = watched.freshUntilMs.get(side) ?? null;
      if (freshUntilMs !== null) compare(state, side, freshUntilMs, nowMs);
    }
  }

  function compare(state: TenantState, side: Side, freshUntilMs: number, nowMs: number): void {
    for (const edit of ran.history.edits) {
      // It was set at its time or later, so that most need no closer look.
      if (edit.side !== side || edit.form !== 'plain' || edit.atMs >= freshUntilMs) continue;
      if (setAtMs(ran.history.showingsOf(side, edit.kept, edit.id, edit.field), edit) >= freshUntilMs) continue;
      if (!covered.has(edit)) watched.edits += 1;
      covered.add(edit);
      if (isApplied(ran, edit) || isExplained(ran, state, edit)) continue;
      const what = `${edit.field} of ${edit.kept} ${edit.id} set to '${edit.value}' in ${side}`;
      const text = `${nowMs - freshUntilMs} ms behind now all edits are said to be through; not so ${what} ${nowMs - edit.atMs} ms ago`;
      watched.breaches.push({ invariant: 'F1', text });
    }
  }

  const tick = (): void => {
    void look(ran.nowMs()).catch((error: unknown) => ran.uncaught.push(error));
    after(ran.quietSinceMs === 0 ? LOOK_EVERY_MS : LATER_EVERY_MS, tick);
  };
  after(LOOK_EVERY_MS, tick);
  return watched;
}

/** What waits to be written to each side. */
function waitsOf(state: TenantState): Record<Side, Waits> {
  const links = [...state.links.values()].map((link) => ({ link, headings: headingsOf(state, factsOf(state, link)) }));
  const waitsTo = (to: Side): Waits =>
    waitsOfAll(links.filter(({ headings }) => headings.has('either') || headings.has(to)).map(({ link }) => link));
  return { crm: waitsTo('crm'), unleashed: waitsTo('unleashed') };
}

function waitsOfAll(waiting: readonly LinkState[]): Waits {
  if (waiting.length === 0) return { records: 0, sinceMs: null, editedMs: null };
  const edited = waiting.flatMap(({ fields }) =>
    fields.flatMap(({ crmEditedAtMs, unleashedEditedAtMs }) => [
      crmEditedAtMs ?? Infinity,
      unleashedEditedAtMs ?? Infinity,
    ]),
  );
  const oldest = Math.min(...edited, ...waiting.map(({ dirtySinceMs, updatedAtMs }) => dirtySinceMs ?? updatedAtMs));
  return {
    records: waiting.length,
    sinceMs: Math.min(...waiting.map(({ dirtySinceMs }) => dirtySinceMs ?? 0)),
    editedMs: oldest,
  };
}

/**
 * When a person last gave the field the value of an edit, by what the field showed. Who replaces a value and sets it back makes an edit of its own: the
 * first need not have been carried over, as the return has to be. A write of ours that the network held may replace the value, and the
 * next one that it held bring it back: until that is read, nobody can say of the value that it is there.
 */
export function setAtMs(showings: readonly Showing[], { token, atMs }: Edit): number {
  const last = showings.findLast(
    (one) =>
      (one.by !== 'api' || one.call?.cameLate === true) &&
      one.atMs >= atMs &&
      carries(one.value, token) &&
      !carries(one.before, token),
  );
  return last?.atMs ?? atMs;
}

/** Whether an edit has been shown by the other side, or its own shows something else by now. */
function isApplied(ran: Ran, edit: Edit): boolean {
  const { side, kept, id, field, token } = edit;
  const own = ran.history.shownNow(side, kept, id)?.get(field) ?? '';
  if (!carries(own, token)) return true;
  const pair = pairOf(ran, side, kept, id);
  if (pair === null) return true;
  const other = otherOf(side);
  const sinceMs = setAtMs(showingsOf(ran, side, kept, id, field), edit);
  return wasCarriedOver(showingsOf(ran, other, kept, pair[other], field), edit, sinceMs);
}

/**
 * Whether what the other side showed is enough for an edit whose value was last set at `sinceMs`. Shown earlier counts as long as it
 * stands there or a person there replaced it (their edit counts then), not when we have written over it what came between.
 */
export function wasCarriedOver(showings: readonly Showing[], { token, atMs }: Edit, sinceMs: number): boolean {
  const at = showings.findLastIndex((one) => one.atMs >= atMs && carries(one.value, token));
  const shown = showings[at];
  return shown !== undefined && (shown.atMs >= sinceMs || showings[at + 1]?.by !== 'api');
}

/** Verdicts that name a value that did not flow, with the reason. */
const NAMING = new Set(['blocked', 'not-taken', 'conflict-ask']);

/** Whether somebody who asks is told why it is not on the other side. */
function isExplained(ran: Ran, state: TenantState, { side, kept, id, field, token }: Edit): boolean {
  const ref = state.index.byId[side][kept].get(id);
  const link = ref === undefined ? undefined : state.links.get(ref);
  if (link === undefined) return false;
  const shown = link.fields.find((one) => one.field === field)?.[side] ?? '';
  const { state: standing } = explainField(state, link, field as Parameters<typeof explainField>[2]);
  if (carries(shown, token) && standing !== 'waiting' && standing !== 'in-sync') return true;
  const ledger = recordsOf(ran, 'sync.conflict.v1').map(({ record }) => [record.crmValue, record.unleashedValue]);
  const named = recordsOf(ran, 'sync.decision.v1').flatMap(({ record }) =>
    record.fields.filter(({ verdict }) => NAMING.has(verdict)).map((one) => one[side]),
  );
  return carries(JSON.stringify([ledger, named]), token);
}
