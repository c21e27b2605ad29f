import { describe, expect, it } from 'vitest';
import type { ProduceRequest } from './encode-produce.ts';
import { FlexibleReader, FlexibleWriter } from './flexible.ts';
import { loadPatchedKafkajs, requireInternal } from './install.ts';
import {
  endTxnCall,
  featuresCall,
  produceCall,
  speaksSecondProtocol,
  txnOffsetCommitCall,
} from './transaction-requests.ts';

loadPatchedKafkajs();
const { createErrorFromCode } = requireInternal('protocol/error.js') as { createErrorFromCode(code: number): Error };
const produceOld = requireInternal('protocol/requests/produce/v7/request.js') as (request: ProduceRequest) => {
  encode(): Promise<{ buffer: Buffer }>;
};
const versions = { 0: { maxVersion: 13 }, 18: { maxVersion: 4 }, 26: { maxVersion: 5 }, 28: { maxVersion: 5 } };
const CONCURRENT_TRANSACTIONS = 51;

describe('which protocol is spoken', () => {
  it.each([
    { what: 'the cluster has settled on the second', features: { 'transaction.version': 2 }, older: {}, second: true },
    { what: 'the cluster stays with the first', features: { 'transaction.version': 1 }, older: {}, second: false },
    { what: 'the cluster does not know the feature', features: { 'metadata.version': 25 }, older: {}, second: false },
    { what: 'produce requests are older', features: { 'transaction.version': 2 }, older: { 0: 11 }, second: false },
    { what: 'commits of offsets are older', features: { 'transaction.version': 2 }, older: { 28: 4 }, second: false },
    { what: 'ends of transactions are older', features: { 'transaction.version': 2 }, older: { 26: 4 }, second: false },
  ])('$what: second $second', ({ features, older, second }) => {
    const spoken = {
      ...versions,
      ...Object.fromEntries(Object.entries(older).map(([key, maxVersion]) => [key, { maxVersion }])),
    };
    expect(speaksSecondProtocol(spoken, new Map(Object.entries(features)))).toBe(second);
  });

  it('is read from the tagged fields of the answer about versions', async () => {
    const field = new FlexibleWriter();
    field.list(['metadata.version', 'transaction.version'], (name) => field.string(name).int16(2).int16(1).end());
    const inner = field.done().buffer;
    const answer = new FlexibleWriter().int16(0).unsigned(2).int16(0).int16(3).int16(13).end().int32(0);
    answer.unsigned(2).unsigned(1).unsigned(8).int64(9n).unsigned(2).unsigned(inner.length).raw(inner);
    const features = await featuresCall('1', createErrorFromCode).response.decode(answer.done().buffer);
    expect(features.get('transaction.version')).toBe(2);
  });
});

describe('a produce request', () => {
  const message = (value: string) => ({ key: 'k', value: Buffer.from(value) });
  const request: ProduceRequest = {
    acks: -1,
    timeout: 30_000,
    transactionalId: 'task-3',
    producerId: '77',
    producerEpoch: 5,
    topicData: [
      {
        topic: 'a',
        partitions: [{ partition: 3, firstSequence: 0, messages: [message('x'.repeat(300)), message('y')] }],
      },
      { topic: 'b', partitions: [{ partition: 3, firstSequence: 4, messages: [message('z')] }] },
    ],
  };

  it('carries the same batches as the older one', async () => {
    const old = (await produceOld(request).encode()).buffer;
    const call = produceCall(async () => ({ buffer: old }), createErrorFromCode);
    const reader = new FlexibleReader((await call.request.encode()).buffer);
    reader.end();
    expect([reader.string(), reader.int16(), reader.int32()]).toEqual(['task-3', -1, 30_000]);
    const found = reader.list(() => {
      const topic = reader.string();
      const batches = reader.list(() => {
        const partition = reader.int32();
        const batch = reader.raw(reader.unsigned() - 1);
        reader.end();
        return { partition, batch };
      });
      reader.end();
      return { topic, batches };
    });
    expect(found.map(({ topic, batches }) => [topic, batches.map(({ partition }) => partition)])).toEqual([
      ['a', [3]],
      ['b', [3]],
    ]);
    for (const { batch } of found.flatMap(({ batches }) => batches)) expect(old.includes(batch)).toBe(true);
    expect(found.flatMap(({ batches }) => batches.map(({ batch }) => batch.readInt32BE(57)))).toEqual([2, 1]);
    expect(() => reader.raw(2)).toThrow(RangeError);
  });

  it.each([0, CONCURRENT_TRANSACTIONS])(
    'reads an answer with error code %i and what the broker adds to it',
    async (code) => {
      const writer = new FlexibleWriter().end();
      writer.list(['a'], (topic) => {
        writer.string(topic).list([3], (partition) => {
          writer.int32(partition).int16(code).int64(12n).int64(-1n).int64(0n);
          writer.list([0], () => writer.int32(0).string('refused').end()).string('why');
          writer.unsigned(1).unsigned(0).unsigned(2).raw(Buffer.from('ab'));
        });
        writer.end();
      });
      const { response } = produceCall(async () => ({ buffer: Buffer.alloc(0) }), createErrorFromCode);
      const answer = await response.decode(writer.int32(0).end().done().buffer);
      expect(answer.topics).toEqual([
        { topicName: 'a', partitions: [{ partition: 3, errorCode: code, baseOffset: '12' }] },
      ]);
      const parsed = response.parse(answer).catch((error: unknown) => (error as { type: string }).type);
      expect(await parsed).toEqual(code === 0 ? answer : 'CONCURRENT_TRANSACTIONS');
    },
  );
});

it('commits offsets with their metadata, and says which error there was', async () => {
  const topics = [{ topic: 'in', partitions: [{ partition: 3, offset: '41', metadata: 'm' }] }];
  const owner = { producerId: 77n, producerEpoch: 5, transactionalId: 'task-3' };
  const { request, response } = txnOffsetCommitCall({ ...owner, groupId: 'group', topics }, createErrorFromCode);
  const reader = new FlexibleReader((await request.encode()).buffer);
  reader.end();
  expect([reader.string(), reader.string(), reader.int64(), reader.int16()]).toEqual(['task-3', 'group', 77n, 5]);
  expect([reader.int32(), reader.string(), reader.string()]).toEqual([-1, '', null]);
  const found = reader.list(() => {
    const topic = reader.string();
    const partitions = reader.list(() => {
      const parts = [reader.int32(), reader.int64(), reader.int32(), reader.string()];
      reader.end();
      return parts;
    });
    reader.end();
    return [topic, ...partitions];
  });
  expect(found).toEqual([['in', [3, 41n, -1, 'm']]]);
  const writer = new FlexibleWriter().end().int32(0);
  writer.list(['in'], (topic) => {
    writer.string(topic).list([3], (partition) => writer.int32(partition).int16(CONCURRENT_TRANSACTIONS).end());
    writer.end();
  });
  const answer = await response.decode(writer.end().done().buffer);
  await expect(response.parse(answer)).rejects.toMatchObject({ type: 'CONCURRENT_TRANSACTIONS' });
});

it('ends a transaction, and learns who the producer is from then on', async () => {
  const call = endTxnCall(
    { transactionalId: 't', producerId: 77n, producerEpoch: 5, commit: true },
    createErrorFromCode,
  );
  const reader = new FlexibleReader((await call.request.encode()).buffer);
  reader.end();
  expect([reader.string(), reader.int64(), reader.int16(), reader.raw(1)[0]]).toEqual(['t', 77n, 5, 1]);
  const answer = (code: number) =>
    new FlexibleWriter().end().int32(0).int16(code).int64(78n).int16(0).end().done().buffer;
  expect(await call.response.decode(answer(0))).toEqual({ producerId: 78n, producerEpoch: 0 });
  await expect(call.response.decode(answer(CONCURRENT_TRANSACTIONS))).rejects.toMatchObject({
    type: 'CONCURRENT_TRANSACTIONS',
  });
});
