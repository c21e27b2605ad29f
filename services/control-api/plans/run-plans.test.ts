/** Whoever carries plans out, and is killed, overtaken and paused meanwhile. */
import { describe, expect, it } from 'vitest';
import { usePlans } from './plans.fixture.ts';

const { pairs, failing, make, order, plan, given, carryOut, drain, runner, newRunner, restartRunner, breakNextWrite } =
  usePlans();

describe('whoever carries plans out', () => {
  it('dies anywhere, and every order is given once', async () => {
    await pairs(260, { breakerShare: '100' });
    await failing(250);
    const { planId } = await make({ kind: 'retry' });
    await order(planId, { kind: 'approve' });
    for (let rounds = 0; rounds < 6; rounds++) {
      // Broken off in the middle, or forgotten after it.
      breakNextWrite(rounds % 2 === 0);
      await runner().look();
      restartRunner();
    }
    await carryOut(planId);
    const ids = given(planId).map(({ requestId }) => requestId);
    expect(ids).toHaveLength(250);
    expect(new Set(ids).size).toBe(250);
    expect(await plan(planId)).toMatchObject({ state: 'done', counts: { done: 250 } });
  });

  it('never has more under way than the rest can still be paused for', async () => {
    await pairs(260, { breakerShare: '100' });
    await failing(250);
    const { planId } = await make({ kind: 'retry' });
    await order(planId, { kind: 'approve' });
    for (let rounds = 0; rounds < 5; rounds++) await runner().look();
    expect(given(planId)).toHaveLength(100);
    expect(await plan(planId)).toMatchObject({ state: 'running', counts: { ordered: 100, planned: 150 } });
    await order(planId, { kind: 'cancel' });
    await drain();
    await runner().look();
    expect(given(planId)).toHaveLength(100);
  });

  it('waits until it knows all that was ordered before', async () => {
    await pairs(3);
    await failing(2);
    const { planId } = await make({ kind: 'retry' });
    await order(planId, { kind: 'approve' });
    runner().revoke([0]);
    await runner().look();
    expect(given(planId)).toHaveLength(0);
    await newRunner(1).look();
    expect(given(planId)).toHaveLength(0);
  });
});
