/** The record after a write: read back, or taken to be as it was sent where that was proved often enough. */
import type { Field } from '#contracts';
import { readPatiently, type Seen } from '#sink';
import type { Sent } from './isolate.ts';
import { PATIENCE } from './patience.ts';
import type { Context } from './ports.ts';
import type { Target } from './target.ts';

/** Answers that took longer are read back, milliseconds: a read of somebody else's may have fallen into that time. */
const QUICK_MS = 500;

/** A write as it went. */
export interface Written<F extends Field> {
  /** The record as it was read before. */
  readonly before: Seen<F>;
  /** Values that were to be written. */
  readonly wanted: ReadonlyMap<F, string>;
  /** What became of them. */
  readonly sent: Sent<F>;
  /** When the first request went out, our clock. */
  readonly startedAtMs: number;
  /** Whether the record was just made: it is always read back. */
  readonly isNew: boolean;
}

/** The record now; null when it cannot be read. A read-back tells what later answers are worth. */
export async function afterWrite<F extends Field>(
  context: Context,
  target: Target<F>,
  written: Written<F>,
): Promise<Seen<F> | null> {
  const { answers, onWrongAnswer, sleep } = context.ports;
  const taken = await asSent(context, written);
  if (taken !== null) return taken;
  const after = await readPatiently(() => target.read(), PATIENCE, sleep).catch(() => null);
  const { before, wanted, sent } = written;
  if (after === null || sent.failure !== null) return after;
  const accepted = new Map(sent.accepted.map((field) => [field, wanted.get(field) ?? '']));
  const wrong = answers.prove(withValues(before, accepted), after, accepted);
  if (wrong.length > 0) onWrongAnswer(wrong);
  return after;
}

/**
 * The record as it is taken to be after a write that was answered with nothing: as it was read, with what was sent. Null when
 * it has to be read back. It counts as read when the write went out: whatever is read within a second of it and says otherwise
 * is read again before it is believed.
 */
async function asSent<F extends Field>(
  { command, ports }: Context,
  { before, wanted, sent, startedAtMs, isNew }: Written<F>,
): Promise<Seen<F> | null> {
  const atMs = ports.now();
  const isPlain = sent.failure === null && sent.refused.size === 0 && !isNew && command.attempt === 1;
  if (!isPlain || atMs - startedAtMs > QUICK_MS) return null;
  const seen = withValues(before, wanted);
  if (!ports.answers.suffice(seen, wanted)) return null;
  const replaced = Object.fromEntries([...wanted.keys()].map((field) => [field, before.values[field]]));
  try {
    if (!(await ports.unread.note(`${command.entity}/${command.targetId}`, { atMs, before: replaced }))) {
      ports.answers.distrust();
      return null;
    }
  } catch {
    // What nobody would look at later is looked at now.
    return null;
  }
  return { ...seen, readStartedAtMs: startedAtMs, sourceUpdatedAtMs: null };
}

function withValues<F extends Field>(seen: Seen<F>, values: ReadonlyMap<F, string>): Seen<F> {
  return { ...seen, values: { ...seen.values, ...Object.fromEntries(values) } };
}
