import { afterAll, expect, test } from 'vitest';
import { createLog } from '#runtime';
import { useRedis } from '#test/support/redis.ts';
import { until } from '#test/support/until.ts';
import { createEchoes } from '#unleashed';
import { createHints } from './hints.ts';

const { store, keys } = useRedis('hints');

const GUID = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';

const told: string[] = [];
let hints: ReturnType<typeof createHints> | undefined;
const open = () =>
  (hints ??= createHints(store, createLog({ service: 'test', level: 'silent' }), (id) => told.push(id)));
afterAll(() => hints?.close());

test('one that is due is taken once, the earliest first; others tell when to come again', async () => {
  const { add, due, take } = open();
  await add('t1', OTHER, 200);
  await add('t1', GUID, 100);
  await add('t1', GUID, 900);
  expect(await due('t1', 99, 5)).toEqual({ due: [], nextDueMs: 100 });
  expect(await due('t1', 100, 5)).toEqual({ due: [GUID], nextDueMs: 200 });
  expect(await due('t1', 200, 1)).toEqual({ due: [GUID], nextDueMs: 200 });
  expect([await take('t1', GUID), await take('t1', GUID), await take('t2', OTHER)]).toEqual(['taken', 'gone', 'gone']);
  expect(await due('t1', 200, 5)).toEqual({ due: [OTHER], nextDueMs: null });
});

test('whoever serves the tenant is told', async () => {
  const { add } = open();
  await until(async () => {
    await add('told', GUID, 0);
    return told.includes('told');
  });
});

test('deliveries that our writes caused are an echo; a repeated one counts for nothing, and brings no hint back', async () => {
  const { addDelivered, due, take } = open();
  const echoes = createEchoes(store, 'echo');
  await echoes.noteWrite(GUID);
  expect(await addDelivered('echo', 'n1', GUID, 100)).toBe(true);
  expect(await addDelivered('echo', 'n1', GUID, 100)).toBe(false);
  expect(await take('echo', GUID)).toBe('echo');
  expect(await addDelivered('echo', 'n1', GUID, 100)).toBe(false);
  expect(await due('echo', 100, 5)).toEqual({ due: [], nextDueMs: null });
  await echoes.noteWrite(GUID);
  expect([await addDelivered('echo', 'n2', GUID, 100), await addDelivered('echo', 'n3', GUID, 100)]).toEqual([
    true,
    true,
  ]);
  expect(await take('echo', GUID)).toBe('taken');
});

test('of too many the latest go', async () => {
  const { add, due } = open();
  await add('many', GUID, 1);
  const [key] = (await keys()).filter((one) => one.includes('{many}'));
  await store.client.zadd(key!, ...Array.from({ length: 4_999 }, (_, at) => [at + 10, `g${at}`]).flat());
  await add('many', OTHER, 1_000_000);
  expect(await store.client.zcard(key!)).toBe(5_000);
  await add('many', OTHER, 2);
  expect(await store.client.zcard(key!)).toBe(5_000);
  expect((await due('many', 5, 5)).due).toEqual([GUID, OTHER]);
});
