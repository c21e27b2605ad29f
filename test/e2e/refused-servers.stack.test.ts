/**
 * Servers that refuse who asks: what a service then says, everywhere it says something, names the reason and what to do, and never
 * the password. The servers of the tests know no users, so any is refused.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import getPort from 'get-port';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { setUp } from '../../services/cli/setup.ts';
import { deleteTopics, kafkaOf } from '../support/kafka.ts';
import { uniquePrefix, useStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'services', 'sync-processor', 'main.ts');
/** With characters that are written in another way in a URL. */
const PASSWORD = 'planted-pass/word+41c7';
/** As it goes to the broker. */
const SASL_PLAIN = Buffer.from(`\0planted-user\0${PASSWORD}`).toString('base64');
const PREFIX = uniquePrefix('refused');

let child: ChildProcess | undefined;

beforeAll(async () => {
  const { kafkaBrokers, schemaRegistryUrl } = useStack();
  // Topics and schemas are there: nothing else keeps the service from its work.
  await setUp({
    kafka: kafkaOf(kafkaBrokers),
    registry: { url: schemaRegistryUrl },
    topicPrefix: PREFIX,
    partitions: 1,
  });
  return async () => await deleteTopics(kafkaBrokers, PREFIX);
});

afterEach(async () => {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
});

/** Starts a processor; what it writes to both outputs, and what it answers to those who look. */
async function start(env: Record<string, string>) {
  const { kafkaBrokers, schemaRegistryUrl, redisUrl } = useStack();
  const port = await getPort();
  let written = '';
  child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      ...{ KAFKA_BROKERS: kafkaBrokers.join(','), SCHEMA_REGISTRY_URL: schemaRegistryUrl, REDIS_URL: redisUrl },
      ...{ REDIS_PREFIX: PREFIX, TOPIC_PREFIX: PREFIX, LOG_LEVEL: 'debug', PORT: `${port}`, ...env },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (written += chunk));
  const answer = async (path: string): Promise<string> =>
    await (await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) })).text();
  await until(async () => (await answer('/health/live')) !== '', { what: 'the service to listen' });
  return { written: () => written, answer };
}

/** Everything that the service says, once its health and its log say what is wrong and what to do. */
async function saidBy(service: Awaited<ReturnType<typeof start>>, ...wanted: string[]): Promise<Map<string, string>> {
  const { written, answer } = service;
  const said = new Map<string, string>();
  const all = (where: string): boolean => wanted.every((text) => said.get(where)?.includes(text));
  await until(
    async () => {
      for (const path of ['/health/ready', '/health/live', '/metrics']) said.set(path, await answer(path));
      said.set('its outputs', written());
      return all('/health/ready') && all('its outputs');
    },
    { what: 'health and log to name the reason' },
  );
  return said;
}

function expectNoPassword(said: Map<string, string>): void {
  for (const [where, text] of said) {
    for (const form of [PASSWORD, encodeURIComponent(PASSWORD), SASL_PLAIN]) {
      expect(text.includes(form), `the password in ${where}`).toBe(false);
    }
  }
}

test('Redis refuses the user of REDIS_URL', async () => {
  const REDIS_URL = `redis://planted-user:${encodeURIComponent(PASSWORD)}@${new URL(useStack().redisUrl).host}`;
  const service = await start({ REDIS_URL });
  expectNoPassword(await saidBy(service, 'WRONGPASS', 'Check user and password in REDIS_URL'));
});

test('Kafka refuses the user of KAFKA_SASL_USERNAME', async () => {
  const service = await start({
    ...{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'planted-user', KAFKA_SASL_PASSWORD: PASSWORD },
  });
  expectNoPassword(await saidBy(service, 'SASL state', 'Check KAFKA_SASL_MECHANISM'));
});
