import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChangedEntry, packEntries, type SortedEntries, sortEntries } from './packed.ts';

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'ü'),
  fc.constantFrom('a', 'b', 'ü').map((text) => Buffer.from(text)),
);
const value = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const entries = fc.array(fc.record({ key, value: fc.option(value) }), { maxLength: 8 });

/** What a tenant holds after changes one by one. */
function appliedInOrder(changes: readonly ChangedEntry[]): Map<string, string> {
  const held = new Map<string, string>();
  for (const { key, value } of changes) {
    if (value === null) held.delete(String(key));
    else held.set(String(key), value.toString('hex'));
  }
  return held;
}

/** The same as the script does it: all puts out of the bytes, then all removals. */
function appliedAsPacked(packed: Buffer, tenants: readonly SortedEntries[]): Map<string, string>[] {
  let at = 0;
  const part = (): Buffer => {
    const from = at + 4;
    at = from + packed.readUInt32BE(at);
    return packed.subarray(from, at);
  };
  const all = tenants.map(({ puts, removals }) => {
    const held = new Map<string, string>();
    for (const _ of puts) held.set(part().toString(), part().toString('hex'));
    for (const _ of removals) held.delete(part().toString());
    return held;
  });
  expect(at).toBe(packed.length);
  return all;
}

test('what comes out of the bytes is what the changes one by one would have left', () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 4 }), (tenants) => {
      const sorted = tenants.map(sortEntries);
      expect(appliedAsPacked(packEntries(sorted), sorted)).toEqual(tenants.map(appliedInOrder));
    }),
  );
});

test('a key that was there before and is removed at last is among the removals, and only there', () => {
  const put = (name: string): ChangedEntry => ({ key: name, value: Buffer.from('1') });
  const { puts, removals } = sortEntries([put('a'), put('b'), { key: Buffer.from('a'), value: null }]);
  expect(puts.map(({ key }) => String(key))).toEqual(['b']);
  expect(removals.map(String)).toEqual(['a']);
});
