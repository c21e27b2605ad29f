/** `bench processor`: the processor against a bare exactly-once fan-out over the same inputs, side by side in one run. */
import { TOPICS, type Topic } from '#contracts';
import type { Ground } from './ground.ts';
import { type HopResult, measureHop } from './hop.ts';
import { type MeasuredProcessor, startBaseline, startProcessor } from './process.ts';
import { followGroup, type Throughput } from './throughput.ts';
import { countNoOps, snapshotAt, type WorkloadSize } from './workload.ts';

/** What is measured. */
export interface ProcessorBenchOptions {
  readonly size: WorkloadSize;
  readonly snapshots: number;
  /** Single edits a second, and for how many seconds, for the latency of the hop. */
  readonly hop: { readonly perSecond: number; readonly seconds: number };
  /** What the baseline writes for an input. */
  readonly baseline: { readonly commandsPerInput: number; readonly bytesPerInput: number };
  /** More options of Node for the processor, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
  /** More environment for the processor. */
  readonly env: Readonly<Record<string, string>>;
  readonly say: (what: string) => void;
}

/** What one of the two wrote for an input, on average. */
export interface Written {
  /** Records of each topic for an input. */
  readonly recordsPerInput: Readonly<Record<string, number>>;
  /** Keys and values, bytes. */
  readonly bytesPerInput: number;
}

const INPUTS = ['crm.company.v1', 'unleashed.customer.v1'] as const satisfies readonly Topic[];
const OUTPUTS = TOPICS.filter(
  (topic) => topic.startsWith('sync.') && !['sync.tenant.v1', 'sync.request.v1', 'sync.outcome.v1'].includes(topic),
);
/**
 * Edits before those whose latency counts. So long, because the broker was started for this run: until its JVM has
 * compiled the paths of a transaction, it alone takes a whole core for fifty of them a second. Not longer, because
 * nobody answers the commands and the tenants' credit ends.
 */
const WARM_UP_SECONDS = 25;
/** The same for the bare pass, which comes later; its members join in that time, too. */
const PASS_WARM_UP_SECONDS = 10;
/** Offsets at the end of a partition whose records are weighed. */
const WEIGHED = 2_000;

/** Runs it on ground that nothing else was done on. */
export async function benchProcessor(ground: Ground, options: ProcessorBenchOptions) {
  const { size, snapshots, hop, say } = options;
  const { prefix, kafka, admin } = ground;
  say(`Writing ${size.links} links of ${size.tenants} tenants`);
  await ground.seed(size);
  const linkBytes = (await weigh(ground, `${prefix}sync.link.v1`)).bytes;
  let hopResult: HopResult | null = null;
  let hopBaseline: HopResult | null = null;
  if (hop.seconds > 0) {
    say(`The hop at ${hop.perSecond} edits a second`);
    hopResult = await runHop(ground, options);
    const { p50Ms, p99Ms } = hopResult.fromAppend;
    say(`The hop took ${p50Ms} ms at the median, ${p99Ms} ms at the 99th percentile. The same of a bare pass`);
    hopBaseline = await runPass(ground, options);
  }
  say(`Writing ${snapshots} snapshots`);
  const group = { groupId: `${prefix}sync-processor`, topics: INPUTS.map((topic) => prefix + topic) };
  const done = hopResult === null ? 0 : hopEdits(hop);
  await ground.load(records(snapshots, size));

  say('The baseline');
  const baseline = await runBaseline(ground, options, snapshots + done);

  say('The processor');
  const before = await endsOf(ground, prefix);
  const processor = startProcessor(ground, { ...options.env }, options.nodeOptions);
  let throughput: Throughput;
  let memory: Awaited<ReturnType<typeof memoryOf>>;
  let written: Written;
  try {
    throughput = await followGroup(kafka, { ...group, before: done, inputs: snapshots });
    memory = await memoryOf(processor, size);
    written = await writtenBy(ground, prefix, before, snapshots);
  } finally {
    await processor.end('SIGTERM');
  }
  await admin.deleteGroup(group.groupId);
  return {
    size: { ...size, snapshots, partitions: ground.partitions, noOps: countNoOps(snapshots, size) },
    baseline,
    processor: { ...throughput, ...written },
    ratio: ratioOf(throughput.inputsPerSecond, baseline.inputsPerSecond),
    ratioWarm: ratioOf(throughput.warmInputsPerSecond, baseline.warmInputsPerSecond),
    hop: hopResult,
    hopBaseline,
    memory,
    linkBytes,
    redisBytes: await ground.redisBytes(),
  };
}

/** Share of the baseline, in thousandths. */
export function ratioOf(processor: number, baseline: number): number {
  return Math.round((1_000 * processor) / baseline) / 1_000;
}

/** Single edits that are made in all. */
function hopEdits({ perSecond, seconds }: ProcessorBenchOptions['hop']): number {
  return perSecond * (WARM_UP_SECONDS + seconds);
}

function* records(snapshots: number, size: WorkloadSize) {
  for (let at = 0; at < snapshots; at++) yield snapshotAt(at, size);
}

async function runHop(ground: Ground, { size, hop, env, nodeOptions }: ProcessorBenchOptions): Promise<HopResult> {
  const processor = startProcessor(ground, { ...env }, nodeOptions);
  try {
    await processor.ready();
    const warmUp = hop.perSecond * WARM_UP_SECONDS;
    const edits = hopEdits(hop) - warmUp;
    await measureHop(ground, { size, firstEdit: 0, edits: warmUp, perSecond: hop.perSecond });
    return await measureHop(ground, { size, firstEdit: warmUp, edits, perSecond: hop.perSecond });
  } finally {
    await processor.end('SIGTERM');
  }
}

/**
 * The hop of a bare kafkajs pass at the same pace, over topics of its own. After the processor's: by then the broker has
 * compiled what it will, so that the comparison errs to the disadvantage of the processor.
 */
async function runPass(ground: Ground, { size, hop }: ProcessorBenchOptions): Promise<HopResult> {
  const pass = { input: `${ground.prefix}pass.in`, output: `${ground.prefix}pass.out` };
  await ground.makeTopics([pass.input, pass.output].map((name) => ({ name, compacted: false })));
  const groupId = `${ground.prefix}pass.group`;
  const measured = startBaseline(ground, 'pass', {
    INPUT_TOPIC: pass.input,
    OUTPUT_TOPIC: pass.output,
    GROUP_ID: groupId,
  });
  try {
    const { perSecond } = hop;
    const warmUp = perSecond * PASS_WARM_UP_SECONDS;
    await measureHop(ground, { size, firstEdit: 0, edits: warmUp, perSecond, pass });
    return await measureHop(ground, { size, firstEdit: warmUp, edits: perSecond * hop.seconds, perSecond, pass });
  } finally {
    await measured.end('SIGKILL');
  }
}

async function runBaseline(ground: Ground, options: ProcessorBenchOptions, inputs: number) {
  const outputPrefix = `${ground.prefix}fan-out.`;
  const topics = ['sync.decision.v1', 'sync.link.v1', 'sync.command.unleashed.v1'];
  await ground.makeTopics(topics.map((topic) => ({ name: outputPrefix + topic, compacted: topic === 'sync.link.v1' })));
  const groupId = `${outputPrefix}group`;
  const before = await endsOf(ground, outputPrefix, topics);
  const fanOut = startBaseline(ground, 'fan-out', {
    OUTPUT_PREFIX: outputPrefix,
    GROUP_ID: groupId,
    COMMANDS_PER_INPUT: String(options.baseline.commandsPerInput),
    BYTES_PER_INPUT: String(options.baseline.bytesPerInput),
  });
  try {
    const follow = { groupId, topics: INPUTS.map((topic) => ground.prefix + topic), before: 0, inputs };
    const throughput = await followGroup(ground.kafka, follow);
    return { ...throughput, ...(await writtenBy(ground, outputPrefix, before, inputs, topics)) };
  } finally {
    await fanOut.end('SIGKILL');
  }
}

type Ends = Map<string, number>;

/** Offsets at the end of topics, all partitions together. */
async function endsOf(ground: Ground, prefix: string, topics: readonly string[] = OUTPUTS): Promise<Ends> {
  const ends: Ends = new Map();
  for (const topic of topics) {
    const all = [...(await ground.admin.ends(prefix + topic)).values()];
    ends.set(
      topic,
      all.reduce((sum, { end }) => sum + Number(end), 0),
    );
  }
  return ends;
}

/** What was written since `before`, for each input. Commit markers are taken out by the share that they have at the end. */
async function writtenBy(
  ground: Ground,
  prefix: string,
  before: Ends,
  inputs: number,
  topics: readonly string[] = OUTPUTS,
): Promise<Written> {
  const after = await endsOf(ground, prefix, topics);
  const recordsPerInput: Record<string, number> = {};
  let bytesPerInput = 0;
  for (const topic of topics) {
    const offsets = (after.get(topic) ?? 0) - (before.get(topic) ?? 0);
    if (offsets === 0) continue;
    const { bytes, share } = await weigh(ground, prefix + topic);
    const perInput = (offsets * share) / inputs;
    recordsPerInput[topic] = Math.round(perInput * 1_000) / 1_000;
    bytesPerInput += perInput * bytes;
  }
  return { recordsPerInput, bytesPerInput: Math.round(bytesPerInput) };
}

/** Mean size of the last records of a topic's first partition that has any, and the share of offsets that are records. */
async function weigh(ground: Ground, topic: string): Promise<{ bytes: number; share: number }> {
  let bytes = 0;
  let count = 0;
  for (const [partition, { first, end }] of await ground.admin.ends(topic)) {
    const from = end - BigInt(WEIGHED) > first ? end - BigInt(WEIGHED) : first;
    if (end === from) continue;
    await ground.reader.readTo({
      topic,
      partition,
      from,
      to: end,
      onRecords: (found) => {
        for (const { key, value } of found) bytes += (key?.length ?? 0) + (value?.length ?? 0);
        count += found.length;
      },
    });
    if (count > 0) return { bytes: Math.round(bytes / count), share: count / Number(end - from) };
  }
  return { bytes: 0, share: 1 };
}

async function memoryOf(processor: MeasuredProcessor, size: WorkloadSize) {
  const one = async (name: string): Promise<number> => (await processor.metric(name)).get('') ?? 0;
  return {
    peakResidentBytes: processor.peakBytes(),
    heapUsedBytes: await one('nodejs_heap_size_used_bytes'),
    linksInMemory: await one('twoway_processor_links_in_memory'),
    links: size.links,
  };
}
