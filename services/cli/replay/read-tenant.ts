/** Reads what a replay needs off the topics: a tenant's decisions in order, and its inputs by place. */
import { type Codec, type Decision, INPUT_TOPICS, partitionOf, type TopicRecords, tenantOfKey } from '#contracts';
import type { CoreEvent } from '#sync-core';
import type { Cluster } from '../cluster.ts';
import { readRaw } from '../topic-reading.ts';

type InputTopic = (typeof INPUT_TOPICS)[number];

/** A tenant's history as stored. */
export interface TenantHistory {
  readonly decisions: Decision[];
  readonly inputs: Map<string, CoreEvent>;
  /** Records that could not be read, all topics together. */
  readonly unreadable: number;
}

/** Reads the history of one tenant: only its partition of each topic, up to the present end. */
export async function readTenant(cluster: Cluster, codec: Codec, tenantId: string): Promise<TenantHistory> {
  const inputs = new Map<string, CoreEvent>();
  const decisions: Decision[] = [];
  let unreadable = 0;
  const partition = partitionOf(tenantId, cluster.partitions);

  async function read<T extends InputTopic | 'sync.decision.v1'>(
    topic: T,
    take: (record: TopicRecords[T], offset: number) => void,
  ): Promise<void> {
    for (const { key, value, offset } of await readRaw(cluster, topic, partition)) {
      if (value === null && topic === 'sync.tenant.v1' && tenantOfKey(key) === tenantId) {
        const origin = { topic, partition, offset: Number(offset) };
        inputs.set(`${topic}/${partition}/${offset}`, { kind: 'tenant-removed', origin });
      }
      if (value === null) continue;
      try {
        const record = await codec.decode(topic, value);
        if (record.tenantId === tenantId) take(record, Number(offset));
      } catch {
        // Counted, not passed over: what cannot be read went to the quarantine and decided nothing.
        unreadable += 1;
      }
    }
  }

  // Before what they were decided on: while the system runs, an input may come between the two.
  await read('sync.decision.v1', (decision) => void decisions.push(decision));
  for (const topic of INPUT_TOPICS) {
    await read(topic, (record, offset) => {
      const origin = { topic, partition, offset };
      inputs.set(`${topic}/${partition}/${offset}`, eventOf(topic, record, origin));
    });
  }
  return { decisions, inputs, unreadable };
}

const KINDS: Partial<Record<InputTopic, 'tenant' | 'request' | 'outcome'>> = {
  'sync.tenant.v1': 'tenant',
  'sync.request.v1': 'request',
  'sync.outcome.v1': 'outcome',
};

function eventOf(topic: InputTopic, record: TopicRecords[InputTopic], origin: Decision['origin']): CoreEvent {
  const kind = KINDS[topic];
  return (kind === undefined ? { kind: 'observation', topic, record, origin } : { kind, record, origin }) as CoreEvent;
}
