import { describe, expect, it } from 'vitest';
import { createManualClock, systemClock } from './clock.ts';

describe('systemClock', () => {
  it('sleeps, and stops sleeping when told', async () => {
    await systemClock.sleep(1);
    await systemClock.sleep(-5);
    const stop = new AbortController();
    const sleep = systemClock.sleep(60_000, stop.signal);
    stop.abort();
    await expect(sleep).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(systemClock.sleep(0, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('takes a delay beyond what a timer can hold', async () => {
    const stop = new AbortController();
    const sleep = systemClock.sleep(2 ** 40, stop.signal);
    const first = await Promise.race([sleep.catch(() => 'stopped'), systemClock.sleep(20).then(() => 'still asleep')]);
    expect(first).toBe('still asleep');
    stop.abort();
    await expect(sleep).rejects.toThrow();
  });
});

describe('createManualClock', () => {
  it('wakes sleepers in order, at their time', async () => {
    const clock = createManualClock(1_000);
    const woken: [string, number][] = [];
    const sleeper = async (name: string, ...delays: number[]) => {
      for (const delay of delays) {
        await clock.sleep(delay);
        woken.push([name, clock.now()]);
      }
    };
    const all = Promise.all([sleeper('a', 30, 30), sleeper('b', 10, 10, 10, 10)]);
    await clock.advance(45);
    expect(woken).toEqual([
      ['b', 1_010],
      ['b', 1_020],
      ['a', 1_030],
      ['b', 1_030],
      ['b', 1_040],
    ]);
    expect(clock.now()).toBe(1_045);
    expect(clock.sleepers).toBe(1);
    await clock.advance(100);
    await all;
  });

  it('forgets a sleeper that was stopped', async () => {
    const clock = createManualClock();
    const stop = new AbortController();
    const sleep = clock.sleep(10, stop.signal);
    stop.abort();
    await expect(sleep).rejects.toMatchObject({ code: 'ABORTED' });
    expect(clock.sleepers).toBe(0);
  });
});
