import { describe, expect, it } from 'vitest';
import { closestTo } from './closest.ts';

describe('closestTo', () => {
  const known = ['baseUrl', 'apiId', 'apiKey', 'monthlyCalls', 'pollSeconds'];

  it.each([
    ['base_url', 'baseUrl'],
    ['BaseURL', 'baseUrl'],
    ['apikey', 'apiKey'],
    ['montlyCalls', 'monthlyCalls'],
    ['pollSecond', 'pollSeconds'],
    ['colour', undefined],
    ['', undefined],
    ['x'.repeat(300), undefined],
  ])('%s → %s', (word, expected) => {
    expect(closestTo(word, known)).toBe(expected);
  });
});
