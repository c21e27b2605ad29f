import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { javaProgram, parseJavaMajor, requireJava, requireMaven } from './programs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'programs-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that prints what `java -version` of that version prints. */
function fakeProgram(name: string, output: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${output}' >&2\n`);
  chmodSync(join(folder, name), 0o755);
}

test('versions old and new are understood', () => {
  expect(parseJavaMajor('openjdk version "17.0.15" 2025-04-15')).toBe(17);
  expect(parseJavaMajor('java version "1.8.0_402"')).toBe(8);
  expect(parseJavaMajor('openjdk version "26-ea" 2026-03-17')).toBe(26);
  expect(parseJavaMajor('openjdk version "21" 2023-09-19')).toBe(21);
  expect(parseJavaMajor('command not found')).toBeUndefined();
});

test('without Java: one sentence, and the ways that need none', async () => {
  const error = await requireJava({ PATH: folder }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'JAVA_MISSING', retriable: false });
  expect(error).toHaveProperty('hint', expect.stringMatching(/Install Java 17.*Docker.*KAFKA_BROKERS/));
});

test('a Java that is too old is named with its version', async () => {
  fakeProgram('java', 'openjdk version "11.0.2" 2019-01-15');
  const error = await requireJava({ PATH: folder }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'JAVA_TOO_OLD', message: expect.stringContaining('Java 11') });
});

test('a Java that will do is returned with its version', async () => {
  fakeProgram('java', 'openjdk version "21.0.1" 2023-10-17');
  const java = await requireJava({ PATH: folder });
  expect(java.program).toBe('java');
  expect(java.version).toContain('21.0.1');
});

test('JAVA_HOME comes first, unless it holds no Java', () => {
  expect(javaProgram({ JAVA_HOME: folder })).toBe('java');
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'java'), '');
  expect(javaProgram({ JAVA_HOME: folder })).toBe(join(folder, 'bin', 'java'));
  expect(javaProgram({ JAVA_HOME: '' })).toBe('java');
});

test('without Maven: one sentence, and the ways that need none', async () => {
  const error = await requireMaven({ PATH: folder }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'MAVEN_MISSING', retriable: false });
  expect(error).toHaveProperty('hint', expect.stringMatching(/Install Maven.*Docker.*KAFKA_BROKERS/));
});
