/** One client per tenant, made when it is first needed and made anew when the tenant's access changes. */
import type { Quota } from '#quota';
import type { Tenant } from '#runtime';
import { crmBudgetHooks } from './budget.ts';
import { type CrmClient, createCrmClient } from './client.ts';
import type { CrmCallInfo, CrmCallResult, CrmClientOptions } from './client-options.ts';

/** Options of `createCrmClients`. */
export interface CrmClientsOptions {
  /** The shared call budget. */
  quota: Pick<Quota, 'acquire' | 'report429'>;
  /** Value of the User-Agent header. */
  userAgent: string;
  /** Told of each call that went out. Must not throw. Default: nothing. */
  onCall?: (tenantId: string, info: CrmCallInfo, result: CrmCallResult) => void;
  /** Told of errors of the budget's store while reporting. Default: nothing. */
  onBudgetError?: (tenantId: string, error: unknown) => void;
  /** Deadline of one call, milliseconds. Default: the client's. */
  timeoutMs?: number;
  /** Our clock and how requests are sent; see the client's options. */
  transport?: Required<Pick<CrmClientOptions, 'now' | 'exchange'>>;
}

/** Clients by tenant. */
export interface CrmClients {
  /** The tenant's client, as its configuration now says. Calls of an older one may still end. */
  of(tenant: Tenant): CrmClient;
  /** Forgets a tenant. */
  remove(tenantId: string): Promise<void>;
  /** Closes all. */
  close(): Promise<void>;
}

/** How long an outdated client may go on with its calls before it is closed, milliseconds. */
const OUTDATED_GRACE_MS = 60_000;

/** Makes the collection; no connection is opened yet. */
export function createCrmClients(options: CrmClientsOptions): CrmClients {
  const clients = new Map<string, { client: CrmClient; madeFor: Tenant['prospect'] }>();
  const outdated = new Map<CrmClient, NodeJS.Timeout>();

  function make({ id, prospect }: Tenant): CrmClient {
    const onError = (error: unknown): void => options.onBudgetError?.(id, error);
    const hooks = crmBudgetHooks({ quota: options.quota, tenantId: id, onError });
    return createCrmClient({
      baseUrl: prospect.baseUrl,
      token: prospect.token.reveal(),
      userAgent: options.userAgent,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...options.transport,
      beforeCall: hooks.beforeCall,
      afterCall(info, result) {
        hooks.afterCall(info, result);
        options.onCall?.(id, info, result);
      },
    });
  }

  function retire(client: CrmClient): void {
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
      if (current !== undefined && isSameAccess(current.madeFor, tenant.prospect)) return current.client;
      if (current !== undefined) retire(current.client);
      const client = make(tenant);
      clients.set(tenant.id, { client, madeFor: tenant.prospect });
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

function isSameAccess(a: Tenant['prospect'], b: Tenant['prospect']): boolean {
  return a.baseUrl === b.baseUrl && a.token.reveal() === b.token.reveal();
}
