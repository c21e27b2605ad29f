/**
 * OffsetFetch, version 7: the first that can ask for *stable* offsets (KIP-447), which kafkajs cannot (it ends with 4).
 * A partition whose offsets are in a transaction that is not settled answers UNSTABLE_OFFSET_COMMIT instead of with the
 * offset from before. Written with kafkajs' own encoder, decoder and connections.
 */
import type { InternalBroker } from './kafkajs-internals.ts';
import { requireInternal } from './patch/install.ts';
import './kafkajs.ts';

interface Encoder {
  writeInt32(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string): Encoder;
  writeEncoder(value: Encoder): Encoder;
}

interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[];
  readTaggedFields(): void;
}

const EncoderClass = requireInternal('protocol/encoder.js') as new () => Encoder;
const DecoderClass = requireInternal('protocol/decoder.js') as new (data: Buffer) => Decoder;
const { createErrorFromCode, failure } = requireInternal('protocol/error.js') as {
  createErrorFromCode(code: number): Error;
  failure(code: number): boolean;
};

const API_KEY = 9;
const API_VERSION = 7;
const UNSTABLE_OFFSET_COMMIT = 88;
/** "No tagged fields"; also what an empty array of them is. */
const NO_TAGS = 0;

/** What a group has committed for one partition of a topic. */
export interface CommittedOffset {
  /** Offset of the next record to be read; -1: none. */
  offset: bigint;
  /** What was committed along with it; '' when nothing was. */
  metadata: string;
}

/**
 * Committed offsets of one partition number in several topics.
 *
 * @param broker the group's coordinator
 * @returns by topic; `unsettled` when the offsets of any of them are in a transaction that is not settled
 * @throws kafkajs' protocol errors
 */
export async function fetchStableOffsets(
  broker: Pick<InternalBroker, 'connectionPool'>,
  groupId: string,
  topics: readonly string[],
  partition: number,
): Promise<Map<string, CommittedOffset> | 'unsettled'> {
  const answers = await broker.connectionPool.send({
    request: { apiKey: API_KEY, apiVersion: API_VERSION, apiName: 'OffsetFetch', encode },
    response: { decode, parse: async (answer: Answer) => answer },
  });
  const { topics: found, errorCode } = answers as Answer;
  const codes = [errorCode, ...found.map((one) => one.errorCode)].filter(failure);
  const fatal = codes.find((code) => code !== UNSTABLE_OFFSET_COMMIT);
  if (fatal !== undefined) throw createErrorFromCode(fatal);
  if (codes.length > 0) return 'unsettled';
  return new Map(found.map(({ topic, offset, metadata }) => [topic, { offset, metadata }]));

  async function encode(): Promise<Encoder> {
    const body = new EncoderClass().writeUVarInt(NO_TAGS); // The end of the request's header.
    body.writeUVarIntString(groupId).writeUVarInt(topics.length + 1);
    for (const topic of topics) {
      body.writeUVarIntString(topic).writeUVarInt(2).writeInt32(partition).writeUVarInt(NO_TAGS);
    }
    return body.writeBoolean(true).writeUVarInt(NO_TAGS);
  }
}

interface Answer {
  topics: { topic: string; offset: bigint; metadata: string; errorCode: number }[];
  errorCode: number;
}

async function decode(data: Buffer): Promise<Answer> {
  const decoder = new DecoderClass(data);
  decoder.readTaggedFields(); // The end of the response's header.
  decoder.readInt32(); // Throttle time.
  const topics = decoder
    .readUVarIntArray((one) => {
      const topic = one.readUVarIntString() ?? '';
      const partitions = one.readUVarIntArray(() => {
        one.readInt32(); // The partition that was asked for.
        const offset = one.readInt64();
        one.readInt32(); // Leader epoch.
        const metadata = one.readUVarIntString() ?? '';
        const errorCode = one.readInt16();
        one.readTaggedFields();
        return { topic, offset, metadata, errorCode };
      });
      one.readTaggedFields();
      return partitions;
    })
    .flat();
  const errorCode = decoder.readInt16();
  return { topics, errorCode };
}
