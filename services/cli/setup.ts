/** What has to be there before any service starts: topics and schemas. May be run any number of times. */
import { COMPACTED_TOPICS, type RegistryOptions, registerSchemas, TOPICS, type Topic } from '#contracts';
import { createTopicAdmin, type KafkaConfig, type TopicSpec } from '#kafka';
import { SystemError } from './supervisor/errors.ts';

/** Where to set up, and how. */
export interface SetupOptions {
  readonly kafka: KafkaConfig;
  readonly registry: RegistryOptions;
  /** What stands before every topic name; empty for nothing. */
  readonly topicPrefix: string;
  /** Partitions of every topic. It cannot be changed later: it decides where a tenant's records go. */
  readonly partitions: number;
}

/** What was done. */
export interface SetupResult {
  /** Topics that were not there before. */
  readonly topicsCreated: readonly string[];
  /** Subjects that got a schema, or a newer one. */
  readonly schemasRegistered: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** How long records are kept on the topics that are not compacted, milliseconds; -1 is for ever. */
const RETENTION_MS: Partial<Record<Topic, number>> = {
  // The ledger: a value that lost can be brought back at any time.
  'sync.conflict.v1': -1,
  // Who ordered what, and why a record is as it is.
  'sync.request.v1': 365 * DAY_MS,
  'sync.decision.v1': 365 * DAY_MS,
  'sync.quarantine.v1': 90 * DAY_MS,
};
/** All others: snapshots, commands and outcomes, which are history once they have been processed. */
const RETENTION_DEFAULT_MS = 30 * DAY_MS;

/** How long records of a topic that is not compacted are kept, milliseconds; -1 is for ever. */
export function retentionOf(topic: Topic): number {
  return RETENTION_MS[topic] ?? RETENTION_DEFAULT_MS;
}

/** The topics as they should be. */
export function topicSpecs(topicPrefix: string, partitions: number): TopicSpec[] {
  const compacted: readonly Topic[] = COMPACTED_TOPICS;
  return TOPICS.map((topic) => ({
    name: topicPrefix + topic,
    partitions,
    compacted: compacted.includes(topic),
    ...(compacted.includes(topic) ? {} : { config: { 'retention.ms': String(retentionOf(topic)) } }),
  }));
}

/**
 * Creates missing topics and registers schemas.
 *
 * @throws SystemError SETUP_FAILED when the registry holds a schema for incompatible; KafkaError, CodecError
 */
export async function setUp(options: SetupOptions): Promise<SetupResult> {
  const [topicsCreated, schemas] = await Promise.all([createTopics(options), registerSchemas(options)]);
  const refused = schemas.filter(({ result }) => result === 'refused');
  if (refused.length > 0) {
    const names = refused.map(({ subject, reason }) => `${subject} (${reason.slice(0, 200)})`);
    throw new SystemError('SETUP_FAILED', `The registry refuses ${names.join('; ')}.`, {
      hint: 'A schema may only change so that every version can read every other: see schemas/ and CONTRIBUTING.md.',
    });
  }
  return {
    topicsCreated,
    schemasRegistered: schemas.filter(({ result }) => result === 'new').map(({ subject }) => subject),
  };
}

async function createTopics({ kafka, topicPrefix, partitions }: SetupOptions): Promise<string[]> {
  const admin = createTopicAdmin(kafka);
  try {
    return await admin.ensure(topicSpecs(topicPrefix, partitions));
  } finally {
    await admin.close();
  }
}
