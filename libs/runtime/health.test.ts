import { describe, expect, it } from 'vitest';
import { createManualClock } from './clock.ts';
import { RuntimeError } from './errors.ts';
import { createHealth } from './health.ts';

describe('createHealth', () => {
  it('is ready when all checks pass, and without any', async () => {
    expect(await createHealth({ checks: {} }).report()).toEqual({ status: 'ready', checks: {} });
    const checks = { kafka: async () => undefined, redis: () => undefined };
    expect((await createHealth({ checks }).report()).status).toBe('ready');
  });

  it('names each check that fails, with code and reason and no secret', async () => {
    const health = createHealth({
      checks: {
        redis: () => {
          throw new RuntimeError('REDIS_UNAVAILABLE', 'redis://me:hunter2@host is away');
        },
        kafka: () => Promise.reject(new Error('x'.repeat(900))),
        users: () => {
          throw new RuntimeError('REDIS_REFUSED', 'Redis refuses me.', { hint: 'Check the password.' });
        },
        registry: () => undefined,
      },
    });
    const report = await health.report();
    expect(report).toMatchObject({
      status: 'not-ready',
      checks: {
        redis: { ok: false, code: 'REDIS_UNAVAILABLE', reason: 'redis://[secret]@host is away' },
        users: { ok: false, code: 'REDIS_REFUSED', reason: 'Redis refuses me. Check the password.' },
        registry: { ok: true },
      },
    });
    expect(report.checks.kafka?.reason).toHaveLength(300);
  });

  it('gives up on a check that hangs, and tells it so', async () => {
    const clock = createManualClock();
    let stopped = false;
    const health = createHealth({
      clock,
      checkTimeoutMs: 100,
      checks: {
        kafka: (signal) => {
          signal.addEventListener('abort', () => {
            stopped = true;
          });
          return new Promise(() => undefined);
        },
      },
    });
    const report = health.report();
    await clock.advance(100);
    expect((await report).checks.kafka).toMatchObject({ ok: false, code: 'DEADLINE_EXCEEDED' });
    expect(stopped).toBe(true);
  });

  it('asks once for all who ask at the same time or shortly after', async () => {
    const clock = createManualClock();
    let asked = 0;
    const health = createHealth({ clock, cacheMs: 500, checks: { redis: () => void asked++ } });
    await Promise.all([health.report(), health.report()]);
    await clock.advance(499);
    await health.report();
    expect(asked).toBe(1);
    await clock.advance(1);
    await health.report();
    expect(asked).toBe(2);
  });
});
