/** The merge of one field as a table: what each side shows and what was agreed → what is found. */
import { describe, expect, test } from 'vitest';
import { agree, type ConflictPolicy, decideFor, mergeField, writeTo } from './field-merge.ts';
import type { FieldState } from './link-state.ts';
import type { People } from './people.ts';

const NOBODY: People = { unleashedOf: () => null, crmOf: () => null, whyAlone: () => 'manager-unknown' };
const A = { crm: 'a', unleashed: 'a' };

function field(change: Partial<FieldState>): FieldState {
  return {
    field: 'phone',
    agreed: A,
    crm: 'a',
    unleashed: 'a',
    crmEditedAtMs: null,
    unleashedEditedAtMs: null,
    settled: null,
    blocked: null,
    restore: null,
    ...change,
  };
}

const merge = (change: Partial<FieldState>, policy: ConflictPolicy = 'latest') =>
  mergeField(field(change), policy, NOBODY);
const open = (crm: string, unleashed: string) => JSON.stringify([crm, unleashed]);

describe('nothing is found, and nothing changes', () => {
  test.each<[string, Partial<FieldState>]>([
    ['a side was never seen', { crm: null, unleashed: 'b' }],
    ['the other side was never seen', { crm: 'b', unleashed: null }],
    ['both show what was agreed', {}],
    ['a side shows it with blanks around', { crm: ' a ', unleashed: 'a' }],
    [
      'the agreed forms differ, and each side shows its own',
      { agreed: { crm: 'x', unleashed: 'y' }, crm: 'x', unleashed: 'y' },
    ],
  ])('%s', (_name, change) => {
    const given = field(change);
    const { state, finding } = mergeField(given, 'latest', NOBODY);
    expect(finding).toEqual({ kind: 'nothing' });
    expect(state).toBe(given);
  });
});

describe('both show the same', () => {
  test.each<[string, Partial<FieldState>]>([
    ['after the same edit on both', { crm: 'b', unleashed: 'b' }],
    ['at first sight', { agreed: null }],
    ['after one followed the other', { crm: 'b', unleashed: 'b', settled: { winner: 'crm', loserValue: 'c' } }],
    ['though a conflict was settled for good', { settled: { winner: 'crm', loserValue: 'c' } }],
  ])('agreed %s; what was decided and stopped is over', (_name, change) => {
    const blocked = { side: 'crm', value: 'b', code: 'too-long', message: '' };
    const { state, finding } = merge({ ...change, blocked, crmEditedAtMs: 5, unleashedEditedAtMs: 6 });
    expect(finding).toEqual({ kind: 'agreed', reason: 'in-sync' });
    const value = change.crm ?? 'a';
    expect(state).toEqual(field({ agreed: { crm: value, unleashed: value }, crm: value, unleashed: value }));
  });
});

describe('one side was edited: its value goes to the other', () => {
  test.each<[Partial<FieldState>, string]>([
    [{ crm: 'b' }, 'unleashed'],
    [{ unleashed: 'b' }, 'crm'],
    [{ crm: '' }, 'unleashed'],
    [{ unleashed: '' }, 'crm'],
  ])('%j → %s', (change, to) => {
    for (const policy of ['latest', 'crm', 'unleashed', 'ask'] as const) {
      const { state, finding } = merge(change, policy);
      expect(finding).toEqual({ kind: 'write', to, reason: 'edited' });
      expect(state.settled).toBeNull();
    }
  });
});

describe('both were edited', () => {
  const both = { crm: 'b', unleashed: 'c' };

  test.each<[ConflictPolicy, number | null, number | null, string]>([
    ['crm', 1, 2, 'crm'],
    ['unleashed', 2, 1, 'unleashed'],
    ['latest', 2, 1, 'crm'],
    ['latest', 1, 2, 'unleashed'],
    ['latest', 1, 1, 'crm'],
    ['latest', null, null, 'crm'],
    ['latest', null, 1, 'unleashed'],
    ['latest', 1, null, 'crm'],
  ])('%s, at %s and %s: %s wins', (policy, crmEditedAtMs, unleashedEditedAtMs, winner) => {
    const { state, finding } = merge({ ...both, crmEditedAtMs, unleashedEditedAtMs }, policy);
    expect(finding).toEqual({ kind: 'conflict', winner, reason: 'both-edited' });
    const loserValue = winner === 'crm' ? 'c' : 'b';
    expect(state).toEqual(field({ ...both, crmEditedAtMs, unleashedEditedAtMs, settled: { winner, loserValue } }));
  });

  test.each(['crm', 'unleashed'] as const)('found once; then it is a write to the loser (%s won)', (winner) => {
    const { state } = merge(both, winner);
    const again = mergeField(state, winner, NOBODY);
    expect(again.finding).toEqual({
      kind: 'write',
      to: winner === 'crm' ? 'unleashed' : 'crm',
      reason: 'both-edited',
    });
    expect(again.state).toBe(state);
  });

  test('the winner may go on being edited; the loser being edited makes it a new conflict', () => {
    const { state } = merge({ ...both, crmEditedAtMs: 2 });
    expect(mergeField({ ...state, crm: 'b2' }, 'latest', NOBODY).finding).toMatchObject({
      kind: 'write',
      to: 'unleashed',
    });
    const edited = mergeField({ ...state, unleashed: 'd', unleashedEditedAtMs: 3 }, 'latest', NOBODY);
    expect(edited.finding).toEqual({ kind: 'conflict', winner: 'unleashed', reason: 'both-edited' });
    expect(edited.state.settled).toEqual({ winner: 'unleashed', loserValue: 'b' });
  });

  test('a loser that was never seen again is no standing decision', () => {
    const settled = { winner: 'crm', loserValue: '' };
    expect(merge({ crm: 'b', unleashed: 'c', settled }, 'crm').finding).toMatchObject({ kind: 'conflict' });
  });

  test('ask: held until either side shows something else', () => {
    const { state, finding } = merge(both, 'ask');
    expect(finding).toEqual({ kind: 'conflict', winner: 'none', reason: 'awaiting-answer' });
    expect(state.settled).toEqual({ winner: 'none', loserValue: open('b', 'c') });
    expect(mergeField(state, 'ask', NOBODY)).toEqual({ state, finding: { kind: 'held', reason: 'awaiting-answer' } });
    const another = mergeField({ ...state, crm: 'd' }, 'ask', NOBODY);
    expect(another.finding).toMatchObject({ kind: 'conflict', winner: 'none' });
    expect(another.state.settled?.loserValue).toBe(open('d', 'c'));
    expect(mergeField({ ...state, unleashed: 'd' }, 'crm', NOBODY).finding).toMatchObject({ winner: 'crm' });
  });
});

describe('at first sight', () => {
  test.each<[string, string, string, string, string]>([
    ['', 'b', 'crm', 'unleashed', ''],
    ['  ', 'b', 'crm', 'unleashed', '  '],
    ['a', '', 'unleashed', 'crm', ''],
  ])('a blank is filled: %j and %j', (crm, unleashed, to, winner, loserValue) => {
    const { state, finding } = merge({ agreed: null, crm, unleashed }, 'ask');
    expect(finding).toEqual({ kind: 'write', to, reason: 'filled-blank' });
    expect(state.settled).toEqual({ winner, loserValue });
  });

  test('two values are a conflict', () => {
    const { finding } = merge({ agreed: null, crm: 'a', unleashed: 'b', unleashedEditedAtMs: 1 });
    expect(finding).toEqual({ kind: 'conflict', winner: 'unleashed', reason: 'both-edited' });
  });
});

describe('a value that a person wanted back', () => {
  const restore = (side: string) => ({ side, value: 'old' }) as FieldState['restore'];

  test.each(['crm', 'unleashed'] as const)('is written to its side, %s, before anything else', (side) => {
    const given = field({ crm: 'b', unleashed: 'c', restore: restore(side) });
    const { state, finding } = mergeField(given, 'ask', NOBODY);
    expect(finding).toEqual({ kind: 'write', to: side, reason: 'restored', restores: 'old' });
    expect(state).toBe(given);
    expect(writeTo(given, NOBODY)).toEqual({ side, restores: 'old' });
  });

  test.each(['crm', 'unleashed'] as const)('is an edit of its own once it shows on its side, %s', (side) => {
    const settled = { winner: 'unleashed', loserValue: 'x' };
    const { state, finding } = merge({ [side]: 'old', restore: restore(side), settled });
    expect(finding).toEqual({ kind: 'write', to: side === 'crm' ? 'unleashed' : 'crm', reason: 'edited' });
    expect(state).toMatchObject({ restore: null, settled: null });
  });
});

test('where a value has to go: the same rule as the merge', () => {
  expect(writeTo(field({}), NOBODY)).toBeNull();
  expect(writeTo(field({ crm: 'b', unleashed: 'c' }), NOBODY)).toBeNull();
  expect(writeTo(field({ crm: 'b' }), NOBODY)).toEqual({ side: 'unleashed', restores: null });
  const settled = { winner: 'crm', loserValue: 'c' };
  expect(writeTo(field({ crm: 'b', unleashed: 'c', settled }), NOBODY)).toEqual({ side: 'unleashed', restores: null });
});

test('a decision for a side is that the other has lost', () => {
  const given = field({ crm: 'b', unleashed: 'c', restore: { side: 'crm', value: 'z' } as FieldState['restore'] });
  expect(decideFor(given, 'crm')).toEqual({ ...given, restore: null, settled: { winner: 'crm', loserValue: 'c' } });
  expect(decideFor(given, 'unleashed').settled).toEqual({ winner: 'unleashed', loserValue: 'b' });
  expect(decideFor(field({ unleashed: null }), 'crm').settled).toEqual({ winner: 'crm', loserValue: '' });
  expect(agree(given, 'p', 'q')).toMatchObject({ agreed: { crm: 'p', unleashed: 'q' }, restore: null, settled: null });
});
