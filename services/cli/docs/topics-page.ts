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
- Records have no headers, or those of a trace (W3C \`traceparent\`, \`tracestate\`), which nothing is decided by.
- Times are milliseconds since the epoch, UTC. No topic holds a secret.
`;

const HOW_TO_READ = `## How to read them

\`\`\`sh
npm run topics -- tail sync.decision.v1 --from-beginning --key acme/company        # decoded, one JSON object a line
kcat -b HOST:PORT -t sync.conflict.v1 -s value=avro -r REGISTRY_URL -X isolation.level=read_committed
\`\`\`

\`kcat\` needs a build with Avro; where it has none (Debian's), \`npm run topics\` reads the same.

A table of what is agreed now is \`sync.link.v1\` read to its end, last record per key; a null value takes a link off. The same goes
for every compacted topic.

Python (\`pip install 'confluent-kafka[avro,schemaregistry]'\`):

\`\`\`python
from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPIC = "sync.conflict.v1"
decode = AvroDeserializer(SchemaRegistryClient({"url": "REGISTRY_URL"}))
consumer = Consumer({
    "bootstrap.servers": "HOST:PORT", "group.id": "conflicts-by-field",
    "isolation.level": "read_committed", "auto.offset.reset": "earliest",
})
consumer.subscribe([TOPIC])
while (message := consumer.poll(10)) is not None:
    if message.error():
        raise SystemExit(message.error())
    conflict = decode(message.value(), SerializationContext(TOPIC, MessageField.VALUE))
    print(message.key().decode(), conflict["field"], conflict["winner"], conflict["decidedAtMs"])
consumer.close()
\`\`\`

Java (\`org.apache.kafka:kafka-clients\`, \`io.confluent:kafka-avro-serializer\`):

\`\`\`java
var settings = new Properties();
settings.put("bootstrap.servers", "HOST:PORT");
settings.put("group.id", "conflicts-by-field");
settings.put("isolation.level", "read_committed");
settings.put("auto.offset.reset", "earliest");
settings.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
settings.put("value.deserializer", "io.confluent.kafka.serializers.KafkaAvroDeserializer");
settings.put("schema.registry.url", "REGISTRY_URL");
try (var consumer = new KafkaConsumer<String, GenericRecord>(settings)) {
  consumer.subscribe(List.of("sync.conflict.v1"));
  while (true)
    for (var record : consumer.poll(Duration.ofSeconds(1)))
      System.out.println(record.key() + " " + record.value().get("field") + " " + record.value().get("winner"));
}
\`\`\`

Kafka Connect, here decisions into a database table:

\`\`\`json
{
  "name": "decisions-to-warehouse",
  "config": {
    "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
    "connection.url": "jdbc:postgresql://warehouse/analytics",
    "topics": "sync.decision.v1",
    "consumer.override.isolation.level": "read_committed",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "io.confluent.connect.avro.AvroConverter",
    "value.converter.schema.registry.url": "REGISTRY_URL",
    "transforms": "flatten",
    "transforms.flatten.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
    "transforms.flatten.exclude": "fields,commandIds,conflictIds",
    "insert.mode": "upsert",
    "pk.mode": "record_value",
    "pk.fields": "decisionId",
    "auto.create": "true"
  }
}
\`\`\`

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
