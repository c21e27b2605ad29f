/** What Prometheus is told of the tenants that are looked after here. */
import type { Lane, Side } from '#contracts';
import type { Metrics } from '#runtime';
import type { Tables } from '../tables.ts';

/** Registers them. */
export function createGauges(metrics: Metrics, tables: Pick<Tables, 'freshness' | 'lanes' | 'alerts'>) {
  const fresh = metrics.gauge({
    name: 'twoway_fresh_until_timestamp_seconds',
    help: 'Every edit made on the side before this time is applied on the other or explained.',
    labels: ['tenant', 'side'],
  });
  const waiting = metrics.gauge({
    name: 'twoway_waiting_records',
    help: 'Records with an edit of the side that is neither applied on the other nor explained yet.',
    labels: ['tenant', 'side'],
  });
  const closed = metrics.gauge({
    name: 'twoway_lane_closed',
    help: '1 while nothing is written to the side because all of it is in trouble, by reason code.',
    labels: ['tenant', 'side', 'code'],
  });
  const firing = metrics.gauge({
    name: 'twoway_alert_firing',
    help: '1 while a rule of the alerts of a tenant applies.',
    labels: ['tenant', 'rule', 'subject'],
  });
  const notices = metrics.counter({
    name: 'twoway_alert_notices_total',
    help: 'Notices of incidents to the webhook, by whether they were taken.',
    labels: ['result'],
  });
  const all = [fresh, waiting, closed, firing];
  return {
    notices,
    show(tenantIds: readonly string[]): void {
      for (const gauge of all) gauge.reset();
      for (const tenant of tenantIds) {
        for (const side of ['crm', 'unleashed'] as const) {
          const found = tables.freshness.of(tenant, side);
          if (found === undefined) continue;
          if (found.freshUntilMs !== null) fresh.set({ tenant, side }, found.freshUntilMs / 1_000);
          waiting.set({ tenant, side }, found.waiting);
        }
        for (const { rule, subject, state } of tables.alerts.of(tenant)) {
          if (state === 'firing') firing.set({ tenant, rule, subject }, 1);
        }
        for (const lane of tables.lanes.of(tenant)) {
          if (isClosed(lane)) closed.set({ tenant, side: lane.side as Side, code: lane.code }, 1);
        }
      }
    },
  };
}

function isClosed({ state }: Lane): boolean {
  return state !== 'open';
}
