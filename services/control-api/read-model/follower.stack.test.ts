/** The read model on a real Kafka: killed, damaged, taken away, it ends up as one that was built in peace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { COMPACTED_TOPICS, type Codec, createCodec, EXAMPLES, linkKey, partitionOf, registerSchemas } from '#contracts';
import { createSerialProducer, createTopicAdmin, type SerialProducer } from '#kafka';
import { createLog, createMetrics } from '#runtime';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { kafkaOf } from '../../../test/support/kafka.ts';
import { until } from '../../../test/support/until.ts';
import { type Connection, connect, fileOf } from './database.ts';
import { createFollower, type Follower } from './follower.ts';
import { madeUpLink } from './made-up.ts';
import { SOURCES, type Source } from './place.ts';

const { kafkaBrokers, schemaRegistryUrl } = useStack();
const topicPrefix = uniquePrefix('read-model');
const kafka = kafkaOf(kafkaBrokers);
const PARTITIONS = 2;
const TENANTS = ['acme', 'bolt'];

let home: string;
let codec: Codec;
let producer: SerialProducer;
const running: Follower[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'read-model-'));
  const compacted: readonly string[] = COMPACTED_TOPICS;
  const admin = createTopicAdmin(kafka);
  await admin.ensure(
    SOURCES.map((name) => ({
      name: topicPrefix + name,
      partitions: PARTITIONS,
      compacted: compacted.includes(name),
    })),
  );
  await admin.close();
  await registerSchemas({ registry: { url: schemaRegistryUrl }, topicPrefix });
  codec = createCodec({ registry: { url: schemaRegistryUrl }, topicPrefix });
  await codec.prepare(SOURCES);
  producer = createSerialProducer({ kafka, topicPrefix });
  await write(0);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});
afterAll(async () => {
  await producer?.close();
  const admin = createTopicAdmin(kafka);
  await admin.deleteTopics(SOURCES.map((name) => topicPrefix + name));
  await admin.close();
  rmSync(home, { recursive: true, force: true });
});

const LINKS = 200;

/** One round of life: links come, change and go, and all that is said about them. */
async function write(round: number): Promise<void> {
  const send = (topic: Source, tenant: string, key: string, value: Buffer | null) =>
    producer.send({ topic, partition: partitionOf(tenant, PARTITIONS), key, value });
  const sent: Promise<unknown>[] = [];
  for (const tenantId of TENANTS) {
    for (let number = 0; number < LINKS; number++) {
      const link = { ...madeUpLink(tenantId, number + round * 20), paused: (number + round) % 7 === 0 };
      const key = linkKey(tenantId, link.entity, link.linkId);
      const { entity, linkId } = link;
      sent.push(send('sync.link.v1', tenantId, key, codec.encode('sync.link.v1', link)));
      if (number % 11 === round) sent.push(send('sync.link.v1', tenantId, key, null));
      const of = { tenantId, entity, linkId };
      const origin = { topic: 'sync.request.v1', partition: 0, offset: round };
      const decision = { ...EXAMPLES['sync.decision.v1'], ...of, cause: 'request', origin, nowMs: number };
      sent.push(send('sync.decision.v1', tenantId, key, codec.encode('sync.decision.v1', decision)));
      const outcome = { ...EXAMPLES['sync.outcome.v1'], ...of };
      sent.push(send('sync.outcome.v1', tenantId, key, codec.encode('sync.outcome.v1', outcome)));
    }
    const request = { ...EXAMPLES['sync.request.v1'], tenantId, requestId: `r${round}` };
    sent.push(send('sync.request.v1', tenantId, '', codec.encode('sync.request.v1', request)));
    const conflict = { ...EXAMPLES['sync.conflict.v1'], tenantId };
    sent.push(send('sync.conflict.v1', tenantId, '', codec.encode('sync.conflict.v1', conflict)));
    const lost = { ...EXAMPLES['sync.quarantine.v1'], key: Buffer.from(`${tenantId}/company/1`) };
    sent.push(send('sync.quarantine.v1', tenantId, '', codec.encode('sync.quarantine.v1', lost)));
  }
  // Left out, and reading goes on.
  sent.push(send('sync.link.v1', 'acme', 'acme/company/u:x', Buffer.from('not Avro')));
  await Promise.all(sent);
}

function follow(folder: string): Follower {
  const log = createLog({ service: 'test', level: 'fatal' });
  const metrics = createMetrics('test');
  const follower = createFollower({ folder, kafka, codec, topicPrefix, log, metrics });
  running.push(follower);
  follower.start();
  return follower;
}

/** All that a file says, without its own numbers. */
function contentOf(connection: Connection): Record<string, unknown[]> {
  const tenant = (of: string) => `(SELECT tenant_id FROM tenants t WHERE t.no = ${of}.tenant_no)`;
  const found = (word: string) =>
    connection.all(
      `SELECT l.link_id FROM search s JOIN links l ON l.id = s.rowid WHERE s.search MATCH ? ORDER BY 1`,
      `"${word}"`,
    );
  return {
    links: connection.all(
      `SELECT ${tenant('l')} AS t, l.link_id, l.name, l.search, l.since_ms, l.changed_ms, k.facts, hex(l.body) AS body
       FROM links l LEFT JOIN kinds k ON k.id = l.kind ORDER BY t, l.entity, l.link_id`,
    ),
    kinds: connection.all(`SELECT ${tenant('k')} AS t, facts, count FROM kinds k WHERE count <> 0 ORDER BY t, facts`),
    timeline: connection.all(`SELECT id, ${tenant('e')} AS t, link_id, at_ms FROM timeline e ORDER BY id`),
    conflicts: connection.all(`SELECT id, ${tenant('c')} AS t, field FROM conflicts c ORDER BY id`),
    requests: connection.all(`SELECT id, ${tenant('r')} AS t, who FROM requests r ORDER BY id`),
    answers: connection.all('SELECT * FROM answers ORDER BY request'),
    quarantine: connection.all(`SELECT id, ${tenant('q')} AS t, message FROM quarantine q ORDER BY id`),
    found: ['ann', 'mul', 'boa', 'exa'].flatMap(found),
    positions: connection.all('SELECT * FROM positions ORDER BY topic, partition'),
  };
}

/** Follows until everything that is written now is in; gives what the file says then. */
async function caughtUp(follower: Follower): Promise<Record<string, unknown[]>> {
  const admin = createTopicAdmin(kafka);
  const ends = new Map<string, number>();
  for (const name of SOURCES) {
    for (const [partition, { end }] of await admin.ends(topicPrefix + name))
      ends.set(`${name} ${partition}`, Number(end));
  }
  await admin.close();
  const isIn = (connection: Connection): boolean =>
    [...ends].every(([key, end]) => {
      const [topic = '', partition = ''] = key.split(' ');
      const sql = 'SELECT next FROM positions WHERE topic = ? AND partition = ?';
      return (connection.get<{ next: number }>(sql, topic, partition)?.next ?? 0) >= end;
    });
  const isThere = (): boolean => {
    const open = follower.reading();
    return follower.status().ready && open !== null && isIn(open.connection);
  };
  await until(isThere, { timeoutMs: 50_000 });
  return contentOf(follower.reading()!.connection);
}

/** What a file says that is built from nothing, in peace. */
function fromNothing(): Promise<Record<string, unknown[]>> {
  return caughtUp(follow(mkdtempSync(join(home, 'fresh-'))));
}

function startProcess(folder: string): ChildProcess {
  const file = join(import.meta.dirname, 'follow.fixture.ts');
  const args = [file, kafkaBrokers.join(','), schemaRegistryUrl, topicPrefix, folder];
  return spawn(process.execPath, args, { stdio: 'ignore' });
}

/** How far a file is: the sum of its positions. */
function progressOf(folder: string): number {
  if (!existsSync(fileOf(folder))) return 0;
  const connection = connect(folder, 'read');
  try {
    return connection.get<{ n: number | null }>('SELECT sum(next) AS n FROM positions')?.n ?? 0;
  } catch {
    return 0; // The tables are just being made.
  } finally {
    connection.close();
  }
}

const KILLED = 'is killed again and again, while it is built and while it follows, and holds everything exactly once';

it(KILLED, { timeout: 120_000 }, async () => {
  const folder = join(home, 'killed');
  for (let round = 1; round <= 4; round++) {
    const before = progressOf(folder);
    const writing = write(round);
    const child = startProcess(folder);
    // Right behind a step, with more to be taken.
    await until(() => progressOf(folder) > before, { timeoutMs: 30_000, pauseMs: 2 });
    child.kill('SIGKILL');
    await Promise.all([once(child, 'exit'), writing]);
  }
  const content = await caughtUp(follow(folder));
  expect(content.links!.length).toBeGreaterThan(TENANTS.length * 100);
  expect(content.timeline!.length).toBe(TENANTS.length * LINKS * 2 * 5);
  expect(content).toEqual(await fromNothing());
});

it('goes on where it stood, and follows what is written', async () => {
  const folder = join(home, 'stopped');
  const first = follow(folder);
  await caughtUp(first);
  const { generation } = first.reading()!;
  await first.stop();
  await write(5);
  const second = follow(folder);
  await caughtUp(second);
  expect(second.reading()!.generation).toBe(generation);
  await write(6);
  expect(await caughtUp(second)).toEqual(await fromNothing());
});

it.each<[string, (folder: string) => void]>([
  ['was deleted', (folder) => rmSync(folder, { recursive: true })],
  ['is damaged', (folder) => writeFileSync(fileOf(folder), 'x'.repeat(100_000))],
  ['stands where no topic does', (folder) => change(folder, 'UPDATE positions SET next = next + 1000000')],
  ['is of another version', (folder) => change(folder, `UPDATE meta SET value = '0' WHERE name = 'code'`)],
])('is built anew when its file %s', async (_name, harm) => {
  const folder = mkdtempSync(join(home, 'harmed-'));
  const first = follow(folder);
  const before = await caughtUp(first);
  const { generation } = first.reading()!;
  await first.stop();
  harm(folder);
  const second = follow(folder);
  expect(await caughtUp(second)).toEqual(before);
  expect(second.reading()!.generation).not.toBe(generation);
});

it('is built anew when its file is deleted while it runs', async () => {
  const folder = mkdtempSync(join(home, 'taken-'));
  const follower = follow(folder);
  const before = await caughtUp(follower);
  const { generation } = follower.reading()!;
  rmSync(folder, { recursive: true });
  await until(() => follower.status().ready && follower.reading()?.generation !== generation, { timeoutMs: 30_000 });
  expect(await caughtUp(follower)).toEqual(before);
});

function change(folder: string, sql: string): void {
  const connection = connect(folder, 'write');
  connection.exec(sql);
  connection.close();
}
