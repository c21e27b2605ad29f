import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PartStatus, resetStack } from '#local-stack';
import { statusTable } from './stack.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'stack-command-test-'));
});
afterEach(() => resetStack(dataDir));

/** Runs `stack <args>` as a person would. */
function stack(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'stack', ...args, '--data-dir', dataDir], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('up, status, down, up again, reset', async () => {
  expect(await stack('status')).toMatchObject({ code: 3, stdout: 'Nothing was ever started here.\n' });

  const up = await stack('up', '--json');
  expect(up.code, up.stderr).toBe(0);
  const addresses = JSON.parse(up.stdout) as { kafkaBrokers: string[]; schemaRegistryUrl: string; redisUrl: string };
  expect((await fetch(`${addresses.schemaRegistryUrl}/subjects`)).status).toBe(200);

  const status = await stack('status', '--json');
  expect(status.code).toBe(0);
  const parts = JSON.parse(status.stdout) as PartStatus[];
  expect(parts.map(({ name, state }) => [name, state])).toEqual([
    ['kafka', 'up'],
    ['registry', 'up'],
    ['redis', 'up'],
  ]);
  for (const part of parts) expect(part.rssBytes).toBeGreaterThan(1_000_000);

  expect((await stack('up')).stdout).toContain(`export KAFKA_BROKERS=${addresses.kafkaBrokers[0]}\n`);
  expect((await stack('down')).stdout).toBe('Ended kafka, registry, redis. Data stays.\n');
  expect((await stack('status')).code).toBe(3);
  expect((await stack('down')).stdout).toBe('Nothing was running.\n');
  expect((await stack('reset')).stdout).toContain(dataDir);
  expect((await stack('status')).stdout).toBe('Nothing was ever started here.\n');
}, 120_000);

test('a taken port: one sentence, what to do, exit code 1, nothing left running', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const { code, stdout, stderr } = await stack('up', '--redis-port', String(port));
  server.close();
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr.trim().split('\n')).toHaveLength(2);
  expect(stderr).toContain(`Port ${port}, meant for redis, is in use`);
  expect((await stack('status')).code).toBe(3);
});

test('a port that is none is refused before anything happens', async () => {
  const { code, stderr } = await stack('up', '--kafka-port', 'http');
  expect(code).toBe(1);
  expect(stderr).toContain('A port is a number');
});

test('the table shows what is down without process and memory', () => {
  const table = statusTable([{ name: 'redis', state: 'down', address: '127.0.0.1:1', rssBytes: 0, logFile: '/x' }]);
  expect(table).toContain('redis');
  expect(table).not.toContain('0 MB');
});
