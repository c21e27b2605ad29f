/** The control API: tenants, call log, live changes, quota, jobs, reset; records and faults are beside it. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { HttpProblem } from '#runtime';
import { apiNowMs, runAccountManagerJob, type Workspace } from '../model/index.ts';
import { sandboxTenantsYaml } from '../tenants-yaml.ts';
import { checked, registerRecords, workspaceNamed } from './control-records.ts';
import { registerSwitches } from './control-switches.ts';
import type { Host } from './host.ts';
import type { Streams } from './sse.ts';

/** What the control API needs beside the host. */
export type ControlOptions = {
  readonly host: Host;
  readonly streams: Streams;
  /** A fresh workspace of a tenant, with its first records. */
  readonly fresh: (tenantId: string) => Workspace;
};

const tenantPath = z.object({ tenant: z.string() });
const logQuery = z.object({
  tenant: z.string().default(''),
  side: z.enum(['crm', 'unleashed']).optional(),
  since: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(5000).default(500),
});
const quotaBody = z.strictObject({
  monthlyCalls: z.number().int().min(0).optional(),
  usedCalls: z.number().int().min(0).optional(),
});

/** Registers everything under /control. A JSON body may be empty, for clients that always name the type. */
export function registerControl(app: FastifyInstance, options: ControlOptions): void {
  void app.register((scope, _options, registered) => {
    scope.removeContentTypeParser('application/json');
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      if (body === '') return done(null, undefined);
      try {
        done(null, JSON.parse(String(body)));
      } catch {
        done(new HttpProblem(400, 'JSON_INVALID', 'The body is not valid JSON.'));
      }
    });
    registerRoutes(scope, options);
    registered();
  });
}

function registerRoutes(app: FastifyInstance, { host, streams, fresh }: ControlOptions): void {
  registerRecords(app, host);
  registerSwitches(app, host);
  registerLog(app, host, streams);
  app.get('/control/tenants', () => [...host.workspaces.values()].map((workspace) => summary(workspace, host.now())));
  app.get('/control/tenants/:tenant', (request) => summary(named(host, request.params), host.now()));
  app.get('/control/tenants.yaml', (request, reply) => {
    const baseUrl = `http://${request.headers.host ?? 'localhost'}`;
    return reply
      .type('application/yaml; charset=utf-8')
      .send(sandboxTenantsYaml({ baseUrl, workspaces: host.workspaces.values() }));
  });
  app.patch('/control/tenants/:tenant/quota', (request) => {
    const workspace = named(host, request.params);
    const { monthlyCalls, usedCalls } = checked(quotaBody, request.body);
    const { unleashed } = workspace;
    if (monthlyCalls !== undefined) unleashed.monthlyCalls = monthlyCalls;
    if (usedCalls !== undefined) {
      unleashed.usedCalls = usedCalls;
      unleashed.quotaMonth = new Date(apiNowMs(workspace, 'unleashed', host.now())).toISOString().slice(0, 7);
    }
    host.changed(workspace, []);
    return summary(workspace, host.now());
  });
  app.post('/control/tenants/:tenant/reset', (request) => {
    const { tenant } = checked(tenantPath, request.params);
    workspaceNamed(host, tenant);
    const workspace = fresh(tenant);
    host.replace(workspace);
    return summary(workspace, host.now());
  });
  app.post('/control/tenants/:tenant/jobs/:job', (request) => {
    const { job } = checked(z.object({ job: z.string() }), request.params);
    const workspace = named(host, request.params);
    if (job !== 'account-managers') throw new HttpProblem(404, 'JOB_UNKNOWN', 'Jobs: account-managers.');
    const changes = runAccountManagerJob(workspace, host.now());
    host.changed(workspace, changes);
    return { changes: changes.length };
  });
}

function registerLog(app: FastifyInstance, host: Host, streams: Streams): void {
  const taken = (query: z.output<typeof logQuery>) => (entry: { tenant: string; side: string }) =>
    (query.tenant === '' || entry.tenant === query.tenant) && (query.side === undefined || entry.side === query.side);
  for (const [name, ring] of [
    ['calls', host.calls],
    ['changes', host.changes],
  ] as const) {
    app.get(`/control/${name}`, (request) => {
      const query = checked(logQuery, request.query);
      const items = ring.after(query.since).filter(taken(query)).slice(-query.limit);
      return { lastSeq: ring.lastSeq(), items };
    });
  }
  app.get('/control/calls/live', (request, reply) => {
    const query = checked(logQuery, request.query);
    streams.open(
      reply,
      host.calls,
      sinceOf(request.headers['last-event-id'], query.since, host.calls.lastSeq()),
      taken(query),
    );
  });
  app.get('/control/events', (request, reply) => {
    const query = checked(logQuery, request.query);
    const since = sinceOf(request.headers['last-event-id'], query.since, host.changes.lastSeq());
    streams.open(reply, host.changes, since, taken(query));
  });
}

/** Where a stream begins: after the last id the client saw, else after `since`, else now. */
function sinceOf(lastId: string | string[] | undefined, since: number, lastSeq: number): number {
  const seen = Number(lastId);
  if (typeof lastId === 'string' && Number.isInteger(seen)) return seen;
  return since > 0 ? since : lastSeq;
}

function named(host: Host, params: unknown): Workspace {
  return workspaceNamed(host, checked(tenantPath, params).tenant);
}

/** A tenant in figures; no credentials. */
function summary(workspace: Workspace, nowMs: number): Record<string, unknown> {
  const { crm, unleashed } = workspace;
  return {
    id: workspace.id,
    name: workspace.name,
    timeZone: workspace.timeZone,
    crm: {
      companies: crm.tables.Divisions.size,
      contacts: crm.tables.Contacts.size,
      users: crm.tables.Users.size,
      ledgers: crm.tables.SalesLedgers.size,
      callsInWindow: crm.callTimes.length,
      clock: new Date(apiNowMs(workspace, 'crm', nowMs)).toISOString(),
    },
    unleashed: {
      companies: unleashed.customers.size,
      contacts: unleashed.contacts.size,
      salespersons: unleashed.salespersons.size,
      subscriptions: unleashed.subscriptions.size,
      monthlyCalls: unleashed.monthlyCalls,
      usedCalls: unleashed.usedCalls,
      quotaMonth: unleashed.quotaMonth,
      clock: new Date(apiNowMs(workspace, 'unleashed', nowMs)).toISOString(),
    },
    eventsWaiting: workspace.outbox.size,
    eventsDropped: workspace.eventsDropped,
    heldWrites: workspace.held.length,
    faults: workspace.faults.length,
  };
}
