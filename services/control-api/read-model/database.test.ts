import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileOf, openForWriting, readMeta } from './database.ts';

let folder: string;
let given: string[];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'database-')), 'made', 'when', 'needed');
  given = [];
});
afterEach(() => rmSync(join(folder, '..', '..', '..'), { recursive: true }));

/** Opens the file and closes it; gives what tells one file from the next. */
function generation(origin = 'cluster prefix', change = ''): string {
  const connection = openForWriting(folder, origin, (why) => given.push(why));
  const found = readMeta(connection, 'generation');
  connection.exec(change);
  connection.close();
  return found;
}

it('goes on with a file of its own', () => {
  expect(generation()).toBe(generation());
  expect(given).toEqual([]);
});

it.each<[string, string, () => void]>([
  ['another origin', 'built from another Kafka cluster', () => generation('other')],
  [
    'another version',
    'another version',
    () => generation(undefined, `UPDATE meta SET value = 'x' WHERE name = 'code'`),
  ],
  ['no database', 'cannot be read', () => [generation(), writeFileSync(fileOf(folder), 'no database at all')]],
  ['other tables', 'cannot be read', () => generation(undefined, 'DROP TABLE meta')],
])('begins anew where it finds %s, and says so', (_name, why, arrange) => {
  arrange();
  const first = generation();
  expect(given).toEqual([expect.stringContaining(why)]);
  expect(generation()).toBe(first);
});
