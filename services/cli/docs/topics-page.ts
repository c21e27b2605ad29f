/** docs/topics.md: every topic with its key, guarantees and fields, out of the schemas. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMPACTED_TOPICS, EXAMPLES, INPUT_TOPICS, schemaTextOf, TOPICS, type Topic } from '#contracts';
import { retentionOf } from '../setup.ts';
import { heading, table } from './markdown.ts';

/** A part of an Avro schema, as far as the page shows it. */
interface AvroField {
  readonly name: string;
  readonly type: unknown;
  readonly doc?: string;
  readonly default?: unknown;
}

const DAY_MS = 86_400_000;
const EXAMPLES_FOLDER = join(import.meta.dirname, '..', '..', '..', 'docs', 'examples');

/** The page as it has to be. */
export function topicsPage(): string {
  return [
    heading(
      'Topics',
      'What can be read, by whom it is written, and what holds. Written out of `schemas/` by `npm run docs`.',
    ),
    GUARANTEES,
    howToRead(),
    ...TOPICS.map(topicSection),
  ].join('\n');
}

const GUARANTEES = `## What holds for all

- Values are Avro in Confluent's framing (a zero byte, four bytes of schema id, the body); the subject is the topic's name and
  \`-value\`; the registry holds every subject to FULL_TRANSITIVE, so any version reads any other. Keys are UTF-8 text.
- Every record of a tenant is on the same partition number of every topic: FNV-1a (32 bit) over the UTF-8 bytes of the tenant
  id, modulo the number of partitions. Within it, order is the order in which things happened to that tenant.
- \`sync.decision\`, \`sync.conflict\`, \`sync.link\`, \`sync.setting\`, \`sync.lane\` and \`sync.command.*\` are written in
  transactions: read them with \`isolation.level=read_committed\`, and each decision is there exactly once.
- Snapshots (\`crm.*\`, \`unleashed.*\`) and outcomes are there at least once; a repeated snapshot says the same again.
- Records have no headers, or those of a trace (W3C \`traceparent\`, \`tracestate\`), which nothing is decided by.
- Times are milliseconds since the epoch, UTC. No topic holds a secret.
`;

/** A file of docs/examples as it is. */
function example(file: string, language: string): string {
  return `\`\`\`${language}\n${readFileSync(join(EXAMPLES_FOLDER, file), 'utf8')}\`\`\``;
}

const howToRead = (): string => `## How to read them

\`\`\`sh
npm run topics -- tail sync.decision.v1 --from-beginning --key acme/company        # decoded, one JSON object a line
kcat -b HOST:PORT -t sync.conflict.v1 -s value=avro -r REGISTRY_URL -X isolation.level=read_committed
\`\`\`

\`kcat\` needs a build with Avro; where it has none (Debian's), \`npm run topics\` reads the same.

A table of what is agreed now is \`sync.link.v1\` read to its end, last record per key; a null value takes a link off. The same goes
for every compacted topic.

The files are in [examples](examples): each was run against the servers of \`npm start\` with the versions named, addresses apart. They
are those that \`npm start\` prints: \`export KAFKA_BROKERS=127.0.0.1:4790 SCHEMA_REGISTRY_URL=http://127.0.0.1:4791/apis/ccompat/v7\`.

Python (confluent-kafka 2.16.1: \`pip install 'confluent-kafka[avro,schemaregistry]'\`), \`python conflicts.py sync.conflict.v1\`:

${example('conflicts.py', 'python')}

Java 17 (Maven Central: \`org.apache.kafka:kafka-clients:4.4.0\`, \`org.apache.avro:avro:1.12.1\`, which brings Jackson), \`java -cp 'jars/*'
Conflicts.java sync.conflict.v1\`; a test runs it. With Confluent's \`KafkaAvroDeserializer\`, from their own Maven repository and not
tried here, \`decode\` falls away:

${example('Conflicts.java', 'java')}

Kafka Connect (4.3.1, \`org.apache.kafka:connect-file:4.3.1\`) with Apicurio's converter, which is on Maven Central
(\`io.apicurio:apicurio-registry-utils-converter:2.6.13.Final\`) and asks the registry at its own address instead of the compatible one;
\`connect-standalone worker.properties conflicts-to-file.properties\`, and in worker.properties
\`connector.client.config.override.policy=All\`. Another sink is another \`connector.class\`; with Confluent's
\`io.confluent.connect.avro.AvroConverter\`, not tried here, \`value.converter.schema.registry.url\` is the registry's usual address:

${example('conflicts-to-file.properties', 'properties')}

SQL (Flink 2.0.0 with \`org.apache.flink:flink-sql-connector-kafka:4.0.1-2.0\` and \`flink-sql-avro-confluent-registry:2.0.0\`), given to
\`TableEnvironment.executeSql\` in batch mode; \`sql-client.sh -f\`, not tried here, takes \`SET 'execution.runtime-mode' = 'batch'\` before it.
In streaming mode and without \`scan.bounded.mode\` it goes on with every new record:

${example('conflicts.sql', 'sql')}
`;

function topicSection(topic: Topic): string {
  const { doc, fields } = JSON.parse(schemaTextOf(topic)) as { doc: string; fields: readonly AvroField[] };
  const inputs: readonly string[] = INPUT_TOPICS;
  const facts = [
    `- Kept: ${keptFor(topic)}.`,
    ...(inputs.includes(topic) ? ['- An input of sync-processor: partition n of each input makes task n.'] : []),
  ];
  return [
    `## ${topic}`,
    '',
    doc,
    '',
    ...facts,
    '',
    table(
      ['Field', 'Type', 'Meaning'],
      fields.flatMap((field) => fieldRows(field, '')),
    ),
    '<details><summary>Example</summary>',
    '',
    '```json',
    JSON.stringify(EXAMPLES[topic], null, 2),
    '```',
    '',
    '</details>',
    '',
  ].join('\n');
}

function keptFor(topic: Topic): string {
  const compacted: readonly string[] = COMPACTED_TOPICS;
  if (compacted.includes(topic)) return 'the last record of every key, for ever (compacted)';
  if (retentionOf(topic) < 0) return 'for ever';
  const days = Math.round(retentionOf(topic) / DAY_MS);
  return `${days} days unless configured otherwise`;
}

function fieldRows({ name, type, doc = '' }: AvroField, before: string): string[][] {
  const inner = innerFields(type);
  return [
    [`\`${before}${name}\``, typeName(type), doc],
    ...inner.flatMap((field) => fieldRows(field, `${before}${name}.`)),
  ];
}

/** The fields of a record that is written out in place, whether it may be null or stands in a list. */
function innerFields(type: unknown): readonly AvroField[] {
  if (Array.isArray(type)) return type.flatMap(innerFields);
  if (typeof type !== 'object' || type === null) return [];
  if ('fields' in type) return type.fields as readonly AvroField[];
  return 'items' in type ? innerFields(type.items) : [];
}

function typeName(type: unknown): string {
  if (Array.isArray(type)) return type.map(typeName).join(' or ');
  if (typeof type === 'string') return type;
  if (typeof type !== 'object' || type === null) return '';
  if ('logicalType' in type) return `${type.logicalType}`;
  if ('items' in type) return `list of ${typeName(type.items)}`;
  if ('values' in type) return `map of ${typeName(type.values)}`;
  return 'name' in type ? `${type.name}` : '';
}
