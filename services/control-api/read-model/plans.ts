/** Plans: which there are, how far each is, and what each of its items would do or has come to. */
import {
  type Circumstances,
  CRM_CALLS_PER_MINUTE,
  type Explanation,
  judgeField,
  judgeWhole,
  type RecordFacts,
  reasonOf,
} from '#sync-core';
import { judgedKinds, kindsOf } from './kinds.ts';
import { columnsOf } from './link-row.ts';
import { createForecaster, isLook } from './order-forecast.ts';
import {
  ITEM_STATES,
  type ItemState,
  type PlanAnswer,
  type PlanItemsAnswer,
  type PlansAnswer,
} from './plan-answers.ts';
import { type Asked, circumstancesOf, cursorAfter, cut, isoTime, type Page, readCursor } from './question.ts';
import { fails, isOrdinaryWait } from './summary.ts';

/** A plan as stored. */
export interface StoredPlan {
  readonly id: number;
  readonly plan_id: string;
  readonly kind: string;
  readonly title: string;
  readonly who: string;
  readonly at_ms: number;
  readonly state: string;
  readonly changed_by: string;
  readonly changed_ms: number;
}

interface ListedPlan extends StoredPlan {
  readonly items: number;
  readonly given: number;
  readonly open: number;
}

const GIVE = `i.code = 'ok' AND i.left_out = 0`;
const LISTED = `SELECT p.*,
    (SELECT count(*) FROM plan_items i WHERE i.plan = p.id) AS items,
    (SELECT count(*) FROM plan_items i WHERE i.plan = p.id AND i.request IS NOT NULL) AS given,
    (SELECT count(*) FROM plan_items i WHERE i.plan = p.id AND i.request IS NULL AND ${GIVE}) AS open
  FROM plans p WHERE p.tenant_no = ? AND p.here = p.parts`;
/** The kind of the record that an item `i` is about; `?` is the tenant, twice. */
const KIND_OF_ITEM = `coalesce(
  (SELECT l.kind FROM links l WHERE i.side = 'crm' AND l.tenant_no = ? AND l.entity = i.entity AND l.crm_id = i.record_id),
  (SELECT l.kind FROM links l
     WHERE i.side = 'unleashed' AND l.tenant_no = ? AND l.entity = i.entity AND l.link_id = 'u:' || i.record_id))`;
/** At the beginning of a list that goes back in time. */
const NOW = { key: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER };

/** A plan by its id; undefined when there is none, or not all of it is there yet. */
export function findPlan({ connection, tenant }: Asked, planId: string): StoredPlan | undefined {
  return connection.get<ListedPlan>(`${LISTED} AND p.plan_id = ?`, tenant.no, planId);
}

/** Plans, youngest first. Throws CursorError. */
export function listPlans(asked: Asked, page: Page): PlansAnswer {
  const before = readCursor(asked, page.cursor, NOW);
  const rows = asked.connection.all<ListedPlan>(
    `${LISTED} AND (p.at_ms, p.id) < (?, ?) ORDER BY p.at_ms DESC, p.id DESC LIMIT ?`,
    ...[asked.tenant.no, before.key, before.id, page.limit + 1],
  );
  const { page: wanted, next } = cut(rows, page.limit, (row) => cursorAfter(asked, row.at_ms, row.id));
  return {
    plans: wanted.map((row) => rowView(row, row.state === 'running' && row.open === 0)),
    next,
    waiting: waitingOf(asked),
  };
}

function rowView(row: ListedPlan, isDone: boolean): PlansAnswer['plans'][number] {
  const state = isDone ? 'done' : (row.state as PlanAnswer['state']);
  return {
    ...{ planId: row.plan_id, kind: row.kind, title: row.title, by: row.who, at: isoTime(row.at_ms), state },
    ...{ changedBy: row.changed_by, changedAt: isoTime(row.changed_ms) },
    ...{ items: row.items, given: row.given, toGive: row.given + row.open },
  };
}

/** What plans are made of that somebody has to approve: kind of plan, and the reason that the records wait with. */
export const WAITING = [
  ['release', 'breaker-held'],
  ['align', 'alignment-pending'],
] as const;

function waitingOf(asked: Asked): PlansAnswer['waiting'] {
  return WAITING.flatMap(([kind, reason]) => {
    const count = kindsWith(asked, (one) => one.reason === reason).reduce((sum, each) => sum + each.count, 0);
    return count === 0 ? [] : [{ kind, count, reason, ...reasonOf(reason) }];
  });
}

/** Kinds of records of which something, the record as a whole or one of its fields, stands in a certain way. */
export function kindsWith(asked: Asked, isIt: (one: Explanation) => boolean): { id: number; count: number }[] {
  const circumstances = circumstancesOf(asked);
  return kindsOf(asked.connection, asked.tenant.no).filter(({ facts }) => {
    if (facts.entity === 'person') return false;
    return standingsOf(circumstances, facts).some(isIt);
  });
}

function standingsOf(circumstances: Circumstances, facts: RecordFacts): Explanation[] {
  const whole = judgeWhole(circumstances.setting, facts);
  return whole === null ? facts.fields.map((field) => judgeField(circumstances, facts.entity, field)) : [whole];
}

interface CountedItems {
  readonly left_out: number;
  readonly code: string;
  readonly sent: number;
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly kind: number | null;
  readonly n: number;
  readonly crm_writes: number;
  readonly unleashed_writes: number;
  readonly crm_calls: number;
  readonly unleashed_calls: number;
}

type Outcome = Pick<CountedItems, 'left_out' | 'code' | 'sent' | 'verdict' | 'reason' | 'kind'>;

/** Says how items stand, as the present settings and lanes make it. */
export function itemJudge(asked: Asked): (item: Outcome) => { state: ItemState; reason: string } {
  const kinds = new Map(
    judgedKinds(asked.connection, asked.tenant.no, circumstancesOf(asked)).map((one) => [one.id, one]),
  );
  return ({ left_out, code, sent, verdict, reason, kind }) => {
    if (code !== 'ok') return { state: 'excluded', reason: code };
    if (left_out === 1) return { state: 'left-out', reason: 'ok' };
    if (sent === 0) return { state: 'planned', reason: 'ok' };
    if (verdict === null) return { state: 'ordered', reason: 'awaiting-turn' };
    if (verdict === 'refused') return { state: 'refused', reason: reason ?? 'request-unknown' };
    const stands = kinds.get(kind ?? 0);
    if (stands === undefined) return { state: 'done', reason: 'ok' };
    if (isOrdinaryWait(stands)) return { state: 'ordered', reason: stands.reason };
    return { state: fails(stands) ? 'failing' : 'done', reason: stands.reason };
  };
}

/** One plan, with how far it is; null when there is none. */
export function showPlan(asked: Asked, planId: string, monthlyCalls: number): PlanAnswer | null {
  const { connection, tenant } = asked;
  const row = connection.get<ListedPlan>(`${LISTED} AND p.plan_id = ?`, tenant.no, planId);
  if (row === undefined) return null;
  const groups = connection.all<CountedItems>(
    `SELECT i.left_out, i.code, i.request IS NOT NULL AS sent, a.verdict, a.reason,
       CASE WHEN i.request IS NULL THEN NULL ELSE ${KIND_OF_ITEM} END AS kind, count(*) AS n,
       sum(i.crm_writes) AS crm_writes, sum(i.unleashed_writes) AS unleashed_writes,
       sum(i.crm_calls) AS crm_calls, sum(i.unleashed_calls) AS unleashed_calls
     FROM plan_items i LEFT JOIN answers a ON a.request = i.request WHERE i.plan = ? GROUP BY 1, 2, 3, 4, 5, 6`,
    ...[tenant.no, tenant.no, row.id],
  );
  const judge = itemJudge(asked);
  const counts = Object.fromEntries(ITEM_STATES.map((state) => [state, 0])) as Record<ItemState, number>;
  const reasons = new Map<string, PlanAnswer['reasons'][number]>();
  const writes = { crm: 0, unleashed: 0 };
  const calls = { crm: 0, unleashed: 0 };
  for (const group of groups) {
    const { state, reason } = judge(group);
    counts[state] += group.n;
    if (reason !== 'ok' && reason !== 'in-sync') {
      const key = `${state} ${reason}`;
      const count = (reasons.get(key)?.count ?? 0) + group.n;
      reasons.set(key, { state, reason, ...reasonOf(reason), count });
    }
    if (state === 'excluded' || state === 'left-out') continue;
    writes.crm += group.crm_writes;
    writes.unleashed += group.unleashed_writes;
    calls.crm += group.crm_calls;
    calls.unleashed += group.unleashed_calls;
  }
  const isDone = row.state === 'running' && counts.planned === 0 && counts.ordered === 0;
  return {
    ...rowView(row, isDone),
    ...{ counts, writes, calls },
    unleashedMonthShare: monthlyCalls > 0 ? calls.unleashed / monthlyCalls : 0,
    minutes: Math.ceil(calls.crm / CRM_CALLS_PER_MINUTE),
    reasons: [...reasons.values()].sort((a, b) => b.count - a.count),
  };
}

/** An item as stored. */
export interface StoredItem {
  readonly number: number;
  readonly kind: string;
  readonly entity: 'company' | 'contact';
  readonly side: 'crm' | 'unleashed';
  readonly record_id: string;
  readonly field: string | null;
  readonly value: string | null;
  readonly seen: string;
  readonly request_id: string;
}

/** Which items: all, those whose order is not given yet, those that will not be given, those that are given. */
export const SHOWN_ITEMS = ['all', 'planned', 'excluded', 'given'] as const;

const SHOWN: Record<(typeof SHOWN_ITEMS)[number], string> = {
  all: '',
  planned: `AND i.request IS NULL AND ${GIVE}`,
  excluded: `AND i.request IS NULL AND NOT (${GIVE})`,
  given: 'AND i.request IS NOT NULL',
};

/** The items of a plan in their order, each with what it would do or has come to; null when there is no plan. Throws CursorError. */
export async function listPlanItems(
  asked: Asked,
  planId: string,
  { show, ...page }: Page & { readonly show: (typeof SHOWN_ITEMS)[number] },
  nowMs: number,
): Promise<PlanItemsAnswer | null> {
  const plan = findPlan(asked, planId);
  if (plan === undefined) return null;
  const { connection, tenant } = asked;
  const after = readCursor(asked, page.cursor, { key: -1, id: 0 });
  const rows = connection.all<StoredItem & Outcome & { crm_calls: number; unleashed_calls: number }>(
    `SELECT i.*, i.request IS NOT NULL AS sent, a.verdict, a.reason,
       CASE WHEN i.request IS NULL THEN NULL ELSE ${KIND_OF_ITEM} END AS record_kind
     FROM plan_items i LEFT JOIN answers a ON a.request = i.request
     WHERE i.plan = ? AND i.number > ? ${SHOWN[show]} ORDER BY i.number LIMIT ?`,
    ...[tenant.no, tenant.no, plan.id, after.key, page.limit + 1],
  );
  const { page: wanted, next } = cut(rows, page.limit, (row) => cursorAfter(asked, row.number, 0));
  const judge = itemJudge(asked);
  const forecast = await createForecaster(asked, nowMs);
  const items: PlanItemsAnswer['items'] = [];
  for (const row of wanted) {
    const { state, reason } = judge({ ...row, kind: (row as unknown as { record_kind: number | null }).record_kind });
    const found = await forecast({ ...row, recordId: row.record_id });
    const link = found.link;
    const isOpen = (state === 'planned' || state === 'left-out') && plan.state !== 'cancelled';
    const why =
      isOpen && found.code !== 'ok'
        ? found.code
        : isOpen && found.seen !== row.seen && !isLook(row.kind)
          ? 'plan-outdated'
          : reason;
    items.push({
      ...{ number: row.number, kind: row.kind, entity: row.entity, field: row.field, state },
      id: link?.linkId ?? `${row.side === 'crm' ? 'c' : 'u'}:${row.record_id}`,
      name: link === null ? '' : columnsOf(link).name,
      ...{ reason: why, ...reasonOf(why) },
      writes: isOpen && found.code === 'ok' ? [...found.writes] : [],
      calls: { crm: row.crm_calls, unleashed: row.unleashed_calls },
    });
  }
  return { items, next };
}

/** Plans of all tenants that orders have to be given for. */
export function runningPlans(connection: Asked['connection']): (StoredPlan & { readonly tenant_id: string })[] {
  return connection.all(
    `SELECT p.*, t.tenant_id FROM plans p JOIN tenants t ON t.no = p.tenant_no
     WHERE p.state = 'running' AND p.here = p.parts
       AND EXISTS (SELECT 1 FROM plan_items i WHERE i.plan = p.id AND i.request IS NULL AND ${GIVE})
     ORDER BY p.changed_ms`,
  );
}

/** Items whose order is to be given next, in their order; `given` are left out: the topic does not show them yet. */
export function nextItems({ connection }: Asked, plan: number, given: ReadonlySet<number>, max: number): StoredItem[] {
  return connection.all<StoredItem>(
    `SELECT * FROM plan_items i WHERE i.plan = ? AND i.request IS NULL AND ${GIVE}
       AND i.number NOT IN (SELECT value FROM json_each(?)) ORDER BY i.number LIMIT ?`,
    ...[plan, JSON.stringify([...given]), max],
  );
}

/** Of some items, those that are still on their way: without an answer, or their record waits in the course of things. */
export function onTheirWay(asked: Asked, plan: number, numbers: ReadonlySet<number>): number[] {
  if (numbers.size === 0) return [];
  const judge = itemJudge(asked);
  const rows = asked.connection.all<{ number: number } & Outcome>(
    `SELECT i.number, i.left_out, i.code, 1 AS sent, a.verdict, a.reason, ${KIND_OF_ITEM} AS kind
     FROM plan_items i LEFT JOIN answers a ON a.request = i.request
     WHERE i.plan = ? AND i.number IN (SELECT value FROM json_each(?))`,
    ...[asked.tenant.no, asked.tenant.no, plan, JSON.stringify([...numbers])],
  );
  return rows.filter((row) => judge(row).state === 'ordered').map(({ number }) => number);
}

/** Items whose orders the topic shows as given. */
export function givenItems({ connection }: Asked, plan: number): number[] {
  const rows = connection.all<{ number: number }>(
    'SELECT number FROM plan_items WHERE plan = ? AND request IS NOT NULL',
    plan,
  );
  return rows.map(({ number }) => number);
}
