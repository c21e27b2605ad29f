/**
 * The way of every update: read, compare each field with what was expected, write, read back, compare the rest. The read-back
 * is left out where a write proved often enough to store what it is given; see after-write.ts.
 *
 * Between the first read and the write another writer's change of the same field is lost, because the API knows no
 * conditional write (fact P2.15). The window is the time between two calls.
 */
import type { Field, FieldOutcome, Outcome } from '#contracts';
import { textOf } from '#runtime';
import {
  begin,
  circumstancesOf,
  FATE_UNKNOWN,
  fieldOutcome,
  GateClosedError,
  mayComeLate,
  messageOf,
  type OutcomeParts,
  outcome,
  readPatiently,
  type Seen,
  shownBy,
  verdictOf,
  verdictParts,
} from '#sink';
import { afterWrite, type Written } from './after-write.ts';
import { sendIsolating } from './isolate.ts';
import { PATIENCE } from './patience.ts';
import type { Context } from './ports.ts';
import type { Target } from './target.ts';

/** What the fields of a command turn out to be once the record was read. */
interface Compared<F extends Field> {
  /** Entries of fields that are not to be written. */
  settled: FieldOutcome[];
  /** Values to write. */
  wanted: Map<F, string>;
  /** What to tell people of a refused field; empty when none was. */
  message: string;
}

/** Carries out an update or a read. Rejects with what reading the record rejects with. */
export async function update<F extends Field>(context: Context, target: Target<F>): Promise<Outcome> {
  const before = await readPatiently(() => target.read(), PATIENCE, context.ports.sleep);
  if (isDeleted(before)) {
    return outcome(context, { result: 'refused', code: 'target-deleted', ...shownBy(target, before) });
  }
  return bringAbout(context, target, before, {});
}

/** Writes what is wanted of a record that was read. `about` goes into the outcome: which record it is. */
export async function bringAbout<F extends Field>(
  context: Context,
  target: Target<F>,
  before: Seen<F>,
  about: Pick<OutcomeParts, 'targetId' | 'created'>,
): Promise<Outcome> {
  const compared = compare(context, target, before);
  const { settled, wanted } = compared;
  if (context.command.op === 'read' || wanted.size === 0) {
    return conclude(context, settled, { ...about, ...shownBy(target, before), message: compared.message });
  }
  await begin(context);
  context.purpose = 'live';
  const startedAtMs = context.ports.now();
  const sent = await sendIsolating(target.rows([...wanted.keys()]), target.properties, (fields) =>
    target.write(before, new Map(fields.map((field) => [field, wanted.get(field) ?? '']))),
  );
  for (const [field, { code, message }] of sent.refused) {
    settled.push(fieldOutcome(field, 'refused', code, before.values[field], wanted.get(field) ?? ''));
    compared.message ||= message;
  }
  if (sent.accepted.length > 0 || mayComeLate(sent.failure) || isUncertain(sent.failure)) {
    const written = { before, wanted, sent, startedAtMs, isNew: about.created !== undefined };
    return lookAfter(context, target, written, compared, about);
  }
  const parts = { ...about, ...shownBy(target, before), message: compared.message };
  return sent.failure === null
    ? conclude(context, settled, parts)
    : outcome(context, { ...parts, ...notWritten(context, sent.failure), fields: settled });
}

/** Settles a command that may not write any more and whose write an earlier delivery may have sent: by reading. */
export async function settleBegun<F extends Field>(context: Context, target: Target<F>): Promise<Outcome> {
  const seen = await readPatiently(() => target.read(), PATIENCE, context.ports.sleep).catch(() => null);
  if (seen === null) return outcome(context, verdictParts(FATE_UNKNOWN, 'begun before, and not to be read now'));
  const ordered = target.fields.flatMap((field) => {
    const entry = context.command.fields.find((candidate) => candidate.field === field);
    return entry === undefined ? [] : [{ ...entry, shown: seen.values[field] }];
  });
  const isDone = ordered.every(({ value, shown }) => value === shown);
  const fields = ordered.map(({ field, value, expected }) =>
    fieldOutcome(field, isDone ? 'written' : 'unknown', isDone ? 'ok' : 'fate-unknown', expected, value),
  );
  const parts = isDone ? { result: 'applied' as const } : verdictParts(FATE_UNKNOWN, 'begun before');
  return outcome(context, { ...parts, fields, ...shownBy(target, seen) });
}

/** Whether a record is deleted (fact P2.10: it can still be read). */
export function isDeleted(seen: Pick<Seen<Field>, 'record'>): boolean {
  return textOf(seen.record, 'StatusFlag') === 'D';
}

function compare<F extends Field>({ command }: Context, target: Target<F>, seen: Seen<F>): Compared<F> {
  const compared: Compared<F> = { settled: [], wanted: new Map(), message: '' };
  for (const { field, value, expected } of command.fields) {
    const known = target.fields.find((candidate) => candidate === field);
    if (known === undefined) {
      compared.settled.push(fieldOutcome(field, 'refused', 'field-unknown', '', ''));
      continue;
    }
    const shown = seen.values[known];
    const refusal = target.refuse(seen, known, value);
    if (shown === value) compared.settled.push(fieldOutcome(field, 'already', 'ok', shown, ''));
    else if (shown !== expected) compared.settled.push(fieldOutcome(field, 'changed', 'ok', shown, ''));
    else if (refusal === null) compared.wanted.set(known, value);
    else {
      compared.settled.push(fieldOutcome(field, 'refused', refusal.code, shown, ''));
      compared.message ||= refusal.message;
    }
  }
  return compared;
}

/** Something was written, or may have been: what the record shows now decides what is said. */
async function lookAfter<F extends Field>(
  context: Context,
  target: Target<F>,
  write: Written<F>,
  { settled, message }: Compared<F>,
  about: Pick<OutcomeParts, 'targetId' | 'created'>,
): Promise<Outcome> {
  const { before, wanted, sent } = write;
  const after = await afterWrite(context, target, write);
  const entry = (field: F, result: string, code: string): FieldOutcome =>
    fieldOutcome(field, result, code, before.values[field], wanted.get(field) ?? '');
  if (after === null) {
    const open = [...sent.accepted, ...sent.failed].map((field) => entry(field, 'unknown', 'fate-unknown'));
    const why = sent.failure === null ? 'written, but not read back' : messageOf(sent.failure);
    return outcome(context, { ...about, ...verdictParts(FATE_UNKNOWN, why), fields: [...settled, ...open] });
  }
  const isLate = mayComeLate(sent.failure);
  const arrived = sent.failed.filter((field) => after.values[field] === wanted.get(field));
  const written = [...sent.accepted, ...arrived];
  const shown = shownBy(target, after);
  const open = [...wanted.keys()].filter((field) => !written.includes(field) && !sent.refused.has(field));
  if (written.length === 0) {
    const fields = [...settled, ...(isLate ? open.map((field) => entry(field, 'unknown', 'fate-unknown')) : [])];
    const why = isLate ? verdictParts(FATE_UNKNOWN, messageOf(sent.failure)) : notWritten(context, sent.failure);
    return outcome(context, { ...about, ...why, fields, ...shown });
  }
  // Fields that were not reached are neither written nor blocked: the next command tries them again.
  const fields = [
    ...settled,
    ...written.map((field) => entry(field, 'written', 'ok')),
    ...open.map((field) =>
      isLate && sent.failed.includes(field)
        ? entry(field, 'unknown', 'fate-unknown')
        : fieldOutcome(field, 'changed', 'unavailable', before.values[field], ''),
    ),
  ];
  const drift = target.drift(before, after, written);
  const parts = drift.length === 0 ? { message } : driftParts(drift);
  return outcome(context, { ...about, result: 'applied', ...parts, fields, ...shown });
}

function driftParts(names: readonly string[]): Pick<OutcomeParts, 'code' | 'message'> {
  return { code: 'other-field-drift', message: `Changed during the write, and not by it: ${names.join(', ')}` };
}

/** A 500 or 503 after which reading tells whether the write took effect. */
function isUncertain(failure: unknown): boolean {
  return failure instanceof Error && 'fateKnown' in failure && failure.fateKnown === false;
}

/** What an error means that ended a command before anything was written. */
export function notWritten(context: Context, failure: unknown): OutcomeParts {
  if (failure instanceof GateClosedError) return { result: 'superseded', code: failure.code };
  return verdictParts(verdictOf(failure, circumstancesOf(context, 'write')), messageOf(failure));
}

/** Nothing was written: applied, unless every field was refused. */
function conclude(context: Context, fields: FieldOutcome[], parts: Omit<OutcomeParts, 'result'>): Outcome {
  const refusal = fields.find((entry) => entry.result === 'refused');
  const isRefused = refusal !== undefined && fields.every((entry) => entry.result === 'refused');
  const result =
    isRefused && parts.created !== true ? { result: 'refused', code: refusal.code } : { result: 'applied' };
  return outcome(context, { ...parts, ...result, fields });
}
