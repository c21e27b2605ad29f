import { expect, it } from 'vitest';
import { fold, readSearch, searchText } from './search-text.ts';

it('folds case, marks, blanks and control characters', () => {
  expect(fold('  Kōwhai\t BOATS\u0000Ltd ')).toBe('kowhai boats ltd');
  expect(fold('ÅNGSTRÖM')).toBe(fold('a\u030angstro\u0308m'));
});

it('asks the index for all trigrams of all words', () => {
  expect(readSearch('Boat a')).toEqual({ words: ['boat', 'a'], match: '"boa" AND "oat"' });
  expect(readSearch('ab')).toEqual({ words: ['ab'], match: null });
});

it('takes nothing typed for an operator of the index', () => {
  expect(readSearch('a"b OR*')?.match).toBe('"a""b" AND "or*"');
  expect(readSearch('NEAR(x)')?.words).toEqual(['near(x)']);
});

it('finds nothing to look for in blanks and marks alone', () => {
  for (const typed of ['', '   ', '\u0301', '\u0000']) expect(readSearch(typed)).toBeNull();
});

it('looks at eight words and no more', () => {
  expect(readSearch('aa bb cc dd ee ff gg hh ii jj')?.words).toHaveLength(8);
});

it('holds each part once', () => {
  expect(searchText(['Acme', 'ACME', '', 'C1', 'x@acme.example'])).toBe('acme\nc1\nx@acme.example');
});
