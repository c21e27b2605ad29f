/** What docs/topics.md tells people to run in Java runs as it is there, and reads what the project writes. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { createCodec, EXAMPLES, registerSchemas } from '#contracts';
import { createSerialProducer, createTopicAdmin } from '#kafka';
import { localFolders } from '#local-stack';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { ensureDownloads } from '../../libs/local-stack/downloads.ts';
import { deleteTopics, kafkaOf } from '../support/kafka.ts';

const TOPIC = 'sync.conflict.v1';
const EXAMPLE = join(import.meta.dirname, '..', '..', 'docs', 'examples', 'Conflicts.java');
const { kafkaBrokers, schemaRegistryUrl } = useStack();
const topicPrefix = uniquePrefix('example');
afterAll(() => deleteTopics(kafkaBrokers, topicPrefix));

/** Kafka's client, Jackson and Avro are among the jars of the local servers. */
async function classPath(): Promise<string> {
  const { downloadDir } = localFolders();
  const guard = { add: () => undefined, remove: () => undefined, close: () => Promise.resolve() };
  const { kafkaLibs, registryJar } = await ensureDownloads({ downloadDir, onProgress: () => undefined, guard });
  const lib = join(dirname(registryJar), 'lib');
  const avro = readdirSync(lib).find((name) => /^org\.apache\.avro\.avro-\d/.test(name)) ?? '';
  return [join(kafkaLibs, '*'), join(lib, avro)].join(':');
}

it('Java: conflicts, by field', async () => {
  const kafka = kafkaOf(kafkaBrokers);
  const registry = { url: schemaRegistryUrl };
  await registerSchemas({ registry, topicPrefix });
  const admin = createTopicAdmin(kafka);
  await admin.ensure([{ name: topicPrefix + TOPIC, partitions: 2, compacted: false }]);
  await admin.close();
  const codec = createCodec({ registry, topicPrefix });
  await codec.prepare([TOPIC]);
  const producer = createSerialProducer({ kafka, topicPrefix });
  const winners = ['crm', 'unleashed', 'crm'];
  await Promise.all(
    winners.map((winner, at) =>
      producer.send({
        ...{ topic: TOPIC, partition: at % 2, key: `acme/company/${at}` },
        value: codec.encode(TOPIC, { ...EXAMPLES[TOPIC], field: 'phone', winner }),
      }),
    ),
  );
  await producer.close();

  const { stdout } = await promisify(execFile)(
    'java',
    ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', await classPath(), EXAMPLE, topicPrefix + TOPIC],
    { env: { ...process.env, KAFKA_BROKERS: kafkaBrokers.join(','), SCHEMA_REGISTRY_URL: schemaRegistryUrl } },
  );
  const lines = stdout.split('\n').filter((line) => line.startsWith('acme/'));
  expect(lines.sort()).toEqual(winners.map((winner, at) => `acme/company/${at} phone ${winner}`));
}, 180_000);
