/**
 * The way of every update: read, compare each field with what was expected, write, read back, compare the rest.
 *
 * The read-back is left out where the write itself answers what it would show; see libs/sink/write-answers.ts.
 *
 * Between the first read and the write another writer's change is lost, because the API knows no conditional write (fact
 * U6.6). The window is the time between two calls. Such a change shows as drift where it touched another field, and as a
 * read-back that differs where it touched the same.
 */
import type { Field, FieldOutcome, Outcome, ShownField } from '#contracts';
import {
  begin,
  circumstancesOf,
  FATE_UNKNOWN,
  fieldOutcome,
  GateClosedError,
  guardOf,
  mayComeLate,
  type OutcomeParts,
  outcome,
  readPatiently,
  type Seen,
  shownBy,
  verdictOf,
  verdictParts,
} from '#sink';
import { UnleashedApiError } from '#unleashed';
import { type Sent, sendIsolating } from './isolate.ts';
import { PATIENCE } from './patience.ts';
import type { Context } from './ports.ts';
import type { Target } from './target.ts';

/** Carries out an update or a read. Rejects with what reading the record rejects with. */
export async function update<F extends Field>(context: Context, target: Target<F>): Promise<Outcome> {
  const { command } = context;
  const before = await readPatiently(() => target.read(), PATIENCE, context.ports.sleep);
  const { settled, wanted } = compare(context, target, before);
  if (command.op === 'read' || wanted.size === 0) {
    return conclude(context, target, before, settled, before);
  }
  await begin(context);
  context.purpose = 'live';
  let answered: Seen<F> | null = null;
  const sent = await sendIsolating(wanted, target.errorKeys, async (changes) => {
    answered = await target.write(before, changes, guardOf(context));
  });
  for (const [field, refusal] of sent.refused) {
    settled.push(fieldOutcome(field, 'refused', refusal.code, before.values[field], wanted.get(field) ?? ''));
  }
  const message = [...sent.refused.values()][0]?.message ?? '';
  if (sent.accepted.length === 0) {
    if (sent.failure !== null) return unfinished(context, target, before, wanted, sent.failure);
    return conclude(context, target, before, settled, before, message);
  }
  return accepted(context, target, before, wanted, sent, answered, settled, message);
}

/**
 * Settles a command that may not write any more, and whose write an earlier delivery may have sent: by reading. What is there
 * is as ordered, or nobody knows what became of the write.
 */
export async function settleBegun<F extends Field>(context: Context, target: Target<F>): Promise<Outcome> {
  const seen = await readPatiently(() => target.read(), PATIENCE, context.ports.sleep).catch(() => null);
  if (seen === null) return outcome(context, verdictParts(FATE_UNKNOWN, 'begun before, and not to be read now'));
  const ordered = target.fields.flatMap((field) => {
    const entry = context.command.fields.find((candidate) => candidate.field === field);
    return entry === undefined ? [] : [{ ...entry, field, shown: seen.values[field] }];
  });
  const isDone = ordered.every(({ value, shown }) => value === shown);
  const fields = ordered.map(({ field, value, expected }) =>
    isDone
      ? fieldOutcome(field, 'written', 'ok', expected, value)
      : fieldOutcome(field, 'unknown', 'fate-unknown', expected, value),
  );
  const parts = isDone ? { result: 'applied' as const } : verdictParts(FATE_UNKNOWN, 'begun before');
  return outcome(context, { ...parts, fields, ...shownBy(target, seen) });
}

/** Compares each ordered field with what the target shows: what is left is to be written. */
function compare<F extends Field>(
  { command }: Context,
  target: Target<F>,
  seen: Seen<F>,
): { settled: FieldOutcome[]; wanted: Map<F, string> } {
  const settled: FieldOutcome[] = [];
  const wanted = new Map<F, string>();
  for (const { field, value, expected } of command.fields) {
    const known = target.fields.find((candidate) => candidate === field);
    if (known === undefined) {
      settled.push(fieldOutcome(field, 'refused', 'field-unknown', '', ''));
      continue;
    }
    const shown = seen.values[known];
    if (shown === value) settled.push(fieldOutcome(field, 'already', 'ok', shown, ''));
    else if (shown !== expected) settled.push(fieldOutcome(field, 'changed', 'ok', shown, ''));
    else wanted.set(known, value);
  }
  const refusals = target.refuse(seen, Object.fromEntries(wanted) as Partial<Record<F, string>>);
  for (const [field, refusal] of refusals) {
    settled.push(fieldOutcome(field, 'refused', refusal.code, seen.values[field], ''));
    wanted.delete(field);
  }
  return { settled, wanted };
}

/** Unleashed took a write: reads back, and compares everything that was not to change. */
async function accepted<F extends Field>(
  context: Context,
  target: Target<F>,
  before: Seen<F>,
  wanted: ReadonlyMap<F, string>,
  sent: Sent<F>,
  answered: Seen<F> | null,
  settled: FieldOutcome[],
  message: string,
): Promise<Outcome> {
  const after = await afterWrite(context, target, before, wanted, sent, answered);
  const entry = (field: F, result: string, code = 'ok'): FieldOutcome =>
    fieldOutcome(field, result, code, before.values[field], wanted.get(field) ?? '');
  // Fields that were not reached before a failure are neither written nor blocked: they are still wanted.
  const open = [...wanted.keys()].filter((field) => !sent.accepted.includes(field) && !sent.refused.has(field));
  if (after === null) {
    const fields = [...settled, ...sent.accepted.map((field) => entry(field, 'unknown', 'fate-unknown'))];
    return outcome(context, { ...verdictParts(FATE_UNKNOWN, 'written, but not read back'), fields });
  }
  const drift = target.drift(before, after, sent.accepted);
  const fields = [
    ...settled,
    ...sent.accepted.map((field) => entry(field, 'written')),
    ...open.map((field) => fieldOutcome(field, 'changed', 'unavailable', before.values[field], '')),
  ];
  const parts = drift.length === 0 ? { message } : driftParts(drift);
  const carried = carriedBy(target, before, wanted);
  return outcome(context, { result: 'applied', ...parts, fields, carried, ...shownBy(target, after) });
}

/** The record after a write: as the write answered it where that is enough, else read back; null when it cannot be read. */
async function afterWrite<F extends Field>(
  context: Context,
  target: Target<F>,
  before: Seen<F>,
  wanted: ReadonlyMap<F, string>,
  sent: Sent<F>,
  answered: Seen<F> | null,
): Promise<Seen<F> | null> {
  const { answers, onWrongAnswer, sleep } = context.ports;
  const written = new Map(sent.accepted.map((field) => [field, wanted.get(field) ?? '']));
  // After a failure the last write is one whose answer never came.
  const answer = sent.failure === null ? answered : null;
  // Whatever else differs in it, be it what was sent or what another writer did, is worth a look.
  const isClean = answer !== null && target.drift(before, answer, sent.accepted).length === 0;
  if (isClean && answers.suffice(answer, written)) return answer;
  const after = await readPatiently(() => target.read(), PATIENCE, sleep).catch(() => null);
  if (answer === null || after === null) return after;
  const wrong = answers.prove(answer, after, written);
  if (wrong.length > 0) onWrongAnswer(wrong);
  return after;
}

function driftParts(keys: readonly string[]): Pick<OutcomeParts, 'code' | 'message'> {
  return { code: 'other-field-drift', message: `Changed during the write, and not by it: ${keys.join(', ')}` };
}

/** No field was taken: what that means depends on whether it may have been taken all the same. */
async function unfinished<F extends Field>(
  context: Context,
  target: Target<F>,
  before: Seen<F>,
  wanted: ReadonlyMap<F, string>,
  failure: unknown,
): Promise<Outcome> {
  if (failure instanceof GateClosedError) {
    return outcome(context, { result: 'superseded', code: failure.code, ...shownBy(target, before) });
  }
  const circumstances = circumstancesOf(context, 'write');
  const message = failure instanceof Error ? failure.message : '';
  if (!(failure instanceof UnleashedApiError) || failure.fateKnown) {
    const verdict = verdictOf(failure, circumstances);
    return outcome(context, { ...verdictParts(verdict, message), ...shownBy(target, before) });
  }
  const after = await readPatiently(() => target.read(), PATIENCE, context.ports.sleep).catch(() => null);
  const carried = carriedBy(target, before, wanted);
  const fields = [...wanted].map(([field, value]) =>
    fieldOutcome(field, 'unknown', 'fate-unknown', before.values[field], value),
  );
  if (after === null) return outcome(context, { ...verdictParts(FATE_UNKNOWN, message), fields, carried });
  const shown = shownBy(target, after);
  if ([...wanted].every(([field, value]) => after.values[field] === value)) {
    const written = fields.map((entry) => ({ ...entry, result: 'written', code: 'ok' }));
    const drift = target.drift(before, after, [...wanted.keys()]);
    // With other fields changed as well, a person may have set the same value, and the write be on its way still.
    const parts = drift.length === 0 ? {} : { ...driftParts(drift), mayComeLate: mayComeLate(failure) };
    return outcome(context, { result: 'applied', ...parts, fields: written, carried, ...shown });
  }
  const untouched = [...wanted.keys()].every((field) => after.values[field] === before.values[field]);
  if (untouched && !mayComeLate(failure)) {
    return outcome(context, { ...verdictParts(verdictOf(failure, circumstances), message), ...shown });
  }
  return outcome(context, { ...verdictParts(FATE_UNKNOWN, message), fields, carried, ...shown });
}

/** What a write of the whole record sends in the fields that it is not about (fact U6.1). */
function carriedBy<F extends Field>(target: Target<F>, before: Seen<F>, wanted: ReadonlyMap<F, string>): ShownField[] {
  const others = target.fields.filter((field) => !wanted.has(field));
  return [...others.map((field) => ({ field, value: before.values[field] })), ...target.carriesOfOthers(before)];
}

/** Nothing was written: applied, unless every field was refused. */
function conclude<F extends Field>(
  context: Context,
  target: Target<F>,
  before: Seen<F>,
  fields: FieldOutcome[],
  shown: Seen<F>,
  message = '',
): Outcome {
  const refusal = fields.find((entry) => entry.result === 'refused');
  const allRefused = refusal !== undefined && fields.every((entry) => entry.result === 'refused');
  const parts: OutcomeParts = allRefused ? { result: 'refused', code: refusal.code } : { result: 'applied' };
  return outcome(context, { ...parts, message, fields, ...shownBy(target, shown ?? before) });
}
