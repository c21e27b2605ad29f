import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openApiDocument } from './openapi.ts';
import { registerRoutes } from './routes.ts';
import { settingsAnswer } from './view-schemas.ts';
import { settingsView } from './views.ts';

interface Described {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  readonly responses: Record<string, unknown>;
}
const document = openApiDocument() as {
  openapi: string;
  paths: Record<string, Record<string, Described>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** What the service has, as `get /v1/…` with parameters in braces. */
let routes: string[];
let server: FastifyInstance;

beforeEach(async () => {
  routes = [];
  server = fastify({ exposeHeadRoutes: false });
  server.addHook('onRoute', ({ method, url }) => {
    routes.push(`${String(method).toLowerCase()} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  await registerRoutes(server, {
    auth: { authenticate: () => ({ subject: 'vic', role: 'sales', tenants: new Set(['acme']) }) },
    limits: { perSubject: 1_000, perStranger: 1_000 },
  } as unknown as Parameters<typeof registerRoutes>[1]);
});
afterEach(() => server.close());

describe('the OpenAPI document', () => {
  it('describes every route of the service, and none that is not there', () => {
    const described = operations.map(({ path, method }) => `${method} ${path}`);
    expect(described.sort()).toEqual(routes.filter((route) => route !== 'get /v1/openapi.json').sort());
  });

  it('is served, and names every operation once', async () => {
    const response = await server.inject({ url: '/v1/openapi.json' });
    expect(response.json()).toEqual(JSON.parse(JSON.stringify(document)));
    expect(document.openapi).toBe('3.1.0');
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has a parameter for each brace of a path, and says how refusals look', () => {
    for (const { path, operation } of operations) {
      const braces = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
      const given = operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      expect(given.sort(), path).toEqual(braces);
      expect(operation.responses, path).toMatchObject({ '401': {}, '404': {}, '503': {} });
    }
  });

  it('says what a query and a body may hold', () => {
    const list = document.paths['/v1/tenants/{tenantId}/records']!.get!;
    expect(list.parameters.find(({ name }) => name === 'limit')?.schema).toMatchObject({ maximum: 200, default: 50 });
    expect(list.parameters.find(({ name }) => name === 'state')).toMatchObject({ in: 'query', required: false });
    const order = document.paths['/v1/tenants/{tenantId}/requests']!.post!;
    const kinds = JSON.stringify(order.requestBody?.content['application/json']?.schema);
    expect(kinds).toContain('sync-contact');
  });
});

describe('answers', () => {
  it('are as described: settings', () => {
    const view = settingsView({
      ...{ tenantId: 'acme', version: 1, enabled: true, accountManagers: true, accountManagersOvernight: true },
      ...{ addresses: true, contactRoleCode: 'MAIN', conflictPolicy: 'ask', fieldPolicies: { 'company.phone': 'crm' } },
      ...{
        alignment: 'auto',
        alignmentPolicies: {},
        removed: false,
        alertRules: {},
        breakerShare: 20,
        timeZone: 'Europe/London',
        overnightHour: 2,
        driftHour: '4',
        advancedLedgers: false,
        overnightDueAtMs: 5,
        holds: true,
      },
      ...{ overnightLast: { startedAtMs: 1, compared: 2, ordered: 1, stopped: 0 }, pausedSides: ['crm'] },
      pausedEntities: ['contact'],
      pauses: [{ what: 'crm', by: 'ann', sinceMs: 1, reason: '' }],
      ...{ changedBy: 'ann', changedAtMs: 1, requestId: 'r' },
    });
    expect(settingsAnswer.strict().parse(view)).toEqual(view);
  });

  it('/me says who asks and what that role may do', async () => {
    const { may, ...rest } = (await server.inject({ url: '/v1/me' })).json();
    expect(rest).toEqual({ subject: 'vic', role: 'sales', tenants: ['acme'] });
    expect(may).toContain('sync-contact');
    expect(may).not.toContain('settings');
  });
});
