import type { ConsumedRecord, OutputRecord } from '../records.ts';
import type { WrittenRange } from '../transactional-producer.ts';

/** What a step wants to happen. */
export interface TaskOutput {
  /** Written in this order, in the step's transaction, to partition number = task number of their topics. */
  outputs: OutputRecord[];
  /** When `punctuate` is wanted next, milliseconds since the epoch; null for never. Replaces what was said before. */
  nextWakeAtMs: number | null;
  /**
   * How many of the records that `process` was given this is about, from the first on and at least one; the others come
   * again with the next step. Default: all.
   */
  taken?: number;
}

/** What happened to a step's outputs. */
export interface StepResult {
  /** Topic (without prefix) → offsets that the step's records got there; contiguous, as the task is the only writer. */
  baseOffsets: Map<string, WrittenRange>;
}

/** What a processor gets to bring its state up to date. */
export interface RestoreContext {
  /** Task number = partition number. */
  partition: number;
  /** First offset that exists and end of this task's partition of a topic (without prefix), read after the fence. */
  ends(topic: string): Promise<{ first: bigint; end: bigint }>;
  /**
   * Reads this task's partition of a changelog from an offset up to the end that it had at the fence.
   * @param onRecords gets one fetch's worth at a time, in order; the next waits for it
   * @returns the end (the next record gets this offset or a later one) and how many records were delivered
   */
  readChangelog(
    topic: string,
    fromOffset: bigint,
    onRecords: (records: ConsumedRecord[]) => Promise<void> | void,
  ): Promise<{ end: bigint; records: number }>;
  /** Aborted when the task is taken away; a long restore should then give up. */
  signal: AbortSignal;
}

/**
 * The work of one task. A processor lives for one incarnation of its task: it is made after the fence, and closed and
 * forgotten at the first failure or when the task goes elsewhere. So it never has to clean up its memory.
 *
 * Calls never overlap. Any method may throw: the task then fails, its transaction is aborted, and it begins again with
 * a new processor; except from `close`, where it is only logged.
 */
export interface TaskProcessor {
  /** Brings the state up to date. Called once, before anything else. */
  restore(context: RestoreContext): Promise<void>;
  /**
   * One step: records of one or several input topics. Within a topic they come in order; topics are merged by record
   * time, then by their place in the list of input topics. The same records may come again in a later incarnation, cut
   * into other steps, if this step's transaction is not committed.
   */
  process(records: ConsumedRecord[], nowMs: number): Promise<TaskOutput>;
  /** A step without records, for timers; also called once right after `restore`, so that it can name its first wake. */
  punctuate(nowMs: number): Promise<TaskOutput>;
  /**
   * The step's transaction is committed: its outputs are final. Here the materialised view is brought up to date.
   * Called after every step, also after one without outputs (then with an empty map).
   */
  committed(result: StepResult): Promise<void>;
  /** The incarnation ends. */
  close(): Promise<void>;
}
