import { Argument, Command } from 'commander';
import { TOPICS, type Topic } from '#contracts';
import { type ConsumedRecord, createPartitionReader, type Position } from '#kafka';
import { describeError } from '#runtime';
import { codecOf, findCluster } from '../cluster.ts';

interface TailOptions {
  fromBeginning?: boolean;
  follow: boolean;
  key?: string;
  json?: boolean;
}

/** Longest wait of one fetch when nothing comes, milliseconds. */
const FETCH_WAIT_MS = 300;

/** `topics tail TOPIC`: records decoded, one JSON object a line. */
export function topicsCommand(): Command {
  const topics = new Command('topics').description('look at the topics');
  topics
    .command('tail')
    .description('print records as they come, decoded; committed ones only')
    .addArgument(new Argument('<topic>', 'whose records').choices(TOPICS))
    .option('--from-beginning', 'begin with the oldest record instead of the next one')
    .option('--no-follow', 'end at the present end instead of waiting for more (with --from-beginning)')
    .option('--key <text>', 'only records whose key contains this, for example a tenant or a record id')
    .option('--json', 'with place, time and key around each record')
    .action(tail);
  topics
    .command('list')
    .description('names of all topics')
    .option('--json', 'print the result as JSON')
    .action(({ json }: { json?: boolean }) => {
      process.stdout.write(`${json === true ? JSON.stringify(TOPICS) : TOPICS.join('\n')}\n`);
    });
  return topics;
}

async function tail(topic: Topic, options: TailOptions): Promise<void> {
  const cluster = findCluster('topics-tail');
  const codec = codecOf(cluster);
  const reader = createPartitionReader(cluster.kafka);
  const fullName = cluster.topicPrefix + topic;
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
  process.stdout.on('error', () => stopping.abort()); // the reader of the pipe has seen enough
  try {
    const ends = await reader.ends(fullName, await reader.partitions(fullName));
    const positions = new Map<number, Position>();
    for (const [partition, { first, end }] of ends) {
      positions.set(partition, { topic: fullName, partition, offset: options.fromBeginning === true ? first : end });
    }
    const isAtEnd = (): boolean =>
      [...positions].every(([partition, { offset }]) => offset >= (ends.get(partition)?.end ?? 0n));
    while (!stopping.signal.aborted && (options.follow || !isAtEnd())) {
      for (const slice of await reader.fetch([...positions.values()], FETCH_WAIT_MS)) {
        positions.set(slice.partition, { topic: fullName, partition: slice.partition, offset: slice.nextOffset });
        for (const record of slice.records) {
          if (options.key !== undefined && !record.key?.includes(options.key)) continue;
          process.stdout.write(`${await line(codec, topic, record, options)}\n`);
        }
      }
    }
  } finally {
    await reader.close();
  }
}

/** One record as a line of JSON; a record that cannot be read says why. */
async function line(
  codec: ReturnType<typeof codecOf>,
  topic: Topic,
  record: ConsumedRecord,
  options: TailOptions,
): Promise<string> {
  const place = { partition: record.partition, offset: Number(record.offset) };
  let value: unknown = null;
  let problem: unknown;
  try {
    if (record.value !== null) value = await codec.decode(topic, record.value);
  } catch (error) {
    problem = describeError(error);
  }
  if (options.json !== true && problem === undefined && value !== null) return JSON.stringify(value, printable);
  const time = new Date(record.timestampMs).toISOString();
  const key = record.key?.toString() ?? null;
  return JSON.stringify({ ...place, time, key, ...(problem === undefined ? { value } : { problem }) }, printable);
}

/** Bytes (a quarantined record) as text, if they are few. */
function printable(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  const isBuffer =
    typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
  return isBuffer ? Buffer.from(value.data as number[]).toString('base64') : value;
}
