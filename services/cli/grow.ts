/** More partitions for all topics, with everything where it belongs afterwards. While every service is stopped. */
import { COMPACTED_TOPICS, homeOfKey, INPUT_TOPICS, TOPICS, type Topic } from '#contracts';
import {
  createPartitionReader,
  createTopicAdmin,
  type KafkaConfig,
  moveChangelog,
  moveUnread,
  type TopicAdmin,
} from '#kafka';
import { SystemError } from './supervisor/errors.ts';

/** What is grown, and to what. */
export interface GrowOptions {
  readonly kafka: KafkaConfig;
  /** What stands before every topic name; empty for nothing. */
  readonly topicPrefix: string;
  /** Partitions that every topic has afterwards. */
  readonly partitions: number;
  /** Told of each step; for people. */
  readonly onProgress: (message: string) => void;
}

/** What was done. */
export interface GrowResult {
  /** Partitions before; with an interrupted growth those of the topic that is grown last. */
  readonly from: number;
  readonly to: number;
  /** Entries of changelogs and tables that belong to another partition now. */
  readonly entriesMoved: number;
  /** Records that the processor had not read yet and that were appended again, where they belong. */
  readonly unreadMoved: number;
}

/** Services that share their work by a group; the processor's is also the one whose unread records are moved. */
const GROUPS = [
  'sync-processor',
  'crm-sink',
  'unleashed-sink',
  'crm-capture',
  'unleashed-connector',
  'control-api',
] as const;

/**
 * Grown last: until all has been moved the topics have different numbers of partitions, and no processor starts. So a growth
 * that was interrupted cannot be overlooked; it is repeated.
 */
const LAST: Topic = 'sync.quarantine.v1';

/**
 * Adds partitions and moves what belongs elsewhere then: the last value of every key of the compacted topics, and what the
 * processor has not read. History (decisions, conflicts, what has been processed) stays where it is. May be repeated.
 *
 * @throws SystemError SERVICES_RUNNING, USAGE (fewer partitions than there are); KafkaError
 */
export async function grow(options: GrowOptions): Promise<GrowResult> {
  const { kafka, topicPrefix, partitions: to, onProgress } = options;
  const admin = createTopicAdmin(kafka);
  const reader = createPartitionReader(kafka);
  const named = (topics: readonly Topic[]): string[] => topics.map((topic) => topicPrefix + topic);
  try {
    await demandStopped(admin, topicPrefix);
    const from = await demandRoom(admin, topicPrefix, to);
    await admin.grow(named(TOPICS.filter((topic) => topic !== LAST)), to);
    onProgress(`all topics but ${LAST} have ${to} partitions`);

    const move = {
      kafka,
      reader,
      topicPrefix,
      homeOf: ({ key }: { key: Buffer | null }): number => homeOfKey(key, to),
    };
    let unreadMoved = 0;
    let entriesMoved = 0;
    for (let partition = 0; partition < to; partition++) {
      // Before the changelogs: it shuts out, with a fence, whoever may still work on this task.
      unreadMoved += await moveUnread(move, `${topicPrefix}sync-processor`, INPUT_TOPICS, partition);
      for (const topic of COMPACTED_TOPICS) {
        // Tenants are an input too: what is unread of them has been moved already, and reading it twice changes nothing.
        entriesMoved += await moveChangelog(move, topic, partition);
      }
      onProgress(`partition ${partition} is done`);
    }
    await admin.grow(named([LAST]), to);
    return { from, to, entriesMoved, unreadMoved };
  } finally {
    await Promise.all([admin.close(), reader.close()]);
  }
}

async function demandStopped(admin: TopicAdmin, topicPrefix: string): Promise<void> {
  const running: string[] = [];
  for (const group of GROUPS) if ((await admin.members(topicPrefix + group)) > 0) running.push(group);
  if (running.length === 0) return;
  throw new SystemError('SERVICES_RUNNING', `Still running: ${running.join(', ')}.`, {
    hint: 'Stop every service, control-api included; one that was killed counts until its session has ended.',
  });
}

/** The present number of partitions. */
async function demandRoom(admin: TopicAdmin, topicPrefix: string, to: number): Promise<number> {
  const counts = await admin.counts(TOPICS.map((topic) => topicPrefix + topic));
  const missing = [...counts].filter(([, count]) => count === 0).map(([topic]) => topic);
  if (missing.length > 0) {
    throw new SystemError('USAGE', `These topics do not exist: ${missing.join(', ')}.`, { hint: 'Run setup first.' });
  }
  const larger = [...counts].filter(([, count]) => count > to).map(([topic, count]) => `${topic} (${count})`);
  if (larger.length > 0) {
    throw new SystemError('USAGE', `Some topics have more than ${to} partitions: ${larger.join(', ')}.`, {
      hint: 'Kafka cannot take partitions away: grow to at least the largest number.',
    });
  }
  return counts.get(topicPrefix + LAST) ?? 0;
}
