/** What people order of this service: a check, and a look at a record that the sync may not know. */
import type { Codec } from '#contracts';
import type { createFeedPublisher, KeyedSnapshot } from '#feed';
import type { ConsumedRecord } from '#kafka';
import type { Clock, Tenant } from '#runtime';
import type { ObservedRecord } from '#sync-core';
import { type ReadPorts, readCrm, readCustomer } from './core/reads.ts';
import { isOpen } from './core/schedule.ts';
import { queuedReport } from './core/tally.ts';
import type { DriftMetrics } from './metrics.ts';
import type { Reports } from './reports.ts';

/** What it needs. */
export interface OrdersOptions {
  codec: Codec;
  reports: Reports;
  publisher: ReturnType<typeof createFeedPublisher>;
  tenant: (tenantId: string) => Tenant | undefined;
  /** The APIs of a tenant. */
  readsOf: (tenant: Tenant, signal: AbortSignal) => ReadPorts;
  clock: Clock;
  metrics: DriftMetrics;
}

/** Orders that wait for their turn in one tenant, at most. */
const WAITING_MAX = 3;

/** Makes the handler of a record of sync.request. Rejects with what reading and publishing reject with. */
export function createOrders(options: OrdersOptions) {
  const { codec, reports, publisher, clock, metrics } = options;

  return async (record: ConsumedRecord, signal: AbortSignal): Promise<void> => {
    if (record.value === null) return;
    const request = await codec.decode('sync.request.v1', record.value);
    const tenant = options.tenant(request.tenantId);
    if (tenant === undefined) return;
    if (request.kind === 'check-drift') await queue(request);
    if (request.kind === 'observe') await observe(tenant, request, signal);
  };

  /** An order that comes again, because a position could not be committed, is there already. */
  async function queue(request: { tenantId: string; requestId: string; requestedBy: string; requestedAtMs: number }) {
    const { tenantId, requestId: checkId, requestedBy, requestedAtMs } = request;
    const known = reports.of(tenantId);
    if (known.some((one) => one.checkId === checkId)) return;
    const nowMs = clock.now();
    const report = queuedReport({ checkId, cause: 'request', requestedBy, requestedAtMs }, nowMs);
    if (known.filter((one) => isOpen(one.report)).length < WAITING_MAX) return reports.write(tenantId, checkId, report);
    const message = `${WAITING_MAX} checks of this tenant wait or are under way; wait for them.`;
    const end = { state: 'failed', code: 'CHECKS_WAITING', message, finishedAtMs: nowMs };
    await reports.write(tenantId, checkId, { ...report, ...end });
  }

  async function observe(
    tenant: Tenant,
    { entity, side, recordId }: { entity: string | null; side: string | null; recordId: string | null },
    signal: AbortSignal,
  ): Promise<void> {
    if ((entity !== 'company' && entity !== 'contact') || recordId === null) return;
    const ports = options.readsOf(tenant, signal);
    // A contact of Unleashed is read with its customer, whose id the order then names.
    const one = side === 'crm' ? await readCrm(ports, entity, recordId) : null;
    const records = side === 'crm' ? [one].filter((found) => found !== null) : await readCustomer(ports, recordId);
    const snapshots = (records ?? []).flatMap(snapshotOf);
    await publisher.publish(tenant.id, snapshots);
    metrics.observed(tenant.id, snapshots.length);
  }
}

function snapshotOf(found: ObservedRecord): KeyedSnapshot[] {
  switch (found.topic) {
    case 'crm.company.v1':
      return [{ ...found, kind: 'company', id: found.record.divisionId }];
    case 'crm.contact.v1':
      return [{ ...found, kind: 'contact', id: found.record.contactId }];
    case 'unleashed.customer.v1':
      return [{ ...found, kind: 'customer', id: found.record.guid }];
    case 'unleashed.contact.v1':
      return [{ ...found, kind: 'contact', id: found.record.guid }];
    default:
      return [];
  }
}
