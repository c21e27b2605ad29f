/**
 * The version of what writes the file: of its tables, and of the rules by which records are judged. It is taken from the
 * code itself, so that a release that changes any of them builds the file anew without anybody having to think of it.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LIBS = join(import.meta.dirname, '..', '..', '..', 'libs');
/** This folder, the rules, and the records that they read. */
const FOLDERS = [import.meta.dirname, join(LIBS, 'sync-core'), join(LIBS, 'contracts')];

let known: string | undefined;

/** Changes with every change of the code that the file depends on. */
export function codeVersion(): string {
  known ??= hashCode();
  return known;
}

function hashCode(): string {
  const hash = createHash('sha256');
  for (const folder of FOLDERS) {
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.ts') || /\.(test|fixture)\.ts$/.test(name)) continue;
      hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
    }
  }
  return hash.digest('hex');
}
