import { describe, expect, it } from 'vitest';
import { createManualClock } from './clock.ts';
import { RuntimeError, TwoWayError } from './errors.ts';
import { pauseAfterMs, type RetryOptions, retry } from './retry.ts';

const passing = () => new RuntimeError('REDIS_UNAVAILABLE', 'away');
const lasting = () => new RuntimeError('REDIS_REFUSED', 'no');

/** Runs a retry whose work fails `failures` times, on a clock that goes on by itself. */
async function run(failures: number, options: Partial<RetryOptions>, error: () => Error = passing) {
  const clock = createManualClock();
  const triedAtMs: number[] = [];
  let outcome: unknown;
  let done = false;
  void retry(
    async (attempt) => {
      triedAtMs.push(clock.now());
      if (attempt <= failures) throw error();
      return attempt;
    },
    { triesMax: 5, deadlineMs: 60_000, clock, random: () => 0.5, ...options },
  )
    .then(
      (value) => {
        outcome = value;
      },
      (thrown: unknown) => {
        outcome = thrown;
      },
    )
    .finally(() => {
      done = true;
    });
  while (!done) await clock.advance(50);
  return { outcome, triedAtMs };
}

describe('retry', () => {
  it('tries again with growing pauses until it works', async () => {
    const failures: number[] = [];
    const onRetry: RetryOptions['onRetry'] = ({ attempt, pauseMs }) => void failures.push(attempt, pauseMs);
    expect(await run(3, { onRetry })).toEqual({ outcome: 4, triedAtMs: [0, 200, 600, 1_400] });
    expect(failures).toEqual([1, 200, 2, 400, 3, 800]);
  });

  it('ends after the tries and throws the last error', async () => {
    const { outcome, triedAtMs } = await run(99, { triesMax: 3 });
    expect(outcome).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(triedAtMs).toEqual([0, 200, 600]);
  });

  it('begins no try after the deadline and does not wait for it', async () => {
    const { triedAtMs } = await run(99, { triesMax: 99, deadlineMs: 1_000 });
    expect(triedAtMs).toEqual([0, 200, 600]);
  });

  it('does not try again what cannot work, by the error or by the caller', async () => {
    expect((await run(9, {}, lasting)).triedAtMs).toEqual([0]);
    expect((await run(9, {}, () => new Error('says nothing'))).triedAtMs).toEqual([0]);
    expect((await run(9, {}, () => new TypeError('a mistake'))).triedAtMs).toEqual([0]);
    expect((await run(1, { shouldRetry: () => true }, lasting)).outcome).toBe(2);
  });

  it('waits as long as it is asked to', async () => {
    expect((await run(1, { pauseAskedMs: () => 3_000 })).triedAtMs).toEqual([0, 3_000]);
    expect((await run(1, { pauseAskedMs: () => undefined })).triedAtMs).toEqual([0, 200]);
    expect((await run(1, { pauseAskedMs: () => 90_000 })).outcome).toBeInstanceOf(TwoWayError);
  });

  it('stops in a pause when told, and does not begin when told before', async () => {
    const stop = new AbortController();
    const clock = createManualClock();
    const options = { triesMax: 9, deadlineMs: 60_000, clock, signal: stop.signal };
    const work = retry(async () => Promise.reject(passing()), options);
    const settled = expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    await clock.advance(0);
    stop.abort();
    await settled;
    let tries = 0;
    const late = retry(async () => ++tries, options);
    await expect(late).rejects.toBeInstanceOf(Error);
    expect(tries).toBe(0);
  });

  it('works on the first try without a pause', async () => {
    expect(await run(0, { triesMax: 1 })).toEqual({ outcome: 1, triedAtMs: [0] });
  });
});

describe('pauseAfterMs', () => {
  it('doubles, is limited, and spreads by a quarter', () => {
    const options = { firstPauseMs: 100, longestPauseMs: 1_000 };
    expect([1, 2, 3, 4, 5, 60].map((failures) => pauseAfterMs(failures, options, () => 0.5))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
    expect(pauseAfterMs(1, options, () => 0)).toBe(75);
    expect(pauseAfterMs(1, options, () => 1)).toBe(125);
  });
});
