import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { KafkaErrorCode } from '../errors.ts';
import { loadPatchedKafkajs } from './install.ts';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'dist') return [];
    if (statSync(path).isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

it('refuses another version of kafkajs with a sentence that says what to do', () => {
  expect(() => loadPatchedKafkajs('2.2.5')).toThrow(/kafkajs 2\.2\.5 is installed.*pin kafkajs to 2\.2\.4/);
});

it('refuses to patch a kafkajs that is already loaded', async () => {
  const script = `await import('kafkajs'); await import('./libs/kafka/index.ts').catch((e) => process.stdout.write(String(e.code)));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  expect(stdout).toBe('kafkajs-loaded-early' satisfies KafkaErrorCode);
});

it('is the only way to kafkajs: nobody else imports it at run time, but the bench that compares with bare kafkajs', () => {
  const outside = ['libs', 'services', 'test']
    .flatMap((folder) => sources(join(root, folder)))
    .filter((path) => !path.endsWith('patch/install.ts') && !path.endsWith('patch/install.test.ts'))
    .filter((path) => !path.endsWith('services/cli/bench/baselines/exactly-once.ts'))
    .filter((path) =>
      /^import (?!type )[^;]*from 'kafkajs'|(import|require)\('kafkajs/m.test(readFileSync(path, 'utf8')),
    );
  expect(outside).toEqual([]);
});
