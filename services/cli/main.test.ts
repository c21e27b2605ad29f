/** The command line as a person meets it: every command, help, completion, exit codes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandDescription } from './commands/commands.ts';

const BIN = join(import.meta.dirname, 'bin.js');
const OLD_NODE = join(import.meta.dirname, 'fixtures', 'old-node.cjs');
/** What hands its terminal to a service, which logs, or prints what a shell reads. */
const WITHOUT_JSON = ['service', 'complete'];
const PROMISED = [
  ...[
    'up',
    'down',
    'status',
    'check',
    'settings',
    'explain',
    'sync-contact',
    'conflicts',
    'restore',
    'failing',
    'retry',
  ],
  ...['pause', 'resume', 'demo', 'simulate', 'chaos', 'replay', 'topics tail', 'bench latency', 'commands', 'complete'],
  ...['list', 'show', 'add', 'change', 'check', 'pause', 'resume', 'remove', 'rotate-key'].map(
    (name) => `tenants ${name}`,
  ),
];

const home = mkdtempSync(join(tmpdir(), 'twoway-home-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function twoway(args: readonly string[], node: readonly string[] = []): Promise<Ended> {
  const env = { ...process.env, TWOWAY_HOME: home, TWOWAY_URL: undefined, TWOWAY_TOKEN: undefined };
  return new Promise((resolve) => {
    execFile(process.execPath, [...node, BIN, ...args], { env, timeout: 180_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

let commands: CommandDescription[];

beforeAll(async () => {
  // By the way over an old Node: it hands over to the one in node_modules.
  const { stdout, stderr } = await twoway(['commands', '--json'], ['--require', OLD_NODE]);
  expect(stderr).toBe('');
  commands = JSON.parse(stdout);
}, 200_000);

describe('every command', () => {
  it('that is promised is there', () => {
    const names = commands.map(({ name }) => name);
    expect(PROMISED.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('says what it does and what each of its options means', () => {
    const silent = commands.flatMap(({ name, description, options }) => [
      ...(description === '' ? [name] : []),
      ...options.flatMap((option) => (option.description === '' ? [`${name} ${option.flags}`] : [])),
    ]);
    expect(silent).toEqual([]);
  });

  it('that prints data prints it as JSON when asked', () => {
    const without = commands.filter(({ options }) => !options.some(({ flags }) => flags.startsWith('--json')));
    expect(without.map(({ name }) => name).sort()).toEqual(WITHOUT_JSON.toSorted());
  });
});

describe('the command line', () => {
  it('completes commands, what is under them, and options, in every shell', async () => {
    const [under, options, script] = await Promise.all([
      twoway(['complete', '--', 'tenants', 'ro']),
      twoway(['complete', '--', 'explain', '--']),
      twoway(['complete', 'fish']),
    ]);
    expect(under.stdout).toContain('rotate-key');
    expect(options.stdout).toContain('--json');
    expect(script.stdout).toContain('twoway complete --');
  }, 200_000);

  it('tells by exit code and JSON what is wrong', async () => {
    const [status, list, help] = await Promise.all([
      twoway(['status', '--json']),
      twoway(['tenants', '--json']),
      twoway(['tenants', 'add', '--help']),
    ]);
    expect([status.code, JSON.parse(status.stdout)]).toMatchObject([3, { running: false }]);
    expect(list).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(list.stderr)).toMatchObject({
      error: { code: 'NOT_RUNNING', hint: expect.stringContaining('npm start') },
    });
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--despite-problems') });
  }, 200_000);
});
