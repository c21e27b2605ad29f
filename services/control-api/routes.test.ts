import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision, Request, Setting, Tenant } from '#contracts';
import { Secret } from '#runtime';
import { settingWith } from '#test/support/records.ts';
import { createTokenAuth } from './auth.ts';
import { createSessionTokens } from './authority/session-tokens.ts';
import { createSignInCodes } from './authority/sign-in-codes.ts';
import { createChanges } from './live/changes.ts';
import { NotBuiltError } from './read-model/read-model.ts';
import { requestIdOf } from './request-id.ts';
import { type RouteServices, registerRoutes } from './routes.ts';

const ADMIN = 'admin-token-of-the-tests-0123456789';

let server: FastifyInstance;
let written: Request[];
let setting: Setting;
/** What the processor does with a written request; by default nothing. */
let processor: () => Decision | null;

const tenant: Tenant = {
  tenantId: 'acme',
  name: 'Acme',
  timeZone: 'Europe/London',
  prospectBaseUrl: 'https://crm.example',
  unleashedBaseUrl: 'https://erp.example',
  monthlyCalls: 10_000,
  pollSeconds: 60,
  advancedLedgers: false,
  prospectRecordUrl: '',
  unleashedRecordUrl: '',
  initialSettings: null,
  configuredAtMs: 1,
  managedBy: 'file',
};

function decision(verdict: string, reason: string, settingVersion = setting.version): Decision {
  return {
    decisionId: 'sync.request.v1/3/7',
    tenantId: 'acme',
    entity: 'setting',
    linkId: '',
    cause: 'request',
    origin: { topic: 'sync.request.v1', partition: 3, offset: 7 },
    sourceUpdatedAtMs: null,
    sourceUpdatedBy: null,
    nowMs: 1,
    settingVersion,
    verdict,
    reason,
    fields: [],
    commandIds: [],
    conflictIds: [],
  };
}

function services(): RouteServices {
  return {
    auth: createTokenAuth({ token: new Secret(ADMIN) }),
    tenants: { all: () => [tenant], get: (id) => (id === 'acme' ? tenant : undefined) },
    settings: {
      get: (id) => (id === 'acme' ? setting : undefined),
      until: (_id, condition) => Promise.resolve(condition(setting) ? setting : null),
    },
    lanes: { of: () => [] },
    progress: { of: () => undefined },
    freshness: { of: () => undefined },
    alerts: { of: () => [] },
    ask: () => {
      throw new NotBuiltError('the read model is being built');
    },
    send: async () => undefined,
    submit: (request) => {
      written.push(request);
      return Promise.resolve(processor());
    },
    tenantDesk: () => {
      throw new Error('not asked here');
    },
    nowMs: () => 1_700_000_000_000,
    limits: { perSubject: 1_000, perStranger: 1_000 },
    answerTimeoutMs: 50,
    changes: createChanges('life'),
    entrance: {
      sessions: createSessionTokens(new Secret('key-of-the-sessions-of-the-tests-0123456789'), Date.now),
      codes: createSignInCodes(Date.now),
    },
  };
}

beforeEach(async () => {
  written = [];
  processor = () => null;
  setting = settingWith({
    ...{ tenantId: 'acme', version: 4, accountManagers: false, addresses: false, contactRoleCode: 'CONTAC' },
    ...{ changedBy: 'ann', requestId: 'r1' },
  });
  server = fastify();
  await registerRoutes(server, services());
});

afterEach(() => server.close());

function call(method: 'GET' | 'PUT' | 'POST', url: string, body?: unknown, headers: Record<string, string> = {}) {
  const payload = body === undefined ? {} : { payload: body as object };
  return server.inject({ method, url, headers: { authorization: `Bearer ${ADMIN}`, ...headers }, ...payload });
}

describe('authority', () => {
  it.each([
    ['no token', {}],
    ['a token that is not known', { authorization: `Bearer ${ADMIN}x` }],
    ['another scheme', { authorization: `Basic ${ADMIN}` }],
  ])('refuses %s on every route, even one that does not exist', async (_name, headers) => {
    for (const [method, url] of [
      ['GET', '/v1/tenants'],
      ['GET', '/v1/tenants/acme'],
      ['GET', '/v1/tenants/acme/settings'],
      ['GET', '/v1/tenants/acme/settings/options'],
      ['PUT', '/v1/tenants/acme/settings'],
      ['POST', '/v1/tenants/acme/requests'],
      ['GET', '/v1/tenants/acme/records'],
      ['GET', '/v1/tenants/acme/records/company/c:1'],
      ['GET', '/v1/tenants/acme/records/company/c:1/timeline'],
      ['GET', '/v1/tenants/acme/conflicts'],
      ['GET', '/v1/tenants/acme/failing'],
      ['GET', '/v1/tenants/acme/audit'],
      ['GET', '/v1/tenants/acme/overview'],
      ['GET', '/v1/tenants/acme/account-managers'],
      ['GET', '/v1/nothing'],
    ] as const) {
      const response = await server.inject({ method, url, headers });
      expect([url, response.statusCode]).toEqual([url, 401]);
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(response.json()).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
    }
    expect(written).toEqual([]);
  });
});

describe('GET', () => {
  it('shows tenants with their settings', async () => {
    const response = await call('GET', '/v1/tenants');
    expect(response.json()).toMatchObject({ tenants: [{ tenantId: 'acme', settings: { version: 4, enabled: true } }] });
    expect((await call('GET', '/v1/tenants/acme')).json()).toMatchObject({ name: 'Acme', lanes: [] });
  });

  it.each(['other', 'ACME', '..%2f..', 'x'.repeat(50)])('has nothing for the tenant %s', async (id) => {
    expect([400, 404]).toContain((await call('GET', `/v1/tenants/${id}`)).statusCode);
  });
});

describe('PUT settings', () => {
  it('writes the request and answers with the settings that follow', async () => {
    processor = () => {
      setting = { ...setting, version: 5, addresses: true };
      return decision('accepted', 'setting-accepted');
    };
    const headers = { 'idempotency-key': 'key-1' };
    const requestId = requestIdOf('acme', 'admin', 'key-1');
    const response = await call('PUT', '/v1/tenants/acme/settings', { addresses: true, seenVersion: 4 }, headers);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ requestId, settings: { version: 5, addresses: true } });
    expect(written).toEqual([
      expect.objectContaining({
        requestId,
        kind: 'set-settings',
        requestedBy: 'admin',
        seenVersion: 4,
        settings: { addresses: 'true' },
      }),
    ]);
  });

  it('answers 202 while a switch-off does not hold yet', async () => {
    processor = () => {
      setting = { ...setting, version: 5, enabled: false, holds: false };
      return decision('accepted', 'setting-accepted');
    };
    const response = await call('PUT', '/v1/tenants/acme/settings', { enabled: false });
    expect([response.statusCode, response.json().status]).toEqual([202, 'accepted-not-in-force']);
  });

  it('answers 202 when the decision takes longer', async () => {
    const response = await call('PUT', '/v1/tenants/acme/settings', { enabled: false });
    expect([response.statusCode, response.json().status]).toEqual([202, 'pending']);
  });

  it.each([
    ['setting-stale', 409, 'STALE_VERSION'],
    ['setting-not-available', 409, 'REFUSED'],
    ['setting-invalid', 400, 'INVALID_REQUEST'],
  ])('passes the refusal %s on as %i', async (reason, status, code) => {
    processor = () => decision('refused', reason);
    const response = await call('PUT', '/v1/tenants/acme/settings', { enabled: true });
    expect([response.statusCode, response.json().code, response.json().reason]).toEqual([status, code, reason]);
  });

  it('treats a repeated request as the first one', async () => {
    processor = () => decision('refused', 'request-repeated');
    expect((await call('PUT', '/v1/tenants/acme/settings', { enabled: true })).statusCode).toBe(200);
  });

  it.each([
    ['nothing', {}],
    ['only a version', { seenVersion: 1 }],
    ['a wrong type', { enabled: 'yes' }],
    ['an unknown setting', { enabled: true, contacts: false }],
    ['a list', []],
    ['an unknown policy', { conflictPolicy: 'newest' }],
  ])('refuses a body with %s, and writes nothing', async (_name, body) => {
    const response = await call('PUT', '/v1/tenants/acme/settings', body);
    expect([response.statusCode, response.json().code]).toEqual([400, 'INVALID_REQUEST']);
    expect(written).toEqual([]);
  });

  it('a setting that there is not is named, with those that there are', async () => {
    const response = await call('PUT', '/v1/tenants/acme/settings', { conflictpolicy: 'crm' });
    expect(response.json()).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(response.json().title).toMatch(/not known: conflictpolicy\. Known are enabled,.* conflictPolicy,/);
  });

  it('refuses a body that is too large, not JSON, or of another type', async () => {
    const send = (payload: string, type = 'application/json') =>
      call('PUT', '/v1/tenants/acme/settings', payload, { 'content-type': type });
    expect((await send(`{"a":"${'x'.repeat(100_000)}"}`)).statusCode).toBe(413);
    expect((await send('{"enabled":')).statusCode).toBe(400);
    expect((await send('<a/>', 'text/xml')).statusCode).toBe(415);
  });
});

describe('POST requests', () => {
  it('orders a pause of a side and answers when it holds', async () => {
    processor = () => {
      setting = { ...setting, version: 5, pausedSides: ['crm'] };
      return decision('accepted', 'request-accepted');
    };
    const response = await call('POST', '/v1/tenants/acme/requests', { kind: 'pause', side: 'crm' });
    expect(response.json()).toMatchObject({ status: 'accepted', settings: { pausedSides: ['crm'] } });
  });

  it('says that a record is not known', async () => {
    processor = () => decision('refused', 'record-unknown');
    const body = { kind: 'read', side: 'crm', entity: 'company', recordId: '9' };
    expect((await call('POST', '/v1/tenants/acme/requests', body)).statusCode).toBe(404);
  });

  it.each([
    [{ kind: 'read', side: 'crm' }],
    [{ kind: 'pause', side: 'both' }],
    [{ kind: 'pause', side: 'crm', entity: 'company' }],
    [{ kind: 'pause', entity: 'person' }],
    [{ kind: 'pause', entity: 'contact', recordId: '5' }],
    [{ kind: 'pause' }],
    [{ kind: 'pause', side: 'crm', reason: '' }],
    [{ kind: 'pause', side: 'crm', entity: 'company', recordId: '1', reason: 'not of one record' }],
    [{ kind: 'resume', side: 'crm', reason: 'not of a resume' }],
    [{ kind: 'set-settings' }],
  ])('refuses %j', async (body) => {
    expect((await call('POST', '/v1/tenants/acme/requests', body)).statusCode).toBe(400);
  });
});

it('says that records cannot be shown yet while the read model is being built', async () => {
  const response = await call('GET', '/v1/tenants/acme/records');
  expect([response.statusCode, response.json()]).toMatchObject([503, { code: 'NOT_READY' }]);
  expect(response.headers['retry-after']).toBe('2');
  expect((await call('GET', '/v1/tenants/acme')).statusCode).toBe(200);
});
