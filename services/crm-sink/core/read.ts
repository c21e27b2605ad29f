/** Reads with a little patience: servers stumble, and a row that was just made may not be there yet. */
import type { Field } from '#contracts';
import { CrmApiError } from '#prospect-crm';
import type { Context } from './ports.ts';
import type { Seen, Target } from './target.ts';

/** Waits before the second and the third try, milliseconds. */
export const READ_WAITS_MS = [200, 800] as const;

/** Reads the record, again after a passing trouble; rejects with the last error. */
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
  return error instanceof CrmApiError && ['NOT_FOUND', 'UNAVAILABLE', 'CONNECTION_LOST'].includes(error.code);
}
