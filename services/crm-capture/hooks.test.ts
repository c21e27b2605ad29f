import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CrmChange } from '#prospect-crm';
import { createLog, createMetrics, type HttpServer, Secret, startHttpServer, type Tenant } from '#runtime';
import { registerHooks } from './hooks.ts';
import { createCaptureMetrics } from './metrics.ts';

const SECRET = 'a secret / with + signs';
const tenant = { id: 't1', prospect: { webhookSecret: new Secret(SECRET) } } as unknown as Tenant;
const event = JSON.stringify({ EntityType: 'Contact', EntityId: 5 });
const noted: string[] = [];
let isFull = false;
let http: HttpServer;

beforeAll(async () => {
  const metrics = createMetrics('test');
  const reader = {
    note(tenantId: string, { entity, id }: CrmChange) {
      if (!isFull) noted.push(`${tenantId}/${entity}/${id}`);
      return !isFull;
    },
  };
  http = await startHttpServer({
    config: { host: '127.0.0.1', port: 0 },
    log: createLog({ service: 'test', level: 'silent' }),
    metrics,
    checks: {},
    routes: (app) =>
      registerHooks(app, {
        tenant: (id) => (id === 't1' ? tenant : undefined),
        reader,
        metrics: createCaptureMetrics(metrics),
      }),
  });
});

beforeEach(() => {
  noted.length = 0;
  isFull = false;
});

afterAll(() => http.close());

const post = (url: string, headers: Record<string, string>, payload = event) =>
  http.app.inject({ method: 'POST', url, headers, payload });

test.each([
  ['its header', '/hooks/crm/t1', { 'x-hook-secret': SECRET }],
  ['its header, whatever the content type', '/hooks/crm/t1', { 'x-hook-secret': SECRET, 'content-type': 'text/plain' }],
  ['the query, for webhooks that are a URL alone (P5)', `/hooks/crm/t1?secret=${encodeURIComponent(SECRET)}`, {}],
])('takes an event with the secret in %s', async (_name, url, headers) => {
  const answer = await post(url, headers as Record<string, string>);
  expect([answer.statusCode, answer.json()]).toEqual([202, { accepted: 1, ignored: 0 }]);
  expect(noted).toEqual(['t1/Contact/5']);
});

test('takes a form', async () => {
  const headers = { 'x-hook-secret': SECRET, 'content-type': 'application/x-www-form-urlencoded' };
  expect((await post('/hooks/crm/t1', headers, 'EntityType=Division&EntityId=7')).statusCode).toBe(202);
  expect(noted).toEqual(['t1/Division/7']);
});

test('refuses all others alike', async () => {
  const answers = await Promise.all([
    post('/hooks/crm/t1', {}),
    post('/hooks/crm/t1', { 'x-hook-secret': 'x' }),
    post('/hooks/crm/t1', { authorization: 'Bearer x' }),
    post('/hooks/crm/t1?secret=x&secret=y', {}),
    post('/hooks/crm/nobody', { 'x-hook-secret': SECRET }),
    post('/hooks/crm/t1', { 'x-hook-secret': 'x' }, 'not even JSON'),
  ]);
  expect(new Set(answers.map((answer) => `${answer.statusCode} ${answer.body}`)).size).toBe(1);
  expect(answers[0]?.statusCode).toBe(401);
  expect(answers[0]?.body).not.toContain(SECRET);
  expect(noted).toEqual([]);
});

test('asks to come again when too much waits', async () => {
  isFull = true;
  const answer = await post('/hooks/crm/t1', { 'x-hook-secret': SECRET });
  expect([answer.statusCode, answer.json()]).toMatchObject([503, { code: 'TOO_MANY_EVENTS' }]);
});

test('says what is accepted when it cannot read a body, an empty one too', async () => {
  for (const payload of ['', '{', 'null']) {
    const answer = await post('/hooks/crm/t1', { 'x-hook-secret': SECRET }, payload);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.json()).toMatchObject({ code: 'EVENT_UNREADABLE', detail: expect.stringContaining('EntityType') });
  }
});
