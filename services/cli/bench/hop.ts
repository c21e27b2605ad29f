/** The processor's hop alone: from a snapshot's append to the command that follows from it. And the same of a bare pass. */
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '#contracts';
import type { Position } from '#kafka';
import type { Ground } from './ground.ts';
import { type LatencyResult, summarise } from './latency.ts';
import { editAt, type WorkloadSize } from './workload.ts';

/** What is measured. */
export interface HopOptions {
  readonly size: WorkloadSize;
  /** Number of the first edit: each link may be edited once, as nobody answers the command. */
  readonly firstEdit: number;
  readonly edits: number;
  readonly perSecond: number;
  /** Where edits go and what follows from them is seen; without it the processor's own topics. */
  readonly pass?: PassTopics;
}

/** Topics of the bare pass, with prefix: everything comes out under the key under which it went in. */
export interface PassTopics {
  readonly input: string;
  readonly output: string;
}

/** Times of a hop. */
export interface HopResult {
  /** From handing the snapshot to the producer, so its way to the broker is counted too. */
  readonly fromSend: LatencyResult;
  /** From the broker's acknowledgement, so the broker's way of answering is left out. */
  readonly fromAppend: LatencyResult;
}

const COMMAND_TOPICS = ['sync.command.crm.v1', 'sync.command.unleashed.v1'] as const;
/** A command that has not come for so long does not come, milliseconds. */
const PATIENCE_MS = 10_000;
const FETCH_WAIT_MS = 500;

/** Edits links one after the other at an even pace, and times each until a read_committed reader has its command. */
export async function measureHop(ground: Ground, options: HopOptions): Promise<HopResult> {
  const { prefix, partitions, reader, admin, codec, producer } = ground;
  const positions: Position[] = [];
  const { pass } = options;
  for (const topic of pass === undefined ? COMMAND_TOPICS.map((one) => prefix + one) : [pass.output]) {
    for (const [partition, { end }] of await admin.ends(topic)) positions.push({ topic, partition, offset: end });
  }
  const sentMs = new Map<string, number>();
  const appendedMs = new Map<string, number>();
  const seenMs = new Map<string, number>();
  let over = false;
  const following = (async () => {
    while (!over) {
      for (const slice of await reader.fetch(positions, FETCH_WAIT_MS)) {
        const atMs = performance.now();
        const position = positions.find((one) => one.topic === slice.topic && one.partition === slice.partition);
        if (position !== undefined) position.offset = slice.nextOffset;
        for (const { key } of slice.records) seenMs.set(key?.toString() ?? '', atMs);
      }
    }
  })();
  const beginMs = performance.now();
  const sending: Promise<void>[] = [];
  for (let n = 0; n < options.edits; n++) {
    const waitMs = beginMs + (n * 1_000) / options.perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const { topic, tenantId, key, record, linkKey } = editAt(options.firstEdit + n, options.size);
    const input = { topic: pass?.input.slice(prefix.length) ?? topic, key };
    const expected = pass === undefined ? linkKey : key;
    const value = codec.encode(topic, record);
    sentMs.set(expected, performance.now());
    const sent = producer.send({ ...input, partition: partitionOf(tenantId, partitions), value });
    sending.push(sent.then(() => void appendedMs.set(expected, performance.now())));
  }
  await Promise.all(sending);
  const giveUpMs = performance.now() + PATIENCE_MS;
  while ([...sentMs.keys()].some((key) => !seenMs.has(key)) && performance.now() < giveUpMs) await sleep(20);
  over = true;
  await following;
  return {
    fromSend: summarise(options.edits, times(sentMs, seenMs)),
    fromAppend: summarise(options.edits, times(appendedMs, seenMs)),
  };
}

/** From the one to the other, milliseconds; a command may be seen before its input's acknowledgement arrives. */
function times(from: ReadonlyMap<string, number>, to: ReadonlyMap<string, number>): number[] {
  return [...from].flatMap(([key, atMs]) => {
    const seen = to.get(key);
    return seen === undefined ? [] : [Math.max(0, seen - atMs)];
  });
}
