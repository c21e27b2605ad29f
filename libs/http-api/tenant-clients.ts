/** One client per tenant, made when it is first needed and made anew when the tenant's access changes. */
import type { Side } from '#contracts';
import type { OutboundPolicy, Tenant } from '#runtime';
import { type BudgetOptions, budgetHooks } from './budget.ts';
import type { ApiClientOptions, CallInfo, CallResult } from './call-options.ts';

/** Options that the collections of clients of all APIs have. */
export interface TenantClientsOptions {
  /** The shared call budget. */
  quota: BudgetOptions['quota'];
  /** Who calls, for the API's own log: a header says it (fact U1.4). */
  caller: string;
  /** Told of each call that went out. Must not throw. Default: nothing. */
  onCall?: (tenantId: string, info: CallInfo, result: CallResult) => void;
  /** Told of errors of the budget's store while reporting. Default: nothing. */
  onBudgetError?: (tenantId: string, error: unknown) => void;
  /** Deadline of one call, milliseconds. Default: the client's. */
  timeoutMs?: number;
  /** Addresses that may be connected to although they are not public. Default: none. */
  outbound?: OutboundPolicy;
  /** Our clock and how requests are sent; see the client's options. */
  transport?: Required<Pick<ApiClientOptions, 'now' | 'exchange'>>;
}

/** Clients by tenant. */
export interface TenantClients<C> {
  /** The tenant's client, as its configuration now says. Calls of an older one may still end. */
  of(tenant: Tenant): C;
  /** Forgets a tenant. */
  remove(tenantId: string): Promise<void>;
  /** Closes all. */
  close(): Promise<void>;
}

/** What differs between APIs. */
export interface ClientMaker<C> {
  side: Side;
  /** All that a client was made for; another text means another client. It holds secrets: never show it. */
  accessOf(tenant: Tenant): string;
  /** Makes the client of a tenant; `common` are the options that do not depend on the API. */
  make(tenant: Tenant, common: Omit<ApiClientOptions, 'baseUrl'>): C;
}

/** How long an outdated client may go on with its calls before it is closed, milliseconds. */
const OUTDATED_GRACE_MS = 60_000;

/** Makes the collection; no connection is opened yet. */
export function createClientsByTenant<C extends { close(): Promise<void> }>(
  options: TenantClientsOptions,
  maker: ClientMaker<C>,
): TenantClients<C> {
  const clients = new Map<string, { client: C; access: string }>();
  const outdated = new Map<C, NodeJS.Timeout>();

  function make(tenant: Tenant): C {
    const { id } = tenant;
    const onError = (error: unknown): void => options.onBudgetError?.(id, error);
    const hooks = budgetHooks({ quota: options.quota, tenantId: id, side: maker.side, onError });
    return maker.make(tenant, {
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...(options.outbound === undefined ? {} : { outbound: options.outbound }),
      ...options.transport,
      beforeCall: hooks.beforeCall,
      afterCall(info, result) {
        hooks.afterCall(info, result);
        options.onCall?.(id, info, result);
      },
    });
  }

  function retire(client: C): void {
    const timer = setTimeout(() => {
      outdated.delete(client);
      client.close().catch(() => undefined);
    }, OUTDATED_GRACE_MS);
    timer.unref();
    outdated.set(client, timer);
  }

  return {
    of(tenant) {
      const access = maker.accessOf(tenant);
      const current = clients.get(tenant.id);
      if (current?.access === access) return current.client;
      if (current !== undefined) retire(current.client);
      const client = make(tenant);
      clients.set(tenant.id, { client, access });
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
