/** kafkajs made safe: the only entry of this library, and the only way to Kafka in the project. */

export { createTopicAdmin, type TopicAdmin, type TopicSpec } from './admin.ts';
export { type ClientPurpose, createKafka } from './client.ts';
export { KafkaError, type KafkaErrorCode, toKafkaError } from './errors.ts';
export { createGlobalTable, type GlobalTable, type GlobalTableOptions } from './global-table.ts';
export { createGroupOffsets, type GroupOffsets } from './group-offsets.ts';
export type { OffsetJump } from './group-options.ts';
export type { KafkaConfig } from './options.ts';
export {
  createPartitionAssignment,
  type PartitionAssignment,
  type PartitionAssignmentOptions,
} from './partition-assignment.ts';
export { demandPartitionCount } from './partition-counts.ts';
export {
  createPartitionReader,
  type PartitionEnds,
  type PartitionReader,
  type Position,
  type ReadOptions,
  type Slice,
} from './partition-reader.ts';
export type { ConsumedRecord, OutputRecord } from './records.ts';
export { moveChangelog, moveUnread } from './repartition.ts';
export {
  createSerialProducer,
  type PinnedRecord,
  type SerialProducer,
  type SerialProducerOptions,
} from './serial-producer.ts';
export { type CommitWindow, createCommitWindow } from './sink/commit-window.ts';
export { createLanes } from './sink/lanes.ts';
export { createSinkConsumer, type Hold, type SinkConsumer, type SinkConsumerOptions } from './sink/sink-consumer.ts';
export { compileStreamOptions, type StreamAppOptions } from './stream/options.ts';
export { type Readiness, runStreamApp, type StreamApp } from './stream/stream-app.ts';
export {
  createStreamTask,
  type StreamTask,
  type TaskPorts,
  type TaskProducer,
  type TaskStatus,
} from './stream/stream-task.ts';
export type { TaskState } from './stream/task-state.ts';
export type { RestoreContext, StepResult, TaskOutput, TaskProcessor } from './stream/types.ts';
export type { WrittenRange } from './transactional-producer.ts';
