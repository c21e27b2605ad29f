/**
 * The baseline of `bench processor`: a bare kafkajs exactly-once fan-out, as one would write it. It decodes every input and
 * writes a decision, a changelog record and so many commands, in transactions of up to a thousand inputs; no state, no
 * merge, no Redis. On purpose it is made of kafkajs as it comes, without this project's library around it.
 */
import { createCodec } from '#contracts';
import { env, runExactlyOnce } from './exactly-once.ts';
import { createRecords, type FanOut } from './fan-out-records.ts';

const inputPrefix = env('TOPIC_PREFIX');
const outputPrefix = env('OUTPUT_PREFIX');
const TOPICS = ['crm.company.v1', 'unleashed.customer.v1'] as const;

const codec = createCodec({ registry: { url: env('SCHEMA_REGISTRY_URL') }, topicPrefix: inputPrefix });
await codec.prepare([...TOPICS, 'sync.decision.v1', 'sync.link.v1', 'sync.command.unleashed.v1']);
const records = createRecords(codec, {
  commandsPerInput: Number(env('COMMANDS_PER_INPUT')),
  bytesPerInput: Number(env('BYTES_PER_INPUT')),
});

/** The outputs as kafkajs wants them. */
function byTopic(outputs: readonly FanOut[], partition: number) {
  const of = (topic: string, list: readonly { key: string; value: Buffer }[]) => ({
    topic: outputPrefix + topic,
    messages: list.map((message) => ({ ...message, partition })),
  });
  const commands = outputs.flatMap(({ command }) => command ?? []);
  return [
    of(
      'sync.decision.v1',
      outputs.map(({ decision }) => decision),
    ),
    of(
      'sync.link.v1',
      outputs.map(({ link }) => link),
    ),
    of('sync.command.unleashed.v1', commands),
  ].filter(({ messages }) => messages.length > 0);
}

await runExactlyOnce(
  TOPICS.map((topic) => inputPrefix + topic),
  (name, partition, inputs) => {
    const topic = TOPICS.find((one) => inputPrefix + one === name)!;
    const outputs = inputs.map(({ offset, value }) => records.fanOut(topic, partition, offset, value!));
    return byTopic(outputs, partition);
  },
);
