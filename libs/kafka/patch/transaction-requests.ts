/**
 * The requests of a transaction in Kafka's second protocol (KIP-890), which kafkajs does not know. A produce request and a
 * commit of offsets add what they touch to the transaction by themselves, and its end gives the producer a new epoch: three
 * requests instead of five, and what the network delivers late belongs to an epoch that is over.
 */
import { FlexibleReader, FlexibleWriter } from './flexible.ts';

/** A request and what reads its answer, as a connection of kafkajs takes them. */
export interface Call<T> {
  request: {
    apiKey: number;
    apiVersion: number;
    apiName: string;
    encode(): Promise<{ buf: Buffer; buffer: Buffer }>;
  };
  response: { decode(data: Buffer): Promise<T>; parse(answer: T): Promise<T> };
}

/** Who a producer is within its transactional id. */
export interface Producer {
  producerId: bigint;
  producerEpoch: number;
}

/** Makes kafkajs' error of an error code. */
export type ErrorOf = (code: number) => Error;

/** What a broker says of a partition that was written to. */
export interface ProducedPartition {
  partition: number;
  errorCode: number;
  baseOffset: string;
}

/** Positions of a group, as kafkajs' producer passes them on. */
export interface OffsetsOfTopic {
  topic: string;
  partitions: { partition: number; offset: string; metadata?: string | null }[];
}

/** Number of each request, and the version in which it belongs to the second protocol. */
const PRODUCE = { apiKey: 0, apiVersion: 12 };
const TXN_OFFSET_COMMIT = { apiKey: 28, apiVersion: 5 };
const END_TXN = { apiKey: 26, apiVersion: 5 };
const API_VERSIONS = { apiKey: 18, apiVersion: 3 };

/** In an answer about versions: the features that the cluster has settled on. */
const FINALIZED_FEATURES_TAG = 2;
const TRANSACTION_VERSION = 'transaction.version';
const SECOND_PROTOCOL = 2;
/** For a commit of offsets that is not bound to a generation of the group: the transactional id is the fence. */
const NO_GENERATION = -1;
const NO_LEADER_EPOCH = -1;

/** Versions that a broker speaks, by number of the request. */
export type SpokenVersions = Readonly<Record<number, { maxVersion: number } | undefined>>;

/**
 * Is the second protocol spoken? A broker that knows the requests is not enough: the cluster must have settled on it, which
 * it does when all its brokers know it.
 */
export function speaksSecondProtocol(versions: SpokenVersions, features: ReadonlyMap<string, number>): boolean {
  if (!knowsSecondProtocol(versions)) return false;
  return (features.get(TRANSACTION_VERSION) ?? 0) >= SECOND_PROTOCOL;
}

/** Does the broker know the requests at all? */
export function knowsSecondProtocol(versions: SpokenVersions): boolean {
  const needed = [PRODUCE, TXN_OFFSET_COMMIT, END_TXN, API_VERSIONS];
  return needed.every(({ apiKey, apiVersion }) => (versions[apiKey]?.maxVersion ?? -1) >= apiVersion);
}

/** Asks a broker for the features that the cluster has settled on. */
export function featuresCall(clientVersion: string, errorOf: ErrorOf): Call<Map<string, number>> {
  return {
    request: {
      ...API_VERSIONS,
      apiName: 'ApiVersions',
      encode: async () => header().string('kafkajs').string(clientVersion).end().done(),
    },
    response: {
      decode: async (data) => {
        // This answer alone has the old header, so that any client can read it.
        const reader = new FlexibleReader(data);
        const errorCode = reader.int16();
        if (errorCode !== 0) throw errorOf(errorCode);
        reader.list(() => {
          reader.raw(3 * 2); // A request's number, its first version and its last.
          reader.end();
        });
        reader.int32(); // Throttle time.
        return featuresOf(reader.end().get(FINALIZED_FEATURES_TAG));
      },
      parse: async (answer) => answer,
    },
  };
}

function featuresOf(field: Buffer | undefined): Map<string, number> {
  if (field === undefined) return new Map();
  return new Map(
    new FlexibleReader(field).list((one) => {
      const name = one.string() ?? '';
      const level = one.int16();
      one.int16(); // The lowest level that is still used.
      one.end();
      return [name, level] as const;
    }),
  );
}

/** @param encodeOld writes the same request in version 3 to 8: the batches are taken over as they are */
export function produceCall(
  encodeOld: () => Promise<{ buffer: Buffer }>,
  errorOf: ErrorOf,
): Call<{ topics: { topicName: string; partitions: ProducedPartition[] }[] }> {
  return {
    request: { ...PRODUCE, apiName: 'Produce', encode: async () => toFlexible((await encodeOld()).buffer).done() },
    response: {
      decode: async (data) => {
        const reader = new FlexibleReader(data);
        reader.end();
        const topics = reader.list(() => {
          const topicName = reader.string() ?? '';
          const partitions = reader.list(() => producedPartition(reader));
          reader.end();
          return { topicName, partitions };
        });
        return { topics };
      },
      parse: async (answer) => {
        for (const { partitions } of answer.topics) throwFirst(partitions, errorOf);
        return answer;
      },
    },
  };
}

function producedPartition(reader: FlexibleReader): ProducedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const baseOffset = String(reader.int64());
  reader.raw(8 + 8); // When it was appended, and where the log begins.
  reader.list(() => {
    reader.int32(); // A record that was refused, and why.
    reader.string();
    reader.end();
  });
  reader.string(); // The error in words.
  reader.end();
  return { partition, errorCode, baseOffset };
}

/** A produce request of version 3 to 8, in the younger encoding. */
function toFlexible(old: Buffer): FlexibleWriter {
  let at = 0;
  const raw = (length: number): Buffer => {
    at += length;
    return old.subarray(at - length, at);
  };
  const int32 = (): number => raw(4).readInt32BE();
  const text = (): Buffer | null => {
    const length = raw(2).readInt16BE();
    return length < 0 ? null : raw(length);
  };
  const writer = header()
    .bytes(text())
    .raw(raw(2 + 4)); // Acknowledgements wanted, and the time for them.
  const topics = int32();
  writer.unsigned(topics + 1);
  for (let topic = 0; topic < topics; topic += 1) {
    writer.bytes(text());
    const partitions = int32();
    writer.unsigned(partitions + 1);
    for (let partition = 0; partition < partitions; partition += 1) {
      writer.raw(raw(4)).bytes(raw(int32())).end();
    }
    writer.end();
  }
  return writer.end();
}

/** Puts positions of a group into the transaction. */
export function txnOffsetCommitCall(
  request: Producer & { transactionalId: string; groupId: string; topics: readonly OffsetsOfTopic[] },
  errorOf: ErrorOf,
): Call<{ topics: { partition: number; errorCode: number }[] }> {
  const { transactionalId, groupId, producerId, producerEpoch, topics } = request;
  return {
    request: {
      ...TXN_OFFSET_COMMIT,
      apiName: 'TxnOffsetCommit',
      encode: async () => {
        const writer = header().string(transactionalId).string(groupId).int64(producerId).int16(producerEpoch);
        writer.int32(NO_GENERATION).string('').string(null);
        writer.list(topics, ({ topic, partitions }) => {
          writer.string(topic).list(partitions, ({ partition, offset, metadata }) => {
            writer.int32(partition).int64(BigInt(offset)).int32(NO_LEADER_EPOCH);
            writer.string(metadata ?? null).end();
          });
          writer.end();
        });
        return writer.end().done();
      },
    },
    response: {
      decode: async (data) => {
        const reader = new FlexibleReader(data);
        reader.end();
        reader.int32(); // Throttle time.
        const found = reader.list(() => {
          reader.string();
          const partitions = reader.list(() => {
            const partition = reader.int32();
            const errorCode = reader.int16();
            reader.end();
            return { partition, errorCode };
          });
          reader.end();
          return partitions;
        });
        return { topics: found.flat() };
      },
      parse: async (answer) => {
        throwFirst(answer.topics, errorOf);
        return answer;
      },
    },
  };
}

/** Ends the transaction; the answer names who the producer is from then on. */
export function endTxnCall(
  request: Producer & { transactionalId: string; commit: boolean },
  errorOf: ErrorOf,
): Call<Producer> {
  return {
    request: {
      ...END_TXN,
      apiName: 'EndTxn',
      encode: async () => {
        const writer = header().string(request.transactionalId).int64(request.producerId);
        return writer.int16(request.producerEpoch).boolean(request.commit).end().done();
      },
    },
    response: {
      decode: async (data) => {
        const reader = new FlexibleReader(data);
        reader.end();
        reader.int32(); // Throttle time.
        const errorCode = reader.int16();
        if (errorCode !== 0) throw errorOf(errorCode);
        return { producerId: reader.int64(), producerEpoch: reader.int16() };
      },
      parse: async (answer) => answer,
    },
  };
}

/** The end of a request's header, which kafkajs writes without: no tagged fields. */
function header(): FlexibleWriter {
  return new FlexibleWriter().end();
}

function throwFirst(partitions: readonly { errorCode: number }[], errorOf: ErrorOf): void {
  const failed = partitions.find(({ errorCode }) => errorCode !== 0);
  if (failed !== undefined) throw errorOf(failed.errorCode);
}
