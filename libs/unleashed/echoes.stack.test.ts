import { describe, expect, it } from 'vitest';
import { useRedis } from '#test/support/redis.ts';
import { createEchoes } from './echoes.ts';

const { store, keys } = useRedis('echoes');

const GUID = 'AAAAAAAA-0000-4000-8000-000000000001';

describe('deliveries for a customer', () => {
  it.each([
    { writes: 1, deliveries: 1, ours: true },
    { writes: 2, deliveries: 1, ours: true },
    { writes: 1, deliveries: 2, ours: false },
    { writes: 0, deliveries: 1, ours: false },
    { writes: 1, deliveries: 0, ours: false },
  ])('are ours or not: $writes writes, $deliveries deliveries', async ({ writes, deliveries, ours }) => {
    const echoes = createEchoes(store, `t${writes}${deliveries}`);
    for (let n = 0; n < writes; n++) await echoes.noteWrite(GUID);
    for (let n = 0; n < deliveries; n++) await echoes.noteDelivery(GUID.toLowerCase());
    expect(await echoes.areOurs(GUID)).toBe(ours);
  });

  it('that are late belong to the write that was left over; after somebody else’s all is counted anew', async () => {
    const echoes = createEchoes(store, 'late');
    await echoes.noteWrite(GUID);
    await echoes.noteWrite(GUID);
    await echoes.noteDelivery(GUID);
    expect(await echoes.areOurs(GUID)).toBe(true);
    await echoes.noteDelivery(GUID);
    expect(await echoes.areOurs(GUID)).toBe(true);
    await echoes.noteDelivery(GUID);
    expect(await echoes.areOurs(GUID)).toBe(false);
    await echoes.noteWrite(GUID);
    for (let n = 0; n < 2; n++) await echoes.noteDelivery(GUID);
    expect(await echoes.areOurs(GUID)).toBe(false);
    await echoes.noteDelivery(GUID);
    expect(await echoes.areOurs(GUID)).toBe(false);
  });

  it('are forgotten within half a minute', async () => {
    await createEchoes(store, 'short').noteWrite(GUID);
    const [key] = (await keys()).filter((one) => one.includes('{short}'));
    expect(await store.client.ttl(key!)).toBeLessThanOrEqual(30);
    expect(await store.client.ttl(key!)).toBeGreaterThan(0);
  });
});
