/**
 * What the sync knows of a tenant, read from the processor's changelogs: they are the authority, Redis is a view of them.
 *
 * A load answers for everything that was published before it was called: the processor's committed positions are waited for
 * to reach the ends that its inputs have then, and only after that the changelogs are read to their ends. Without this, an edit
 * that waits on a topic behind a slow processor would look like one that nobody noticed.
 *
 * The tenant's entries are kept as bytes between the loads of a check, so that a later load reads what is new and no more.
 */
import {
  CHANGELOG_TOPICS,
  type Codec,
  INPUT_TOPICS,
  type Lane,
  type Link,
  PROCESSOR_GROUP,
  type Setting,
} from '#contracts';
import { type ConsumedRecord, type GroupOffsets, KafkaError, type PartitionReader } from '#kafka';
import type { Clock } from '#runtime';
import { createTenantState, type TenantState } from '#sync-core';

/** What the reader needs. */
export interface StateReaderOptions {
  reader: PartitionReader;
  /** Positions of the processor's group, see {@link processorGroup}. */
  offsets: GroupOffsets;
  codec: Codec;
  topicPrefix: string;
  clock: Clock;
}

/** The group of the processor. */
export function processorGroup(topicPrefix: string): string {
  return topicPrefix + PROCESSOR_GROUP;
}

/** The processor does not keep up, or does not run: nothing can be said of drift now. */
export class ProcessorBehindError extends Error {
  override readonly name = 'ProcessorBehindError';
  readonly code = 'PROCESSOR_BEHIND';
  readonly retriable = true;
}

/** How long one load waits for the processor, milliseconds; whoever loads tries again. */
const CATCH_UP_MS = 30_000;
const LOOK_AGAIN_MS = 100;

/** Reads one tenant. */
export interface TenantReader {
  /** Rejects with ProcessorBehindError, KafkaError or CodecError. */
  load(signal: AbortSignal): Promise<TenantState>;
}

/** A reader of one tenant; reads nothing before its first load. */
export function createTenantReader(options: StateReaderOptions, tenantId: string, partition: number): TenantReader {
  const { reader, offsets, codec, topicPrefix, clock } = options;
  const entries = new Map<string, { topic: string; value: Buffer }>();
  const next = new Map<string, bigint>();
  const prefix = Buffer.from(`${tenantId}/`);

  const endsOf = async (topics: readonly string[]): Promise<Map<string, { first: bigint; end: bigint }>> => {
    const found = await Promise.all(topics.map((topic) => reader.ends(topic, [partition])));
    return new Map(topics.map((topic, at) => [topic, found[at]?.get(partition) ?? { first: 0n, end: 0n }]));
  };

  /** Waits until the processor has decided everything that its inputs hold now. */
  async function caughtUp(signal: AbortSignal): Promise<void> {
    const topics = INPUT_TOPICS.map((topic) => topicPrefix + topic);
    const ends = await endsOf(topics);
    const patienceEndsMs = clock.now() + CATCH_UP_MS;
    for (;;) {
      const behind = await behindOf(topics, ends);
      if (behind === null) return;
      if (clock.now() > patienceEndsMs) throw new ProcessorBehindError(`the processor has not decided ${behind} yet`);
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }

  async function behindOf(
    topics: readonly string[],
    ends: ReadonlyMap<string, { first: bigint; end: bigint }>,
  ): Promise<string | null> {
    try {
      const committed = await offsets.read(topics, partition);
      const late = [...ends].find(([topic, { first, end }]) => (committed.get(topic)?.offset ?? first) < end);
      return late === undefined ? null : `all of ${late[0]}/${partition}`;
    } catch (error) {
      if (error instanceof KafkaError && error.code === 'offsets-unsettled') return 'what it has under way';
      throw error;
    }
  }

  function take(topic: string, records: readonly ConsumedRecord[]): void {
    for (const { key, value } of records) {
      if (key === null || !key.subarray(0, prefix.length).equals(prefix)) continue;
      const name = key.toString();
      if (value === null) entries.delete(name);
      else entries.set(name, { topic, value });
    }
  }

  async function build(): Promise<TenantState> {
    const links: Link[] = [];
    const lanes: Lane[] = [];
    let setting: Setting | null = null;
    for (const { topic, value } of entries.values()) {
      if (topic === 'sync.link.v1') {
        links.push(codec.decodeKnown(topic, value) ?? (await codec.decode(topic, value)));
      } else if (topic === 'sync.lane.v1') lanes.push(await codec.decode(topic, value));
      else setting = await codec.decode('sync.setting.v1', value);
    }
    return createTenantState(tenantId, { links, setting, lanes });
  }

  return {
    async load(signal) {
      await caughtUp(signal);
      for (const [topic, { first, end }] of await endsOf(CHANGELOG_TOPICS.map((one) => topicPrefix + one))) {
        const from = next.get(topic) ?? first;
        const name = topic.slice(topicPrefix.length);
        await reader.readTo({ topic, partition, from, to: end, onRecords: (some) => take(name, some), signal });
        next.set(topic, end);
      }
      return build();
    },
  };
}
