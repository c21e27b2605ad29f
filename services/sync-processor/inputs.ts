/** From a record on an input topic to an event of the core, or to the reason why it cannot be one. */
import { type Codec, CodecError, INPUT_TOPICS, partitionOf, type TopicRecords, tenantOfKey } from '#contracts';
import type { ConsumedRecord } from '#kafka';
import { TENANT_ID } from '#runtime';
import type { CoreEvent } from '#sync-core';

/** A topic that the processor reads. */
export type InputTopic = (typeof INPUT_TOPICS)[number];

/**
 * Why a record is put into quarantine, besides the codes of CodecError:
 * - NO_VALUE: a tombstone where there are none.
 * - BAD_TENANT: the tenant id cannot be one.
 * - WRONG_PARTITION: the tenant's records belong to another partition, hence to another task.
 * - REQUIRED_FIELD_EMPTY: the record's own id is empty.
 * - STEP_FAILED: deciding on it failed each time it was tried.
 */
export type RefusalCode =
  | CodecError['code']
  | 'NO_VALUE'
  | 'BAD_TENANT'
  | 'WRONG_PARTITION'
  | 'REQUIRED_FIELD_EMPTY'
  | 'STEP_FAILED';

/** What a record turned out to be. */
export type Input =
  | { kind: 'event'; tenantId: string; event: CoreEvent }
  | { kind: 'nothing' }
  | { kind: 'refused'; code: RefusalCode; message: string };

type RecordOf<T extends InputTopic> = TopicRecords[T];

/** The field that must not be empty, per topic. */
const IDENTITY: { [T in InputTopic]: (record: RecordOf<T>) => string } = {
  'sync.tenant.v1': (record) => record.tenantId,
  'sync.request.v1': (record) => record.requestId,
  'sync.outcome.v1': (record) => record.commandId,
  'crm.company.v1': (record) => record.divisionId,
  'crm.contact.v1': (record) => record.contactId,
  'crm.user.v1': (record) => record.userCode,
  'unleashed.customer.v1': (record) => record.guid,
  'unleashed.contact.v1': (record) => record.guid,
  'unleashed.salesperson.v1': (record) => record.guid,
};

const TOPICS: ReadonlySet<string> = new Set(INPUT_TOPICS);

function isInputTopic(topic: string): topic is InputTopic {
  return TOPICS.has(topic);
}

/**
 * Reads one record. Synchronous unless its schema was never met before. Rejects only with a retriable CodecError: the
 * registry is away, and whether the record is good cannot be known until it is back.
 */
export function readInput(codec: Codec, record: ConsumedRecord, partitions: number): Input | Promise<Input> {
  const { topic, value } = record;
  if (!isInputTopic(topic)) return { kind: 'nothing' };
  if (value === null && topic === 'sync.tenant.v1') return removedTenant(record, partitions);
  if (value === null) return { kind: 'refused', code: 'NO_VALUE', message: `${topic}: a record without a value` };
  try {
    const known = codec.decodeKnown(topic, value);
    return known === undefined
      ? readUnknown(codec, topic, record, value, partitions)
      : toInput(topic, known, record, partitions);
  } catch (error) {
    return refusal(error);
  }
}

/** A tombstone of a tenant: it is configured nowhere any more. Its key is all there is. */
function removedTenant({ key, partition, offset }: ConsumedRecord, partitions: number): Input {
  const tenantId = tenantOfKey(key) ?? '';
  if (!TENANT_ID.test(tenantId)) {
    return { kind: 'refused', code: 'BAD_TENANT', message: 'sync.tenant.v1: the key of a tombstone names no tenant' };
  }
  // A tenant whose partition changed leaves a tombstone on the old one, which says nothing about the tenant.
  if (partitionOf(tenantId, partitions) !== partition) return { kind: 'nothing' };
  const origin = { topic: 'sync.tenant.v1', partition, offset: Number(offset) };
  return { kind: 'event', tenantId, event: { kind: 'tenant-removed', origin } };
}

async function readUnknown(
  codec: Codec,
  topic: InputTopic,
  record: ConsumedRecord,
  value: Buffer,
  partitions: number,
): Promise<Input> {
  try {
    return toInput(topic, await codec.decode(topic, value), record, partitions);
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): Input {
  if (error instanceof CodecError && !error.retriable) {
    return { kind: 'refused', code: error.code, message: error.message };
  }
  throw error;
}

function toInput<T extends InputTopic>(
  topic: T,
  decoded: RecordOf<T>,
  record: ConsumedRecord,
  partitions: number,
): Input {
  const { tenantId } = decoded;
  if (!TENANT_ID.test(tenantId)) {
    return { kind: 'refused', code: 'BAD_TENANT', message: `${topic}: not a tenant id` };
  }
  const home = partitionOf(tenantId, partitions);
  if (home !== record.partition) {
    const message = `${topic}: tenant ${tenantId} belongs to partition ${home}, not ${record.partition}`;
    return { kind: 'refused', code: 'WRONG_PARTITION', message };
  }
  if (IDENTITY[topic](decoded) === '') {
    return { kind: 'refused', code: 'REQUIRED_FIELD_EMPTY', message: `${topic}: a record without an id` };
  }
  const origin = { topic, partition: record.partition, offset: Number(record.offset) };
  return { kind: 'event', tenantId, event: eventOf(topic, decoded, origin) };
}

type Origin = Extract<CoreEvent, { kind: 'outcome' }>['origin'];

/** The compiler cannot follow a topic and its record through a generic; each branch names both. */
function eventOf(topic: InputTopic, decoded: RecordOf<InputTopic>, origin: Origin): CoreEvent {
  if (topic === 'sync.tenant.v1') return { kind: 'tenant', record: decoded as RecordOf<typeof topic>, origin };
  if (topic === 'sync.request.v1') return { kind: 'request', record: decoded as RecordOf<typeof topic>, origin };
  if (topic === 'sync.outcome.v1') return { kind: 'outcome', record: decoded as RecordOf<typeof topic>, origin };
  return { kind: 'observation', topic, record: decoded, origin } as CoreEvent;
}
