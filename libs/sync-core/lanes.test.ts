/** A closed lane and a change of the configuration; the rest is in `settle.test.ts`. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '#contracts';
import { LIMITS } from './options.ts';
import { company, createTestTenant, customer } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const DAY_MS = 86_400_000;

/** A tenant whose write to Unleashed was put off for a reason that is about the whole side. */
function deferred(change: Partial<Outcome>) {
  const tenant = createTestTenant({ enabled: 'true' });
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(60_000);
  tenant.see('crm.company.v1', company('1', G, { name: 'First' }));
  tenant.answer({ result: 'deferred', scope: 'lane', fields: [], shown: [], ...change });
  return tenant;
}

describe('a lane', () => {
  test.each(['credentials-refused', 'quota-spent'])(
    'closed by %s is probed soon after the configuration changed',
    (code) => {
      const tenant = deferred({ code, retryAtMs: 1_000_000 + 20 * DAY_MS });
      tenant.configure({ configuredAtMs: 1 });
      expect(tenant.state.lanes.unleashed.deferredUntilMs).toBe(tenant.now() + LIMITS.configurationTakenUpMs);
      tenant.wait(LIMITS.configurationTakenUpMs);
      expect(tenant.open).toHaveLength(1);
    },
  );

  test('closed by something else waits on, whatever is configured, and so does one that is due sooner', () => {
    const outage = deferred({ code: 'outage', retryAtMs: 1_000_000 + 20 * DAY_MS });
    outage.configure({ configuredAtMs: 1 });
    expect(outage.state.lanes.unleashed.deferredUntilMs).toBe(1_000_000 + 20 * DAY_MS);
    const due = deferred({ code: 'quota-spent' });
    const { deferredUntilMs } = due.state.lanes.unleashed;
    due.tick((deferredUntilMs ?? 0) - due.now() - 1);
    due.configure({ configuredAtMs: 1 });
    expect(due.state.lanes.unleashed.deferredUntilMs).toBe(deferredUntilMs);
    expect(due.state.lanes.crm).toMatchObject({ state: 'open', deferredUntilMs: null });
  });
});
