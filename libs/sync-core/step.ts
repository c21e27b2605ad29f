/**
 * One step: (state, event, now) → effects.
 *
 * Takes one input in, brings pairs in line, merges what may be merged, and gives out commands as far as credit goes. The
 * same inputs in the same order with the same times give the same effects, byte for byte.
 */
import type { LinkSide, Outcome, Side } from '#contracts';
import { switchOffIfUnavailable } from './availability.ts';
import { recountAll } from './begun.ts';
import { holdMassChange } from './breaker.ts';
import { dispatch, dueLinks, nextWake, refreshQueues } from './dispatch.ts';
import { standingOf } from './eligibility.ts';
import type { CoreEvent, Effects, ObservedRecord } from './events.ts';
import { observedHalf } from './halves.ts';
import { probeLane } from './lanes.ts';
import type { LinkRef, LinkState } from './link-state.ts';
import { mergeLink } from './merge-link.ts';
import { observe } from './observe.ts';
import { fixOvernight } from './overnight.ts';
import { pairCompanies, pairContactById, pairContacts } from './pairing.ts';
import { pairPeople } from './people.ts';
import { acknowledgeHold, configureTenant, decideRequest, removeTenant } from './requests.ts';
import { fateUnknown, settle } from './settle.ts';
import { idAt, parentAt } from './shown.ts';
import { beginStep, type Cause, finishStep, putLink, type StepContext, type Subject } from './step-context.ts';
import { linkOf, listed, type TenantState } from './tenant-state.ts';

/** Decides one event. Changes `state` in place and returns what has to be written. Never reads a clock, never throws on data. */
export function step(state: TenantState, event: CoreEvent, nowMs: number): Effects {
  const context = beginStep(state, nowMs, causeOf(event));
  const standings = new Map<LinkRef, string>();
  const touched = new Set<LinkRef>();
  const { subject, touchAll } = take(context, event);
  switchOffIfUnavailable(context);
  const companies = touchedCompanies(context);
  for (const company of companies) for (const child of followCompany(context, company, standings)) touched.add(child);
  for (const ref of context.revisit) touched.add(ref);
  for (const ref of touchAll ? [...state.links.keys()].sort() : context.before.keys()) touched.add(ref);
  for (const ref of touched) mergeLink(context, ref, touchAll);
  for (const ref of context.before.keys()) touched.add(ref);
  for (const ref of waited(context)) touched.add(ref);
  for (const ref of touched) refreshQueues(context, ref);
  holdMassChange(context);
  dispatch(context);
  acknowledgeHold(context);
  return finishStep(context, subject, nextWake(state));
}

/** Fills queues and timers after a tenant was loaded. Nothing is decided; commands follow with the next step. */
export function resume(state: TenantState, nowMs: number): number | null {
  const context = beginStep(state, nowMs, {
    kind: 'timer',
    origin: null,
    sourceUpdatedAtMs: null,
    sourceUpdatedBy: null,
  });
  recountAll(state.begun, state.links.values(), nowMs);
  for (const ref of state.links.keys()) refreshQueues(context, ref);
  const queued = (['crm', 'unleashed'] as const).some((side) =>
    Object.values(state.queues[side]).some((queue) => Object.values(queue).some((refs) => refs.size > 0)),
  );
  return queued ? nowMs : nextWake(state);
}

function causeOf(event: CoreEvent): Cause {
  if (event.kind === 'timer') return { kind: 'timer', origin: null, sourceUpdatedAtMs: null, sourceUpdatedBy: null };
  const none = { sourceUpdatedAtMs: null, sourceUpdatedBy: null };
  if (event.kind === 'tenant-removed') return { kind: 'tenant', origin: event.origin, ...none };
  const source = 'sourceUpdatedAtMs' in event.record ? event.record.sourceUpdatedAtMs : null;
  const by = 'sourceUpdatedBy' in event.record ? event.record.sourceUpdatedBy : null;
  return { kind: event.kind, origin: event.origin, sourceUpdatedAtMs: source, sourceUpdatedBy: by };
}

interface Taken {
  subject: Subject;
  touchAll: boolean;
}

function take(context: StepContext, event: CoreEvent): Taken {
  if (event.kind === 'observation') return { subject: takeObservation(context, event), touchAll: false };
  if (event.kind === 'outcome') return { subject: takeOutcome(context, event.record), touchAll: false };
  if (event.kind === 'request') return decideRequest(context, event.record);
  if (event.kind === 'tenant') return { subject: configureTenant(context, event.record), touchAll: true };
  if (event.kind === 'tenant-removed') return { subject: removeTenant(context), touchAll: true };
  return { subject: takeTimer(context), touchAll: false };
}

function takeObservation(context: StepContext, observed: ObservedRecord): Subject {
  const what = observedHalf(observed);
  const before = linkOf(context.state, what.entity, what.side, what.half.id)?.[what.side] ?? null;
  const { link, accepted } = observe(context, what);
  if (accepted) {
    pair(context, link, hasOtherAccount(before, link.crm) ? what.half.id : null);
    if (what.entity === 'contact' && before !== null && before.parentId !== what.half.parentId) {
      pairAmong(context, what.side, before.parentId);
    }
  }
  const now = linkOf(context.state, what.entity, what.side, what.half.id) ?? link;
  return { ref: now.ref };
}

/** Whether a company of the CRM was given another account. */
function hasOtherAccount(before: LinkSide | null, now: LinkSide | null): boolean {
  if (before === null || now === null || before.id !== now.id) return false;
  return before.code !== now.code || before.accountsId !== now.accountsId;
}

function pair(context: StepContext, link: LinkState, moved: string | null): void {
  if (link.entity === 'company') {
    pairCompanies(context, link, moved);
    return;
  }
  if (link.entity === 'person') {
    for (const ref of pairPeople(context)) context.revisit.add(ref);
    return;
  }
  pairContactById(context, link);
  const from: Side = link.crm === null ? 'unleashed' : 'crm';
  pairAmong(context, from, parentAt(link, from));
}

/** Pairs the contacts of a company, by its id on a side. */
function pairAmong(context: StepContext, side: Side, companyId: string): void {
  const company = linkOf(context.state, 'company', side, companyId);
  if (company !== undefined) pairContacts(context, company);
}

function takeOutcome(context: StepContext, outcome: Outcome): Subject {
  const link = settle(context, outcome);
  context.exempt = link?.ref ?? null;
  if (link === null) return { entity: outcome.entity, verdict: 'settled', reason: 'outcome-unasked' };
  return { ref: link.ref };
}

/** What is due: lanes to probe, commands that nobody answered, retries and creations whose time has come. */
function takeTimer(context: StepContext): Subject {
  for (const side of ['crm', 'unleashed'] as const) probeLane(context, side);
  fixOvernight(context);
  for (const ref of dueLinks(context.state, context.nowMs)) {
    const link = context.state.links.get(ref);
    const command = link?.inFlight ?? null;
    if (link === undefined || command === null) continue;
    const freed = putLink(context, { ...link, inFlight: null });
    fateUnknown(context, freed, command, command.side === 'crm' ? 'crm' : 'unleashed', 'no-answer', '');
  }
  return null;
}

/**
 * Links whose wait is over. They come to their turn in whatever step is next, not in that of a timer alone: a timer that finds
 * no credit leaves no trace, and the same inputs have to give the same decisions without it.
 */
function waited({ state, nowMs }: StepContext): LinkRef[] {
  return dueLinks(state, nowMs).filter((ref) => state.links.get(ref)?.inFlight === null);
}

function touchedCompanies(context: StepContext): LinkState[] {
  const companies: LinkState[] = [];
  for (const ref of context.before.keys()) {
    const link = context.state.links.get(ref);
    if (link?.entity === 'company') companies.push(link);
  }
  return companies.length < 2 ? companies : companies.sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

/** The contacts of a company whose part in the sync changed: they are paired and looked at again. */
function followCompany(context: StepContext, company: LinkState, seen: Map<LinkRef, string>): LinkRef[] {
  const { state } = context;
  const ref = company.ref;
  const before = context.before.get(ref);
  const standing = `${idAt(company, 'crm')}|${idAt(company, 'unleashed')}|${standingOf(state, company).eligible}`;
  const was =
    before === undefined
      ? ''
      : `${idAt(before, 'crm')}|${idAt(before, 'unleashed')}|${standingOf(state, before).eligible}`;
  if (standing === was || seen.get(ref) === standing) return [];
  seen.set(ref, standing);
  pairContacts(context, company);
  const crm = listed(state, state.index.children.crm, idAt(company, 'crm'));
  const unleashed = listed(state, state.index.children.unleashed, idAt(company, 'unleashed'));
  return [...new Set([...crm, ...unleashed].map(({ ref }) => ref))];
}
