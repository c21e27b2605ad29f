/** The routes that show records, on a file that is filled with what the core decided about a made-up tenant. */
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { EXAMPLES, type Request, type Sample, type Setting, sampleKey } from '#contracts';
import { reasonOf } from '#sync-core';
import { company, createTestTenant, crmContact, customer } from '../../libs/sync-core/world.fixture.ts';
import { Problem, problemBody } from './problem.ts';
import {
  auditAnswer,
  conflictsAnswer,
  failingAnswer,
  overviewAnswer,
  recordAnswer,
  recordsAnswer,
  timelineAnswer,
} from './read-model/answers.ts';
import { createTestFile, type Input, type TestFile } from './read-model/file.fixture.ts';
import { dayOf, trendsAnswer } from './read-model/trends.ts';
import { addReadRoutes } from './read-routes.ts';

const GUIDS = [1, 2, 3, 4, 5].map((n) => `${n}1111111-1111-4111-8111-111111111111`);
const NAMES = ['Kōwhai Boats', 'Acme Ltd', 'acme Tools', 'Zebra', 'Quay Fish'];

/** What the clock shows. */
const NOW_MS = 1_790_000_000_000;

let server: FastifyInstance;
let file: TestFile;
let tenant: ReturnType<typeof createTestTenant>;
let setting: Setting | null;
let put: () => Promise<void>;
const requests: Request[] = [];

/** Five companies that are the same on both sides, a contact of the CRM; then an edit that is refused, and a conflict. */
beforeAll(async () => {
  file = await createTestFile();
  tenant = createTestTenant({ enabled: 'true', conflictPolicy: 'ask' });
  const waiting: Input[] = [];
  const note = (effects = tenant.last()): void => {
    for (const [key, record] of effects?.links ?? []) waiting.push({ topic: 'sync.link.v1', key, record });
    for (const record of effects?.decisions ?? []) waiting.push({ topic: 'sync.decision.v1', key: '', record });
    for (const record of effects?.conflicts ?? []) waiting.push({ topic: 'sync.conflict.v1', key: '', record });
    setting = tenant.state.setting;
  };
  put = () => file.put(waiting.splice(0));
  note();
  for (const [index, guid] of GUIDS.entries()) {
    const name = NAMES[index]!;
    note(tenant.see('crm.company.v1', company(`${index + 1}`, guid, { name })));
    note(tenant.see('unleashed.customer.v1', customer(guid, `CODE${index + 1}`, { name })));
  }
  note(tenant.see('crm.contact.v1', crmContact('5', '1')));
  await put();
  await file.build();
  note(tenant.see('crm.company.v1', company('2', GUIDS[1]!, { name: NAMES[1]!, phone: 'bad' })));
  tenant.answer({ result: 'refused', code: 'invalid-value', message: 'not a phone', shown: null });
  note();
  tenant.tick(1_000);
  tenant.request({ kind: 'pause', side: 'unleashed' });
  note();
  tenant.tick(1_000);
  note(tenant.see('crm.company.v1', company('3', GUIDS[2]!, { name: NAMES[2]!, website: 'a.example' })));
  note(tenant.see('unleashed.customer.v1', customer(GUIDS[2]!, 'CODE3', { name: NAMES[2]!, website: 'b.example' })));
  const order = { ...EXAMPLES['sync.request.v1'], tenantId: 't', requestedBy: 'ann', kind: 'pause' };
  requests.push(order);
  waiting.push({ topic: 'sync.request.v1', key: '', record: order });
  const lost = { ...EXAMPLES['sync.quarantine.v1'], key: Buffer.from('t/company/9') };
  waiting.push({ topic: 'sync.quarantine.v1', key: '', record: lost });
  await put();

  server = fastify();
  server.decorateRequest('principal', null);
  server.addHook('onRequest', async (request) =>
    request.setDecorator('principal', { subject: 'vic', role: 'viewer', tenants: new Set(['t']) }),
  );
  server.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.code(error.status).send(problemBody(error)) : reply.code(500).send(`${error}`),
  );
  const known = { ...EXAMPLES['sync.tenant.v1'], tenantId: 't' };
  addReadRoutes(server, {
    nowMs: () => NOW_MS,
    tenants: { get: () => known },
    ask: (id) => ({
      connection: file.reading,
      codec: file.codec,
      generation: 'g',
      tenant: { id, no: 1 },
      setting,
      lanes: Object.values(tenant.state.lanes),
    }),
  });
});
afterAll(async () => {
  await server.close();
  file.remove();
});

async function get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await server.inject({ method: 'GET', url: `/tenants/t${path}` });
  expect([path, response.statusCode, response.body]).toMatchObject([path, 200, expect.anything()]);
  return schema.parse(response.json());
}
const names = async (query: string) => {
  const { records } = await get(`/records?${query}`, recordsAnswer);
  return records.map(({ name }) => name);
};

describe('trends', () => {
  const noted = (agoMs: number, more: Partial<Sample> = {}): Sample => ({
    ...{ ...EXAMPLES['sync.sample.v1'], tenantId: 't', atMs: NOW_MS - agoMs, crmLagMs: 1, unleashedLagMs: null },
    ...{ crmWaiting: 2, unleashedWaiting: 0, failing: 1, ...more },
  });
  const write = async (...samples: readonly (readonly [place: number, sample: Sample])[]) =>
    file.put(
      samples.map(([place, record]) => ({
        ...{ topic: 'sync.sample.v1', key: sampleKey(record.tenantId, record.span, place), record },
      })),
    );

  it('show the last day, oldest first, and of a place that was used again what was written last', async () => {
    const day = 24 * 3_600_000;
    await write([1, noted(600_000)], [2, noted(day + 1)], [3, noted(900_000, { crmLagMs: 7, crmWaiting: 0 })]);
    await write([1, noted(300_000, { unleashedLagMs: 5, failing: null })]);
    const found = await get('/trends', trendsAnswer);
    expect(found.day).toEqual([
      { at: at(900_000), lagMs: { crm: 7, unleashed: null }, waiting: { crm: 0, unleashed: 0 }, failing: 1 },
      { at: at(300_000), lagMs: { crm: 1, unleashed: 5 }, waiting: { crm: 2, unleashed: 0 }, failing: null },
    ]);
    await file.put([{ topic: 'sync.sample.v1', key: sampleKey('t', 'day', 1), record: null }]);
    expect((await get('/trends', trendsAnswer)).day).toHaveLength(1);
  });

  it('show the calls of the running month alone, and only where they were known', async () => {
    const month = { span: 'month' } as const;
    await write(
      [1, noted(60_000, { ...month, usedCalls: 40 })],
      [2, noted(40 * 24 * 3_600_000, month)],
      [3, noted(90_000, { ...month, usedCalls: null })],
      [4, noted(86_400_000, { ...month, usedCalls: 30 })],
    );
    const found = await get('/trends', trendsAnswer);
    expect(found.month).toEqual([
      { at: at(86_400_000), usedCalls: 30, limitCalls: 20_000 },
      { at: at(60_000), usedCalls: 40, limitCalls: 20_000 },
    ]);
  });

  it('of several tenants: the worst freshness, the sum of what waits and fails, and nobody else', async () => {
    await write([5, noted(50_000, { tenantId: 'second', crmLagMs: 9, unleashedLagMs: 3, crmWaiting: 1 })]);
    await write([5, noted(50_000, { tenantId: 'third', crmLagMs: 1_000, crmWaiting: 1_000 })]);
    await write([5, noted(50_000)]);
    const both = dayOf(file.reading, ['t', 'second'], NOW_MS).filter(({ at: when }) => when === at(50_000));
    expect(both).toMatchObject([{ lagMs: { crm: 9, unleashed: 3 }, waiting: { crm: 3, unleashed: 0 }, failing: 2 }]);
  });

  const at = (agoMs: number): string => new Date(NOW_MS - agoMs).toISOString();
});

describe('records', () => {
  it('come in the order of their names, and are counted', async () => {
    const { records, total, next } = await get('/records', recordsAnswer);
    expect(records.map(({ name }) => name)).toEqual([
      'Acme Ltd',
      'acme Tools',
      'Ann Lee',
      'Kōwhai Boats',
      'Quay Fish',
      'Zebra',
    ]);
    expect([total, next]).toEqual([6, null]);
  });

  it('come page by page, each once', async () => {
    const seen: string[] = [];
    let query = '/records?limit=2';
    for (let pages = 0; pages < 3; pages++) {
      const { records, next } = await get(query, recordsAnswer);
      seen.push(...records.map(({ id }) => id));
      query = `/records?limit=2&cursor=${next}`;
      expect(next === null).toBe(pages === 2);
    }
    expect(new Set(seen).size).toBe(6);
  });

  it.each([
    ['state=stopped', ['Acme Ltd']],
    ['reason=invalid-value', ['Acme Ltd']],
    ['state=question', ['acme Tools']],
    ['entity=contact', ['Ann Lee']],
    ['entity=contact&state=stopped', []],
    ['state=not-eligible', ['Ann Lee']],
    ['search=kowhai', ['Kōwhai Boats']],
    ['search=ACME', ['Acme Ltd', 'acme Tools', 'Ann Lee']],
    ['search=ACME&entity=company', ['Acme Ltd', 'acme Tools']],
    ['search=acme%20code3', ['acme Tools']],
    ['search=ann%40acme', ['Ann Lee']],
    ['search=acme&state=stopped', ['Acme Ltd']],
    ['search=a', ['Acme Ltd', 'acme Tools', 'Ann Lee']],
    ['search=%22%20OR%20*', []],
    ['search=%20', ['Acme Ltd', 'acme Tools', 'Ann Lee', 'Kōwhai Boats', 'Quay Fish', 'Zebra']],
  ])('are found by %s', async (query, wanted) => {
    expect(await names(query)).toEqual(wanted);
  });

  it('stand otherwise at once when a switch is turned', async () => {
    const before = setting;
    setting = { ...before!, enabled: false };
    try {
      expect(await names('state=off')).toHaveLength(6);
      const { states } = await get('/overview', overviewAnswer);
      expect(states).toMatchObject({ off: 6, stopped: 0 });
    } finally {
      setting = before;
    }
  });
});

describe('a record', () => {
  it('shows both sides, and why each field is as it is', async () => {
    const record = await get(`/records/company/u:${GUIDS[1]}`, recordAnswer);
    expect(record).toMatchObject({ name: 'Acme Ltd', state: 'stopped', reason: 'invalid-value', button: null });
    expect(record.fields.find(({ field }) => field === 'phone')).toMatchObject({
      crm: 'bad',
      unleashed: '1',
      agreed: { crm: '1', unleashed: '1' },
      state: 'stopped',
      message: 'not a phone',
      ...reasonOf('invalid-value'),
    });
    expect(record.fields.find(({ field }) => field === 'address')).toMatchObject({ state: 'off', reason: 'field-off' });
  });

  it('is found by its id in the CRM too', async () => {
    expect(await get('/records/company/c:2', recordAnswer)).toMatchObject({ id: `u:${GUIDS[1]}` });
  });

  it('has the button where it is a contact of the CRM', async () => {
    const { button } = await get('/records/contact/c:5', recordAnswer);
    expect(button).toMatchObject({ state: 'enabled', reason: 'ok', unleashedId: null });
  });

  it('has a timeline, youngest first, also of before it had a counterpart', async () => {
    const { entries } = await get(`/records/company/u:${GUIDS[1]}/timeline`, timelineAnswer);
    expect(entries.length).toBeGreaterThanOrEqual(3);
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).sort((a, b) => (a < b ? 1 : -1)));
    expect(entries).toContainEqual(expect.objectContaining({ kind: 'decision', cause: 'outcome' }));
    const first = await get(`/records/company/u:${GUIDS[1]}/timeline?limit=1`, timelineAnswer);
    const second = await get(`/records/company/u:${GUIDS[1]}/timeline?limit=1&cursor=${first.next}`, timelineAnswer);
    expect([...first.entries, ...second.entries]).toEqual(entries.slice(0, 2));
  });
});

describe('what needs somebody', () => {
  it('is grouped by reason', async () => {
    const { groups } = await get('/failing', failingAnswer);
    expect(groups).toMatchObject([{ state: 'stopped', reason: 'invalid-value', count: 1 }]);
    expect(groups[0]!.firstSeen <= groups[0]!.lastSeen).toBe(true);
  });

  it('lists open questions, until they are answered', async () => {
    const open = await get('/conflicts?open=true', conflictsAnswer);
    expect(open.conflicts).toMatchObject([
      { field: 'website', open: true, crmValue: 'a.example', unleashedValue: 'b.example', name: 'acme Tools' },
    ]);
    expect((await get('/overview', overviewAnswer)).openQuestions).toBe(1);
    tenant.request({ kind: 'answer', entity: 'company', side: 'crm', recordId: '3', field: 'website' });
    const links = [...(tenant.last()?.links ?? [])];
    await file.put(links.map(([key, record]): Input => ({ topic: 'sync.link.v1', key, record })));
    expect((await get('/conflicts?open=true', conflictsAnswer)).conflicts).toEqual([]);
    expect((await get('/conflicts?open=false', conflictsAnswer)).conflicts).toHaveLength(1);
    const [{ entity, id } = { entity: '', id: '' }] = (await get('/conflicts', conflictsAnswer)).conflicts;
    const ofRecord = (record: string) => get(`/conflicts?entity=${entity}&record=${record}`, conflictsAnswer);
    expect((await ofRecord(id)).conflicts).toHaveLength(1);
    expect((await ofRecord('c:999')).conflicts).toEqual([]);
    expect((await get('/overview', overviewAnswer)).openQuestions).toBe(0);
  });

  it('counts records by how they stand, and those that could not be read', async () => {
    const { states, reasons, quarantined } = await get('/overview', overviewAnswer);
    expect(states).toMatchObject({ 'in-sync': 3, stopped: 1, 'not-eligible': 1 });
    expect(reasons).toContainEqual(
      expect.objectContaining({ entity: 'contact', reason: 'not-in-unleashed', count: 1 }),
    );
    expect(quarantined).toBe(1);
  });

  it('says who ordered what, and what was decided', async () => {
    const { entries } = await get('/audit', auditAnswer);
    expect(entries).toMatchObject([{ by: 'ann', kind: 'pause', requestId: requests[0]!.requestId }]);
  });
});

describe('refuses', () => {
  it.each([
    '/records?state=fine',
    '/records?limit=0',
    '/records?limit=1000',
    '/records?unknown=1',
    '/records?cursor=abc',
    `/records?cursor=${Buffer.from('["other","a",1]').toString('base64url')}`,
    `/audit?cursor=${Buffer.from('["g","text",1]').toString('base64url')}`,
    '/records/company/5',
    '/records/person/c:5',
    '/overview?x=1',
    '/conflicts?open=maybe',
    '/conflicts?record=c:1',
    '/conflicts?entity=company&record=1',
  ])('%s', async (path) => {
    const response = await server.inject({ method: 'GET', url: `/tenants/t${path}` });
    expect([response.statusCode, response.json()]).toMatchObject([400, { code: 'INVALID_REQUEST' }]);
  });

  it.each(['/records/company/c:404', '/records/contact/u:none/timeline'])('%s as not known', async (path) => {
    const response = await server.inject({ method: 'GET', url: `/tenants/t${path}` });
    expect([response.statusCode, response.json()]).toMatchObject([404, { code: 'NOT_FOUND' }]);
  });

  it('another tenant, in the words for one that is not there', async () => {
    for (const path of ['/records', '/records/company/c:1', '/conflicts', '/failing', '/audit', '/overview']) {
      const response = await server.inject({ method: 'GET', url: `/tenants/other${path}` });
      expect([path, response.statusCode, response.json().code]).toEqual([path, 404, 'NO_SUCH_TENANT']);
    }
  });
});
