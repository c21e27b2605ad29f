/**
 * What is searched, and how a search is written for the index.
 *
 * The index holds every three letters in a row of a text (trigrams), without where they stand: a third of the size. So the
 * index names candidates, which have all the trigrams of a word, and the text itself decides whether the word is there.
 */

/** Letters that make one entry of the index. */
const GRAM = 3;
/** More of a search is not looked at: each word costs a walk of the index. */
const WORDS_MAX = 8;

/** Lower case, without marks on letters, one blank between words: `  Kōwhai BOATS ` is `kowhai boats`. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[\p{White_Space}\p{C}]+/gu, ' ')
    .trim();
}

/** A search, read. */
export interface Search {
  /** Words that all have to be in the text, folded. */
  readonly words: readonly string[];
  /** For the index; null when no word is long enough for it. */
  readonly match: string | null;
}

/** Reads what somebody typed; null when it says nothing. */
export function readSearch(typed: string): Search | null {
  const words = [...new Set(fold(typed).split(' '))].filter((word) => word !== '').slice(0, WORDS_MAX);
  if (words.length === 0) return null;
  const grams = new Set(words.flatMap(gramsOf));
  const match = [...grams].map((gram) => `"${gram.replaceAll('"', '""')}"`).join(' AND ');
  return { words, match: match === '' ? null : match };
}

function gramsOf(word: string): string[] {
  const letters = [...word];
  return letters.slice(GRAM - 1).map((_, index) => letters.slice(index, index + GRAM).join(''));
}

/** The text that a record is found by: its parts, folded, each once. Words never reach over the border of two parts. */
export function searchText(parts: readonly string[]): string {
  return [...new Set(parts.map(fold))].filter((part) => part !== '').join('\n');
}
