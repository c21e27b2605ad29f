/** Plans over a file and the core, without Kafka: what is written to the topic of requests is decided at once. */
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect } from 'vitest';
import { type Decision, EXAMPLES, type Request } from '#contracts';
import { createLog } from '#runtime';
import { company, createTestTenant, customer } from '../../../libs/sync-core/world.fixture.ts';
import { Problem, problemBody } from '../problem.ts';
import { createTestFile, type Input, type TestFile } from '../read-model/file.fixture.ts';
import { planAnswer, planItemsAnswer } from '../read-model/plan-answers.ts';
import type { Asked } from '../read-model/question.ts';
import { addPlanRoutes } from './plan-routes.ts';
import { createPlanRunner, type PlanRunner } from './run-plans.ts';

/** GUID of the pair of this number in Unleashed. */
export const guid = (n: number): string => `${String(n).padStart(8, '0')}-1111-4111-8111-111111111111`;
/** What both sides call the pair of this number. */
export const nameOf = (n: number): string => `Company ${String(n).padStart(4, '0')}`;

/** The world of one test, made anew before each: a tenant, the read model's file, the routes and whoever carries plans out. */
export function usePlans() {
  let file: TestFile;
  let tenant: ReturnType<typeof createTestTenant>;
  let server: FastifyInstance;
  let runner: PlanRunner;
  let waiting: Input[];
  let written: Request[];
  let role: string;
  let isBroken: boolean;

  const asked = (): Asked => ({
    ...{ connection: file.reading, codec: file.codec, generation: 'g', tenant: { id: 't', no: 1 } },
    ...{ setting: tenant.state.setting, lanes: Object.values(tenant.state.lanes) },
  });

  /** Brings what is on the topics into the file, and what is handed in. */
  async function show(...inputs: readonly Input[]): Promise<void> {
    await file.put([...waiting.splice(0), ...inputs]);
  }

  /** What the broker and the processor do: the request is on its topic, then it is decided. */
  async function write(record: Request): Promise<Decision> {
    if (isBroken) {
      isBroken = false;
      throw new Error('the broker is away');
    }
    const origin = { topic: 'sync.request.v1', partition: 0, offset: written.length };
    written.push(record);
    waiting.push({ topic: 'sync.request.v1', key: '', record });
    const { decisions } = tenant.feed({ kind: 'request', record, origin });
    await show();
    return decisions[0]!;
  }

  /** Answers every command. */
  async function drain(): Promise<void> {
    for (let rounds = 0; tenant.open.length > 0 && rounds < 5_000; rounds++) tenant.answer();
    await show();
  }

  /** One that has forgotten everything, for a topic of requests that has so many more than are known here. */
  function newRunner(unknown = 0): PlanRunner {
    const made = createPlanRunner({
      ...{ ask: asked, connection: () => file.reading, send: async (request) => void (await write(request)) },
      ...{ endOf: async () => BigInt(written.length + unknown), partitionCount: 1, nowMs: tenant.now },
      log: createLog({ service: 'test', level: 'silent' }),
    });
    made.assign([0]);
    return made;
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

  /** An edit in the CRM. */
  const edit = (n: number, phone: string) =>
    tenant.see('crm.company.v1', company(`${n}`, guid(n), { name: nameOf(n), phone }));

  beforeEach(async () => {
    [waiting, written, role, isBroken] = [[], [], 'operator', false];
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

  return {
    ...{ asked, show, drain, newRunner, call, make, plan, edit },
    tenant: () => tenant,
    /** Whoever carries plans out. */
    runner: () => runner,
    /** In its place comes one that has forgotten everything. */
    restartRunner(): void {
      runner = newRunner();
    },
    /** Requests as they were written. */
    written: () => written,
    /** Orders that a plan has given. */
    given: (planId: string) => written.filter((one) => one.planId === planId && one.recordId !== null),
    as(name: 'operator' | 'sales'): void {
      role = name;
    },
    /** The next write fails. */
    breakNextWrite(isNext = true): void {
      isBroken = isNext;
    },
    items: async (planId: string, query = '') =>
      planItemsAnswer.parse((await call('GET', `/plans/${planId}/items?${query}`)).body),
    order: (planId: string, body: object) => call('POST', `/plans/${planId}/orders`, body),
    /** Lets the runner look until the plan is over. */
    async carryOut(planId: string): Promise<void> {
      for (let rounds = 0; rounds < 1_000; rounds++) {
        await runner.look();
        await drain();
        if ((await plan(planId)).state === 'done') return;
      }
      throw new Error('the plan does not come to an end');
    },
    /** Companies that are the same on both sides. */
    async pairs(count: number, settings: Record<string, string> = {}): Promise<void> {
      tenant = createTestTenant({ enabled: 'true', ...settings });
      tenant.watch((_event, { links, decisions, conflicts }) => {
        for (const [key, record] of links) waiting.push({ topic: 'sync.link.v1', key, record });
        for (const record of decisions) waiting.push({ topic: 'sync.decision.v1', key: '', record });
        for (const record of conflicts) waiting.push({ topic: 'sync.conflict.v1', key: '', record });
      });
      for (let n = 0; n < count; n++) {
        tenant.see('crm.company.v1', company(`${n}`, guid(n), { name: nameOf(n) }));
        tenant.see('unleashed.customer.v1', customer(guid(n), `C${n}`, { name: nameOf(n) }));
      }
      tenant.tick(60 * 60_000);
      await show();
      await file.build();
      runner = newRunner();
    },
    /** Edits that Unleashed refuses. */
    async failing(count: number): Promise<void> {
      for (let n = 0; n < count; n++) {
        edit(n, 'bad');
        tenant.answer({ result: 'refused', code: 'invalid-value', shown: null });
      }
      await show();
    },
  };
}
