/** What cannot be had now is waited for: a check has all night. */
import { type Patience, waitAfter } from '#feed';
import { isRetriable } from '#runtime';
import type { CheckPorts } from './ports.ts';

/** Waits after passing troubles. */
const PATIENCE: Patience = { firstMs: 500, longestMs: 120_000 };
/** Tries of one call in a row; with the waits between them about an hour of an outage. */
const TRIES_MAX = 40;
/** Longest single wait: a budget that is spent for longer makes the check fail, and the next night's begins anew. */
const LONGEST_WAIT_MS = 2 * 3_600_000;

/** Waits before try number `failures + 1`; throws the error when that makes no sense. */
export async function waitOut(ports: CheckPorts, error: unknown, failures: number): Promise<void> {
  if (ports.signal.aborted || !isRetriable(error) || failures >= TRIES_MAX) throw error;
  const waitMs = waitAfter(error, failures, ports.now(), PATIENCE);
  if (waitMs > LONGEST_WAIT_MS) throw error;
  await ports.sleep(waitMs);
}

/** Tries until it succeeds. Rejects with the last error when that is not retriable or too many came in a row. */
export async function patiently<T>(ports: CheckPorts, work: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      await waitOut(ports, error, failures);
    }
  }
}
