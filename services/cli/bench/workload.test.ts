import avsc from 'avsc';
import { expect, it } from 'vitest';
import { schemaTextOf, type Topic } from '#contracts';
import { agreedState, countNoOps, linkLike, placeOf, snapshotAt, stateAt } from './workload.ts';

const SIZE = { links: 2_000, tenants: 100 };
const bytesOf = (topic: Topic, record: object): number =>
  avsc.Type.forSchema(JSON.parse(schemaTextOf(topic)), { wrapUnions: 'never' }).toBuffer(record).length;

it('has three snapshots of ten without news, spread evenly', () => {
  const states = Array.from({ length: 31 }, (_, round) => stateAt(round));
  expect(states.slice(0, 11)).toEqual([0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7]);
  expect(countNoOps(10 * SIZE.links, SIZE)).toBe(3 * SIZE.links);
  expect(countNoOps(SIZE.links, SIZE)).toBe(0.3 * SIZE.links);
});

it('has snapshots of 400 to 600 bytes, half of them from each side', () => {
  const snapshots = Array.from({ length: 200 }, (_, at) => snapshotAt(at * 17, SIZE));
  for (const { topic, record } of snapshots) {
    const bytes = bytesOf(topic, record);
    expect(bytes).toBeGreaterThanOrEqual(400);
    expect(bytes).toBeLessThanOrEqual(600);
  }
  const crm = Array.from({ length: SIZE.links }, (_, at) => snapshotAt(at, SIZE)).filter(
    ({ topic }) => topic === 'crm.company.v1',
  );
  expect(crm).toHaveLength(SIZE.links / 2);
});

it('makes the same link by pattern as the core does', () => {
  const from = placeOf(7, SIZE);
  const to = placeOf(1_341, SIZE);
  expect(linkLike(agreedState(from).link, from, to)).toEqual(agreedState(to).link);
});
