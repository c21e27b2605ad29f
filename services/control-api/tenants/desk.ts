/**
 * Tenants that people add, change and remove. Credentials are tried first, read-only; then the tenant is stored, encrypted; then
 * every service takes it up from the store, and the topic says so. A tenant of the tenants file is changed in the file only.
 */
import type { Request } from '#contracts';
import {
  claimsOf,
  joinTenant,
  type Log,
  OutboundError,
  type OutboundPolicy,
  openCredentials,
  RuntimeError,
  requireReachable,
  type StoredTenant,
  type StoreOrder,
  type StoreStanding,
  type Tenant,
  type TenantStore,
  type TenantsWatch,
  tenantSchema,
  withDeadline,
} from '#runtime';
import type { Finding, TenantReport } from '#tenant-check';
import { noSuchTenant } from '../auth.ts';
import { check } from '../bodies.ts';
import { Problem } from '../problem.ts';
import { changeRequest } from './audit-record.ts';
import type {
  AddBody,
  ChangeBody,
  ConfigurationsAnswer,
  ConfigurationView,
  RemovalBody,
  StoredAnswer,
} from './bodies.ts';
import { changedFields, withChanges } from './changed.ts';
import { viewOfFileTenant, viewOfStoredTenant } from './view.ts';

/** What the desk is made of. */
export interface TenantDeskOptions {
  /** The tenants in force, of the file and of the store. */
  readonly watch: Pick<TenantsWatch, 'tenants' | 'tenant' | 'stored' | 'store' | 'reread'>;
  /** The store; null where none is configured. */
  readonly store: TenantStore | null;
  readonly outbound: OutboundPolicy;
  /** Tries the credentials of a tenant. Never rejects. */
  tryOut(tenant: Tenant): Promise<TenantReport>;
  /** Writes who changed what onto the topic. */
  note(request: Request): Promise<unknown>;
  readonly log: Log;
  /** Our clock, milliseconds since the epoch. */
  nowMs(): number;
}

/** Takes orders about tenants. Every method throws Problem. */
export interface TenantDesk {
  /** All configurations that `sees` lets through, removed ones included. */
  list(sees: (tenantId: string) => boolean): Promise<ConfigurationsAnswer>;
  show(tenantId: string): ConfigurationView;
  /** Tries credentials without storing anything. */
  tryOut(tenant: Tenant): Promise<{ findings: readonly Finding[] }>;
  /** Tries the credentials in force. */
  tryAgain(tenantId: string): Promise<{ findings: readonly Finding[] }>;
  add(body: AddBody, by: string): Promise<StoredAnswer>;
  change(tenantId: string, body: ChangeBody, by: string): Promise<StoredAnswer>;
  remove(tenantId: string, body: RemovalBody, by: string): Promise<StoredAnswer>;
}

/** Credentials that are tried at the same time; each is a dozen calls of two systems. */
const CHECKS_AT_ONCE = 4;
/** How long an order waits until the topic says what was ordered, milliseconds. */
const PUBLISH_WAIT_MS = 5_000;
const NO_STORE_HINT =
  'Set TENANTS_STORE_DIR to a folder that every service can read, and TWOWAY_KEY_COMMAND, TWOWAY_KEY_FILE or TWOWAY_KEY.';

/** Makes the desk. */
export function createTenantDesk(options: TenantDeskOptions): TenantDesk {
  const { watch, outbound, log } = options;
  let checks = 0;

  function demandStore(): TenantStore {
    if (options.store !== null) return options.store;
    throw new Problem(409, 'REFUSED', 'Tenants cannot be stored here.', { hint: NO_STORE_HINT });
  }

  /** Whether it may be reached: what a tenant names is called from here. Throws Problem 400. */
  function demandOutbound(tenant: Tenant): void {
    for (const [field, url] of [
      ['prospect.baseUrl', tenant.prospect.baseUrl],
      ['unleashed.baseUrl', tenant.unleashed.baseUrl],
      ['alerts.webhookUrl', tenant.alerts?.webhookUrl],
    ] as const) {
      if (url !== undefined) demandReachable(outbound, field, url);
    }
  }

  async function tryOut(tenant: Tenant): Promise<Finding[]> {
    demandOutbound(tenant);
    if (checks >= CHECKS_AT_ONCE) {
      const headers = { 'retry-after': '5' };
      throw new Problem(503, 'NOT_READY', 'Other credentials are being tried at the moment.', { headers });
    }
    checks++;
    try {
      return [...(await options.tryOut(tenant)).findings];
    } finally {
      checks--;
    }
  }

  /** Tries it, unless told that what does not work is known. */
  async function prove(tenant: Tenant, despiteProblems: boolean): Promise<Finding[]> {
    const findings = await tryOut(tenant);
    const problems = findings.filter(({ level }) => level === 'problem');
    if (problems.length === 0 || despiteProblems) return findings;
    const message = problems.map((one) => `${one.side}: ${one.message}`).join(' ');
    throw new Problem(409, 'CHECK_FAILED', message, {
      hint: 'Nothing was stored. Correct it and try again, or store it all the same with despiteProblems.',
      members: { findings },
    });
  }

  function demandOwnAccount(tenant: Tenant): void {
    const claims = new Set(claimsOf(tenant));
    const isTaken = watch.tenants.some(
      (one) => one.id !== tenant.id && claimsOf(one).some((claim) => claims.has(claim)),
    );
    if (!isTaken) return;
    throw new Problem(409, 'REFUSED', 'Another tenant has the same CRM token or Unleashed account.', {
      hint: 'Two tenants on one account would write over each other: use that tenant, or remove it first.',
    });
  }

  /** The tenant of the store; throws for one of the file, and for one that is not there. */
  function storedOf(tenantId: string): StoreStanding {
    const standing = watch.stored.get(tenantId);
    if (standing === undefined && watch.tenant(tenantId) === undefined) throw noSuchTenant(tenantId);
    if (standing !== undefined && standing.standing !== 'in-file') return standing;
    throw new Problem(409, 'REFUSED', `${tenantId} is in the tenants file and is changed there.`, {
      hint: 'The file is taken up by itself when it changes.',
    });
  }

  /** Has every service take the store up, tells the topic, and answers. */
  async function settle(stored: StoredTenant, findings: Finding[], order: StoreOrder): Promise<StoredAnswer> {
    const { id } = stored;
    const published = await takenUp(() => watch.reread());
    const what = stored.history.at(-1)?.what ?? '';
    await options.note(changeRequest(id, what, order, stored.revision)).catch((error: unknown) => {
      log.error(
        { err: error, tenantId: id, what },
        'a change of a tenant could not be noted on its topic; the store has it',
      );
    });
    log.info({ tenantId: id, by: order.by, what, fields: order.fields }, 'tenant configured');
    return { status: published ? 'accepted' : 'pending', findings, configuration: show(id) };
  }

  function show(tenantId: string): ConfigurationView {
    const standing = watch.stored.get(tenantId);
    const tenant = watch.tenant(tenantId);
    if (standing !== undefined && standing.standing !== 'in-file') return viewOfStoredTenant(standing);
    if (tenant === undefined) throw noSuchTenant(tenantId);
    return viewOfFileTenant(tenant);
  }

  const orderOf = (by: string, fields: readonly string[]): StoreOrder => ({ by, fields, atMs: options.nowMs() });

  return {
    show,
    async list(sees) {
      const ids = new Set([...watch.tenants.map(({ id }) => id), ...watch.stored.keys()]);
      const whyNot = await whyNotStorable(options.store);
      const configurations = [...ids].filter(sees).sort().map(show);
      return { canStore: whyNot === '', whyNot, configurations };
    },
    tryOut: async (tenant) => ({ findings: await tryOut(tenant) }),
    async tryAgain(tenantId) {
      const tenant = watch.tenant(tenantId);
      if (tenant === undefined) throw noSuchTenant(tenantId);
      return { findings: await tryOut(tenant) };
    },
    add: ({ tenant, despiteProblems }, by) =>
      translated(async () => {
        const store = demandStore();
        await store.demandKeys();
        if (watch.tenant(tenant.id) !== undefined) {
          const details = { hint: 'Change it, or give another id.' };
          throw new Problem(409, 'REFUSED', `There is a tenant ${tenant.id} already.`, details);
        }
        demandOwnAccount(tenant);
        const findings = await prove(tenant, despiteProblems);
        const order = orderOf(by, changedFields(tenant));
        return await settle(await store.add(tenant, order), findings, order);
      }),
    change: (tenantId, { tenant: changes, seenRevision, despiteProblems }, by) =>
      translated(async () => {
        const store = demandStore();
        const { entry } = storedOf(tenantId);
        if (entry.stored === null || entry.stored.state === 'removed') throw noSuchTenant(tenantId);
        // Where the old credentials cannot be opened any more, new ones mend that; the check below says which are missing.
        const keys = await store.demandKeys();
        const known = entry.state === 'unreadable' ? {} : openCredentials(keys, entry.stored);
        const joined = joinTenant(tenantId, entry.stored.plain, known) as Record<string, unknown>;
        const tenant = check(tenantSchema, withChanges(joined, changes), 'tenant');
        demandOwnAccount(tenant);
        // What is not about the two systems is stored without a call of them, also while they refuse us.
        const isOfSystems = changes.prospect !== undefined || changes.unleashed !== undefined;
        if (!isOfSystems) demandOutbound(tenant);
        const findings = isOfSystems ? await prove(tenant, despiteProblems) : [];
        const order = orderOf(by, changedFields(changes));
        return await settle(await store.change(tenant, seenRevision, order), findings, order);
      }),
    remove: (tenantId, { confirm, seenRevision }, by) =>
      translated(async () => {
        const store = demandStore();
        storedOf(tenantId);
        if (confirm !== tenantId) {
          const errors = [{ field: 'confirm', message: 'is not the id of the tenant' }];
          throw new Problem(400, 'INVALID_REQUEST', 'confirm: is not the id of the tenant', { members: { errors } });
        }
        const order = orderOf(by, []);
        return await settle(await store.remove(tenantId, seenRevision, order), [], order);
      }),
  };
}

function demandReachable(outbound: OutboundPolicy, field: string, url: string): void {
  try {
    requireReachable(outbound, url);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    const errors = [{ field, message: error.message }];
    throw new Problem(400, 'INVALID_REQUEST', `${field}: ${error.message}`, { hint: error.hint, members: { errors } });
  }
}

async function whyNotStorable(store: TenantStore | null): Promise<string> {
  if (store === null) return NO_STORE_HINT;
  try {
    await store.demandKeys();
    return '';
  } catch (error) {
    return error instanceof RuntimeError ? `${error.message} ${error.hint}` : 'The key cannot be read.';
  }
}

/** True when every service here has taken the store up in time; it goes on otherwise. */
async function takenUp(reread: () => Promise<unknown>): Promise<boolean> {
  try {
    await withDeadline(reread, { timeoutMs: PUBLISH_WAIT_MS, doing: 'taking the store up' });
    return true;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'DEADLINE_EXCEEDED') return false;
    throw error;
  }
}

/** Errors of the store as answers. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    const { code, message, hint, retriable } = error;
    const details = { hint, cause: error };
    if (code === 'TENANTS_STORE_STALE') throw new Problem(409, 'STALE_VERSION', message, details);
    if (!retriable) throw new Problem(409, 'REFUSED', message, details);
    throw new Problem(503, 'NOT_READY', message, { ...details, headers: { 'retry-after': '5' } });
  }
}
