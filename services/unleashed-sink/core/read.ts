/** Reads with a little patience: a record that was just made may not be there yet (fact U6.11), and servers stumble. */
import type { Field } from '#contracts';
import { UnleashedApiError } from '#unleashed';
import type { Context } from './ports.ts';
import type { Seen, Target } from './target.ts';

/** Waits before the second and the third try, milliseconds. */
export const READ_WAITS_MS = [300, 1_000] as const;

/** Reads the record, again after a 404 or a passing trouble; rejects with the last error. */
export async function readPatiently<F extends Field>(context: Context, target: Target<F>): Promise<Seen<F>> {
  for (const waitMs of READ_WAITS_MS) {
    try {
      return await target.read();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await context.ports.sleep(waitMs);
    }
  }
  return target.read();
}

/** Time-outs are left out: they have taken long enough. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof UnleashedApiError)) return false;
  return ['NOT_FOUND', 'EMPTY_SERVER_ERROR', 'UNAVAILABLE', 'CONNECTION_LOST'].includes(error.code);
}
