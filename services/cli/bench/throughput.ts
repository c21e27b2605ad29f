/** How fast a consumer group gets through what lies on its topics, seen from the offsets that it commits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createKafka, type KafkaConfig } from '#kafka';

/** Inputs that were committed at a time. */
export interface Sample {
  readonly atMs: number;
  readonly inputs: number;
}

/** How fast it went. */
export interface Throughput {
  readonly inputs: number;
  /** From the first commit that was seen to the last, seconds. */
  readonly seconds: number;
  /** Over that time. */
  readonly inputsPerSecond: number;
  /** Over the second half of the inputs: code is compiled, caches are filled. */
  readonly warmInputsPerSecond: number;
}

const LOOK_MS = 100;
/** Without any progress for so long the run has failed, milliseconds. */
const STALL_MS = 60_000;

/**
 * Follows a group until it has committed `inputs` more than `before` on these topics.
 *
 * @throws Error when it stands still for a minute
 */
export async function followGroup(
  kafka: KafkaConfig,
  group: { groupId: string; topics: string[]; before: number; inputs: number },
): Promise<Throughput> {
  const admin = createKafka(kafka, 'admin').admin();
  await admin.connect();
  const samples: Sample[] = [];
  let progressMs = performance.now();
  try {
    for (;;) {
      // A coordinator that is just being found counts as no progress.
      const inputs = (await committed(admin, group).catch(() => 0)) - group.before;
      const atMs = performance.now();
      if (inputs > (samples.at(-1)?.inputs ?? 0)) {
        samples.push({ atMs, inputs });
        progressMs = atMs;
      }
      if (inputs >= group.inputs) return throughputOf(samples);
      if (atMs - progressMs > STALL_MS)
        throw new Error(`${group.groupId} stands still at ${inputs} of ${group.inputs}`);
      await sleep(LOOK_MS);
    }
  } finally {
    await admin.disconnect();
  }
}

type Admin = ReturnType<ReturnType<typeof createKafka>['admin']>;

async function committed(admin: Admin, { groupId, topics }: { groupId: string; topics: string[] }): Promise<number> {
  const offsets = await admin.fetchOffsets({ groupId, topics });
  return offsets
    .flatMap(({ partitions }) => partitions)
    .reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

/** Rates between samples; the first sample is where the clock starts, what it already counts is left out. */
export function throughputOf(samples: readonly Sample[]): Throughput {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || first === last) throw new Error('too few inputs to measure');
  const half = samples.find(({ inputs }) => inputs >= last.inputs / 2) ?? first;
  const rate = (from: Sample): number =>
    Math.round((last.inputs - from.inputs) / Math.max((last.atMs - from.atMs) / 1_000, 0.001));
  return {
    inputs: last.inputs,
    seconds: Math.round((last.atMs - first.atMs) / 10) / 100,
    inputsPerSecond: rate(first),
    warmInputsPerSecond: half === last ? rate(first) : rate(half),
  };
}
