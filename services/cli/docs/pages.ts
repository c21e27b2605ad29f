/** The pages of docs/ that are written out of the code, or a part of them, so that they cannot be out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capacityPage } from '../capacity/page.ts';
import { failuresPage } from './failures-page.ts';
import { reasonsPage } from './reasons-page.ts';
import { topicsPage } from './topics-page.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'docs');

/** File name inside docs/ and text of each page. */
export function pages(): Map<string, string> {
  return new Map([
    ['capacity.md', capacityPage(pageInDocs('capacity.md'))],
    ['failures.md', failuresPage()],
    ['reasons.md', reasonsPage()],
    ['topics.md', topicsPage()],
  ]);
}

/** Text of a page as it stands in docs/. */
export function pageInDocs(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** Writes all pages; returns their names. */
export function writePages(): string[] {
  const all = pages();
  for (const [name, text] of all) writeFileSync(join(FOLDER, name), text);
  return [...all.keys()];
}
