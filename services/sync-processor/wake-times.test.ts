import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWakeTimes } from './wake-times.ts';

test('gives the earliest first, forgets what was changed or removed', () => {
  const wakes = createWakeTimes();
  wakes.set('b', 20);
  wakes.set('a', 30);
  wakes.set('c', 10);
  wakes.set('c', 40);
  wakes.set('b', null);
  expect(wakes.next()).toBe(30);
  expect(wakes.due(29, 9)).toEqual([]);
  expect(wakes.due(40, 9)).toEqual(['a', 'c']);
  expect(wakes.due(40, 1)).toEqual(['a']);
  expect(wakes.get('b')).toBeNull();
});

test('agrees with a plain map whatever is set in whatever order', () => {
  const change = fc.record({
    tenantId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    atMs: fc.option(fc.integer({ min: 0, max: 20 })),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.integer({ min: 0, max: 20 }), (changes, nowMs) => {
      const wakes = createWakeTimes();
      const model = new Map<string, number>();
      for (const { tenantId, atMs } of changes) {
        wakes.set(tenantId, atMs);
        if (atMs === null) model.delete(tenantId);
        else model.set(tenantId, atMs);
        expect(wakes.next()).toBe(model.size === 0 ? null : Math.min(...model.values()));
      }
      const due = [...model].filter(([, atMs]) => atMs <= nowMs).sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
      expect(wakes.due(nowMs, 3)).toEqual(due.slice(0, 3).map(([id]) => id));
      expect(wakes.due(nowMs, 99)).toEqual(due.map(([id]) => id));
    }),
  );
});
