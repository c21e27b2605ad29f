/** Every route, as the API describes itself: with each role, for another's tenant, without a token, and with nonsense. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLES, type Setting, type Tenant } from '#contracts';
import {
  createLog,
  createMetrics,
  createStoreReader,
  createTenantStore,
  type HttpServer,
  PUBLIC_ONLY,
  parseTenants,
  Secret,
  startHttpServer,
  watchTenants,
} from '#runtime';
import { tenantsText, tenantText } from '../../libs/runtime/tenants.testing.ts';
import { company, createTestTenant, crmContact, customer } from '../../libs/sync-core/world.fixture.ts';
import { createTokenAuth } from './auth.ts';
import { openApiDocument } from './openapi.ts';
import { createTestFile, type Input, type TestFile } from './read-model/file.fixture.ts';
import { NEEDED, ROLES, type Role } from './roles.ts';
import { type RouteServices, registerRoutes } from './routes.ts';
import { createTenantDesk, type TenantDesk } from './tenants/desk.ts';

const MINE = 'mine';
const RIVAL = 'rival';
/** Stands in everything that the other tenant has. */
const MARK = 'Rivalmark';
const GUID = '11111111-1111-4111-8111-111111111111';
/** A check of each of the two. */
const CHECK = 'r-0009';
const folder = mkdtempSync(join(tmpdir(), 'every-route-'));
const tokenOf = (role: Role): string => `token-of-a-${role}-of-one-tenant-0123456789`;

const { paths } = openApiDocument() as { paths: Record<string, Record<string, unknown>> };
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => ({ method: method.toUpperCase() as 'GET' | 'PUT' | 'POST', path })),
);
const tenantOperations = operations.filter(({ path }) => path.includes('{tenantId}'));

const record = { side: 'crm', entity: 'company', recordId: '1' };
/** A body for each change, by what it needs a role for. */
const CHANGES: Readonly<Record<keyof typeof NEEDED, object>> = {
  'sync-contact': { kind: 'sync-contact', recordId: '5' },
  'use-existing': { kind: 'use-existing', recordId: '5', targetId: GUID },
  'make-in-crm': { kind: 'make-in-crm', recordId: GUID },
  restore: { kind: 'restore', ...record, field: 'phone', value: '1' },
  answer: { kind: 'answer', ...record, field: 'phone' },
  read: { kind: 'read', ...record },
  retry: { kind: 'retry', ...record },
  pause: { kind: 'pause', side: 'crm' },
  resume: { kind: 'resume', side: 'crm' },
  'run-overnight': { kind: 'run-overnight' },
  'check-drift': { kind: 'check-drift' },
  observe: { kind: 'observe', ...record },
  'repair-drift': { all: true },
  settings: { addresses: true },
  tenants: { tenant: { name: 'Acme' }, seenRevision: 1, despiteProblems: true },
};

let file: TestFile;
let http: HttpServer;
let setting: Setting;
let desk: TenantDesk;

/** A store of tenants as it really is, in the folder of this test. */
async function deskWith(...named: [id: string, name: string][]): Promise<TenantDesk> {
  const tenantsFile = join(folder, 'tenants.yaml');
  writeFileSync(tenantsFile, 'tenants: []');
  const storeFolder = join(folder, 'store');
  const keys = { text: new Secret(Buffer.alloc(32, 7).toString('base64')) };
  const settings = { folder: storeFolder, keys };
  const store = createTenantStore(storeFolder, createStoreReader(settings));
  for (const [id, name] of named) {
    const text = tenantsText(tenantText(id).replace(`Company ${id}`, name));
    const [tenant] = parseTenants(text, { path: tenantsFile, env: {} }).tenants;
    await store.add(tenant!, { by: name, atMs: 1, fields: [] });
  }
  const log = createLog({ service: 'test', level: 'silent' });
  const watch = await watchTenants({ path: tenantsFile, store: settings, env: {}, log, onChange: () => {} });
  return createTenantDesk({
    ...{ watch, store, log, outbound: PUBLIC_ONLY },
    tryOut: async ({ id, name }) => ({ tenantId: id, name, findings: [] }),
    note: async () => null,
    nowMs: () => 1_700_000_000_000,
  });
}

/** One company on both sides, with a contact, and an edit in between; all of it of one tenant. */
function fill(tenantId: string, name: string): Input[] {
  const tenant = createTestTenant({ enabled: 'true' });
  const inputs: Input[] = [];
  const note = (effects = tenant.last()): void => {
    for (const [key, link] of effects?.links ?? [])
      inputs.push({
        topic: 'sync.link.v1',
        key: key.replace('t/', `${tenantId}/`),
        record: link && { ...link, tenantId },
      });
    for (const one of effects?.decisions ?? [])
      inputs.push({ topic: 'sync.decision.v1', key: '', record: { ...one, tenantId } });
    for (const one of effects?.conflicts ?? [])
      inputs.push({ topic: 'sync.conflict.v1', key: '', record: { ...one, tenantId } });
  };
  note();
  note(tenant.see('crm.company.v1', company('1', GUID, { name })));
  note(tenant.see('unleashed.customer.v1', customer(GUID, 'C1', { name: `${name} 2` })));
  note(tenant.see('crm.contact.v1', crmContact('5', '1', { firstName: name })));
  inputs.push({
    topic: 'sync.request.v1',
    key: '',
    record: { ...EXAMPLES['sync.request.v1'], tenantId, requestedBy: name },
  });
  const drift = { ...EXAMPLES['sync.drift.v1'], tenantId, checkId: CHECK };
  const difference = { ...drift.difference!, name };
  const topic = 'sync.drift.v1' as const;
  inputs.push({ topic, key: `${tenantId}/drift/${CHECK}`, record: { ...drift, number: 0, difference: null } });
  inputs.push({ topic, key: `${tenantId}/drift/${CHECK}/1`, record: { ...drift, report: null, difference } });
  setting = { ...tenant.state.setting!, tenantId };
  return inputs;
}

beforeAll(async () => {
  file = await createTestFile();
  await file.put([...fill(RIVAL, MARK), ...fill(MINE, 'Acme')]);
  await file.build();
  const tokens = join(folder, 'tokens.json');
  const entries = ROLES.map((role) => ({ subject: role, role, token: tokenOf(role), tenants: [MINE] }));
  writeFileSync(tokens, JSON.stringify(entries));
  const known = (tenantId: string, name: string): Tenant => ({ ...EXAMPLES['sync.tenant.v1'], tenantId, name });
  const all = [known(RIVAL, MARK), known(MINE, 'Acme')];
  desk = await deskWith([MINE, 'Acme'], [RIVAL, MARK]);
  const decision = { ...EXAMPLES['sync.decision.v1'], verdict: 'accepted', reason: 'accepted', settingVersion: 0 };
  const services: RouteServices = {
    auth: createTokenAuth({ tokensFile: tokens }),
    limits: { perSubject: 1_000_000, perStranger: 1_000_000 },
    tenants: { all: () => all, get: (id) => all.find(({ tenantId }) => tenantId === id) },
    settings: { get: (tenantId) => ({ ...setting, tenantId }), until: async () => ({ ...setting, holds: true }) },
    lanes: { of: () => [] },
    progress: { of: (tenantId, side) => ({ ...EXAMPLES['sync.progress.v1'], tenantId, side }) },
    freshness: { of: (tenantId, side) => ({ ...EXAMPLES['sync.freshness.v1'], tenantId, side }) },
    alerts: { of: (tenantId) => [{ ...EXAMPLES['sync.alert.v1'], tenantId, detail: tenantId === MINE ? '' : MARK }] },
    ask: (id) => {
      const row = file.reading.get<{ no: number }>('SELECT no FROM tenants WHERE tenant_id = ?', id);
      const tenant = { id, no: row?.no ?? 0 };
      return { connection: file.reading, codec: file.codec, generation: 'g', tenant, setting, lanes: [] };
    },
    submit: async () => decision,
    tenantDesk: () => desk,
    nowMs: () => 1_700_000_000_000,
    answerTimeoutMs: 50,
  };
  http = await startHttpServer({
    config: { host: '127.0.0.1', port: 0 },
    log: createLog({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
    checks: {},
    routes: (app) => registerRoutes(app, services),
  });
});
afterAll(async () => {
  await http.close();
  file.remove();
  rmSync(folder, { recursive: true, force: true });
});

const urlOf = (path: string, tenantId: string): string =>
  path
    .replace('{tenantId}', tenantId)
    .replace('{entity}', 'company')
    .replace('{checkId}', CHECK)
    .replace('{id}', encodeURIComponent(`u:${GUID}`));
const bodyOf = (path: string): object =>
  path.endsWith('/removal')
    ? { confirm: MINE, seenRevision: 1_000_000 }
    : path.endsWith('/configuration')
      ? CHANGES.tenants
      : path.endsWith('/repairs')
        ? CHANGES['repair-drift']
        : path.endsWith('/requests')
          ? CHANGES.retry
          : path.endsWith('/preview')
            ? { enabled: true }
            : CHANGES.settings;

interface Asked {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
}

function ask({ method, path }: Asked, tenantId: string, token: string | null, payload: object = bodyOf(path)) {
  return http.app.inject({
    method,
    url: urlOf(path, tenantId),
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    ...(method === 'GET' ? {} : { payload }),
  });
}

describe.each(operations)('$method $path', (operation) => {
  it('answers nobody without a token, or with one that is not known', async () => {
    for (const token of [null, 'not-a-token-of-anybody-0123456789']) {
      const { statusCode, body } = await ask(operation, MINE, token);
      expect(statusCode).toBe(401);
      expect(body).not.toContain('Acme');
    }
  });
});

describe.each(ROLES)('a %s', (role) => {
  it.each(tenantOperations)('learns nothing of another tenant by $method $path', async (operation) => {
    const foreign = await ask(operation, RIVAL, tokenOf(role));
    const nobody = await ask(operation, 'nobody', tokenOf(role));
    const changes = operation.method !== 'GET' && !operation.path.endsWith('/preview');
    // Who may not change anything is told so before the tenant is looked at, whoever's it is.
    expect([404, ...(changes ? [403] : [])]).toContain(foreign.statusCode);
    expect(foreign.body).not.toContain(MARK);
    expect(foreign.body.replaceAll(RIVAL, 'nobody')).toBe(nobody.body);
  });

  it('sees its own tenant everywhere, and nothing of another', async () => {
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      const { statusCode, body } = await ask(operation, MINE, tokenOf(role));
      expect([operation.path, statusCode]).toEqual([operation.path, 200]);
      expect(body).not.toContain(MARK);
      expect(body).not.toContain(RIVAL);
    }
  });

  it('may order what its role allows, and nothing else', async () => {
    for (const [action, body] of Object.entries(CHANGES)) {
      const place = { settings: 'settings', tenants: 'configuration' }[action];
      const ordered = action === 'repair-drift' ? 'drift/{checkId}/repairs' : 'requests';
      const path = `/v1/tenants/{tenantId}/${place ?? ordered}`;
      const operation = { method: place === undefined ? 'POST' : 'PUT', path } as const;
      const { statusCode } = await ask(operation, MINE, tokenOf(role), body);
      const may = ROLES.indexOf(role) >= ROLES.indexOf(NEEDED[action as keyof typeof NEEDED]);
      expect([action, statusCode]).toEqual([action, may ? 200 : 403]);
    }
  });
});

const nonsense = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('..', '%00', "' OR 1=1 --", 'é', '0'),
);
const anyBody = fc.oneof(
  fc.jsonValue(),
  fc.record({ kind: fc.constantFrom(...Object.keys(NEEDED)), side: fc.jsonValue(), recordId: fc.jsonValue() }),
  fc.constantFrom(...Object.values(CHANGES)).chain((body) =>
    fc.record({ name: fc.constantFrom(...Object.keys(body)), value: fc.jsonValue() }).map(({ name, value }) => ({
      ...body,
      [name]: value,
    })),
  ),
);

describe('nonsense', () => {
  it.each(operations)('never is a fault of the server: $method $path', async ({ method, path }) => {
    const part = () => nonsense.map((text) => encodeURIComponent(text.toWellFormed()) || '-');
    const asked = fc.record({
      tenantId: fc.oneof(fc.constant(MINE), part()),
      entity: fc.oneof(fc.constant('company'), part()),
      id: fc.oneof(fc.constant(`u:${GUID}`), part()),
      query: fc.dictionary(fc.constantFrom('limit', 'cursor', 'state', 'search', 'reason', 'open', 'x'), nonsense),
      key: fc.option(nonsense),
      body: anyBody,
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ tenantId, entity, id, query, key, body }) => {
        const place = path
          .replace('{tenantId}', tenantId)
          .replace('{entity}', entity)
          .replace(/{(id|checkId)}/, id);
        const search = new URLSearchParams(
          Object.entries(query).map(([name, value]): [string, string] => [name, value.toWellFormed()]),
        ).toString();
        const response = await http.app.inject({
          method,
          url: `${place}?${search}`,
          headers: {
            authorization: `Bearer ${tokenOf('admin')}`,
            ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
            ...(key === null ? {} : { 'idempotency-key': encodeURIComponent(key.toWellFormed()) }),
          },
          ...(method === 'GET' ? {} : { payload: JSON.stringify(body) }),
        });
        expect(response.statusCode, `${place}?${search} ${JSON.stringify(body)}`).toBeLessThan(500);
        if (response.statusCode >= 400) expect(response.json()).toMatchObject({ status: response.statusCode });
      }),
      { numRuns: 60 },
    );
  });
});
