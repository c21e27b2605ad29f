import type { KafkaMessage } from 'kafkajs';
import type { KafkaError } from './errors.ts';
import type { KafkaConfig } from './options.ts';

/** A piece of one partition, contiguous with the piece before. */
export interface Delivery {
  /** Topic, with prefix. */
  topic: string;
  partition: number;
  messages: KafkaMessage[];
  /** Where the next delivery begins: past everything that was seen, invisible records included. */
  nextOffset: bigint;
  /** End of the log. */
  highWatermark: bigint;
}

/** An offset that could not be read on, and where reading goes on instead. */
export interface OffsetJump {
  topic: string;
  partition: number;
  /** The offset that was wanted. */
  from: bigint;
  /** The offset that exists. */
  to: bigint;
}

/** All are called synchronously and must return at once. */
export interface GroupHandlers {
  /** The tasks this member owns now; called with every join, also when nothing has changed. */
  onAssigned(tasks: number[]): void;
  /** Records of an open partition. */
  onRecords(delivery: Delivery): void;
  /** An open partition moved on over records that nobody may see (aborted, markers). */
  onSkipped(topic: string, partition: number, nextOffset: bigint): void;
  /** The membership is gone; every task must be treated as taken by somebody else. */
  onLost(error: KafkaError): void;
  /** Records are missing, or a topic was made anew. */
  onJump(jump: OffsetJump): void;
}

/** Settings of a member; times in milliseconds, sizes in bytes. */
export interface GroupMemberOptions {
  kafka: KafkaConfig;
  groupId: string;
  /** Topics, with prefix. All must have the same number of partitions. */
  topics: string[];
  /** Without a heartbeat for this long the broker gives the tasks to others. Default 10,000. */
  sessionTimeoutMs?: number;
  /** Default: a fifth of the session, at most 500 ms. */
  heartbeatIntervalMs?: number;
  /** How long a rebalance waits for members to join again. Default 15,000. */
  rebalanceTimeoutMs?: number;
  /** Longest wait of one fetch when there is nothing; also the delay until a reopened partition is asked for. Default 200. */
  maxWaitMs?: number;
  /** Most bytes of one fetch per partition. Default 512 KiB. */
  maxBytesPerPartition?: number;
  handlers: GroupHandlers;
}

/** A running member. */
export interface GroupMember {
  /** Connects and joins; goes on trying for ever. Returns at once. */
  start(): void;
  /** Leaves the group and disconnects, within 3 s. */
  stop(): Promise<void>;
  /** Begins to deliver a partition at this offset. Ignored if the partition is not owned. */
  open(topic: string, partition: number, offset: bigint): void;
  /** Stops delivering; the place is forgotten. */
  close(topic: string, partition: number): void;
  /** Stops delivering for a while; the place is kept. */
  hold(topic: string, partition: number): void;
  /** Goes on after `hold`. */
  release(topic: string, partition: number): void;
  /**
   * Asks the group's coordinator whether this member belongs to the settled group right now. A process that slept past
   * its session still believes so; the coordinator does not.
   */
  confirm(): Promise<boolean>;
  /**
   * Whether nobody else can have this member's tasks right now, as far as can be told without asking: it was heard within its
   * session, counted from when that heartbeat was sent, and no other assignment is being made.
   */
  isSure(): boolean;
  /** Commits positions outside any transaction. Throws `closed` when not a member at the moment. */
  commit(positions: { topic: string; partition: number; offset: bigint }[]): Promise<void>;
  /** Whether the group has been joined, and what is wrong if not. */
  status(): { joined: boolean; tasks: number[]; problem: KafkaError | null; rebalancesLastMinute: number };
}
