/** All of a fetch or nothing, and never the same twice. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXAMPLES } from '#contracts';
import { createTestFile, type TestFile } from './file.fixture.ts';
import { madeUpLink } from './made-up.ts';
import { placeId } from './place.ts';
import { createWriter, type Decode, type SourceRecord, StaleWriterError } from './writer.ts';

let file: TestFile;
let decode: Decode;
let records: SourceRecord[];
beforeEach(async () => {
  file = await createTestFile();
  decode = (topic, { value }) => file.codec.decode(topic, value!);
  records = Array.from({ length: 5 }, (_, number) => {
    const value = file.codec.encode('sync.link.v1', madeUpLink('acme', number));
    return { topic: 'sync.link.v1', partition: 0, offset: BigInt(number), key: '', value };
  });
});
afterEach(() => file.remove());

const reached = (next: bigint) => [{ topic: 'sync.link.v1', partition: 0, next }] as const;
const count = (table: string) => file.reading.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)!.n;
/** What the kinds count, and what there is. */
const counted = () => [
  file.reading.get<{ n: number | null }>('SELECT sum(count) AS n FROM kinds')?.n ?? 0,
  count('links'),
  count('search'),
];

it('leaves nothing of a fetch that fails in the middle, and takes it whole the next time', async () => {
  await file.build();
  const failing: Decode = (topic, record) => {
    if (record.offset === 3n) throw new Error('no registry');
    return decode(topic, record);
  };
  await expect(file.writer.write(records, reached(5n), failing)).rejects.toThrow('no registry');
  expect([file.writer.positions(), counted(), count('tenants')]).toEqual([[], [0, 0, 0], 0]);
  await file.writer.write(records, reached(5n), decode);
  expect([file.writer.positions(), counted()]).toEqual([reached(5n), [5, 5, 5]]);
});

it('leaves nothing of a fetch that fails while it is judged', async () => {
  await file.build();
  const many = Array.from({ length: 300 }, (_, number): SourceRecord => {
    const value = file.codec.encode('sync.link.v1', madeUpLink('acme', number));
    return { topic: 'sync.link.v1', partition: 0, offset: BigInt(number), key: '', value };
  });
  let left = 270;
  const codec: TestFile['codec'] = {
    ...file.codec,
    decodeKnown(topic, value) {
      if (left-- === 0) throw new Error('no memory');
      return file.codec.decodeKnown(topic, value);
    },
  };
  const writer = createWriter(file.writing, codec);
  await expect(writer.write(many, reached(300n), decode)).rejects.toThrow('no memory');
  expect(counted()).toEqual([0, 0, 0]);
  await writer.write(many, reached(300n), decode);
  expect(counted()).toEqual([300, 300, 300]);
});

it('writes nothing when somebody else has written since', async () => {
  await file.writer.write(records.slice(0, 2), reached(2n), decode);
  const other = createWriter(file.writing, file.codec);
  await other.write(records.slice(2, 4), reached(4n), decode);
  await expect(file.writer.write(records.slice(2), reached(5n), decode)).rejects.toThrow(StaleWriterError);
  expect(count('links')).toBe(4);
  expect(file.writer.positions()).toEqual(reached(4n));
  await file.writer.write(records.slice(4), reached(5n), decode);
  expect(count('links')).toBe(5);
});

it('forgets a link that is taken away, in every index', async () => {
  await file.build();
  await file.writer.write(records, reached(5n), decode);
  const { entity, linkId } = madeUpLink('acme', 0);
  const gone: SourceRecord = { ...records[0]!, offset: 5n, key: `acme/${entity}/${linkId}`, value: null };
  await file.writer.write([gone], reached(6n), decode);
  expect(counted()).toEqual([4, 4, 4]);
  // Its contacts have no company any more.
  const facts = file.reading.all<{ facts: string }>('SELECT facts FROM kinds WHERE count > 0');
  expect(facts.every((kind) => kind.facts.includes('company-not-synced'))).toBe(true);
});

it('leaves out what cannot be read', async () => {
  const unreadable: Decode = async (topic, record) => (record.offset === 1n ? null : decode(topic, record));
  await file.writer.write(records, reached(5n), unreadable);
  expect(count('links')).toBe(4);
});

it('takes away what a topic no longer holds, and no more', async () => {
  const decisions = Array.from({ length: 10 }, (_, number) => ({ ...EXAMPLES['sync.decision.v1'], nowMs: number }));
  await file.put(decisions.map((record) => ({ topic: 'sync.decision.v1', key: '', record })));
  expect(file.writer.prune('sync.decision.v1', 0, 7n, 5)).toBe(5);
  expect(file.writer.prune('sync.decision.v1', 0, 7n, 5)).toBe(2);
  expect(file.writer.prune('sync.decision.v1', 1, 9n, 5)).toBe(0);
  expect(file.writer.prune('sync.link.v1', 0, 100n, 5)).toBe(0);
  const left = file.reading.all<{ id: number }>('SELECT id FROM timeline ORDER BY id');
  expect(left.map(({ id }) => id)).toEqual([7, 8, 9].map((offset) => placeId('sync.decision.v1', 0, offset)));
});

it('keeps the first answer to a request, and no decision without news', async () => {
  const origin = { topic: 'sync.request.v1', partition: 0, offset: 4 };
  const of = { ...EXAMPLES['sync.decision.v1'], cause: 'request', origin };
  const decisions = [
    { ...of, verdict: 'accepted', reason: 'setting-accepted' },
    { ...of, verdict: 'write', reason: 'edited' },
    { ...of, cause: 'observation', verdict: 'unchanged', reason: 'no-change' },
  ];
  await file.put(decisions.map((record) => ({ topic: 'sync.decision.v1', key: '', record })));
  expect(file.reading.all('SELECT request, verdict FROM answers')).toEqual([
    { request: placeId('sync.request.v1', 0, 4), verdict: 'accepted' },
  ]);
  expect(count('timeline')).toBe(2);
});
