/** How many records stand how, and what fails. */
import { type FailingAnswer, type OverviewAnswer, STATES } from './answers.ts';
import { countOpen } from './history.ts';
import type { JudgedKind } from './kinds.ts';
import { shownKinds } from './list-records.ts';
import { type Asked, isoTime, sayStanding } from './question.ts';

/** What is waited for in the course of things; any other wait is for something that failed and is tried again. */
const ORDINARY_WAITS: ReadonlySet<string> = new Set([
  'awaiting-turn',
  'write-under-way',
  'read-again',
  'not-in-target',
  'both-edited',
  'awaiting-answer',
]);

/** Whether records of a kind wait in the course of things: nobody has to do anything. */
export function isOrdinaryWait({ state, reason }: Pick<JudgedKind, 'state' | 'reason'>): boolean {
  return (
    state === 'waiting' && (ORDINARY_WAITS.has(reason) || reason === 'lane-deferred') && reason !== 'awaiting-answer'
  );
}

/** Whether records of a kind fail: somebody has to correct something, or a write is tried again and again. */
export function fails({ state, reason }: Pick<JudgedKind, 'state' | 'reason'>): boolean {
  return state === 'stopped' || (state === 'waiting' && !ORDINARY_WAITS.has(reason));
}

/** Kinds by what they have in common. */
function grouped(kinds: readonly JudgedKind[], keyOf: (kind: JudgedKind) => string): JudgedKind[][] {
  const groups = new Map<string, JudgedKind[]>();
  for (const kind of kinds) groups.set(keyOf(kind), [...(groups.get(keyOf(kind)) ?? []), kind]);
  return [...groups.values()];
}

function countOf(kinds: readonly JudgedKind[]): number {
  return kinds.reduce((sum, { count }) => sum + count, 0);
}

/** What fails, by reason; the largest group first. */
export function listFailing(asked: Asked): FailingAnswer {
  const groups = grouped(shownKinds(asked).filter(fails), ({ state, reason }) => `${state} ${reason}`);
  const views = groups.map((kinds) => ({
    ...sayStanding(kinds[0]!),
    count: countOf(kinds),
    firstSeen: isoTime(Math.min(...kinds.map(({ id }) => edge(asked, 'min', 'since_ms', id)))),
    lastSeen: isoTime(Math.max(...kinds.map(({ id }) => edge(asked, 'max', 'changed_ms', id)))),
  }));
  return { groups: views.sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)) };
}

function edge({ connection }: Asked, which: 'min' | 'max', column: 'since_ms' | 'changed_ms', kind: number): number {
  const sql = `SELECT ${which}(${column}) AS at FROM links WHERE kind = ? AND since_ms IS NOT NULL`;
  return connection.get<{ at: number | null }>(sql, kind)?.at ?? 0;
}

/** How many records stand how. */
export function overviewOf(asked: Asked): OverviewAnswer {
  const kinds = shownKinds(asked);
  const states = Object.fromEntries(
    STATES.map((state) => [state, countOf(kinds.filter((kind) => kind.state === state))]),
  );
  const reasons = grouped(kinds, ({ entity, state, reason }) => `${entity} ${state} ${reason}`).map((alike) => ({
    entity: alike[0]!.entity,
    ...sayStanding(alike[0]!),
    count: countOf(alike),
  }));
  const sql = 'SELECT count(*) AS n FROM quarantine WHERE tenant_no = ?';
  return {
    states: states as OverviewAnswer['states'],
    reasons: reasons.sort((a, b) => b.count - a.count),
    openQuestions: countOpen(asked),
    quarantined: asked.connection.get<{ n: number }>(sql, asked.tenant.no)?.n ?? 0,
  };
}
