import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKafka } from '#kafka';
import { localFolders } from './folders.ts';
import { type LocalStack, resetStack, stackStatus, startStack } from './index.ts';
import type { UnexpectedExit } from './options.ts';
import { probeKafka } from './probes.ts';
import { isAlive } from './processes.ts';

const { downloadDir } = localFolders();
let dataDir: string;
const stacks: LocalStack[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'local-stack-test-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(stacks.splice(0).map((stack) => stack.stop()));
  await resetStack(dataDir);
});

async function start(options: Partial<Parameters<typeof startStack>[0]> = {}): Promise<LocalStack> {
  const stack = await startStack({ dataDir, downloadDir, ...options });
  stacks.push(stack);
  return stack;
}

function pidOf(stack: LocalStack, name: string): number {
  return stack.parts().find((part) => part.name === name)!.pid;
}

async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 45_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Does something with a Kafka admin, and disconnects it. */
async function withKafka<T>(
  stack: LocalStack,
  work: (kafka: ReturnType<typeof createKafka>) => Promise<T>,
): Promise<T> {
  const config = { brokers: stack.kafkaBrokers, clientId: 'test', logger: pino({ level: 'silent' }) };
  return await work(createKafka(config, 'admin'));
}

/** Creates a topic (if need be) and writes one record to it. */
async function write(stack: LocalStack, topic: string): Promise<void> {
  await withKafka(stack, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [{ key: 'k', value: 'v', partition: 0 }] });
    await producer.disconnect();
  });
}

/** How many records a topic holds. */
async function count(stack: LocalStack, topic: string): Promise<number> {
  return await withKafka(stack, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  });
}

/** Registers a schema that no other subject has, so that it gets an id of its own. */
async function register(stack: LocalStack, subject: string, name: string): Promise<number> {
  const response = await fetch(`${stack.schemaRegistryUrl}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ schema: JSON.stringify({ type: 'record', name, fields: [] }) }),
  });
  const { id } = (await response.json()) as { id: number };
  return id;
}

async function schemaStatus(stack: LocalStack, id: number): Promise<number> {
  return (await fetch(`${stack.schemaRegistryUrl}/schemas/ids/${id}`)).status;
}

test('data stays: a kill -9 of broker and registry, then a stop and a start, lose nothing acknowledged', async () => {
  const first = await start();
  await write(first, 'kept');
  const brokerPid = pidOf(first, 'kafka');
  await first.kill('kafka', 'SIGKILL');
  expect(isAlive(brokerPid)).toBe(false);
  await first.restart('kafka');
  expect(pidOf(first, 'kafka')).not.toBe(brokerPid);
  expect(await count(first, 'kept')).toBe(1);
  await write(first, 'kept');

  const ids: number[] = [];
  for (let n = 0; n < 10; n++) ids.push(await register(first, `kept-${n}-value`, `kept${n}`));
  expect(new Set(ids).size).toBe(10);
  await first.kill('registry', 'SIGKILL');
  await first.restart('registry');
  for (const id of ids) expect(await schemaStatus(first, id)).toBe(200);

  await first.stop();
  for (const part of await stackStatus(dataDir)) expect(part.state).toBe('down');
  const second = await start();
  expect(second.kafkaBrokers).toEqual(first.kafkaBrokers);
  expect(second.schemaRegistryUrl).toBe(first.schemaRegistryUrl);
  expect(second.redisUrl).toBe(first.redisUrl);
  expect(await count(second, 'kept')).toBe(2);
  for (const id of ids) expect(await schemaStatus(second, id)).toBe(200);
}, 180_000);

describe('what runs is found', () => {
  test('a second start uses what runs, starts only what is missing, and ends only that', async () => {
    const first = await start({ parts: ['registry', 'redis'] });
    await first.kill('redis', 'SIGKILL');
    const phases: string[] = [];
    const second = await start({
      parts: ['registry', 'redis'],
      onProgress: ({ part, phase }) => phases.push(`${part} ${phase}`),
    });
    expect(pidOf(second, 'registry')).toBe(pidOf(first, 'registry'));
    expect(second.redisUrl).toBe(first.redisUrl);
    expect(new Map(second.parts().map(({ name, owned }) => [name, owned]))).toEqual(
      new Map([
        ['registry', false],
        ['redis', true],
      ]),
    );
    expect(phases.filter((phase) => !phase.endsWith('working')).sort()).toEqual(['redis done', 'registry reused']);
    await second.stop();
    expect((await stackStatus(dataDir)).map(({ name, state }) => [name, state])).toEqual([
      ['registry', 'up'],
      ['redis', 'down'],
    ]);
  });

  test('two starts at once make one stack', async () => {
    const [a, b] = await Promise.all([start({ parts: ['redis'] }), start({ parts: ['redis'] })]);
    expect(a.redisUrl).toBe(b.redisUrl);
    expect([...a.parts(), ...b.parts()].filter(({ owned }) => owned)).toHaveLength(1);
  });

  test('a port other than the one in use is refused', async () => {
    await start({ parts: ['redis'] });
    await expect(start({ parts: ['redis'], ports: { redis: 1 } })).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  });
});

describe('nothing is left behind', () => {
  /** Runs the fixture, and resolves with its server's process ids when they are up. */
  async function startElsewhere(): Promise<{ owner: ChildProcess; pids: number[] }> {
    const fixture = fileURLToPath(new URL('fixtures/start-and-wait.ts', import.meta.url));
    const owner = spawn(process.execPath, [fixture, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(owner);
    const [line] = (await once(owner.stdout!.setEncoding('utf8'), 'data')) as [string];
    return { owner, pids: JSON.parse(line) as number[] };
  }

  test('servers end with the process that started them, even when it is killed with -9', async () => {
    const { owner, pids } = await startElsewhere();
    expect(pids.filter(isAlive)).toHaveLength(1);
    process.kill(pids[0]!, 'SIGSTOP'); // even one that is stopped
    owner.kill('SIGKILL');
    await until('the server has ended', () => !pids.some(isAlive));
  });

  test('a server whose owner is gone is not taken for one that stays', async () => {
    const first = await start({ parts: ['redis'], detached: true });
    const pid = pidOf(first, 'redis');
    // What a start finds between the death of an owner and the moment when the guard has done its work.
    const file = join(dataDir, 'state.json');
    const gone = spawnSync('/bin/sh', ['-c', 'exit 0']).pid;
    const state = readFileSync(file, 'utf8').replace('"ownerPid": 0', `"ownerPid": ${gone}`);
    writeFileSync(file, state);
    const second = await start({ parts: ['redis'] });
    expect(isAlive(pid)).toBe(false);
    expect(pidOf(second, 'redis')).not.toBe(pid);
    expect(second.redisUrl).toBe(first.redisUrl);
  });
});

describe('trouble is told', () => {
  test('an end that nobody asked for is reported once, one that was asked for is not', async () => {
    const exits: UnexpectedExit[] = [];
    const stack = await start({ parts: ['redis'], onExit: (exit) => exits.push(exit) });
    await stack.kill('redis', 'SIGKILL');
    await stack.restart('redis');
    expect(exits).toEqual([]);
    process.kill(pidOf(stack, 'redis'), 'SIGKILL');
    await until('the end is reported', () => exits.length > 0);
    expect(exits).toHaveLength(1);
    expect(exits[0]).toMatchObject({ part: 'redis', code: null, signal: 'SIGKILL' });
    expect(exits[0]!.error).toMatchObject({ code: 'CHILD_DIED', message: 'redis ended unexpectedly (SIGKILL).' });
    expect(exits[0]!.error.logTail.join()).toContain('Server initialized');
  });

  test('the end of a server that was found running is reported too', async () => {
    const exits: UnexpectedExit[] = [];
    const first = await start({ parts: ['redis'] });
    await start({ parts: ['redis'], onExit: (exit) => exits.push(exit) });
    await first.kill('redis', 'SIGKILL');
    await until('the end is reported', () => exits.length > 0);
    expect(exits[0]).toMatchObject({ part: 'redis', code: null, signal: null });
  });

  test('a server that dies while it starts says why, and what had been started is ended', async () => {
    const registry = join(dataDir, 'registry');
    mkdirSync(registry, { recursive: true });
    writeFileSync(join(registry, 'db.mv.db'), 'not a database');
    const error = await start({ parts: ['registry', 'redis'] }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'CHILD_DIED', message: expect.stringContaining('registry') });
    expect(error).toHaveProperty('logTail', expect.arrayContaining([expect.stringMatching(/db\.mv\.db|corrupt|H2/i)]));
    expect((await stackStatus(dataDir)).map(({ name, state }) => [name, state])).toEqual([
      ['registry', 'down'],
      ['redis', 'down'],
    ]);
  });

  test('a port that is asked for and taken is named', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const error = await start({ parts: ['redis'], ports: { redis: port } }).catch((caught: unknown) => caught);
    server.close();
    expect(error).toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(String(port)) });
  });

  test('data of one broker is not opened with three', async () => {
    const stack = await start({ parts: ['redis'] });
    await stack.stop();
    const file = join(dataDir, 'state.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), brokers: 1 }));
    await expect(start({ parts: ['kafka'], brokers: 3 })).rejects.toMatchObject({ code: 'OTHER_LAYOUT' });
  });
});

test('of three brokers one may be lost: writing goes on, and it comes back', async () => {
  const stack = await start({ parts: ['kafka'], brokers: 3 });
  expect(stack.kafkaBrokers).toHaveLength(3);
  const port = Number(stack.kafkaBrokers[0]!.split(':')[1]);
  await until('all three are there', async () => (await probeKafka(port)).brokerIds.length === 3);
  await write(stack, 'replicated');
  await stack.kill('kafka-3', 'SIGKILL');
  await until('the loss is noticed', async () => (await probeKafka(port)).brokerIds.length === 2);
  await write(stack, 'replicated');
  expect(await count(stack, 'replicated')).toBe(2);
  await stack.restart('kafka-3');
  await until('it is back', async () => (await probeKafka(port)).brokerIds.length === 3);
}, 180_000);
