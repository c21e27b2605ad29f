/** The command line as a person meets it: every command, help, completion, exit codes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandDescription } from './commands/commands.ts';
import { createProgram } from './program.ts';

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
  return run(process.execPath, [...node, BIN, ...args]);
}

function run(program: string, args: readonly string[]): Promise<Ended> {
  const unset = { TWOWAY_URL: undefined, TWOWAY_TOKEN: undefined, KAFKA_BROKERS: undefined };
  const env = { ...process.env, TWOWAY_HOME: home, ...unset };
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 180_000 }, (error, stdout, stderr) => {
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

describe('a command that is used wrongly', () => {
  const refused = async (words: readonly string[]): Promise<unknown> => {
    const program = await createProgram(words);
    return await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => error);
  };

  it('says so and where its help is, each of them', async () => {
    for (const { name, arguments: takes } of commands) {
      const words = name.split(' ');
      const told = { name: 'UsageError', hint: `See: twoway ${name} --help` };
      const unknown = await refused([...words, ...takes.map(() => 'x'), '--no-such-option']);
      const message = expect.stringMatching(/^Unknown option '--no-such-option'$|^Required option/);
      expect(unknown, name).toMatchObject({ ...told, message });
      if (!takes.some(({ required }) => required)) continue;
      const missing = expect.stringMatching(/^Missing required argument|^Required option/);
      expect(await refused(words), name).toMatchObject({ ...told, message: missing });
    }
  });

  it.each([
    ['setings', "Unknown command 'setings'\n(Did you mean settings?)"],
    ['tenants sho', 'There is no command tenants sho.'],
    ['bench latency --tenants 1.5', 'A whole number above 0'],
    ['bench fairness --tenants 4', '--tenants must be more than 4.'],
    ['simulate --seeds none', 'A whole number above 0'],
    ['chaos --minutes 0', 'A number above 0.'],
    ['explain acme person c:1', 'Allowed choices are company, contact.'],
    ['topics tail sync.nothing.v1', 'Allowed choices are crm.company.v1'],
    ['plan acme everything', '"everything" is no plan, and nothing that can be planned.'],
    ['settings acme enabled', '"enabled" is no change.'],
  ])('%s', async (words, message) => {
    const error = await refused(words.split(' '));
    expect(error).toMatchObject({ name: 'UsageError', message: expect.stringContaining(message) });
  });
});

describe('the command line', () => {
  it('completes in a bash that has no package for it, also when its script is loaded twice', async () => {
    const program = `"${process.execPath}" "${BIN}"`;
    const script = `twoway() { ${program} "$@"; }; compopt() { :; }
      for _ in 1 2; do source <(twoway complete bash); done
      COMP_LINE='twoway tenants ro'; COMP_POINT=\${#COMP_LINE}
      __twoway_complete; echo "\${COMPREPLY[*]}"`;
    const ended = await run('bash', ['--norc', '-c', script]);
    expect(ended).toEqual({ code: 0, stdout: 'rotate-key\n', stderr: '' });
  }, 200_000);

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
    const [version, setup, wrong, status, list, help] = await Promise.all([
      twoway(['--version']),
      twoway(['setup', '--json']),
      twoway(['settings', '--json']),
      twoway(['status', '--json']),
      twoway(['tenants', '--json']),
      twoway(['tenants', 'add', '--help']),
    ]);
    expect(version).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
    expect([setup.code, JSON.parse(setup.stderr)]).toMatchObject([78, { error: { code: 'CONFIG_INVALID' } }]);
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    const hint = 'See: twoway settings --help';
    expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: 'USAGE', hint, retriable: false } });
    expect([status.code, JSON.parse(status.stdout)]).toMatchObject([3, { running: false }]);
    expect(list).toMatchObject({ code: 3, stdout: '' });
    expect(JSON.parse(list.stderr)).toMatchObject({
      error: { code: 'NOT_RUNNING', hint: expect.stringContaining('npm start') },
    });
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--despite-problems') });
  }, 200_000);
});
