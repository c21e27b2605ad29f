/**
 * What one batch of steps leads to, folded and encoded.
 *
 * Decisions, conflicts and commands are encoded step by step, so that one that does not fit its schema is laid to the
 * record that caused it. Of links, settings and lanes only the last state goes out: the changelog needs no states between.
 */
import {
  type Codec,
  type Command,
  type Conflict,
  type Decision,
  type Lane,
  type Link,
  laneKey,
  linkKey,
  type Quarantine,
  type Setting,
  settingKey,
  type Topic,
  type TopicRecords,
} from '#contracts';
import type { OutputRecord } from '#kafka';
import type { TraceHeaders } from '#runtime';
import type { StateEntry } from '#state';
import type { Effects } from '#sync-core';

/** A changed entry of a changelog and whose it is. */
export interface Change {
  tenantId: string;
  entry: StateEntry;
}

/** Changes per changelog, in the order in which they are written. */
export type Changes = Record<'sync.link.v1' | 'sync.setting.v1' | 'sync.lane.v1', Change[]>;

/** A batch being put together; `cause` is handed back when something of it cannot be encoded. */
export interface Batch<Cause> {
  /**
   * Adds the effects of one step. Throws CodecError INVALID_RECORD.
   * @param headersOf what a record about a link carries along, by the link's key; undefined for nothing
   */
  add(tenantId: string, effects: Effects, cause: Cause, headersOf: (linkKey: string) => TraceHeaders | undefined): void;
  /** Adds a record that could not be used. */
  quarantine(record: Quarantine): void;
  /** All outputs, and what changes in the view. Throws BatchError with the cause of the link that cannot be encoded. */
  finish(): { outputs: OutputRecord[]; changes: Changes };
}

/** Something of a step's effects does not fit its schema. */
export class BatchError<Cause> extends Error {
  /** What the step was about. */
  readonly origin: Cause;
  constructor(origin: Cause, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'BatchError';
    this.origin = origin;
  }
}

/** An empty batch. */
export function createBatch<Cause>(codec: Codec): Batch<Cause> {
  const outputs: OutputRecord[] = [];
  const links = new Map<string, { tenantId: string; link: Link | null; cause: Cause }>();
  const settings = new Map<string, { tenantId: string; setting: Setting; cause: Cause }>();
  const lanes = new Map<string, { tenantId: string; lane: Lane; cause: Cause }>();

  function put<T extends Topic>(topic: T, key: string, record: TopicRecords[T], headers?: TraceHeaders): void {
    const value = codec.encode(topic, record);
    outputs.push(headers === undefined ? { topic, key, value } : { topic, key, value, headers: { ...headers } });
  }

  /** Encodes the last state of one entry, writes it out and notes it for the view. */
  function change<T extends keyof Changes>(
    changes: Changes,
    topic: T,
    key: string,
    last: { tenantId: string; record: TopicRecords[T] | null; cause: Cause },
  ): void {
    try {
      const value = last.record === null ? null : codec.encode(topic, last.record);
      outputs.push({ topic, key, value });
      changes[topic].push({ tenantId: last.tenantId, entry: { key, value } });
    } catch (error) {
      throw new BatchError(last.cause, error);
    }
  }

  return {
    add(tenantId, effects, cause, headersOf) {
      for (const decision of effects.decisions) put('sync.decision.v1', decisionKey(decision), decision);
      for (const conflict of effects.conflicts) put('sync.conflict.v1', conflictKey(conflict), conflict);
      for (const command of effects.commands) {
        put(commandTopic(command), commandKey(command), command, headersOf(commandKey(command)));
      }
      for (const [key, link] of effects.links) links.set(key, { tenantId, link, cause });
      if (effects.setting !== null) settings.set(settingKey(tenantId), { tenantId, setting: effects.setting, cause });
      for (const lane of effects.lanes) lanes.set(laneKey(tenantId, lane.side), { tenantId, lane, cause });
    },

    quarantine(record) {
      put('sync.quarantine.v1', `${record.topic}/${record.partition}/${record.offset}`, record);
    },

    finish() {
      const changes: Changes = { 'sync.link.v1': [], 'sync.setting.v1': [], 'sync.lane.v1': [] };
      for (const [key, { link, ...rest }] of links) change(changes, 'sync.link.v1', key, { ...rest, record: link });
      for (const [key, { setting, ...rest }] of settings) {
        change(changes, 'sync.setting.v1', key, { ...rest, record: setting });
      }
      for (const [key, { lane, ...rest }] of lanes) change(changes, 'sync.lane.v1', key, { ...rest, record: lane });
      return { outputs, changes };
    },
  };
}

function decisionKey({ tenantId, entity, linkId }: Decision): string {
  return linkId === '' ? `${tenantId}/tenant` : linkKey(tenantId, entity, linkId);
}

function conflictKey({ tenantId, entity, linkId, field }: Conflict): string {
  return `${linkKey(tenantId, entity, linkId)}/${field}`;
}

function commandKey({ tenantId, entity, linkId }: Command): string {
  return linkKey(tenantId, entity, linkId);
}

function commandTopic({ side }: Command): 'sync.command.crm.v1' | 'sync.command.unleashed.v1' {
  return side === 'crm' ? 'sync.command.crm.v1' : 'sync.command.unleashed.v1';
}
