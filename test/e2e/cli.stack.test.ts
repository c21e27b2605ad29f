/**
 * The command line on the real stack, as people and programs use it: every command there is, in words and as JSON, from `up` to
 * `down`; and what it answers while nothing runs, about a tenant that is not known, and to somebody who is not signed in.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { useStack } from '#test/support/stack.ts';
import { describeCommand } from '../../services/cli/commands/commands.ts';
import { createProgram } from '../../services/cli/program.ts';
import { reportError } from '../../services/cli/report-error.ts';
import { type Here, startHere } from './cli/here.ts';
import { BY_HAND, ELSEWHERE, questionOf, type Run, type Seen, WALKS } from './cli/walks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const servers = useStack();
let here: Here;
beforeAll(async () => {
  here = await startHere(servers);
}, 240_000);
afterAll(() => here?.close(), 120_000);

it('each command is walked here, really runs in another test, or is named as one that none runs', async () => {
  const { commands } = await createProgram([]);
  const names = commands.flatMap((command) => describeCommand(command)).map(({ name }) => name);
  expect([...Object.keys(WALKS), ...Object.keys(ELSEWHERE), ...BY_HAND, 'service'].sort()).toEqual(names.sort());
  for (const [name, { file, by }] of Object.entries(ELSEWHERE)) {
    expect(readFileSync(join(ROOT, file), 'utf8'), `${name} in ${file}`).toContain(by);
  }
});

describe('refuses in a sentence and as JSON', () => {
  /** What a command ends with, in this process: there are many. */
  async function refusal(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<unknown> {
    for (const name of ['TWOWAY_URL', 'TWOWAY_TOKEN', 'KAFKA_BROKERS']) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries({ ...here.env, ...env })) vi.stubEnv(name, value);
    try {
      const program = await createProgram(words);
      const error: unknown = await program.parseAsync(words, { from: 'user' }).then(
        () => new Error('it was done'),
        (thrown) => thrown,
      );
      const out = new PassThrough();
      const exitCode = reportError(error, out, { json: true });
      return { exitCode, ...JSON.parse(String(out.read())) };
    } finally {
      vi.unstubAllEnvs();
    }
  }

  /** Commands that ask something, with their words. */
  const asking = (needs: readonly string[], tenant: string): [name: string, words: readonly string[]][] =>
    Object.entries(WALKS).flatMap(([name, walk]) =>
      needs.includes(walk.needs ?? '') ? [[name, questionOf(name, tenant)]] : [],
    );
  const error = (code: string) => ({ code, message: expect.stringMatching(/\.$/), hint: expect.stringMatching(/\w/) });

  it('while nothing runs: exit code 3', async () => {
    const ended = await here.run(['failing', 'acme', '--json'], { TWOWAY_HOME: join(here.home, 'nothing') });
    expect([ended.code, ended.out, JSON.parse(ended.err)]).toMatchObject([3, '', { error: error('NOT_RUNNING') }]);
    for (const [name, words] of asking(['api', 'tenant', 'topics'], 'acme')) {
      const told = await refusal(words, { TWOWAY_HOME: join(here.home, 'nothing') });
      expect(told, name).toMatchObject({ exitCode: 3, error: error('NOT_RUNNING') });
    }
  });

  it('about a tenant that is not known', async () => {
    for (const [name, words] of asking(['tenant'], 'nobody')) {
      expect(await refusal(words), name).toMatchObject({ exitCode: 1, error: error('NO_SUCH_TENANT') });
    }
    expect(await here.run(['failing', 'nobody'])).toEqual({
      ...{ code: 1, out: '', err: 'There is no tenant "nobody".\nSee: twoway tenants\n' },
    });
  });

  it('to somebody who is not signed in', async () => {
    for (const [name, words] of asking(['api', 'tenant'], here.tenant)) {
      const told = await refusal(words, { TWOWAY_TOKEN: 'not-a-token-of-anybody-0123456789' });
      expect(told, name).toMatchObject({ exitCode: 1, error: error('UNAUTHORIZED') });
    }
  });
});

it('service: a second instance of a service in the foreground, until it is ended', async () => {
  const child = here.begin(['service', 'crm-capture']);
  const ended = once(child, 'exit');
  let said = '';
  for await (const chunk of child.stdout!) {
    said += chunk;
    // Once: whoever asks twice does not want to wait.
    if (!child.killed && said.includes('"msg":"running"')) child.kill('SIGTERM');
  }
  expect(await ended, said).toEqual([0, null]);
}, 60_000);

describe('twoway', () => {
  const seen: Seen = {};
  it.each(Object.entries(WALKS))(
    '%s',
    async (name, { runs }) => {
      expect(runs.flat().some(({ text }) => text !== undefined)).toBe(true);
      for (const run of runs) await Promise.all([run].flat().map((one) => walk(name, one)));
    },
    180_000,
  );

  async function walk(
    name: string,
    { words, text, json, lines = false, code = 0, error, servers: named }: Run,
  ): Promise<void> {
    const typed = await words(here, seen);
    const asJson = json !== undefined || error !== undefined;
    const all = [...name.split(' '), ...typed, ...(asJson ? ['--json'] : [])];
    const ended = await here.run(all, named === true ? here.servers : {});
    const { out, err } = ended;
    const told = `twoway ${all.join(' ')}\n${out}${err}`;
    expect(ended.code, told).toBe(code);
    // Nothing that only a terminal understands.
    expect(stripVTControlCharacters(told).replaceAll('\r', ''), told).toBe(told);
    if (text !== undefined) expect(code === 0 ? out : err, told).toMatch(text);
    if (error !== undefined) expect([out, JSON.parse(err)], told).toMatchObject(['', { error: { code: error } }]);
    if (json === undefined) return;
    expect(err, told).toBe('');
    const documents = lines ? out.trimEnd().split('\n') : [out];
    const [first] = documents.map((document) => json.parse(JSON.parse(document)));
    Object.assign(seen, { [name]: first, words: typed });
  }
});
