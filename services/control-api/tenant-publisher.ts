/**
 * The tenants file and the store → sync.tenant, without secrets. What is published is compared with what ought to be, so that a restart
 * publishes nothing and a failed attempt is simply made again.
 */
import { type Codec, type Tenant as PublishedTenant, partitionOf, tenantKey } from '#contracts';
import { type Log, type MergedTenants, retry, type Tenant, type TenantSource } from '#runtime';

/** What the publisher is made of. */
export interface TenantPublisherOptions {
  readonly codec: Codec;
  readonly partitionCount: number;
  /** Writes a record; resolves when Kafka has it. */
  send(record: { topic: 'sync.tenant.v1'; partition: number; key: string; value: Buffer | null }): Promise<unknown>;
  /** Tenants as published. */
  published(): readonly PublishedTenant[];
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Our clock, milliseconds since the epoch. */
  nowMs(): number;
}

/** Publishes tenants. */
export interface TenantPublisher {
  /**
   * Makes the topic say what these tenants are, and forget all others, except for those of the store that nobody removed: they
   * cannot be read at the moment. Of tenants in `changed` it says so once more even if only what is not on the topic changed, their
   * credentials: what waits for those goes on. One call after the other; retries for an hour.
   */
  publish(merged: MergedTenants, changed?: readonly string[]): Promise<void>;
}

const DEADLINE_MS = 60 * 60_000;

/** Where the CRM shows a record, when it is the vendor's own (fact P1.10). */
function ownPages(baseUrl: string): string {
  const isVendor = new URL(baseUrl).hostname.endsWith('.prospect365.com');
  return isVendor ? 'https://crm.prospect365.com/view/{entity}/{id}' : '';
}

/** A tenant as published; `configuredAtMs` is left at 0. */
function publicTenant(tenant: Tenant, managedBy: TenantSource): PublishedTenant {
  const settings = Object.entries(tenant.sync ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return {
    tenantId: tenant.id,
    name: tenant.name,
    timeZone: tenant.timeZone,
    prospectBaseUrl: tenant.prospect.baseUrl,
    unleashedBaseUrl: tenant.unleashed.baseUrl,
    monthlyCalls: tenant.unleashed.monthlyCalls,
    pollSeconds: tenant.unleashed.pollSeconds,
    advancedLedgers: tenant.prospect.advancedLedgers,
    prospectRecordUrl: tenant.prospect.recordUrl ?? ownPages(tenant.prospect.baseUrl),
    unleashedRecordUrl: tenant.unleashed.recordUrl ?? '',
    initialSettings: settings.length === 0 ? null : Object.fromEntries(settings.sort(([a], [b]) => (a < b ? -1 : 1))),
    configuredAtMs: 0,
    managedBy,
  };
}

/** What has to be written so that the topic says what is configured: records, and null for a tombstone, by tenant. */
export function tenantChanges(
  { tenants, stored }: MergedTenants,
  published: readonly PublishedTenant[],
  changed: readonly string[] = [],
): Map<string, PublishedTenant | null> {
  const known = new Map(published.map((tenant) => [tenant.tenantId, tenant]));
  const changes = new Map<string, PublishedTenant | null>();
  for (const tenant of tenants) {
    const standing = stored.get(tenant.id)?.standing;
    const isStored = standing === 'in-force' || standing === 'unreadable';
    const wanted = publicTenant(tenant, isStored ? 'console' : 'file');
    const before = known.get(tenant.id);
    const isNews = before === undefined || essence(before) !== essence(wanted) || changed.includes(tenant.id);
    if (isNews) changes.set(tenant.id, wanted);
    known.delete(tenant.id);
  }
  for (const [tenantId, { managedBy }] of known) {
    // That a store is away, or a key, is no order to remove anything.
    const standing = stored.get(tenantId)?.standing;
    const isGone = managedBy !== 'console' || standing === 'removed' || standing === 'same-account';
    if (isGone && standing !== 'unreadable') changes.set(tenantId, null);
  }
  return changes;
}

/** Everything but the time of publishing, in one order: what was read from a topic has its keys in the schema's order. */
function essence(tenant: PublishedTenant): string {
  const { configuredAtMs: _, initialSettings, ...rest } = tenant;
  const sorted = (object: object) => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(rest), initialSettings === null ? null : sorted(initialSettings)]);
}

/** Makes a publisher. */
export function createTenantPublisher(options: TenantPublisherOptions): TenantPublisher {
  const { codec, log } = options;
  let queue: Promise<void> = Promise.resolve();

  async function publishOnce(merged: MergedTenants, changed: readonly string[]): Promise<void> {
    const changes = tenantChanges(merged, options.published(), changed);
    for (const [tenantId, tenant] of changes) {
      const value =
        tenant === null ? null : codec.encode('sync.tenant.v1', { ...tenant, configuredAtMs: options.nowMs() });
      const partition = partitionOf(tenantId, options.partitionCount);
      await options.send({ topic: 'sync.tenant.v1', partition, key: tenantKey(tenantId), value });
      log.info({ tenantId, removed: tenant === null }, 'tenant published');
    }
  }

  return {
    publish(merged, changed = []) {
      const next = queue
        .catch(() => {})
        .then(() =>
          retry(() => publishOnce(merged, changed), {
            triesMax: 10_000,
            deadlineMs: DEADLINE_MS,
            signal: options.signal,
            onRetry: ({ error }) => log.warn({ err: error }, 'tenants could not be published, trying again'),
          }),
        );
      queue = next;
      return next;
    },
  };
}
