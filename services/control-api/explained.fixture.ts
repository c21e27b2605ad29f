/** The read routes over a read model of its own, fed with what the core decides about a test tenant; and what they say. */
import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import { EXAMPLES } from '#contracts';
import type { createTestTenant } from '../../libs/sync-core/world.fixture.ts';
import { refusal } from './answer.ts';
import { Problem, problemBody } from './problem.ts';
import { createTestFile, type Input } from './read-model/file.fixture.ts';
import { addReadRoutes } from './read-routes.ts';

/** A tenant of these tests. */
export type Tenant = ReturnType<typeof createTestTenant>;

/** What a reason says, as docs/reasons.md has it. */
export interface Words {
  sentence: string;
  action: string;
}

/** docs/reasons.md by code. */
export function wordsOfDocs(): Map<string, Words> {
  const page = readFileSync(new URL('../../docs/reasons.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (.*?) \| (.*?) ?\|$/gm)];
  return new Map(rows.map(([, code, sentence, action]) => [code!, { sentence: sentence!, action: action! }]));
}

/** What was said somewhere in an answer: every reason with the words beside it. */
export function saidIn(answer: unknown): { reason: string; sentence: string; action?: string }[] {
  if (typeof answer !== 'object' || answer === null) return [];
  const inner = Object.values(answer).flatMap(saidIn);
  const { reason, sentence, action } = answer as Record<string, unknown>;
  if (typeof reason !== 'string' || typeof sentence !== 'string') return inner;
  return [{ reason, sentence, ...(typeof action === 'string' ? { action } : {}) }, ...inner];
}

/** The API for one tenant: it knows what is decided from now on. */
export async function createApi(tenant: Tenant) {
  const waiting: Input[] = [];
  let isBuilt = false;
  tenant.watch((event, effects) => {
    for (const [key, record] of effects.links) waiting.push({ topic: 'sync.link.v1', key, record });
    for (const record of effects.decisions) waiting.push({ topic: 'sync.decision.v1', key: '', record });
    for (const record of effects.conflicts) waiting.push({ topic: 'sync.conflict.v1', key: '', record });
    if (event.kind === 'outcome') waiting.push({ topic: 'sync.outcome.v1', key: '', record: event.record });
  });
  // Not before: the tenant may go on in the same moment.
  const file = await createTestFile();
  const server = fastify();
  server.decorateRequest('principal', null);
  server.addHook('onRequest', async (request) =>
    request.setDecorator('principal', { subject: 'vic', role: 'viewer', tenants: new Set(['t']) }),
  );
  server.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.code(error.status).send(problemBody(error)) : reply.code(500).send(`${error}`),
  );
  addReadRoutes(server, {
    nowMs: Date.now,
    tenants: { get: () => ({ ...EXAMPLES['sync.tenant.v1'], tenantId: 't' }) },
    ask: (id) => ({
      connection: file.reading,
      codec: file.codec,
      generation: 'g',
      tenant: { id, no: 1 },
      setting: tenant.state.setting,
      lanes: Object.values(tenant.state.lanes),
    }),
  });

  async function get(path: string): Promise<unknown> {
    const response = await server.inject({ method: 'GET', url: `/tenants/t${path}` });
    if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${response.body}`);
    return response.json();
  }

  return {
    /** Brings what was decided into the read model. */
    async catchUp(): Promise<void> {
      await file.put(waiting.splice(0));
      if (!isBuilt) await file.build();
      isBuilt = true;
    },
    get,
    /** All that the API says of this tenant now: records and fields, their timelines, lists, and answers to refused orders. */
    async sayAll(): Promise<unknown[]> {
      const answers: unknown[] = [];
      for (const { entity, linkId } of tenant.state.links.values()) {
        if (entity === 'person') continue;
        const path = `/records/${entity}/${encodeURIComponent(linkId)}`;
        answers.push(await get(path), await get(`${path}/timeline?limit=200`));
      }
      answers.push(await get('/failing'), await get('/account-managers'), await get('/overnight'));
      for (const { verdict, reason } of tenant.decisions) {
        if (verdict === 'refused') answers.push(wordsOfProblem(reason));
      }
      return answers;
    },
    async close(): Promise<void> {
      await server.close();
      file.remove();
    },
  };
}

/** What whoever sent a refused order is answered. */
function wordsOfProblem(reason: string): Words & { reason: string } {
  const { title, detail } = problemBody(refusal(reason)) as { title: string; detail?: string };
  return { reason, sentence: title, action: detail ?? '' };
}
