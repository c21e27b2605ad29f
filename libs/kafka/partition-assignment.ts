/**
 * Shares out work by Kafka's group membership, without reading a record: a connector serves the tenants whose partition
 * it owns. No leader election, no lock of our own.
 *
 * It is a hint, not a guarantee: an instance that was suspended past its session believes for a moment that it still
 * owns what another has got. So work that is shared out this way must bear being done twice (polls and snapshots do).
 */
import type { KafkaError } from './errors.ts';
import { createGroupMember } from './group-member.ts';
import type { KafkaConfig } from './options.ts';
import type { Readiness } from './stream/stream-app.ts';

/** Settings of an assignment. */
export interface PartitionAssignmentOptions {
  kafka: KafkaConfig;
  /** One group for each kind of work. */
  groupId: string;
  /** Topics whose partitions are shared out, without prefix; with several, the same numbers go together. */
  topics: string[];
  /** Default ''. */
  topicPrefix?: string;
  /** See `GroupMemberOptions`. Default 10,000 ms. */
  sessionTimeoutMs?: number;
  /** Told of partitions that are ours from now on. Must not throw. */
  onAssigned: (partitions: number[]) => void;
  /** Told of partitions that are no longer ours; work on them should stop at once. Must not throw. */
  onRevoked: (partitions: number[]) => void;
}

/** A running assignment. */
export interface PartitionAssignment {
  start(): void;
  /** Tells `onRevoked` of everything, then leaves the group. */
  stop(): Promise<void>;
  /** Partition numbers of this instance, ascending. */
  owned(): number[];
  ready(): Readiness;
}

export function createPartitionAssignment(options: PartitionAssignmentOptions): PartitionAssignment {
  const { kafka, groupId, topics, topicPrefix = '', sessionTimeoutMs, onAssigned, onRevoked } = options;
  const mine = new Set<number>();

  const revoke = (partitions: number[]): void => {
    if (partitions.length === 0) return;
    for (const partition of partitions) mine.delete(partition);
    onRevoked(partitions);
  };

  const member = createGroupMember({
    kafka,
    groupId,
    topics: topics.map((topic) => topicPrefix + topic),
    ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
    // Nothing is ever fetched: the loop only sends heartbeats.
    maxWaitMs: 500,
    handlers: {
      onAssigned(tasks) {
        revoke([...mine].filter((partition) => !tasks.includes(partition)));
        const added = tasks.filter((partition) => !mine.has(partition));
        for (const partition of added) mine.add(partition);
        if (added.length > 0) onAssigned(added);
      },
      onLost: (_error: KafkaError) => revoke([...mine]),
      onRecords: () => undefined,
      onSkipped: () => undefined,
      onJump: () => undefined,
    },
  });

  return {
    start: () => member.start(),
    async stop() {
      revoke([...mine]);
      await member.stop();
    },
    owned: () => [...mine].sort((a, b) => a - b),
    ready() {
      const { joined, problem } = member.status();
      if (joined) return { ready: true, reasons: [] };
      return {
        ready: false,
        reasons: [problem === null ? 'joining the group' : `not in the group: ${problem.message}`],
      };
    },
  };
}
