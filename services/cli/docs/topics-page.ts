/** docs/topics.md: every topic with its key, guarantees and fields, out of the schemas. */
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

/** The page as it has to be. */
export function topicsPage(): string {
  return [
    heading(
      'Topics',
      'What can be read, by whom it is written, and what holds. Written out of `schemas/` by `npm run docs`.',
    ),
    GUARANTEES,
    HOW_TO_READ,
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
- Times are milliseconds since the epoch, UTC. No topic holds a secret.
`;

const HOW_TO_READ = `## How to read them

\`\`\`sh
npm run topics -- tail sync.decision.v1 --from-beginning --key acme/company        # decoded, one JSON object a line
kcat -b HOST:PORT -t sync.conflict.v1 -s value=avro -r REGISTRY_URL -X isolation.level=read_committed
\`\`\`

Java, Kafka Connect and the like: \`value.deserializer=io.confluent.kafka.serializers.KafkaAvroDeserializer\`,
\`schema.registry.url=REGISTRY_URL\`, \`isolation.level=read_committed\`. Python: \`confluent_kafka\` with \`AvroDeserializer\`.
A table of what is agreed now is \`sync.link.v1\` read to its end, last record per key; a null value takes a link off.

\`\`\`sql
-- ksqlDB: conflicts per field and day
CREATE STREAM conflicts WITH (KAFKA_TOPIC='sync.conflict.v1', VALUE_FORMAT='AVRO', TIMESTAMP='decidedAtMs');
SELECT tenantId, entity, field, winner, COUNT(*) FROM conflicts WINDOW TUMBLING (SIZE 1 DAY)
  GROUP BY tenantId, entity, field, winner EMIT CHANGES;
\`\`\`
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
