import { afterEach, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { type CopyApp, createCopyApp } from '../testing/copy-app.ts';
import { until } from '../testing/kit.ts';

const { kafkaBrokers: brokers } = useStack();
let app: CopyApp;
afterEach(() => app.close());

describe('exactly once', () => {
  it('through kill -9 in mid-flight and rebalances between two instances', async () => {
    app = await createCopyApp({ brokers, prefix: uniquePrefix('kill'), sessionTimeoutMs: 2_000 });
    const a = app.start('a');
    await app.untilShared(a);
    app.feed();
    const b = app.start('b');
    await app.untilShared(a, b);
    await app.untilFlowing();
    await a.end('SIGKILL');
    await app.untilShared(b);
    const c = app.start('c');
    await app.untilShared(b, c);
    await app.untilFlowing();
    await Promise.all([b.end('SIGKILL'), c.end('SIGKILL')]);
    await app.untilShared(app.start('d'));
    await app.expectExactlyOnce();
  }, 400_000);

  it('with a zombie that sleeps past its session and wakes up', async () => {
    app = await createCopyApp({ brokers, prefix: uniquePrefix('zombie'), sessionTimeoutMs: 2_000 });
    const a = app.start('a');
    await app.untilShared(a);
    app.feed();
    const b = app.start('b');
    await app.untilShared(a, b);
    await app.untilFlowing();
    a.signal('SIGSTOP');
    await app.untilShared(b);
    await app.untilFlowing();
    a.signal('SIGCONT');
    await app.untilShared(a, b);
    await app.expectExactlyOnce();
  }, 400_000);

  it('while instances come and go cleanly, two, three, one; none of that waits for a session', async () => {
    // Whatever waited for a session of five minutes would wait longer than `untilShared` does.
    app = await createCopyApp({ brokers, prefix: uniquePrefix('grow'), sessionTimeoutMs: 300_000 });
    const a = app.start('a');
    const b = app.start('b');
    await app.untilShared(a, b);
    app.feed();
    const c = app.start('c');
    await app.untilShared(a, b, c);
    await app.untilFlowing();
    await a.end('SIGTERM');
    await app.untilShared(b, c);
    await b.end('SIGTERM');
    await app.untilShared(c);
    await app.untilFlowing();
    await app.expectExactlyOnce();
  }, 400_000);

  it('with answers that are lost after they had their effect, and answers that come late', async () => {
    app = await createCopyApp({ brokers, prefix: uniquePrefix('cut'), sessionTimeoutMs: 3_000 });
    const a = app.start('a', { cutEvery: 60, delayEvery: 25, delayMs: 300 });
    const b = app.start('b', { cutEvery: 55, delayEvery: 150, delayMs: 4_000 });
    await until('both work', () => a.tasks().length + b.tasks().length > 0);
    app.feed();
    await until('both have lost many answers', () => Math.min(a.report().cuts, b.report().cuts) >= 8, 60_000);
    for (const one of [a, b]) one.signal('SIGUSR2');
    await app.untilShared(a, b);
    await app.expectExactlyOnce();
    expect(a.report().cuts).toBeGreaterThanOrEqual(8);
  }, 400_000);
});
