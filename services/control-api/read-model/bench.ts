/**
 * How fast the read model is built from nothing, and how fast its pages are: made-up links of one tenant, the hardest case
 * for a page, on a real Kafka. Run by `npm run bench -- read-model`; works on the servers that the environment names
 * (KAFKA_BROKERS, SCHEMA_REGISTRY_URL), else on servers of its own.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import fastify, { type FastifyInstance } from 'fastify';
import { v4 as randomId } from 'uuid';
import { COMPACTED_TOPICS, createCodec, EXAMPLES, linkKey, registerSchemas } from '#contracts';
import { createSerialProducer, createTopicAdmin, type KafkaConfig } from '#kafka';
import { localFolders, startStack } from '#local-stack';
import { createLog, createMetrics } from '#runtime';
import { addReadRoutes } from '../read-routes.ts';
import { fileOf } from './database.ts';
import { madeUpLink } from './made-up.ts';
import { SOURCES } from './place.ts';
import { createReadModel, NotBuiltError, type ReadModel } from './read-model.ts';

/** What a page may take at the 95th percentile, milliseconds. */
const TARGET_P95_MS = 100;
const TENANT = 'bench';
/** Written to Kafka at a time. */
const CHUNK = 5_000;
/** Pages of each kind that are timed. */
const PAGES = 200;
const SETTING = {
  ...EXAMPLES['sync.setting.v1'],
  tenantId: TENANT,
  pausedSides: [],
  pausedEntities: [],
  alignment: 'auto',
  enabled: true,
};

const options = new Command()
  .option('--links <n>', 'links to build it from', Number, 1_000_000)
  .option('--json', 'print the result as JSON')
  .parse()
  .opts<{ links: number; json?: boolean }>();

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const log = createLog({ service: 'bench', level: 'error' });
const folder = mkdtempSync(join(tmpdir(), 'bench-read-model-'));

/** Percentiles of times, nearest rank, milliseconds. */
function summarise(tookMs: number[]) {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]! * 10) / 10;
  return { pages: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

/** Writes the links. */
async function fill(kafka: KafkaConfig, url: string, topicPrefix: string): Promise<void> {
  const admin = createTopicAdmin(kafka);
  const compacted: readonly string[] = COMPACTED_TOPICS;
  await admin.ensure(
    SOURCES.map((name) => ({ name: topicPrefix + name, partitions: 1, compacted: compacted.includes(name) })),
  );
  await admin.close();
  await registerSchemas({ registry: { url }, topicPrefix });
  const codec = createCodec({ registry: { url }, topicPrefix });
  await codec.prepare(['sync.link.v1']);
  const producer = createSerialProducer({ kafka, topicPrefix });
  for (let from = 0; from < options.links; from += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, options.links - from) }, (_, index) => from + index);
    const sent = numbers.map((number) => {
      const link = madeUpLink(TENANT, number);
      const key = linkKey(TENANT, link.entity, link.linkId);
      return producer.send({ topic: 'sync.link.v1', partition: 0, key, value: codec.encode('sync.link.v1', link) });
    });
    await Promise.all(sent);
    if (from % 100_000 === 0) say(`${from} links written`);
  }
  await producer.close();
}

/** Waits until the read model answers; gives the longest that anything else had to wait for its turn, milliseconds. */
async function built(model: ReadModel): Promise<number> {
  let longestMs = 0;
  for (;;) {
    try {
      model.ask(TENANT);
      return Math.round(longestMs);
    } catch (error) {
      if (!(error instanceof NotBuiltError)) throw error;
      const beganMs = performance.now();
      await sleep(10);
      longestMs = Math.max(longestMs, performance.now() - beganMs - 10);
    }
  }
}

/** Times pages of a list; each begins where the one before ended, and at the beginning again after the last. */
async function pages(server: FastifyInstance, name: string, queries: readonly string[]) {
  const tookMs: number[] = [];
  let next: string | null = null;
  for (let index = 0; index < PAGES; index++) {
    const query: string = `${queries[index % queries.length]}${next !== null && queries.length === 1 ? `&cursor=${next}` : ''}`;
    const beganMs = performance.now();
    const response: { statusCode: number; body: string } = await server.inject({
      method: 'GET',
      url: `/tenants/${TENANT}${query}`,
    });
    tookMs.push(performance.now() - beganMs);
    if (response.statusCode !== 200) throw new Error(`${query}: ${response.body}`);
    next = JSON.parse(response.body).next ?? null;
  }
  return { name, ...summarise(tookMs) };
}

async function measurePages(model: ReadModel) {
  const server = fastify();
  server.decorateRequest('principal', null);
  server.addHook('onRequest', async (request) =>
    request.setDecorator('principal', { subject: 'bench', role: 'viewer', tenants: null }),
  );
  const tenant = { ...EXAMPLES['sync.tenant.v1'], tenantId: TENANT };
  addReadRoutes(server, { tenants: { get: () => tenant }, ask: (id) => model.ask(id), nowMs: Date.now });
  const words = ['ann', 'muller', 'boats', 'mail.example', 'cleo otani', 'k9z', 'finn.1', 'code77', 'zz', 'b'];
  const search = words.map((word) => `/records?search=${encodeURIComponent(word)}`);
  const links = Array.from({ length: PAGES }, (_, index) => madeUpLink(TENANT, (index * 7_919) % options.links));
  const all = [
    await pages(server, 'list', ['/records?limit=50']),
    await pages(server, 'filter: in sync, contacts', ['/records?state=in-sync&entity=contact']),
    await pages(server, 'filter: waiting', ['/records?state=waiting']),
    await pages(server, 'filter: one reason', ['/records?reason=invalid-value']),
    await pages(server, 'search', search),
    await pages(
      server,
      'search, in sync',
      search.map((query) => `${query}&state=in-sync`),
    ),
    await pages(
      server,
      'search, stopped',
      search.map((query) => `${query}&state=stopped`),
    ),
    await pages(
      server,
      'search, waiting',
      search.map((query) => `${query}&state=waiting`),
    ),
    await pages(
      server,
      'one record',
      links.map(({ entity, linkId }) => `/records/${entity}/${linkId}?`),
    ),
    await pages(server, 'overview', ['/overview?']),
    await pages(server, 'failing', ['/failing?']),
  ];
  await server.close();
  return all.map((one) => ({ ...one, met: one.p95Ms < TARGET_P95_MS }));
}

async function run(kafka: KafkaConfig, url: string) {
  const topicPrefix = `bench-${randomId().slice(0, 8)}.`;
  const codec = createCodec({ registry: { url }, topicPrefix });
  const settings = { get: () => SETTING };
  const model = createReadModel({
    ...{ folder, kafka, codec, topicPrefix, log, metrics: createMetrics('bench'), settings },
    lanes: { of: () => [] },
  });
  try {
    await fill(kafka, url, topicPrefix);
    say('building');
    const beganMs = performance.now();
    model.start();
    const longestWaitMs = await built(model);
    const seconds = (performance.now() - beganMs) / 1_000;
    say('built');
    const megabyte = 1024 * 1024;
    return {
      links: options.links,
      rebuildSeconds: Math.round(seconds * 10) / 10,
      linksPerSecond: Math.round(options.links / seconds),
      longestWaitMs,
      fileMb: Math.round(statSync(fileOf(folder)).size / megabyte),
      residentMb: Math.round(process.memoryUsage().rss / megabyte),
      pages: await measurePages(model),
      machine: { node: process.version, cores: cpus().length, memoryMb: Math.round(totalmem() / megabyte) },
    };
  } finally {
    await model.stop();
    const admin = createTopicAdmin(kafka);
    await admin.deleteTopics(SOURCES.map((name) => topicPrefix + name));
    await admin.close();
  }
}

const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: registry } = process.env;
const stack =
  brokers !== undefined && registry !== undefined
    ? null
    : await startStack({
        dataDir: join(localFolders().home, 'bench-read-model'),
        downloadDir: localFolders().downloadDir,
        parts: ['kafka', 'registry'],
      });
try {
  const addresses = stack ?? { kafkaBrokers: brokers!.split(','), schemaRegistryUrl: registry! };
  const kafka = { brokers: [...addresses.kafkaBrokers], clientId: 'bench', logger: log };
  const report = await run(kafka, addresses.schemaRegistryUrl);
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${describe(report)}\n`);
} finally {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}

function describe(report: Awaited<ReturnType<typeof run>>): string {
  const lines = report.pages.map(({ name, p50Ms, p95Ms, maxMs, met }) =>
    [
      `  ${name}`.padEnd(32),
      ...[p50Ms, p95Ms, maxMs].map((ms) => `${ms}`.padStart(8)),
      met ? '  met' : '  missed',
    ].join(''),
  );
  const { links, rebuildSeconds, linksPerSecond, longestWaitMs, fileMb, residentMb } = report;
  return [
    `  ${links} links built in ${rebuildSeconds} s: ${linksPerSecond} a second; ${fileMb} MB on disk, ${residentMb} MB resident;`,
    `  nobody waited longer than ${longestWaitMs} ms for a turn meanwhile`,
    `${'  page, ms'.padEnd(32)}${['p50', 'p95', 'max'].map((name) => name.padStart(8)).join('')}  p95 < ${TARGET_P95_MS}`,
    ...lines,
  ].join('\n');
}
