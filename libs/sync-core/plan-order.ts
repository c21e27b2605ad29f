/**
 * What an order would lead to if it were given now: decided, merged and read off by the same code as when it is given, on a
 * state that is left as it was.
 */
import type { Field, Request, Side } from '#contracts';
import { recount } from './begun.ts';
import { CREATE_CALLS, READ_CALLS, UPDATE_CALLS } from './costs.ts';
import { explainRecord } from './explain.ts';
import { writeTo } from './field-merge.ts';
import { obstacle } from './field-rules.ts';
import { fingerprintOf } from './fingerprint.ts';
import { fieldState, type LinkRef, type LinkState, otherSide } from './link-state.ts';
import { mergeLink } from './merge-link.ts';
import { peopleOf } from './people.ts';
import { decideRequest } from './requests.ts';
import { shownAt } from './shown.ts';
import { beginStep, type StepContext } from './step-context.ts';
import { deleteLink, linkOf, setLink, type TenantState } from './tenant-state.ts';
import { translate } from './values.ts';
import { type Work, workOf } from './work.ts';

/** One value that would be written. */
export interface PlannedWrite {
  readonly side: Side;
  readonly field: Field;
  /** What that side shows now; empty where the record would be made. */
  readonly from: string;
  readonly to: string;
}

/** What would come of an order. */
export interface OrderForecast {
  /** ok, or why the order would be refused or lead to nothing: stable reason code. */
  readonly code: string;
  /** Fingerprint of what the record shows; empty where it is not known. */
  readonly seen: string;
  readonly writes: readonly PlannedWrite[];
  /** API calls by side. */
  readonly calls: Readonly<Record<Side, number>>;
}

/** Orders that are given so that something is written. Where nothing would be, they are not worth giving. */
const WRITING: ReadonlySet<string> = new Set([
  'retry',
  'restore',
  'release',
  'align',
  'run-overnight',
  'sync-contact',
  'answer',
]);

/** Forecasts an order about one record. The state is the same afterwards. */
export function planOrder(state: TenantState, request: Request, nowMs: number): OrderForecast {
  const cause = { kind: 'request' as const, origin: null, sourceUpdatedAtMs: null, sourceUpdatedBy: null };
  const context = beginStep(state, nowMs, cause);
  const seen = seenOf(state, request);
  const { subject } = decideRequest(context, request);
  const refused = refusalOf(context, subject);
  const found =
    refused === null && subject !== null && 'ref' in subject
      ? comesOf(context, subject.ref, request.kind)
      : { code: refused ?? 'ok', writes: [], calls: { crm: 0, unleashed: 0 } };
  putBack(context);
  return { ...found, seen };
}

function seenOf(state: TenantState, { entity, side, recordId, field }: Request): string {
  const known = entity === 'company' || entity === 'contact' ? entity : null;
  const link = known === null ? undefined : linkOf(state, known, side === 'crm' ? 'crm' : 'unleashed', recordId ?? '');
  return link === undefined ? '' : fingerprintOf(link, field);
}

function refusalOf({ notes }: StepContext, subject: ReturnType<typeof decideRequest>['subject']): string | null {
  if (subject === null) return null;
  if ('entity' in subject) return subject.verdict === 'refused' ? subject.reason : null;
  const note = notes.get(subject.ref);
  return note?.verdict === 'refused' ? note.reason : null;
}

function comesOf(context: StepContext, ref: LinkRef, kind: string): Omit<OrderForecast, 'seen'> {
  const { state } = context;
  mergeLink(context, ref, true);
  const link = state.links.get(ref);
  const works = link === undefined ? [] : workOf(state, link);
  const writes: PlannedWrite[] = [];
  const calls: Record<Side, number> = { crm: 0, unleashed: 0 };
  if (link === undefined) return { code: 'record-unknown', writes, calls };
  for (const work of works) {
    calls[work.side] += callsOf(work);
    for (const { field, value, expected, restores } of work.fields) {
      if (work.op === 'create' && value === '') continue;
      writes.push({ side: work.side, field: field as Field, from: expected, to: value });
      const onward = restores ? flowsOn(state, link, field, work.side, value) : null;
      if (onward === null) continue;
      writes.push(onward);
      calls[onward.side] += UPDATE_CALLS[onward.side];
    }
  }
  const standing = works.length === 0 && WRITING.has(kind) ? explainRecord(state, link).reason : 'ok';
  return { code: standing, writes, calls };
}

function callsOf({ op, side }: Work): number {
  if (op === 'read') return READ_CALLS;
  return op === 'create' ? CREATE_CALLS[side] : UPDATE_CALLS[side];
}

/** A value that is brought back on one side flows on to the other. */
function flowsOn(state: TenantState, link: LinkState, name: string, side: Side, value: string): PlannedWrite | null {
  const people = peopleOf(state);
  const back = { ...fieldState(link, name), [side]: value, restore: null, settled: null };
  const to = otherSide(side);
  if (writeTo(back, people)?.side !== to || obstacle(back, to, people) !== null) return null;
  const from = shownAt(back, to);
  const translated = translate(back.field, to, value, from, people);
  return translated.ok ? { side: to, field: back.field, from, to: translated.value } : null;
}

function putBack({ state, before }: StepContext): void {
  for (const [ref, link] of before) {
    recount(state.begun, state.links.get(ref), link);
    if (link === undefined) deleteLink(state, ref);
    else setLink(state, link);
  }
}
