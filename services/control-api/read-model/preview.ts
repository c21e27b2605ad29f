/** What a change of settings would mean: which records differ, what would be written where, and what that costs. */
import type { Setting } from '#contracts';
import {
  CREATE_CALLS,
  CRM_CALLS_PER_MINUTE,
  type Explanation,
  type FieldForecast,
  forecast,
  judgeRecord,
  MATCH_CONFIDENCE,
  parseSettings,
  type RecordFacts,
  UPDATE_CALLS,
} from '#sync-core';
import type { PreviewAnswer } from './answers.ts';
import { kindsOf } from './kinds.ts';
import { type Asked, circumstancesOf, sayStanding } from './question.ts';

/** Settings that were asked about and do not fit together; carries the reason code. */
export class PreviewError extends Error {
  override readonly name = 'PreviewError';
  /** Stable reason code, as the order itself would be refused with. */
  readonly reason: string;

  constructor(reason: string) {
    super(`refused: ${reason}`);
    this.reason = reason;
  }
}

type Count = PreviewAnswer['fields'][number];
type Outside = PreviewAnswer['outside'][number];
type Match = PreviewAnswer['matches'][number];

/**
 * What the present records would come to with changed settings.
 *
 * @param change settings as text, as an order would have them; empty: as things are
 * @param monthlyCalls the tenant's Unleashed calls per calendar month
 * @throws PreviewError when the order would be refused
 */
export function previewOf(asked: Asked, change: Readonly<Record<string, string>>, monthlyCalls: number): PreviewAnswer {
  const setting = changed(asked.setting, change);
  const circumstances = circumstancesOf({ ...asked, setting });
  const fields = new Map<string, Count>();
  const outside = new Map<string, Outside>();
  const matches = new Map<string, Match>();
  const totals = { records: 0, differ: 0, makes: 0, writes: { crm: 0, unleashed: 0 }, questions: 0, held: 0 };
  for (const { count, facts } of kindsOf(asked.connection, asked.tenant.no)) {
    const { entity } = facts;
    if (entity === 'person') continue;
    const found = forecast(circumstances, facts);
    if (!found.takesPart) {
      const standing = judgeRecord(circumstances, facts);
      if (standing.state !== 'in-sync') addOutside(outside, entity, standing, count);
      continue;
    }
    totals.records += count;
    addMatch(matches, facts, count);
    if (found.makes) totals.makes += count;
    if (found.fields.length > 0) totals.differ += count;
    if (found.fields.some(({ to }) => to === 'question')) totals.questions += count;
    if (found.fields.some(({ to }) => to === 'held')) totals.held += count;
    for (const side of ['crm', 'unleashed'] as const) {
      if (found.fields.some(({ to }) => to === side)) totals.writes[side] += count;
    }
    for (const field of found.fields) addField(fields, entity, field, count);
  }
  const calls = {
    crm: totals.writes.crm * UPDATE_CALLS.crm + totals.makes * CREATE_CALLS.crm,
    unleashed: totals.writes.unleashed * UPDATE_CALLS.unleashed,
  };
  return {
    ...totals,
    calls,
    unleashedMonthShare: monthlyCalls > 0 ? calls.unleashed / monthlyCalls : 0,
    minutes: Math.ceil(calls.crm / CRM_CALLS_PER_MINUTE),
    matches: [...matches.values()].sort((a, b) => b.count - a.count),
    fields: [...fields.values()].sort((a, b) => (a.field < b.field ? -1 : 1)),
    outside: [...outside.values()].sort((a, b) => b.count - a.count),
  };
}

function changed(setting: Setting | null, change: Readonly<Record<string, string>>): Setting | null {
  if (setting === null) return null;
  const parsed = parseSettings(change, setting);
  if (!parsed.ok) throw new PreviewError(parsed.reason);
  return { ...setting, ...parsed.value };
}

function addField(fields: Map<string, Count>, entity: string, { field, to, replaces }: FieldForecast, n: number): void {
  const name = `${entity}.${field}`;
  const known = fields.get(name);
  const count = known ?? { field: name, differ: 0, replaces: 0, toCrm: 0, toUnleashed: 0, questions: 0, held: 0 };
  const into = { crm: 'toCrm', unleashed: 'toUnleashed', question: 'questions', held: 'held' } as const;
  const column = into[to];
  fields.set(name, {
    ...count,
    differ: count.differ + n,
    replaces: count.replaces + (replaces ? n : 0),
    [column]: count[column] + n,
  });
}

function addMatch(matches: Map<string, Match>, { entity, match: by }: RecordFacts, n: number): void {
  if (by === null || entity === 'person') return;
  const key = `${entity} ${by}`;
  matches.set(key, { entity, by, confidence: MATCH_CONFIDENCE[by], count: (matches.get(key)?.count ?? 0) + n });
}

function addOutside(outside: Map<string, Outside>, entity: Outside['entity'], standing: Explanation, n: number): void {
  const key = `${entity} ${standing.state} ${standing.reason}`;
  const known = outside.get(key);
  outside.set(key, { entity, ...sayStanding(standing), count: (known?.count ?? 0) + n });
}
