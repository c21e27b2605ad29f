import { describe, expect, test } from 'vitest';
import type { Seen } from './context.ts';
import { createWriteAnswers } from './write-answers.ts';

type Names = 'phone' | 'website';

function seen(values: Partial<Record<Names, string>>): Seen<Names> {
  return {
    record: {},
    values: { phone: '', website: '', ...values },
    readStartedAtMs: 0,
    sourceUpdatedAtMs: null,
  };
}

const phone = (value: string) => new Map<Names, string>([['phone', value]]);
const shows = (value: string) => seen({ phone: value });

/** A judge that has seen so many right answers. */
function provedBy(proofs: number) {
  const answers = createWriteAnswers(16);
  for (let n = 0; n < proofs; n += 1) answers.prove(shows('1'), shows('1'), phone('1'));
  return answers;
}

describe('an answer stands for a read-back', () => {
  test('after five that proved right, not before', () => {
    expect(provedBy(4).suffice(shows('1'), phone('1'))).toBe(false);
    expect(provedBy(5).suffice(shows('1'), phone('1'))).toBe(true);
  });

  test('at once where that is said, and after five when something else found one to be wrong', () => {
    const answers = createWriteAnswers(16, 0);
    expect(answers.suffice(shows('1'), phone('1'))).toBe(true);
    answers.distrust();
    for (let n = 0; n < 5; n += 1) {
      expect(answers.suffice(shows('1'), phone('1'))).toBe(false);
      answers.prove(shows('1'), shows('1'), phone('1'));
    }
    expect(answers.suffice(shows('1'), phone('1'))).toBe(true);
  });

  test.each([' 1', '1 ', 'a  b', 'a\nb', 'a\tb', 'a\u00a0b', 'x'.repeat(51)])(
    'not for a value that may be stored otherwise: %j',
    (value) => {
      expect(provedBy(9).suffice(shows(value), phone(value))).toBe(false);
    },
  );

  test.each(['', '+64 9 1', 'Nëw näme 👍', 'שלום', 'x'.repeat(50)])('for a plain value: %j', (value) => {
    expect(provedBy(9).suffice(shows(value), phone(value))).toBe(true);
  });

  test('not when it shows something else than was sent', () => {
    expect(provedBy(9).suffice(shows('2'), phone('1'))).toBe(false);
  });

  test('fifteen times of sixteen', () => {
    const answers = provedBy(5);
    const taken = Array.from({ length: 32 }, () => {
      const enough = answers.suffice(shows('1'), phone('1'));
      if (!enough) answers.prove(shows('1'), shows('1'), phone('1'));
      return enough;
    });
    expect(taken.filter((enough) => !enough)).toHaveLength(2);
    expect([taken[15], taken[31]]).toEqual([false, false]);
  });

  test('no more once one was wrong', () => {
    const answers = provedBy(9);
    expect(answers.prove(shows('1'), shows('one'), phone('1'))).toEqual(['phone']);
    for (let n = 0; n < 50; n += 1) answers.prove(shows('1'), shows('1'), phone('1'));
    expect(answers.suffice(shows('1'), phone('1'))).toBe(false);
  });

  test('field by field: one that was never proved is read back', () => {
    const answers = provedBy(9);
    expect(answers.suffice(seen({ website: 'w.example' }), new Map([['website', 'w.example']]))).toBe(false);
    expect(answers.suffice(shows('1'), phone('1'))).toBe(true);
  });

  test('always where something else looks at each; one that it finds wrong has all proved again', () => {
    const answers = createWriteAnswers(null);
    for (let n = 0; n < 5; n += 1) answers.prove(shows('1'), shows('1'), phone('1'));
    for (let n = 0; n < 100; n += 1) expect(answers.suffice(shows('1'), phone('1'))).toBe(true);
    answers.distrust();
    expect(answers.suffice(shows('1'), phone('1'))).toBe(false);
    for (let n = 0; n < 5; n += 1) answers.prove(shows('1'), shows('1'), phone('1'));
    expect(answers.suffice(shows('1'), phone('1'))).toBe(true);
  });

  test('fields that were not written say nothing about it', () => {
    expect(provedBy(5).prove(shows('1'), seen({ phone: '1', website: 'edited since' }), phone('1'))).toEqual([]);
  });
});
