/** What every quota must do, wherever it counts: the same assertions for the one in memory and the one on Redis. */

import { expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '#runtime';
import { CRM_WINDOW } from './limits.ts';
import type { Quota, QuotaAnswer, QuotaPriority, QuotaSide } from './quota.ts';

/** The month's budget in these tests, calls. */
export const MONTHLY_CALLS = 100;

/** Makes a quota on this clock for the tenant `known` (budget MONTHLY_CALLS); others have none. */
export type MakeQuota = (clock: ManualClock) => Quota;

function refusal(answer: QuotaAnswer) {
  if (answer.granted) throw new Error('Granted, and a refusal was expected.');
  return answer;
}

export function itBehavesLikeAQuota(makeQuota: MakeQuota): void {
  const START_MS = Date.parse('2026-11-15T12:00:00Z');

  function start() {
    const clock = createManualClock(START_MS);
    const quota = makeQuota(clock);
    const ask = (side: QuotaSide, priority: QuotaPriority, calls: number) =>
      quota.acquire({ tenantId: 'known', side, priority, calls });
    return { clock, quota, ask };
  }

  it('serves the CRM window by class: backfill 60 %, repair 80 %, live all but a margin', async () => {
    const { ask, quota } = start();
    expect((await ask('crm', 'backfill', 720)).granted).toBe(true);
    expect(refusal(await ask('crm', 'backfill', 1)).reason).toBe('reserved');
    expect((await ask('crm', 'repair', 240)).granted).toBe(true);
    expect(refusal(await ask('crm', 'repair', 1)).reason).toBe('reserved');
    expect((await ask('crm', 'live', 216)).granted).toBe(true);
    const full = refusal(await ask('crm', 'live', 1));
    expect(full.reason).toBe('window-full');
    expect(await quota.usage('known', 'crm')).toMatchObject({ usedCalls: 1_176, limitCalls: 1_200 });
  });

  it('grants again at the time that it named', async () => {
    const { ask, clock } = start();
    await ask('crm', 'live', 1_000);
    const { retryAtMs } = refusal(await ask('crm', 'live', 200));
    expect(retryAtMs).toBe(START_MS + CRM_WINDOW.windowMs + CRM_WINDOW.bucketMs);
    await clock.advance(retryAtMs - clock.now() - 1);
    expect((await ask('crm', 'live', 200)).granted).toBe(false);
    await clock.advance(1);
    expect((await ask('crm', 'live', 200)).granted).toBe(true);
  });

  it('serves the month by class and begins anew on the first', async () => {
    const { ask, clock, quota } = start();
    expect((await ask('unleashed', 'backfill', 60)).granted).toBe(true);
    expect(refusal(await ask('unleashed', 'backfill', 1)).reason).toBe('reserved');
    expect((await ask('unleashed', 'live', 38)).granted).toBe(true);
    const spent = refusal(await ask('unleashed', 'live', 1));
    expect(spent).toMatchObject({ reason: 'month-spent', retryAtMs: Date.parse('2026-12-01T00:01:00Z') });
    expect(await quota.usage('known', 'unleashed')).toMatchObject({
      usedCalls: 98,
      limitCalls: MONTHLY_CALLS,
      resetsAtMs: spent.retryAtMs,
      countedSinceMs: START_MS,
    });
    await clock.advance(spent.retryAtMs - clock.now());
    expect((await ask('unleashed', 'live', 98)).granted).toBe(true);
  });

  it('keeps sides and tenants apart', async () => {
    const { ask, quota } = start();
    await ask('unleashed', 'live', 98);
    expect((await ask('crm', 'live', 1)).granted).toBe(true);
    const other = await quota.acquire({ tenantId: 'other', side: 'crm', priority: 'live', calls: 1_176 });
    expect(other.granted).toBe(true);
  });

  it('grants nothing after a 429 until its time, on that side only', async () => {
    const { ask, clock, quota } = start();
    const { blockedUntilMs } = await quota.report429({ tenantId: 'known', side: 'crm', retryAfterMs: 5_000 });
    expect(blockedUntilMs).toBe(START_MS + 5_000);
    expect(refusal(await ask('crm', 'live', 1))).toMatchObject({ reason: 'told-to-wait', retryAtMs: blockedUntilMs });
    expect((await ask('unleashed', 'live', 1)).granted).toBe(true);
    expect((await quota.usage('known', 'crm')).blockedUntilMs).toBe(blockedUntilMs);
    await clock.advance(5_000);
    expect((await ask('crm', 'live', 1)).granted).toBe(true);
    expect((await quota.usage('known', 'crm')).blockedUntilMs).toBeUndefined();
  });

  it('takes calls back that were not made', async () => {
    const { ask, quota } = start();
    for (const side of ['crm', 'unleashed'] as const) {
      const answer = await ask(side, 'live', 3);
      if (!answer.granted) throw new Error('refused');
      await quota.giveBack(answer.grant, 2);
      expect((await quota.usage('known', side)).usedCalls).toBe(1);
      await quota.giveBack(answer.grant, 99);
      expect((await quota.usage('known', side)).usedCalls).toBe(0);
    }
  });

  it('takes the month for spent when Unleashed says so, and believes a correction', async () => {
    const { ask, quota } = start();
    await ask('unleashed', 'live', 1);
    await quota.reportMonthSpent('known');
    expect(refusal(await ask('unleashed', 'live', 1)).reason).toBe('month-spent');
    await quota.correctMonth('known', 40);
    expect((await ask('unleashed', 'live', 58)).granted).toBe(true);
    expect((await ask('unleashed', 'live', 1)).granted).toBe(false);
  });

  it('takes a correction before the first call', async () => {
    const { quota } = start();
    await quota.correctMonth('known', 70);
    expect((await quota.usage('known', 'unleashed')).usedCalls).toBe(70);
  });

  it('refuses requests that make no sense', async () => {
    const { ask, quota } = start();
    await expect(ask('unleashed', 'backfill', 61)).rejects.toMatchObject({ code: 'QUOTA_REQUEST_TOO_LARGE' });
    await expect(ask('crm', 'live', 0)).rejects.toThrow(RangeError);
    await expect(ask('crm', 'live', 1.5)).rejects.toThrow(RangeError);
    const stranger = { tenantId: 'stranger', side: 'unleashed', priority: 'live', calls: 1 } as const;
    await expect(quota.acquire(stranger)).rejects.toMatchObject({ code: 'QUOTA_TENANT_UNKNOWN', retriable: false });
    await expect(quota.usage('stranger', 'unleashed')).rejects.toMatchObject({ code: 'QUOTA_TENANT_UNKNOWN' });
  });
}
