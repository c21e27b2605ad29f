import { describe, expect, it } from 'vitest';
import { together } from '#runtime';
import { useRedis } from '#test/support/redis.ts';
import { createEchoes as countsOf, type TakenEchoes } from './echoes.ts';

const { store, keys } = useRedis('echoes');

const GUID = 'AAAAAAAA-0000-4000-8000-000000000001';

/** The counts of a tenant, each step of them alone. */
function createEchoes(tenantId: string) {
  const echoes = countsOf(store, tenantId);
  return {
    noteWrite: echoes.noteWrite,
    noteDelivery: (guid: string) => together(store, 'note', (commands) => echoes.noteDeliveryWith(commands, guid)),
    areOurs: async (guid: string) =>
      echoes.areOurs(guid, await together<TakenEchoes>(store, 'take', (commands) => echoes.takeWith(commands, guid))),
  };
}

describe('deliveries for a customer', () => {
  it.each([
    { writes: 1, deliveries: 1, ours: true },
    { writes: 2, deliveries: 1, ours: true },
    { writes: 1, deliveries: 2, ours: false },
    { writes: 0, deliveries: 1, ours: false },
    { writes: 1, deliveries: 0, ours: false },
  ])('are ours or not: $writes writes, $deliveries deliveries', async ({ writes, deliveries, ours }) => {
    const echoes = createEchoes(`t${writes}${deliveries}`);
    for (let n = 0; n < writes; n++) await echoes.noteWrite(GUID);
    for (let n = 0; n < deliveries; n++) await echoes.noteDelivery(GUID.toLowerCase());
    expect(await echoes.areOurs(GUID)).toBe(ours);
  });

  it('that are late belong to the write that was left over; after somebody else’s all is counted anew', async () => {
    const echoes = createEchoes('late');
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

  it('leave writes counted of which none was told yet', async () => {
    const echoes = createEchoes('early');
    await echoes.noteWrite(GUID);
    expect(await echoes.areOurs(GUID)).toBe(false);
    await echoes.noteDelivery(GUID);
    expect(await echoes.areOurs(GUID)).toBe(true);
  });

  it('are forgotten within half a minute', async () => {
    await createEchoes('short').noteWrite(GUID);
    const [key] = (await keys()).filter((one) => one.includes('{short}'));
    expect(await store.client.ttl(key!)).toBeLessThanOrEqual(30);
    expect(await store.client.ttl(key!)).toBeGreaterThan(0);
  });
});
