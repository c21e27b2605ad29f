/**
 * `npm run mutation:sample -- [--lines N] [--seed S]`: an estimate of the core's mutation score in minutes, where all
 * mutants take hours (`npm run mutation`). Lines are drawn at random by the seed, and every mutant that lies within one of
 * them is tried; those over several lines, such as the removal of a whole function, are left out: nearly all of them are
 * found, so the estimate is low rather than high. Exits with 1 when fewer than four of five were found.
 */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { createDice, roll } from '../../services/sandbox/model/random.ts';
import config from './stryker.config.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..', '..');
const ASKED = 0.8;
/** Of a mutant that makes a test fail or hang. */
const FOUND: ReadonlySet<string> = new Set(['Killed', 'Timeout']);
/** Of a mutant that no test noticed. */
const MISSED: ReadonlySet<string> = new Set(['Survived', 'NoCoverage']);

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '150' }, seed: { type: 'string', default: '1' } },
});
const wanted = Number(values.lines);
if (!Number.isSafeInteger(wanted) || wanted < 1) throw new Error(`--lines: a number of lines, not ${values.lines}`);

/** Every line of the core with code on it, as Stryker names a range. */
async function linesOfCore(): Promise<string[]> {
  const files = await Array.fromAsync(glob('libs/sync-core/**/*.ts', { cwd: ROOT }));
  const source = files.filter((file) => !/\.(test|fixture)\.ts$|\/index\.ts$/.test(file)).sort();
  return source.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, at) =>
        /^\s*($|\/\/|\*|\/\*|import |export type|\})/.test(line) ? [] : `${file}:${at + 1}-${at + 1}`,
      ),
  );
}

const dice = createDice(`mutation ${values.seed}`);
const drawn = (await linesOfCore())
  .map((line) => ({ line, place: roll(dice) }))
  .sort((a, b) => a.place - b.place)
  .slice(0, wanted)
  .map(({ line }) => line);

const results = await new Stryker({
  ...config,
  mutate: drawn,
  incremental: false,
  reporters: ['progress'],
  thresholds: { ...config.thresholds, break: null },
} as ConstructorParameters<typeof Stryker>[0]).runMutationTest();

const found = results.filter(({ status }) => FOUND.has(status)).length;
const missed = results.filter(({ status }) => MISSED.has(status));
const tried = found + missed.length;
for (const { fileName, location, mutatorName, replacement, status } of missed) {
  process.stdout.write(
    `${status}: ${relative(ROOT, fileName)}:${location.start.line} ${mutatorName} → ${replacement}\n`,
  );
}
const score = found / Math.max(tried, 1);
/** Two standard deviations. */
const margin = 2 * Math.sqrt((score * (1 - score)) / Math.max(tried, 1));
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
process.stdout.write(
  `${found} of ${tried} mutants found: ${percent(score)}, give or take ${percent(margin)}; asked ${percent(ASKED)}\n`,
);
process.exitCode = score < ASKED ? 1 : 0;
