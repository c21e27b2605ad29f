import { describe, expect, it } from 'vitest';
import { useRedis } from '#test/support/redis.ts';
import type { CrmChange } from './change-events.ts';
import { createOwnEvents } from './own-events.ts';
import { createUnreadWrites, type ReadRecord, type UnreadWrites } from './unread-writes.ts';

const { store, keys } = useRedis('own-writes');

const ROW: CrmChange = { entity: 'Division', id: '1001' };

describe('events of a row', () => {
  it.each([
    { writes: 1, events: 1, ours: true },
    { writes: 2, events: 1, ours: true },
    { writes: 1, events: 2, ours: false },
    { writes: 0, events: 1, ours: false },
    { writes: 1, events: 0, ours: false },
  ])('are ours or not: $writes writes, $events events', async ({ writes, events, ours }) => {
    const own = createOwnEvents(store, `e${writes}${events}`);
    for (let n = 0; n < writes; n++) await own.expect(ROW);
    expect(await own.areOurs(ROW, events)).toBe(ours);
  });

  it('that are late belong to the write that was left over; other rows and tenants have counts of their own', async () => {
    const own = createOwnEvents(store, 'late');
    await own.expect(ROW);
    await own.expect(ROW);
    expect(await own.areOurs({ entity: 'Contact', id: '1001' }, 1)).toBe(false);
    expect(await createOwnEvents(store, 'else').areOurs(ROW, 1)).toBe(false);
    expect([await own.areOurs(ROW, 1), await own.areOurs(ROW, 1), await own.areOurs(ROW, 1)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('a write that was none causes none; what is left is forgotten within seconds', async () => {
    const own = createOwnEvents(store, 'none');
    await own.expect(ROW);
    await own.expectNoMore(ROW);
    expect(await own.areOurs(ROW, 1)).toBe(false);
    await own.expect(ROW);
    const [key] = (await keys()).filter((one) => one.includes('{none}'));
    expect(await store.client.ttl(key!)).toBeGreaterThan(0);
    expect(await store.client.ttl(key!)).toBeLessThanOrEqual(5);
  });
});

describe('a write that was not read back', () => {
  const read = (readStartedAtMs: number, phone: string, website = 'w') => ({
    key: 'company/1',
    readStartedAtMs,
    values: { phone, website },
  });

  const check = async (unread: UnreadWrites, reads: readonly ReadRecord[]) =>
    unread.check(reads, new Map(Object.entries(await store.client.hgetall(unread.notesKey))));

  /** Whether writes of a tenant are trusted: one that is to be noted is, or is not. */
  const isTrusted = (tenantId: string) =>
    createUnreadWrites(store, tenantId).note('contact/9', { atMs: 99_000, before: {} });

  it('is looked at once, by a read that began well after it; stored, edited since, or not stored', async () => {
    const unread = createUnreadWrites(store, 'unread');
    const write = { atMs: 10_000, before: { phone: 'old' } };
    await unread.note('company/1', write);
    expect(await check(unread, [read(11_000, 'old')])).toEqual([]);
    expect(await isTrusted('unread')).toBe(true);
    expect(await check(unread, [read(12_000, 'old'), { ...read(12_000, 'old'), key: 'company/2' }])).toEqual([
      'company/1 phone',
    ]);
    expect(await isTrusted('unread')).toBe(false);
    expect(await check(unread, [read(13_000, 'old')])).toEqual([]);
    expect(await isTrusted('other')).toBe(true);
  });

  it.each(['new', 'edited since'])('that shows %j raises no doubt', async (value) => {
    const unread = createUnreadWrites(store, `fine ${value}`);
    await unread.note('company/1', { atMs: 10_000, before: { phone: 'old' } });
    expect(await check(unread, [read(20_000, value, 'old')])).toEqual([]);
    expect(await isTrusted(`fine ${value}`)).toBe(true);
  });

  it('is not noted while writes are not trusted: somebody reads them back', async () => {
    const unread = createUnreadWrites(store, 'distrusted');
    await unread.note('company/1', { atMs: 10_000, before: { phone: 'old' } });
    expect(await check(unread, [read(20_000, 'old')])).toHaveLength(1);
    expect(await unread.note('company/1', { atMs: 30_000, before: { phone: 'older' } })).toBe(false);
    expect(await check(unread, [read(40_000, 'older')])).toEqual([]);
  });

  it('a note that nobody understands counts for nothing; nothing is kept for long', async () => {
    const unread = createUnreadWrites(store, 'strange');
    await unread.note('company/1', { atMs: 1, before: { phone: 'old' } });
    const [key] = (await keys()).filter((one) => one.includes('{strange}'));
    expect(await store.client.ttl(key!)).toBeGreaterThan(0);
    await store.client.hset(key!, 'company/1', '{"atMs":"soon"}');
    expect(await check(unread, [read(20_000, 'old')])).toEqual([]);
    expect(await check(unread, [])).toEqual([]);
  });
});
