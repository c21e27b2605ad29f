import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureDownloads, requireSpace } from './downloads.ts';
import { downloadName, renderPom, VERSIONS } from './versions.ts';

/** These tests are not killed in mid-fetch. */
const noGuard = { add: () => {}, remove: () => {}, close: async () => {} };

let folder: string;
let downloadDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'downloads-test-'));
  downloadDir = join(folder, 'downloads');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Environment in which `mvn` is a shell script; --version works, the rest is the given body. */
function withMaven(body: string): NodeJS.ProcessEnv {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'mvn'), `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${body}\n`);
  chmodSync(join(bin, 'mvn'), 0o755);
  return { PATH: `${bin}:/usr/bin:/bin` };
}

async function failure(env: NodeJS.ProcessEnv): Promise<unknown> {
  return await ensureDownloads({ downloadDir, env, onProgress: () => {}, guard: noGuard }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('without Maven nothing is begun', async () => {
  expect(await failure({ PATH: folder })).toMatchObject({ code: 'MAVEN_MISSING' });
  expect(readdirSync(downloadDir)).toEqual([]);
});

test('a failed fetch leaves nothing that a later start would take for finished', async () => {
  const env = withMaven('mkdir kafka archives; touch kafka/half.jar; echo "[ERROR] connection reset"; exit 1');
  expect(await failure(env)).toMatchObject({
    code: 'DOWNLOAD_FAILED',
    hint: expect.stringContaining('connection reset'),
  });
  expect(readdirSync(downloadDir)).toEqual([]);
});

test('a fetch that ends well but is incomplete is refused', async () => {
  const env = withMaven('mkdir kafka archives; exit 0');
  expect(await failure(env)).toMatchObject({ code: 'DOWNLOAD_FAILED' });
  expect(existsSync(join(downloadDir, downloadName()))).toBe(false);
});

test('what an interrupted start left behind is thrown away', async () => {
  const left = join(downloadDir, `${downloadName()}.partial`);
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, 'half.jar'), '');
  const env = withMaven('[ -e half.jar ] && echo "[ERROR] leftovers are here"; exit 1');
  expect(await failure(env)).toHaveProperty('hint', expect.not.stringContaining('leftovers'));
});

test('a full disk while fetching is told as such', async () => {
  const env = withMaven('echo "[ERROR] a.jar: No space left on device"; exit 1');
  expect(await failure(env)).toMatchObject({ code: 'DISK_FULL' });
});

test('what is complete is found without Maven', async () => {
  const target = join(downloadDir, downloadName());
  mkdirSync(join(target, 'kafka'), { recursive: true });
  mkdirSync(join(target, 'registry'));
  writeFileSync(join(target, 'kafka', `kafka_2.13-${VERSIONS.kafka}.jar`), '');
  writeFileSync(join(target, 'registry', 'apicurio-runner.jar'), '');
  writeFileSync(join(target, 'redis-server'), '');
  const found = await ensureDownloads({ downloadDir, env: { PATH: folder }, onProgress: () => {}, guard: noGuard });
  expect(found.registryJar).toBe(join(target, 'registry', 'apicurio-runner.jar'));
});

test('a folder without the space that is needed is refused before anything is written', async () => {
  await expect(requireSpace(folder, 2 ** 60)).rejects.toMatchObject({ code: 'DISK_FULL', retriable: false });
  await expect(requireSpace(folder, 1)).resolves.toBeUndefined();
});

test('the Maven project names what is wanted and nobody to fetch it from', () => {
  const pom = renderPom();
  for (const version of Object.values(VERSIONS)) expect(pom).toContain(`<version>${version}</version>`);
  expect(pom).not.toMatch(/<repositor|<pluginRepositor/);
});
