import { expect, test } from 'vitest';
import { EXAMPLES } from '#contracts';
import { createReached, type Ground, STATE_TOPICS } from './reached.ts';

const progress = (readUntilMs: number, offset: number) => ({
  ...EXAMPLES['sync.progress.v1'],
  tenantId: 'acme',
  side: 'crm',
  partition: 0,
  readUntilMs,
  ends: [{ topic: 'crm.company.v1', offset }],
});

function world() {
  const at = { committed: 0, stateEnd: 0, position: 0 };
  const ground: Ground = {
    committed: async () => new Map([['crm.company.v1', new Map([[0, BigInt(at.committed)]])]]),
    stateEnds: async () => new Map(STATE_TOPICS.map((topic) => [topic, new Map([[0, BigInt(at.stateEnd)]])])),
    position: () => BigInt(at.position),
  };
  const reached = createReached();
  return { at, ground, reached, of: () => reached.of('acme', 'crm') };
}

test('a read is reached when the processor and then the state have come so far, and not before', async () => {
  const { at, ground, reached, of } = world();
  reached.note(progress(5_000, 10));
  await reached.look(ground);
  expect(of()).toBeNull();
  // Processed: what it led to is on the topics up to 7, and not taken in here.
  Object.assign(at, { committed: 10, stateEnd: 7, position: 6 });
  await reached.look(ground);
  expect(of()).toBeNull();
  // What came after does not matter.
  Object.assign(at, { stateEnd: 99, position: 7 });
  expect(await reached.look(ground)).toEqual([{ tenantId: 'acme', side: 'crm' }]);
  expect(of()).toBe(5_000);
});

test('of many on their way the first and the last are followed, so that a stream of them never stands still', async () => {
  const { at, ground, reached, of } = world();
  for (let n = 1; n <= 50; n += 1) {
    reached.note(progress(n * 1_000, n * 10));
    Object.assign(at, { committed: n * 10 - 5, stateEnd: n, position: n });
    await reached.look(ground);
  }
  expect(of()).toBeGreaterThan(40_000);
  at.committed = 500;
  await reached.look(ground);
  expect(of()).toBe(50_000);
});

test('a tenant that is looked after elsewhere is forgotten', async () => {
  const { at, ground, reached, of } = world();
  reached.note(progress(5_000, 0));
  await reached.look(ground);
  expect(of()).toBe(5_000);
  reached.forget('acme');
  expect(of()).toBeNull();
  expect(at.position).toBe(0);
});
