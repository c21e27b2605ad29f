/** One client per tenant, made when it is first needed and made anew when the tenant's credentials change. */
import type { Quota } from '#quota';
import type { Tenant } from '#runtime';
import { budgetHooks } from './budget.ts';
import { createUnleashedClient, type UnleashedClient } from './client.ts';
import type { CallInfo, CallResult, UnleashedClientOptions } from './client-options.ts';

/** Options of `createTenantClients`. */
export interface TenantClientsOptions {
  /** The shared call budget. */
  quota: Pick<Quota, 'acquire' | 'report429' | 'reportMonthSpent'>;
  /** Value of the `client-type` header (fact U1.4). */
  clientType: string;
  /** Told of each call that went out. Must not throw. Default: nothing. */
  onCall?: (tenantId: string, info: CallInfo, result: CallResult) => void;
  /** Told of errors of the budget's store while reporting. Default: nothing. */
  onBudgetError?: (tenantId: string, error: unknown) => void;
  /** Deadline of one call, milliseconds. Default: the client's. */
  timeoutMs?: number;
  /** Our clock and how requests are sent; see the client's options. */
  transport?: Required<Pick<UnleashedClientOptions, 'now' | 'exchange'>>;
}

/** Clients by tenant. */
export interface TenantClients {
  /** The tenant's client, as its configuration now says. Connections of an older one end with their calls. */
  of(tenant: Tenant): UnleashedClient;
  /** Forgets a tenant. */
  remove(tenantId: string): Promise<void>;
  /** Closes all. */
  close(): Promise<void>;
}

/** How long an outdated client may go on with its calls before it is closed, milliseconds. */
const OUTDATED_GRACE_MS = 60_000;

/** Makes the collection; no connection is opened yet. */
export function createTenantClients(options: TenantClientsOptions): TenantClients {
  const clients = new Map<string, { client: UnleashedClient; madeFor: Tenant['unleashed'] }>();
  const outdated = new Map<UnleashedClient, NodeJS.Timeout>();

  function make(tenant: Tenant): UnleashedClient {
    const { id, unleashed } = tenant;
    const onError = (error: unknown): void => options.onBudgetError?.(id, error);
    const hooks = budgetHooks({ quota: options.quota, tenantId: id, onError });
    return createUnleashedClient({
      baseUrl: unleashed.baseUrl,
      apiId: unleashed.apiId,
      apiKey: unleashed.apiKey.reveal(),
      clientType: options.clientType,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...options.transport,
      beforeCall: hooks.beforeCall,
      afterCall(info, result) {
        hooks.afterCall(info, result);
        options.onCall?.(id, info, result);
      },
    });
  }

  function retire(client: UnleashedClient): void {
    const timer = setTimeout(() => {
      outdated.delete(client);
      client.close().catch(() => undefined);
    }, OUTDATED_GRACE_MS);
    timer.unref();
    outdated.set(client, timer);
  }

  return {
    of(tenant) {
      const current = clients.get(tenant.id);
      if (current !== undefined && isSameAccount(current.madeFor, tenant.unleashed)) return current.client;
      if (current !== undefined) retire(current.client);
      const client = make(tenant);
      clients.set(tenant.id, { client, madeFor: tenant.unleashed });
      return client;
    },
    async remove(tenantId) {
      const current = clients.get(tenantId);
      clients.delete(tenantId);
      await current?.client.close();
    },
    async close() {
      for (const timer of outdated.values()) clearTimeout(timer);
      const all = [...[...clients.values()].map(({ client }) => client), ...outdated.keys()];
      clients.clear();
      outdated.clear();
      await Promise.all(all.map((client) => client.close()));
    },
  };
}

function isSameAccount(a: Tenant['unleashed'], b: Tenant['unleashed']): boolean {
  return a.baseUrl === b.baseUrl && a.apiId === b.apiId && a.apiKey.reveal() === b.apiKey.reveal();
}
