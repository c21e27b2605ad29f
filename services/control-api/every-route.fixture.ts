/** A server with all its routes over a read model of two tenants, and a request for each operation of its document. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { EXAMPLES, type Setting, sampleKey, type Tenant } from '#contracts';
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
import { createOidcSignIn, type OidcSignIn } from './authority/oidc-sign-in.ts';
import { createSessionTokens, type SessionTokens } from './authority/session-tokens.ts';
import { createSignInAttempts } from './authority/sign-in-attempts.ts';
import { createSignInCodes, type SignInCodes } from './authority/sign-in-codes.ts';
import { serveConsole } from './console.ts';
import { type Changes, createChanges } from './live/changes.ts';
import { openApiDocument } from './openapi.ts';
import { createTestFile, type Input, type TestFile } from './read-model/file.fixture.ts';
import { type NEEDED, ROLES, type Role } from './roles.ts';
import { type RouteServices, registerRoutes } from './routes.ts';
import { addSignInRoutes } from './sign-in-routes.ts';
import { createTenantDesk, type TenantDesk } from './tenants/desk.ts';

/** The tenant of the tokens. */
export const MINE = 'mine';
/** Another one. */
export const RIVAL = 'rival';
/** Stands in everything that the other tenant has. */
export const MARK = 'Rivalmark';
/** The company of both, in Unleashed. */
export const GUID = '11111111-1111-4111-8111-111111111111';
/** A check of each of the two. */
export const CHECK = 'r-0009';
/** What sessions are signed with. */
export const SESSION_KEY = new Secret('key-of-the-sessions-of-the-tests-0123456789');
/** Of the file of tests that runs now. */
let folder: string;
/** The token of a role, for the first tenant only. */
export const tokenOf = (role: Role): string => `token-of-a-${role}-of-one-tenant-0123456789`;

/** An operation as the document describes it. */
export interface Described {
  readonly parameters: readonly { name: string; in: 'path' | 'query' | 'header'; schema: Json }[];
  readonly requestBody?: { content: Record<string, { schema: Json }> };
  readonly responses: Readonly<Record<string, { content: Record<string, { schema: Json }> }>>;
  readonly security?: readonly object[];
}
/** A JSON schema. */
export type Json = Readonly<Record<string, unknown>>;

/** The document itself. */
export const apiDocument = openApiDocument() as {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Json> };
};
const METHODS = { get: 'GET', put: 'PUT', post: 'POST', patch: 'PATCH', delete: 'DELETE' } as const;

/** Every operation; one that answers without end is marked. */
export const operations = Object.entries(apiDocument.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => ({
    method: METHODS[method as keyof typeof METHODS],
    path,
    described,
    endless: 'text/event-stream' in (described.responses['200']?.content ?? {}),
  })),
);

const record = { side: 'crm', entity: 'company', recordId: '1' };
/** A body for each change, by what it needs a role for. */
export const CHANGES: Readonly<Record<keyof typeof NEEDED, object>> = {
  'sync-contact': { kind: 'sync-contact', recordId: '5' },
  'use-existing': { kind: 'use-existing', recordId: '5', targetId: GUID },
  'make-in-crm': { kind: 'make-in-crm', recordId: GUID },
  restore: { kind: 'restore', ...record, field: 'phone', value: '1' },
  answer: { kind: 'answer', ...record, field: 'phone' },
  read: { kind: 'read', ...record },
  retry: { kind: 'retry', ...record },
  pause: { kind: 'pause', side: 'crm' },
  resume: { kind: 'resume', side: 'crm' },
  release: { kind: 'release', ...record },
  refuse: { kind: 'refuse', ...record },
  align: { kind: 'align', ...record },
  'run-overnight': { kind: 'run-overnight' },
  'check-drift': { kind: 'check-drift' },
  observe: { kind: 'observe', ...record },
  'repair-drift': { kind: 'repair-drift', checkId: CHECK },
  'embed-token': { contactId: '5', user: 'Ann' },
  settings: { addresses: true },
  tenants: { tenant: { name: 'Acme' }, seenRevision: 1, despiteProblems: true },
};

/** What the clock shows. */
const NOW_MS = 1_700_000_000_000;
/** Records that fail in the other tenant: a number that nobody else has. */
export const RIVALS_FAILING = 987_654_321;
let setting: Setting;

/** What is under test. */
export interface EveryRoute {
  readonly http: HttpServer;
  readonly sessions: SessionTokens;
  readonly codes: SignInCodes;
  readonly changes: Changes;
  /** Every route that the server has, with parameters in braces: `GET /v1/tenants`. */
  readonly served: readonly string[];
}

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
    nowMs: () => NOW_MS,
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
    record: { ...EXAMPLES['sync.request.v1'], tenantId, requestedBy: name, kind: 'plan' },
  });
  // At different times: in a sum the other tenant's number would not be recognised.
  const noted =
    tenantId === MINE ? { atMs: NOW_MS - 1, failing: 2 } : { atMs: NOW_MS - 900_000, failing: RIVALS_FAILING };
  const sample = { ...EXAMPLES['sync.sample.v1'], tenantId, ...noted };
  inputs.push({ topic: 'sync.sample.v1', key: sampleKey(tenantId, 'day', 1), record: sample });
  inputs.push({ topic: 'sync.sample.v1', key: sampleKey(tenantId, 'month', 1), record: { ...sample, span: 'month' } });
  const drift = { ...EXAMPLES['sync.drift.v1'], tenantId, checkId: CHECK };
  const difference = { ...drift.difference!, name };
  const topic = 'sync.drift.v1' as const;
  inputs.push({ topic, key: `${tenantId}/drift/${CHECK}`, record: { ...drift, number: 0, difference: null } });
  inputs.push({ topic, key: `${tenantId}/drift/${CHECK}/1`, record: { ...drift, report: null, difference } });
  setting = { ...tenant.state.setting!, tenantId };
  return inputs;
}

/** What a test has of its own. */
interface OwnParts {
  /** The folder of a built console, in the place of empty documents. */
  readonly console?: () => Promise<string>;
  /** Signing in with a provider that is there. */
  readonly provider?: OidcSignIn;
}

async function startEveryRoute(file: TestFile, own: OwnParts): Promise<EveryRoute> {
  await file.put([...fill(RIVAL, MARK), ...fill(MINE, 'Acme')]);
  await file.build();
  const tokens = join(folder, 'tokens.json');
  const entries = ROLES.map((role) => ({ subject: role, role, token: tokenOf(role), tenants: [MINE] }));
  writeFileSync(tokens, JSON.stringify(entries));
  const known = (tenantId: string, name: string): Tenant => ({ ...EXAMPLES['sync.tenant.v1'], tenantId, name });
  const all = [known(RIVAL, MARK), known(MINE, 'Acme')];
  const sessions = createSessionTokens(SESSION_KEY, Date.now);
  const codes = createSignInCodes(Date.now);
  const desk = await deskWith([MINE, 'Acme'], [RIVAL, MARK]);
  const decision = { ...EXAMPLES['sync.decision.v1'], verdict: 'accepted', reason: 'accepted', settingVersion: 0 };
  const services: RouteServices = {
    auth: createTokenAuth({ tokensFile: tokens }, { own: sessions }),
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
    send: async () => undefined,
    tenantDesk: () => desk,
    nowMs: () => NOW_MS,
    answerTimeoutMs: 50,
    changes: createChanges('life'),
    entrance: { sessions, codes },
  };
  const console = (await own.console?.()) ?? emptyConsole();
  const provider = own.provider ?? absentProvider(sessions);
  const served: string[] = [];
  const http = await startHttpServer({
    config: { host: '127.0.0.1', port: 0 },
    log: createLog({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
    checks: {},
    async routes(app) {
      app.addHook('onRoute', ({ method, url }) => {
        for (const one of [method].flat()) served.push(`${one} ${url.replace(/:(\w+)/g, '{$1}')}`);
      });
      serveConsole(app, console, ['https://crm.example']);
      const { auth, limits } = services;
      addSignInRoutes(app, { auth, limits, codes, log: createLog({ service: 'test', level: 'silent' }), provider });
      await registerRoutes(app, services);
    },
  });
  return { http, sessions, codes, changes: services.changes, served };
}

function emptyConsole(): string {
  const console = join(folder, 'console');
  mkdirSync(join(console, 'assets'), { recursive: true });
  for (const name of ['index.html', 'panel.html', join('assets', 'main.js')]) writeFileSync(join(console, name), name);
  return console;
}

/** Nobody listens there: what these routes do is tested beside them. */
function absentProvider(sessions: SessionTokens): OidcSignIn {
  return createOidcSignIn(
    {
      ...{ name: 'Login', issuer: 'http://127.0.0.1:1', clientId: 'two-way', scopes: ['openid'], clockToleranceS: 30 },
      redirectUri: 'https://sync.example/sign-in/callback',
    },
    sessions,
    createSignInAttempts(SESSION_KEY, Date.now),
  );
}

/** The server, for all tests of a file. */
export function useEveryRoute(own: OwnParts = {}): EveryRoute {
  let file: TestFile;
  let started: EveryRoute;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'every-route-'));
    file = await createTestFile();
    started = await startEveryRoute(file, own);
  });
  afterAll(async () => {
    await started.http.close();
    file.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get http() {
      return started.http;
    },
    get sessions() {
      return started.sessions;
    },
    get codes() {
      return started.codes;
    },
    get changes() {
      return started.changes;
    },
    get served() {
      return started.served;
    },
  };
}

/** The address of an operation of a tenant. */
export const urlOf = (path: string, tenantId: string): string =>
  path
    .replace('{tenantId}', tenantId)
    .replace('{entity}', 'company')
    .replace('{checkId}', CHECK)
    .replace('{planId}', EXAMPLES['sync.request.v1'].planId!)
    .replace('{id}', encodeURIComponent(`u:${GUID}`))
    .replace('{contactId}', '5');

/** What is sent to an operation, by how its path ends; null for nothing. */
const BODIES: Readonly<Record<string, object | null>> = {
  '/plans': { kind: 'pause', filter: {} },
  '/orders': { kind: 'pause' },
  '/requests': CHANGES.retry,
  '/preview': { enabled: true },
  '/settings': CHANGES.settings,
  '/embed-tokens': CHANGES['embed-token'],
  '/sync': null,
  '/renew': null,
  '/sign-in-links': null,
  '/sign-in': { code: 'no-code-of-anybody' },
  '/removal': { confirm: MINE, seenRevision: 1_000_000 },
  '/configuration': CHANGES.tenants,
  '/check': null,
  '/tenant-checks': { tenant: {} },
  '/v1/tenants': { tenant: {} },
};

/** A body that an operation takes. */
export function bodyOf(path: string): object | null {
  const known = Object.entries(BODIES).find(([end]) => path.endsWith(end));
  if (known === undefined) throw new Error(`say in BODIES what is sent to ${path}`);
  return known[1];
}

/** An operation to be asked. */
export interface Asked {
  readonly method: (typeof operations)[number]['method'];
  readonly path: string;
}

/** Asks it, with a body that it takes. */
export function askRoute(
  { http }: EveryRoute,
  { method, path }: Asked,
  tenantId: string,
  token: string | null,
  payload = method === 'GET' ? null : bodyOf(path),
) {
  return http.app.inject({
    method,
    url: urlOf(path, tenantId),
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    ...(payload === null ? {} : { payload }),
  });
}
