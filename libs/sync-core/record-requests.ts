/** What people order for one record: pause, resume, look, retry, the button, restore a value, answer a question. */
import { type Field, fieldsOf, type Request, SIDES, type Side } from '#contracts';
import { isByBreaker, refusedByPerson, released } from './breaker.ts';
import { buttonOf } from './button.ts';
import { fieldEnabled, standingOf } from './eligibility.ts';
import { decideFor, mergeField } from './field-merge.ts';
import { isHeld, policyFor } from './field-rules.ts';
import { fingerprintOf } from './fingerprint.ts';
import { recordConflict } from './ledger.ts';
import { entityOf, type FieldState, fieldState, type LinkState, otherSide, withField } from './link-state.ts';
import { askedToRead } from './observe.ts';
import { overnightItem, setManager } from './overnight.ts';
import { join, pairContacts } from './pairing.ts';
import { peopleOf } from './people.ts';
import type { ReasonCode } from './reasons.ts';
import { idAt, parentAt } from './shown.ts';
import { putLink, type StepContext, type Subject, say, sayField } from './step-context.ts';
import { linkOf } from './tenant-state.ts';
import { sameAtSide } from './values.ts';

/** What was decided on a request, and whether every link may be touched by it. */
export interface RequestAnswer {
  subject: Subject;
  touchAll: boolean;
}

type Answer = { link: LinkState; field?: { before: FieldState; reason: ReasonCode } } | { refused: string };

/** Decides on a request about a record. */
export function decideRecordRequest(
  context: StepContext,
  request: Request,
  refusal: (reason: ReasonCode) => RequestAnswer,
): RequestAnswer {
  const entity = entityOf(request.entity ?? '');
  const side = SIDES.find((known) => known === request.side);
  if (entity === null || entity === 'person' || side === undefined) return refusal('record-unknown');
  const link = linkOf(context.state, entity, side, request.recordId ?? '');
  if (link === undefined) return refusal('record-unknown');
  const outdated = request.seen !== null && request.seen !== fingerprintOf(link, request.field);
  const answer = outdated ? { refused: 'plan-outdated' } : order(context, link, side, request);
  if ('refused' in answer) {
    say(context, link, 'refused', answer.refused);
    return { subject: { ref: link.ref }, touchAll: false };
  }
  const next = putLink(context, answer.link);
  context.exempt = next.ref;
  if (answer.field !== undefined) {
    const { before, reason } = answer.field;
    sayField(context, next, before, 'accepted', reason);
    context.because.set(`${next.ref}/${before.field}`, reason);
  }
  say(context, next, 'accepted', 'request-accepted');
  return { subject: { ref: next.ref }, touchAll: false };
}

function order(context: StepContext, link: LinkState, side: Side, request: Request): Answer {
  switch (request.kind) {
    case 'pause':
      return { link: { ...link, paused: true } };
    case 'resume':
      return { link: { ...link, paused: false } };
    case 'read':
      return { link: askedToRead(link, side) };
    case 'retry':
      return { link: tryAgain(link) };
    case 'release':
      return orNothingHeld(released(link));
    case 'refuse':
      return orNothingHeld(refusedByPerson(link));
    case 'align':
      return orNothingHeld(align(context, link));
    case 'run-overnight':
      return fixManager(context, link);
    case 'sync-contact':
      return press(context, link);
    case 'make-in-crm':
      return makeInCrm(context, link);
    case 'use-existing':
      return useExisting(context, link, request.targetId ?? '');
    case 'restore':
      return restore(link, side, request);
    case 'answer':
      return answerQuestion(link, side, request);
    default:
      return { refused: 'request-unknown' };
  }
}

function orNothingHeld(link: LinkState | null): Answer {
  return link === null ? { refused: 'nothing-held' } : { link };
}

/** What failed is tried again; what the breaker holds waits on for its own approval. */
function tryAgain(link: LinkState): LinkState {
  const fields = link.fields.map((field) =>
    field.blocked === null || isByBreaker(field) ? field : { ...field, blocked: null },
  );
  return { ...link, retry: null, fields };
}

/** The first alignment of one record, as the policies say; null when it does not wait for it. */
function align(context: StepContext, link: LinkState): LinkState | null {
  const { setting } = context.state;
  const people = peopleOf(context.state);
  let aligned = link;
  for (const before of link.fields) {
    if (!isHeld(setting, before, people) || !fieldEnabled(setting, before.field)) continue;
    const policy = policyFor(setting, link.entity, before.field, true);
    const { state: after, finding } = mergeField(before, policy, people);
    aligned = withField(aligned, after);
    if (finding.kind === 'conflict') aligned = recordConflict(context, aligned, before, finding.winner, policy);
  }
  return aligned === link ? null : aligned;
}

/** The overnight fix of one company. */
function fixManager(context: StepContext, link: LinkState): Answer {
  const { state } = context;
  if (state.setting?.enabled !== true || !state.setting.accountManagers) {
    return { refused: 'setting-needs-account-managers' };
  }
  const item = overnightItem(state, link, peopleOf(state));
  if (item === null || item === 'same') return { refused: 'in-sync' };
  return item.verdict === 'ordered' ? { link: setManager(context, link) } : { refused: item.reason };
}

/** As if nothing had ever been in its way. */
function tryNow(link: LinkState): LinkState {
  const fields = link.fields.map((field) => (field.blocked === null ? field : { ...field, blocked: null }));
  return { ...link, retry: null, fields };
}

/** Sync to Unleashed (rows 4 and 5): only where the button is enabled; pressed twice it is one creation. */
function press(context: StepContext, link: LinkState): Answer {
  const button = buttonOf(context.state, idAt(link, 'crm'));
  if (button.state === 'creating') return { link: tryNow(link) };
  if (button.state !== 'enabled') return { refused: button.state === 'created' ? 'already-there' : button.reason };
  return { link: { ...tryNow(link), createWanted: true } };
}

/** A contact of Unleashed that looks like others is somebody else: it is made in the CRM. */
function makeInCrm(context: StepContext, link: LinkState): Answer {
  if (link.entity !== 'contact') return { refused: 'record-unknown' };
  if (link.crm !== null) return { refused: 'already-there' };
  const standing = standingOf(context.state, link);
  if (!standing.eligible && standing.state !== 'question') return { refused: standing.reason };
  return { link: { ...tryNow(link), createWanted: true } };
}

/** The contact that has the name already in Unleashed is taken for this one. */
function useExisting(context: StepContext, link: LinkState, guid: string): Answer {
  const there = linkOf(context.state, 'contact', 'unleashed', guid);
  const company = linkOf(context.state, 'company', 'crm', parentAt(link, 'crm'));
  if (link.entity !== 'contact' || link.crm === null || there?.unleashed == null) return { refused: 'record-unknown' };
  if (link.unleashed !== null) return { refused: 'already-there' };
  if (link.inFlight !== null) return { refused: 'write-under-way' };
  if (there.crm !== null || there.inFlight !== null) return { refused: 'already-linked' };
  if (company?.unleashed?.id !== there.unleashed.parentId) return { refused: 'contact-elsewhere' };
  const joined = join(context, { ...there, createWanted: false }, { ...link, createWanted: false });
  pairContacts(context, company);
  return { link: joined };
}

/** A value that lost comes back on its side, as an edit of the person who asked, and flows on from there. */
function restore(link: LinkState, side: Side, request: Request): Answer {
  const field = syncedField(link, request.field);
  if (field === null || request.value === null) return { refused: 'field-unknown' };
  const shown = field[side];
  if (shown === null || field[otherSide(side)] === null) return { refused: 'not-in-target' };
  const wanted = { side, value: request.value, requestId: request.requestId };
  const after = sameAtSide(field.field, side, shown, request.value)
    ? decideFor(field, side)
    : { ...field, restore: wanted, settled: null, blocked: null };
  return { link: withField(link, after), field: { before: field, reason: 'restored' } };
}

/** An open question is answered: the value that the side shows now wins. */
function answerQuestion(link: LinkState, side: Side, request: Request): Answer {
  const field = syncedField(link, request.field);
  if (field === null) return { refused: 'field-unknown' };
  if (field.settled?.winner !== 'none') return { refused: 'no-question' };
  return { link: withField(link, decideFor(field, side)), field: { before: field, reason: 'answered' } };
}

function syncedField(link: LinkState, name: string | null): FieldState | null {
  const known: readonly Field[] = fieldsOf(link.entity);
  const field = known.find((candidate) => candidate === name);
  return field === undefined ? null : fieldState(link, field);
}
