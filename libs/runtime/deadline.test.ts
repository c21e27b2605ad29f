import { describe, expect, it } from 'vitest';
import { createManualClock } from './clock.ts';
import { withDeadline } from './deadline.ts';

const never = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('withDeadline', () => {
  it('gives the result and leaves no timer', async () => {
    const clock = createManualClock();
    await expect(withDeadline(async () => 7, { timeoutMs: 10, doing: 'count', clock })).resolves.toBe(7);
    expect(clock.sleepers).toBe(0);
  });

  it('says what was late, and tells the work to stop', async () => {
    const clock = createManualClock();
    let seen: AbortSignal | undefined;
    const work = withDeadline(
      (signal) => {
        seen = signal;
        return never(signal);
      },
      { timeoutMs: 10, doing: 'GET /Customers', clock },
    );
    const settled = expect(work).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      retriable: true,
      message: 'GET /Customers: no result within 10 ms.',
    });
    await clock.advance(10);
    await settled;
    expect(seen?.aborted).toBe(true);
    expect(clock.sleepers).toBe(0);
  });

  it('stops with the caller, also before it began', async () => {
    const stop = new AbortController();
    const options = { timeoutMs: 60_000, doing: 'wait', signal: stop.signal };
    const work = withDeadline(never, options);
    stop.abort();
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    let begun = false;
    const late = withDeadline(async () => {
      begun = true;
    }, options);
    await expect(late).rejects.toMatchObject({ code: 'ABORTED' });
    expect(begun).toBe(false);
  });

  it('passes the work’s own error on', async () => {
    const broken = withDeadline(
      () => {
        throw new RangeError('broken');
      },
      { timeoutMs: 60_000, doing: 'work' },
    );
    await expect(broken).rejects.toThrow(RangeError);
  });
});
