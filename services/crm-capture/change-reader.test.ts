import { describe, expect, test } from 'vitest';
import { CrmApiError, type CrmChange } from '#prospect-crm';
import { createLog, createManualClock, createMetrics } from '#runtime';
import { createChangeReader, MAX_PENDING } from './change-reader.ts';
import type { ReadResult } from './core/read-change.ts';
import { createCaptureMetrics } from './metrics.ts';

const change = (id: number): CrmChange => ({ entity: 'Division', id: `${id}` });
const down = () => new CrmApiError('UNAVAILABLE', 'x', { call: 'GET /x' });

function world(read: (id: string, number: number) => Promise<ReadResult> | ReadResult = () => 'published') {
  const clock = createManualClock(1_000_000);
  const reads: string[] = [];
  const counts: number[] = [];
  const errors: unknown[] = [];
  const left: string[] = [];
  const reader = createChangeReader({
    async read(tenantId, { id }, events) {
      reads.push(`${tenantId}/${id}`);
      counts.push(events);
      return read(id, reads.length);
    },
    leave: async (tenantId, { id }) => void left.push(`${tenantId}/${id}`),
    onError: (_tenantId, error) => errors.push(error),
    debounceMs: 20,
    restMs: 400,
    readsAtOnce: 2,
    clock,
    log: createLog({ service: 'test', level: 'silent' }),
    metrics: createCaptureMetrics(createMetrics('test')),
  });
  return { reader, clock, reads, counts, errors, left };
}

describe('the reader of changes', () => {
  test('reads a burst once, a little after its first event', async () => {
    const { reader, clock, reads } = world();
    for (let n = 0; n < 5; n += 1) {
      reader.note('t1', change(1));
      await clock.advance(3);
    }
    expect(reads).toEqual([]);
    await clock.advance(24);
    expect(reads).toEqual([]);
    await clock.advance(1);
    expect(reads).toEqual(['t1/1']);
    await clock.advance(60_000);
    expect(reads).toHaveLength(1);
    expect(reader.pending()).toBe(0);
  });

  test('waits while events come in quick succession, but not for ever', async () => {
    const { reader, clock, reads, counts } = world();
    for (let n = 0; n < 30; n += 1) {
      reader.note('t1', change(1));
      await clock.advance(15);
      if (n === 12) expect(reads).toEqual([]);
    }
    expect(reads).toEqual(['t1/1']);
    await clock.advance(60_000);
    expect(reads).toHaveLength(2);
    expect(counts.reduce((sum, count) => sum + count)).toBe(30);
  });

  test('tells how many events a read answers, each once, a repeated try none', async () => {
    const { reader, clock, counts } = world((_id, number) => {
      if (number === 2) throw down();
      return 'published';
    });
    for (let n = 0; n < 3; n += 1) reader.note('t1', change(1));
    await clock.advance(40);
    reader.note('t1', change(1));
    await clock.advance(60_000);
    expect(counts).toEqual([3, 1, 0]);
  });

  test('reads once more what changed while it was being read, and only one at a time', async () => {
    const ends: (() => void)[] = [];
    const { reader, clock, reads } = world(() => new Promise((resolve) => ends.push(() => resolve('published'))));
    reader.note('t1', change(1));
    await clock.advance(20);
    reader.note('t1', change(1));
    reader.note('t1', change(1));
    await clock.advance(1_000);
    expect(reads).toHaveLength(1);
    ends[0]?.();
    await clock.advance(400);
    expect(reads).toHaveLength(2);
    ends[1]?.();
    await clock.advance(1_000);
    expect(reads).toHaveLength(2);
  });

  test('answers the first of a series at once, and the others by one read after a rest', async () => {
    const { reader, clock, reads } = world();
    for (let n = 0; n < 8; n += 1) {
      reader.note('t1', change(1));
      await clock.advance(40);
    }
    expect(reads).toHaveLength(1);
    await clock.advance(200);
    expect(reads).toHaveLength(2);
    await clock.advance(400);
    expect(reader.pending()).toBe(0);
    reader.note('t1', change(1));
    await clock.advance(20);
    expect(reads).toHaveLength(3);
  });

  test('reads so many of a tenant at once, and other tenants beside them', async () => {
    const { reader, clock, reads } = world(() => new Promise(() => undefined));
    for (const id of [1, 2, 3]) reader.note('t1', change(id));
    reader.note('t2', change(9));
    await clock.advance(20);
    expect(reads).toEqual(['t1/1', 't1/2', 't2/9']);
  });

  test('tries again after trouble, and leaves it to catching up in the end', async () => {
    const { reader, clock, reads, errors, left } = world(() => Promise.reject(down()));
    reader.note('t1', change(1));
    for (let n = 0; n < 60; n += 1) await clock.advance(1_000);
    expect(reads).toHaveLength(6);
    expect(errors).toHaveLength(6);
    expect(left).toEqual(['t1/1']);
    expect(reader.pending()).toBe(0);
  });

  test('does not try what cannot get better', async () => {
    const { reader, clock, reads, left } = world(() =>
      Promise.reject(new CrmApiError('CREDENTIALS_REFUSED', 'x', { call: 'GET /x' })),
    );
    reader.note('t1', change(1));
    for (let n = 0; n < 60; n += 1) await clock.advance(1_000);
    expect(reads).toHaveLength(1);
    expect(left).toEqual(['t1/1']);
  });

  test('looks again for a record that is not there yet (P8.4)', async () => {
    const { reader, clock, reads } = world((_id, number) => (number < 3 ? 'absent' : 'published'));
    reader.note('t1', change(1));
    for (let n = 0; n < 20; n += 1) await clock.advance(500);
    expect(reads).toHaveLength(3);
    const never = world(() => 'absent');
    never.reader.note('t1', change(1));
    for (let n = 0; n < 20; n += 1) await never.clock.advance(1_000);
    expect(never.reads).toHaveLength(4);
    expect(never.reader.pending()).toBe(0);
  });

  test('takes only so many, of one tenant', async () => {
    const { reader } = world();
    for (let id = 0; id < MAX_PENDING; id += 1) expect(reader.note('t1', change(id))).toBe(true);
    expect(reader.note('t1', change(MAX_PENDING))).toBe(false);
    expect(reader.note('t1', change(1))).toBe(true);
    expect(reader.note('t2', change(1))).toBe(true);
  });

  test('stops: what waits is left out', async () => {
    const { reader, clock, reads } = world();
    reader.note('t1', change(1));
    await reader.stop();
    await clock.advance(1_000);
    expect(reads).toEqual([]);
    expect(reader.note('t1', change(2))).toBe(false);
  });
});
