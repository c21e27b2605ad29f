/** Plans over a file and the core, without Kafka: what is written to the topic of requests is decided at once. */
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Decision, type DriftDifference, EXAMPLES, type Request } from '#contracts';
import { createLog } from '#runtime';
import { toRecord } from '../../../libs/sync-core/link-state.ts';
import { company, createTestTenant, customer } from '../../../libs/sync-core/world.fixture.ts';
import { Problem, problemBody } from '../problem.ts';
import { createTestFile, type Input, type TestFile } from '../read-model/file.fixture.ts';
import { listRequests } from '../read-model/history.ts';
import { planAnswer, planItemsAnswer, plansAnswer } from '../read-model/plan-answers.ts';
import type { Asked } from '../read-model/question.ts';
import { PLAN_ITEMS_MAX } from './plan-body.ts';
import { addPlanRoutes } from './plan-routes.ts';
import { createPlanRunner, type PlanRunner } from './run-plans.ts';

const guid = (n: number): string => `${String(n).padStart(8, '0')}-1111-4111-8111-111111111111`;

let file: TestFile;
let tenant: ReturnType<typeof createTestTenant>;
let server: FastifyInstance;
let runner: PlanRunner;
let waiting: Input[];
let written: Request[];
let role: string;
/** Throws instead of writing, once. */
let broken: boolean;

const asked = (): Asked => ({
  ...{ connection: file.reading, codec: file.codec, generation: 'g', tenant: { id: 't', no: 1 } },
  ...{ setting: tenant.state.setting, lanes: Object.values(tenant.state.lanes) },
});

async function show(): Promise<void> {
  await file.put(waiting.splice(0));
}

/** What the broker and the processor do: the request is on its topic, then it is decided. */
async function write(record: Request): Promise<Decision> {
  if (broken) {
    broken = false;
    throw new Error('the broker is away');
  }
  const origin = { topic: 'sync.request.v1', partition: 0, offset: written.length };
  written.push(record);
  waiting.push({ topic: 'sync.request.v1', key: '', record });
  const { decisions } = tenant.feed({ kind: 'request', record, origin });
  await show();
  return decisions[0]!;
}

async function drain(): Promise<void> {
  for (let rounds = 0; tenant.open.length > 0 && rounds < 5_000; rounds++) tenant.answer();
  await show();
}

function newRunner(): PlanRunner {
  const made = createPlanRunner({
    ...{ ask: asked, connection: () => file.reading, send: async (request) => void (await write(request)) },
    ...{ endOf: async () => BigInt(written.length), partitionCount: 1, nowMs: tenant.now },
    log: createLog({ service: 'test', level: 'silent' }),
  });
  made.assign([0]);
  return made;
}

/** Lets the runner look until the plan is over. */
async function carryOut(planId: string): Promise<void> {
  for (let rounds = 0; rounds < 1_000; rounds++) {
    await runner.look();
    await drain();
    if ((await plan(planId)).state === 'done') return;
  }
  throw new Error('the plan does not come to an end');
}

async function call(method: 'GET' | 'POST', path: string, payload?: object, key?: string) {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const response = await server.inject({ method, url: `/tenants/t${path}`, headers, ...(payload && { payload }) });
  return { status: response.statusCode, body: response.json() };
}

async function make(body: object, key?: string) {
  const answer = await call('POST', '/plans', body, key);
  expect([answer.status, answer.body]).toMatchObject([200, {}]);
  return planAnswer.parse(answer.body);
}

const plan = async (planId: string) => planAnswer.parse((await call('GET', `/plans/${planId}`)).body);
const items = async (planId: string, query = '') =>
  planItemsAnswer.parse((await call('GET', `/plans/${planId}/items?${query}`)).body);
const order = (planId: string, body: object) => call('POST', `/plans/${planId}/orders`, body);
const given = (planId: string) => written.filter((one) => one.planId === planId && one.recordId !== null);

/** Companies that are the same on both sides. */
async function pairs(count: number, settings: Record<string, string> = {}): Promise<void> {
  tenant = createTestTenant({ enabled: 'true', ...settings });
  tenant.watch((_event, { links, decisions, conflicts }) => {
    for (const [key, record] of links) waiting.push({ topic: 'sync.link.v1', key, record });
    for (const record of decisions) waiting.push({ topic: 'sync.decision.v1', key: '', record });
    for (const record of conflicts) waiting.push({ topic: 'sync.conflict.v1', key: '', record });
  });
  for (let n = 0; n < count; n++) {
    tenant.see('crm.company.v1', company(`${n}`, guid(n), { name: `Company ${String(n).padStart(4, '0')}` }));
    tenant.see('unleashed.customer.v1', customer(guid(n), `C${n}`, { name: `Company ${String(n).padStart(4, '0')}` }));
  }
  tenant.tick(60 * 60_000);
  await show();
  await file.build();
  runner = newRunner();
}

const edit = (n: number, phone: string) =>
  tenant.see('crm.company.v1', company(`${n}`, guid(n), { name: `Company ${String(n).padStart(4, '0')}`, phone }));

/** Edits that Unleashed refuses. */
async function failing(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    edit(n, 'bad');
    tenant.answer({ result: 'refused', code: 'invalid-value', shown: null });
  }
  await show();
}

beforeEach(async () => {
  [waiting, written, role, broken] = [[], [], 'operator', false];
  file = await createTestFile();
  server = fastify();
  server.decorateRequest('principal', null);
  server.addHook('onRequest', async (request) =>
    request.setDecorator('principal', { subject: 'olga', role, tenants: null }),
  );
  server.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.code(error.status).send(problemBody(error)) : reply.code(500).send(`${error}`),
  );
  addPlanRoutes(
    server,
    {
      tenants: { get: () => ({ ...EXAMPLES['sync.tenant.v1'], tenantId: 't', monthlyCalls: 1_000 }) },
      ...{ ask: asked, submit: write, send: async (request) => void (await write(request)) },
      ...{ nowMs: () => tenant.now(), answerTimeoutMs: 200 },
    },
    (request) => ({
      requestId: `${request.headers['idempotency-key'] ?? Math.random()}`,
      ...{ tenantId: 't', requestedBy: 'olga', nowMs: tenant.now() },
    }),
  );
});
afterEach(async () => {
  await server.close();
  file.remove();
});

describe('a plan', () => {
  it('says what would be written and what it costs, and writes nothing before it is approved', async () => {
    await pairs(5);
    await failing(3);
    const made = await make({ kind: 'retry', reason: 'invalid-value' });
    expect(made).toMatchObject({
      ...{ state: 'draft', by: 'olga', items: 3, given: 0, toGive: 3 },
      ...{ writes: { crm: 0, unleashed: 3 }, calls: { crm: 0, unleashed: 6 }, unleashedMonthShare: 0.006 },
      counts: { planned: 3 },
    });
    const { items: rows } = await items(made.planId);
    expect(rows[0]).toMatchObject({
      ...{ name: 'Company 0000', state: 'planned', kind: 'retry', calls: { crm: 0, unleashed: 2 } },
      writes: [{ side: 'unleashed', field: 'phone', from: '1', to: 'bad' }],
    });
    await runner.look();
    expect(given(made.planId)).toHaveLength(0);
    expect((await plansAnswer.parseAsync((await call('GET', '/plans')).body)).plans).toHaveLength(1);
  });

  it('is carried out once it is approved, and reports what became of each order', async () => {
    await pairs(5);
    await failing(3);
    const { planId } = await make({ kind: 'retry' });
    expect((await order(planId, { kind: 'approve' })).body).toMatchObject({ state: 'running' });
    await carryOut(planId);
    expect(await plan(planId)).toMatchObject({ state: 'done', counts: { done: 3, planned: 0 }, given: 3 });
    expect(given(planId).map(({ requestedBy, kind }) => `${requestedBy} ${kind}`)).toEqual(Array(3).fill('olga retry'));
    expect((await items(planId, 'show=given')).items.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    // What a plan orders is no entry of the audit; what was ordered about it is.
    const { entries } = await listRequests(asked(), { limit: 50 });
    expect(entries.map(({ kind }) => kind)).toEqual(['approve-plan', 'plan']);
  });

  it('can be approved in part', async () => {
    await pairs(5);
    await failing(3);
    const { planId } = await make({ kind: 'retry' });
    await order(planId, { kind: 'approve', leaveOut: [1] });
    await carryOut(planId);
    expect(given(planId).map(({ recordId }) => recordId)).toEqual(['0', '2']);
    expect(await plan(planId)).toMatchObject({ counts: { done: 2, 'left-out': 1 }, writes: { unleashed: 2 } });
  });

  it('names what is excluded and why', async () => {
    await pairs(3);
    tenant.see('unleashed.customer.v1', customer(guid(1), 'C1', { name: 'n'.repeat(300) }));
    await failing(1);
    const made = await make({ kind: 'retry' });
    expect(made).toMatchObject({ items: 2, toGive: 1, counts: { excluded: 1, planned: 1 } });
    expect(made.reasons).toMatchObject([{ state: 'excluded', reason: 'too-long', count: 1 }]);
    expect((await items(made.planId, 'show=excluded')).items).toMatchObject([{ reason: 'too-long', writes: [] }]);
  });

  it('does not write over what changed since it was made', async () => {
    await pairs(3);
    await failing(2);
    const { planId } = await make({ kind: 'retry' });
    edit(0, 'bad, again');
    tenant.answer({ result: 'refused', code: 'invalid-value', shown: null });
    await show();
    expect((await items(planId)).items[0]).toMatchObject({ reason: 'plan-outdated' });
    await order(planId, { kind: 'approve' });
    await carryOut(planId);
    expect(await plan(planId)).toMatchObject({
      counts: { refused: 1, done: 1 },
      reasons: [{ state: 'refused', reason: 'plan-outdated', count: 1 }],
    });
  });

  it('can be paused, gone on with and cancelled, and says what it is when it cannot', async () => {
    await pairs(3);
    await failing(2);
    const { planId } = await make({ kind: 'retry' });
    expect((await order(planId, { kind: 'pause' })).status).toBe(409);
    await order(planId, { kind: 'approve' });
    expect((await order(planId, { kind: 'pause' })).body).toMatchObject({ state: 'paused' });
    await runner.look();
    expect(given(planId)).toHaveLength(0);
    expect((await order(planId, { kind: 'resume' })).body).toMatchObject({ state: 'running' });
    expect((await order(planId, { kind: 'cancel' })).body).toMatchObject({ state: 'cancelled' });
    await runner.look();
    expect(given(planId)).toHaveLength(0);
    expect((await order(planId, { kind: 'approve' })).body).toMatchObject({ code: 'REFUSED' });
  });

  it('is one plan however often it is sent with the same key', async () => {
    await pairs(3);
    await failing(2);
    const first = await make({ kind: 'retry' }, 'key-1');
    const second = await make({ kind: 'retry' }, 'key-1');
    expect(second.planId).toBe(first.planId);
    expect(written.filter(({ kind }) => kind === 'plan')).toHaveLength(1);
  });

  it('is refused to roles that may not order what it orders, and where there is nothing to do', async () => {
    await pairs(3);
    await failing(1);
    role = 'sales';
    expect((await call('POST', '/plans', { kind: 'pause', filter: {} })).status).toBe(403);
    role = 'operator';
    const { planId } = await make({ kind: 'pause', filter: {} });
    role = 'sales';
    expect((await order(planId, { kind: 'approve' })).status).toBe(403);
    expect((await call('POST', '/plans', { kind: 'align' })).status).toBe(403);
    role = 'operator';
    expect((await call('POST', '/plans', { kind: 'align' })).body).toMatchObject({ code: 'NOTHING_TO_DO' });
    expect((await call('POST', '/plans', { kind: 'pause' })).status).toBe(400);
    expect((await call('GET', `/plans/${guid(9)}`)).status).toBe(404);
  });
});

describe('the repair of what a check found', () => {
  /** A check with these differences, numbered from 1. */
  async function found(...differences: readonly Partial<DriftDifference>[]): Promise<void> {
    const example = EXAMPLES['sync.drift.v1'];
    const about = { ...example, tenantId: 't', checkId: 'r-1' };
    const report = { ...example.report!, state: 'finished', differences: differences.length };
    waiting.push({
      topic: 'sync.drift.v1',
      key: 't/drift/r-1',
      record: { ...about, number: 0, report, difference: null },
    });
    for (const [at, one] of differences.entries()) {
      const difference = { ...example.difference!, confirmedAtMs: tenant.now(), shown: 'other', ...one };
      const record = { ...about, number: at + 1, report: null, difference };
      waiting.push({ topic: 'sync.drift.v1', key: `t/drift/r-1/${at + 1}`, record });
    }
    await show();
  }
  const ofCompany = (n: number, more: Partial<DriftDifference> = {}) => ({
    ...{
      kind: 'edit-missed',
      entity: 'company',
      linkId: `u:${guid(n)}`,
      side: 'crm',
      recordId: `${n}`,
      field: 'phone',
    },
    ...{ repair: 'read', repairCalls: 3, ...more },
  });
  const unknown = {
    ...{ kind: 'record-unknown', entity: 'contact', linkId: `u:${guid(77)}`, side: 'unleashed', recordId: guid(77) },
    ...{ field: 'record', parentId: guid(1), repair: 'observe', repairCalls: 4 },
  };

  it('is a plan of looks with its cost: each record once, and nothing that a person has to do or that was taken in', async () => {
    await pairs(4);
    await found(
      ofCompany(0),
      ofCompany(0, { field: 'name' }),
      ofCompany(2, { shown: '1' }),
      ofCompany(3, { kind: 'contact-twice', repair: 'none' }),
      unknown,
    );
    const made = await make({ kind: 'repair-drift', checkId: 'r-1' });
    expect(made).toMatchObject({ state: 'draft', items: 2, toGive: 2, calls: { crm: 1 + 3, unleashed: 2 + 1 } });
    const { items: rows } = await items(made.planId);
    expect(rows.map(({ kind, id }) => [kind, id])).toEqual([
      ['read', `u:${guid(0)}`],
      ['observe', `u:${guid(1)}`],
    ]);
    const [some] = [await make({ kind: 'repair-drift', checkId: 'r-1', numbers: [5] })];
    expect((await items(some.planId)).items.map(({ kind }) => kind)).toEqual(['observe']);
  });

  it('is carried out by the server, also where the record shows something else by now: a look overwrites nothing', async () => {
    await pairs(3);
    await found(ofCompany(0), ofCompany(1));
    const { planId } = await make({ kind: 'repair-drift', checkId: 'r-1' });
    edit(0, '+64 9');
    await drain();
    expect((await items(planId)).items.map(({ reason }) => reason)).toEqual(['ok', 'ok']);
    await order(planId, { kind: 'approve' });
    await carryOut(planId);
    expect(await plan(planId)).toMatchObject({ state: 'done', counts: { done: 2, refused: 0 } });
    expect(
      given(planId).map(({ kind, side, recordId, requestedBy }) => `${kind} ${side} ${recordId} ${requestedBy}`),
    ).toEqual(['read crm 0 olga', 'read crm 1 olga']);
  });

  it('is refused without a check, with one that is not known, where nothing can be ordered, and to sales', async () => {
    await pairs(2);
    await found(ofCompany(0, { repair: 'none' }));
    expect((await call('POST', '/plans', { kind: 'repair-drift' })).status).toBe(400);
    expect((await call('POST', '/plans', { kind: 'retry', checkId: 'r-1' })).status).toBe(400);
    expect((await call('POST', '/plans', { kind: 'repair-drift', checkId: 'r-2' })).status).toBe(404);
    expect((await call('POST', '/plans', { kind: 'repair-drift', checkId: 'r-1' })).body).toMatchObject({
      code: 'NOTHING_TO_DO',
    });
    role = 'sales';
    expect((await call('POST', '/plans', { kind: 'repair-drift', checkId: 'r-1' })).status).toBe(403);
  });
});

describe('whoever carries plans out', () => {
  it('dies anywhere, and every order is given once', async () => {
    await pairs(260, { breakerShare: '100' });
    await failing(250);
    const { planId } = await make({ kind: 'retry' });
    await order(planId, { kind: 'approve' });
    for (let rounds = 0; rounds < 6; rounds++) {
      // Broken off in the middle, or forgotten after it.
      broken = rounds % 2 === 0;
      await runner.look();
      runner = newRunner();
    }
    await carryOut(planId);
    const ids = given(planId).map(({ requestId }) => requestId);
    expect(ids).toHaveLength(250);
    expect(new Set(ids).size).toBe(250);
    expect(await plan(planId)).toMatchObject({ state: 'done', counts: { done: 250 } });
  });

  it('never has more under way than the rest can still be paused for', async () => {
    await pairs(260, { breakerShare: '100' });
    await failing(250);
    const { planId } = await make({ kind: 'retry' });
    await order(planId, { kind: 'approve' });
    for (let rounds = 0; rounds < 5; rounds++) await runner.look();
    expect(given(planId)).toHaveLength(100);
    expect(await plan(planId)).toMatchObject({ state: 'running', counts: { ordered: 100, planned: 150 } });
    await order(planId, { kind: 'cancel' });
    await drain();
    await runner.look();
    expect(given(planId)).toHaveLength(100);
  });

  it('waits until it knows all that was ordered before', async () => {
    await pairs(3);
    await failing(2);
    const { planId } = await make({ kind: 'retry' });
    await order(planId, { kind: 'approve' });
    runner.revoke([0]);
    await runner.look();
    expect(given(planId)).toHaveLength(0);
    const behind = createPlanRunner({
      ...{ ask: asked, connection: () => file.reading, send: async (request) => void (await write(request)) },
      ...{ endOf: async () => BigInt(written.length + 1), partitionCount: 1, nowMs: tenant.now },
      log: createLog({ service: 'test', level: 'silent' }),
    });
    behind.assign([0]);
    await behind.look();
    expect(given(planId)).toHaveLength(0);
  });
});

describe('a mass change', () => {
  it('that the breaker holds is released in part and refused for the rest', async () => {
    await pairs(80);
    for (let n = 0; n < 70; n++) edit(n, `+${n}`);
    await drain();
    const { waiting: groups } = plansAnswer.parse((await call('GET', '/plans')).body);
    expect(groups).toMatchObject([{ kind: 'release', reason: 'breaker-held', count: 20 }]);
    const { planId, ...made } = await make({ kind: 'release' });
    expect(made).toMatchObject({ items: 20, writes: { crm: 0, unleashed: 20 } });
    await order(planId, { kind: 'approve', leaveOut: Array.from({ length: 15 }, (_, n) => n) });
    await carryOut(planId);
    expect(await plan(planId)).toMatchObject({ counts: { done: 5, 'left-out': 15 } });
    const refusal = await make({ kind: 'refuse' });
    expect(refusal).toMatchObject({ items: 15, writes: { crm: 0, unleashed: 0 } });
    await order(refusal.planId, { kind: 'approve' });
    await carryOut(refusal.planId);
    expect(await plan(refusal.planId)).toMatchObject({ counts: { done: 15 } });
    expect(tenant.issued.filter(({ fields }) => fields[0]?.field === 'phone')).toHaveLength(55);
    expect(plansAnswer.parse((await call('GET', '/plans')).body).waiting).toEqual([]);
  });
});

describe('other plans', () => {
  it('restore the values that lost, by their conflicts', async () => {
    await pairs(3, { conflictPolicy: 'crm' });
    for (const n of [0, 1]) {
      tenant.request({ kind: 'pause', side: 'unleashed' });
      edit(n, 'ours');
      tenant.see(
        'unleashed.customer.v1',
        customer(guid(n), `C${n}`, { name: `Company ${String(n).padStart(4, '0')}`, phone: 'theirs' }),
      );
      tenant.request({ kind: 'resume', side: 'unleashed' });
    }
    await drain();
    const [conflict] = tenant.conflicts;
    const made = await make({ kind: 'restore', conflictIds: [conflict!.conflictId] });
    expect((await items(made.planId)).items).toMatchObject([
      {
        field: 'phone',
        writes: [
          { side: 'unleashed', from: 'ours', to: 'theirs' },
          { side: 'crm', from: 'ours', to: 'theirs' },
        ],
      },
    ]);
    const all = await make({ kind: 'restore' });
    expect(all.items).toBe(2);
    await order(all.planId, { kind: 'approve' });
    await carryOut(all.planId);
    expect(await plan(all.planId)).toMatchObject({ counts: { done: 2 } });
  });

  it('align records while the first alignment is held, and pause those of a list', async () => {
    await pairs(2, { alignment: 'hold' });
    tenant.see('crm.company.v1', company('7', guid(7), { name: 'Never the same' }));
    tenant.see('unleashed.customer.v1', customer(guid(7), 'C7', { name: 'Never the same, ever' }));
    await show();
    const made = await make({ kind: 'align' });
    await order(made.planId, { kind: 'approve' });
    await carryOut(made.planId);
    expect(await plan(made.planId)).toMatchObject({ counts: { done: 1 } });
    const paused = await make({ kind: 'pause', filter: { search: 'company' } });
    expect(paused.items).toBe(2);
    await order(paused.planId, { kind: 'approve' });
    await carryOut(paused.planId);
    expect([...tenant.state.links.values()].filter((link) => link.paused)).toHaveLength(2);
  });
});

describe('ten thousand records and more', () => {
  it('are one plan of the first ten thousand', async () => {
    await pairs(1);
    const [first] = [...tenant.state.links.values()];
    const links: Input[] = Array.from({ length: PLAN_ITEMS_MAX + 50 }, (_, n) => {
      const linkId = `u:${guid(n + 10)}`;
      const record = { ...toRecord(first!), linkId };
      return { topic: 'sync.link.v1', key: `t/company/${linkId}`, record };
    });
    await file.put(links);
    const { counts } = await make({ kind: 'pause', filter: { entity: 'company' } });
    expect(counts.planned).toBe(PLAN_ITEMS_MAX);
  }, 60_000);
});
