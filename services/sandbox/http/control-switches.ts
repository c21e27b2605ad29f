/** Faults and switches, as JSON. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { HttpProblem } from '#runtime';
import { addFault, clearFaults, faultKinds, setSwitch, switchDefinitions, type Workspace } from '../model/index.ts';
import { checked, workspaceNamed } from './control-records.ts';
import type { Host } from './host.ts';

const longestMs = 24 * 3_600_000;
const side = z.enum(['crm', 'unleashed']);
const tenantPath = z.object({ tenant: z.string() });
const faultPath = z.object({ tenant: z.string(), id: z.string() });

/** Order of a fault over HTTP; `seconds` is turned into `untilMs`. */
const faultOrder = z.strictObject({
  side,
  kind: z.enum(faultKinds),
  probability: z.number().min(0).max(1).optional(),
  /** Calls or events that it strikes. */
  remaining: z.number().int().min(1).nullable().optional(),
  /** It ends by itself after this time. */
  seconds: z.number().min(0).max(86_400).optional(),
  methods: z.array(z.string().max(10)).max(10).optional(),
  path: z.string().max(500).optional(),
  status: z.number().int().min(200).max(599).optional(),
  body: z.json().optional(),
  afterEffect: z.boolean().optional(),
  retryAfterSeconds: z.number().int().min(0).max(86_400).nullable().optional(),
  delayMs: z.number().min(0).max(longestMs).optional(),
  jitterMs: z.number().min(0).max(longestMs).optional(),
  connectionMs: z.number().min(0).max(longestMs).optional(),
  skewMs: z.number().min(-longestMs).max(longestMs).optional(),
  field: z.string().max(100).optional(),
  value: z.json().optional(),
});

const switchValues = z.strictObject({
  crm: z.record(z.string(), z.unknown()).optional(),
  unleashed: z.record(z.string(), z.unknown()).optional(),
});

/** Registers the routes of faults and switches, per tenant and (tenant `*`) for all tenants. */
export function registerSwitches(app: FastifyInstance, host: Host): void {
  const chosen = (tenant: string): Workspace[] =>
    tenant === '*' ? [...host.workspaces.values()] : [workspaceNamed(host, tenant)];
  const saved = (workspaces: readonly Workspace[]): void => {
    for (const workspace of workspaces) host.changed(workspace, []);
  };

  app.get('/control/switches', () => switchDefinitions);
  app.get('/control/fault-kinds', () => faultKinds);

  app.get('/control/tenants/:tenant/switches', (request) => {
    return workspaceNamed(host, checked(tenantPath, request.params).tenant).switches;
  });
  app.patch('/control/tenants/:tenant/switches', (request) => {
    const workspaces = chosen(checked(tenantPath, request.params).tenant);
    const given = checked(switchValues, request.body);
    for (const workspace of workspaces) {
      for (const [sideName, values] of Object.entries(given)) {
        for (const [name, value] of Object.entries(values ?? {})) {
          const problem = setSwitch(workspace.switches, sideName, name, value);
          if (problem !== undefined) throw new HttpProblem(400, 'SWITCH_INVALID', problem);
        }
      }
    }
    saved(workspaces);
    return workspaces[0]?.switches ?? {};
  });

  app.get('/control/tenants/:tenant/faults', (request) => {
    return chosen(checked(tenantPath, request.params).tenant).flatMap((workspace) =>
      workspace.faults.map((fault) => ({ tenant: workspace.id, ...fault })),
    );
  });
  app.post('/control/tenants/:tenant/faults', (request, reply) => {
    const workspaces = chosen(checked(tenantPath, request.params).tenant);
    const { seconds, ...order } = checked(faultOrder, request.body);
    const untilMs = seconds === undefined ? null : host.now() + seconds * 1000;
    const faults = workspaces.map((workspace) => {
      const given = Object.fromEntries(Object.entries(order).filter(([, value]) => value !== undefined));
      const fault = addFault(workspace, { ...given, side: order.side, kind: order.kind, untilMs }, host.now());
      if (!fault) throw new HttpProblem(409, 'TOO_MANY_FAULTS', 'Too many faults are in force; clear some first.');
      return { tenant: workspace.id, ...fault };
    });
    saved(workspaces);
    return reply.code(201).send(faults);
  });
  app.delete('/control/tenants/:tenant/faults', (request, reply) => {
    const workspaces = chosen(checked(tenantPath, request.params).tenant);
    const which = checked(z.object({ side: side.optional() }), request.query);
    for (const workspace of workspaces) clearFaults(workspace, which.side ? { side: which.side } : {});
    saved(workspaces);
    return reply.code(204).send();
  });
  app.delete('/control/tenants/:tenant/faults/:id', (request, reply) => {
    const { tenant, id } = checked(faultPath, request.params);
    const workspaces = chosen(tenant);
    for (const workspace of workspaces) clearFaults(workspace, { id });
    saved(workspaces);
    return reply.code(204).send();
  });
}
