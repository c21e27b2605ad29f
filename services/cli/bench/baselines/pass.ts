/**
 * The baseline of the hop: a bare kafkajs exactly-once pass, made like the fan-out. Each input is written once more, as it is,
 * and its position is committed along with it; nothing is decoded, nothing is kept.
 */
import { env, runExactlyOnce } from './exactly-once.ts';

const topic = env('OUTPUT_TOPIC');

await runExactlyOnce([env('INPUT_TOPIC')], (_name, partition, inputs) => [
  { topic, messages: inputs.map(({ key, value }) => ({ key, value, partition })) },
]);
