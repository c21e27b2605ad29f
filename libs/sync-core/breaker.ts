/**
 * The breaker: a mass change waits for approval instead of going out.
 *
 * Nobody can see on a single record whether a person or a machine edited it, so rate tells: when more than a set share of a
 * tenant's linked records (and more than 50) begin to want a write to one side within a quarter of an hour, those beyond it
 * are held, as long as they come in numbers (more than a tenth of the limit within a minute). So single edits go on: edits of
 * agreed fields are counted apart from first alignments, settings and overnight runs, and a minute after the last of a mass
 * of edits the next one passes. What comes in one step (a change of settings, an overnight run) is held as a whole.
 *
 * Held is a field that is blocked with a code: state, not a queue. It ends when a person releases it, when its source shows
 * another value (that one counts anew), or when both sides agree. A person may refuse it instead: then the value stays where
 * it is, on its side alone, and says so; nothing is set back, because nobody can tell that the old value is the right one.
 * What a person orders for a record by itself is never held, nor what follows from a write.
 */
import { SIDES, type Side } from '#contracts';
import { countSince, recentOf } from './begun.ts';
import { refreshQueues } from './dispatch.ts';
import { type FieldState, fieldState, type LinkRef, type LinkState, otherSide, withField } from './link-state.ts';
import { LIMITS } from './options.ts';
import { shownAt } from './shown.ts';
import { type BegunWork, putLink, type StepContext, say, sayField } from './step-context.ts';
import type { TenantState } from './tenant-state.ts';
import { workOf } from './work.ts';

/** Holds what a step begins beyond the limit. Comes after all queues are up to date, and before anything is given out. */
export function holdMassChange(context: StepContext): void {
  const { state, nowMs, begun } = context;
  const limit = limitOf(state);
  if (limit === null) return;
  for (const one of begun) count(context, one);
  for (const side of SIDES) {
    for (const live of [true, false]) {
      const now = begun.filter((one) => one.side === side && one.live === live);
      if (now.length === 0) continue;
      const { window, burst } = recentOf(state.begun, side, live);
      if (countSince(window, nowMs - LIMITS.breakerWindowMs) <= limit) continue;
      if (countSince(burst, nowMs - LIMITS.breakerBurstMs) <= limit / LIMITS.breakerBurstPart) continue;
      for (const { ref } of now) hold(context, ref, side);
    }
  }
}

/** Records that may begin within the window before the rest is held; null where there is no breaker. */
function limitOf({ setting, links, linked }: TenantState): number | null {
  if (setting === null || setting.breakerShare >= 100 || links.size <= LIMITS.breakerRecordsMin) return null;
  return Math.max(LIMITS.breakerRecordsMin, Math.floor((linked * setting.breakerShare) / 100));
}

function count(context: StepContext, { ref, side, live }: BegunWork): void {
  const link = context.state.links.get(ref);
  if (link === undefined) return;
  const others = link.begun.filter((one) => one.side !== side);
  putLink(context, { ...link, begun: [...others, { side, live, atMs: context.nowMs }] });
}

/** Blocks all that a link would have written to a side, but for what a person ordered. */
function hold(context: StepContext, ref: LinkRef, side: Side): void {
  const link = context.state.links.get(ref);
  const work = link === undefined ? undefined : workOf(context.state, link).find((one) => one.side === side);
  if (link === undefined || work === undefined) return;
  let held = link;
  for (const { field, restores } of work.fields) {
    if (restores) continue;
    const before = fieldState(held, field);
    const blocked = { side, value: shownAt(before, otherSide(side)), code: 'breaker-held', message: '' };
    held = withField(held, { ...before, blocked });
    sayField(context, held, before, 'blocked', 'breaker-held');
  }
  if (held === link) return;
  putLink(context, held);
  say(context, held, 'waiting', 'breaker-held');
  refreshQueues(context, ref);
}

/** Whether the breaker holds a field, or held it until somebody refused it. */
export function isByBreaker({ blocked }: Pick<FieldState, 'blocked'>): boolean {
  return blocked?.code === 'breaker-held' || blocked?.code === 'breaker-refused';
}

/** What was held or refused may be written; null when nothing is. */
export function released(link: LinkState): LinkState | null {
  if (!link.fields.some(isByBreaker)) return null;
  return { ...link, fields: link.fields.map((field) => (isByBreaker(field) ? { ...field, blocked: null } : field)) };
}

/** What is held stays unwritten; null when nothing is. */
export function refusedByPerson(link: LinkState): LinkState | null {
  const isHeld = ({ blocked }: FieldState): boolean => blocked?.code === 'breaker-held';
  if (!link.fields.some(isHeld)) return null;
  const refuse = (field: FieldState): FieldState =>
    field.blocked !== null && isHeld(field)
      ? { ...field, blocked: { ...field.blocked, code: 'breaker-refused' } }
      : field;
  return { ...link, fields: link.fields.map(refuse) };
}
