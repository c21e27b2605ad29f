import { expect, it } from 'vitest';
import { useRedis } from '#test/support/redis.ts';
import { createCreationClaims } from './creation-claims.ts';

const { store, keys } = useRedis('claims');
const SOON_MS = 10_000;
const FREE_MS = 40_000;

/** Claims of a sink whose clock can be set. */
function sink() {
  const clock = { nowMs: 1_000_000 };
  const claimsOf = createCreationClaims(store, { now: () => clock.nowMs, sleep: async () => undefined });
  return { clock, claims: claimsOf('t') };
}

it('one sink may make a record, and soon; it gives the right back or keeps it', async () => {
  const { claims } = sink();
  const claim = await claims.claimCreation('m1');
  expect(claim).toEqual({ isOurs: true, untilMs: 1_000_000 + FREE_MS, sendBeforeMs: 1_000_000 + SOON_MS });
  expect(await sink().claims.claimCreation('m1')).toMatchObject({ isOurs: false, untilMs: claim.untilMs });
  expect(await claims.claimCreation('m1')).toMatchObject({ isOurs: false, untilMs: claim.untilMs });
  await claims.releaseCreation('m1');
  expect(await sink().claims.claimCreation('m1')).toMatchObject({ isOurs: true });
});

it('a sink that has claimed keeps to it when Redis has lost the claim, until it ends', async () => {
  const { clock, claims } = sink();
  await claims.claimCreation('m2');
  await store.client.del(...(await keys()));
  clock.nowMs += FREE_MS - 1;
  expect(await claims.claimCreation('m2')).toMatchObject({ isOurs: false, untilMs: 1_000_000 + FREE_MS });
  clock.nowMs += 1;
  expect(await claims.claimCreation('m2')).toMatchObject({ isOurs: true });
});
