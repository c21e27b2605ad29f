/** Puts the sandbox together: workspaces from the store or freshly seeded, both APIs, the control API, the pages. */
import type { FastifyInstance } from 'fastify';
import type { Log } from '#runtime';
import { registerApis } from './http/api-edge.ts';
import { registerControl } from './http/control.ts';
import { createHost, type Host } from './http/host.ts';
import { registerPages } from './http/pages.ts';
import { registerPanel } from './http/panel.ts';
import { createStreams } from './http/sse.ts';
import { createNoStore, openStore } from './http/store.ts';
import { setHookUrl, setWebhookUrl, type Workspace } from './model/index.ts';
import type { SandboxOptions } from './options.ts';
import { emptyWorkspace, seedWorkspace } from './seed/fill.ts';
import { lifelikeTenants, manyTenants, type TenantSeed } from './seed/tenants.ts';

/** A sandbox that is ready to be served. */
export type Sandbox = {
  readonly host: Host;
  /** Registers all routes. */
  readonly routes: (app: FastifyInstance) => void;
  /** Ends open streams; to be called before the server is closed, which waits for them. */
  readonly endStreams: () => void;
  /** Ends timers and deliveries, and saves. */
  readonly close: () => void;
};

/** Builds a sandbox; nothing listens yet. */
export function createSandbox(options: SandboxOptions, log: Log, now: () => number): Sandbox {
  const store = options.dataDir === undefined ? createNoStore() : openStore(options.dataDir);
  const host = createHost({ store, log, now });
  const streams = createStreams();
  const tenants = options.tenants === 0 ? lifelikeTenants : manyTenants(options.tenants, options.companies);
  const fresh = (tenant: TenantSeed): Workspace => withHooks(seedWorkspace(tenant, options.seed, now()), options);
  for (const tenant of tenants) {
    const kept = emptyWorkspace(tenant, options.seed);
    const found = store.load(kept);
    host.add(found ? withHooks(kept, options) : fresh(tenant));
    log.info({ tenant: tenant.id, found }, found ? 'tenant loaded' : 'tenant made up');
  }
  return {
    host,
    routes: (app) => {
      registerApis(app, host);
      registerPages(app, options.panel?.baseUrl);
      registerPanel(app, host, options.panel);
      registerControl(app, {
        host,
        streams,
        fresh: (id) => {
          const tenant = tenants.find((each) => each.id === id);
          if (!tenant) throw new Error(`no seed for tenant ${id}`);
          return fresh(tenant);
        },
      });
    },
    endStreams: streams.close,
    close: host.close,
  };
}

function withHooks(workspace: Workspace, options: SandboxOptions): Workspace {
  const { crmHookBaseUrl, unleashedHookBaseUrl } = options;
  // Blank ends what an earlier start with a receiver left behind.
  setHookUrl(workspace, crmHookBaseUrl === undefined ? '' : `${crmHookBaseUrl}/hooks/crm/${workspace.id}`);
  setWebhookUrl(
    workspace,
    unleashedHookBaseUrl === undefined ? '' : `${unleashedHookBaseUrl}/hooks/unleashed/${workspace.id}`,
  );
  return workspace;
}
