/**
 * `npm test`: everything that must hold before a change is taken. A check that fails counts as a failed test, so does a
 * skipped test, and the last line is the sum: `N passed, N failed`. Exits with 1 when anything failed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { localFolders } from '../libs/local-stack/folders.ts';

const ROOT = join(import.meta.dirname, '..');
// The tests start each service dozens of times.
process.env.NODE_COMPILE_CACHE ??= localFolders().compileCacheDir;

/** One tool that either is content or is not. */
interface Check {
  /** What it looks after, for people. */
  readonly name: string;
  /** Program in node_modules/.bin and its arguments. */
  readonly command: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  { name: 'format, lint and import boundaries', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of the pages', command: ['tsc', '-p', 'services/sandbox/pages'] },
  { name: 'types of the console', command: ['tsc', '-p', 'services/console'] },
  { name: 'unused files, exports and dependencies', command: ['knip'] },
];

/** The part of vitest's JSON report that is read here. */
const report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ name: z.string(), status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** Runs a program of ours with its output shown; resolves with its exit code. */
function run([program, ...args]: readonly [string, ...string[]]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(join(ROOT, 'node_modules', '.bin', program), args, { cwd: ROOT, stdio: 'inherit' });
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs vitest with the arguments given to this script; gives how many tests passed and failed. */
async function runTests(args: readonly string[]): Promise<{ passed: number; failed: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'twoway-test-'));
  const file = join(folder, 'report.json');
  try {
    const code = await run(['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile=${file}`, ...args]);
    const result = report.parse(JSON.parse(readFileSync(file, 'utf8')));
    // A file that could not be loaded has no tests to count.
    const unloaded = result.testResults.filter((r) => r.status === 'failed' && r.assertionResults.length === 0).length;
    const skipped = result.numPendingTests + result.numTodoTests;
    if (skipped > 0) say(`${skipped} tests were skipped; a skipped test counts as failed.`);
    const failed = result.numFailedTests + unloaded + skipped;
    return { passed: result.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } catch (error) {
    say(`The test run left no report: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let passed = 0;
let failed = 0;
for (const check of CHECKS) {
  say(`\n── ${check.name}: ${check.command.join(' ')}`);
  const code = await run(check.command);
  if (code === 0) passed++;
  else failed++;
  say(code === 0 ? 'ok' : `failed (${check.command[0]} ended with ${code})`);
}
say('\n── tests');
const tests = await runTests(process.argv.slice(2));
passed += tests.passed;
failed += tests.failed;
process.exitCode = failed === 0 ? 0 : 1;
say(`\n${passed} passed, ${failed} failed`);
