import { expect, test } from 'vitest';
import { fetchMeter, mavenFailure, parseProgress } from './maven-output.ts';

test('progress of a large file is said in whole megabytes, that of a small one is not', () => {
  expect(parseProgress('Progress (1): 4.1/109 MB')).toBe('4 of 109 MB');
  expect(parseProgress('Progress (2): 12 kB | 43.5/108.9 MB')).toBe('43 of 109 MB');
  expect(parseProgress('Progress (1): 4.1/8.2 kB')).toBeUndefined();
  expect(parseProgress('[INFO] BUILD SUCCESS')).toBeUndefined();
});

test('the meter counts files, follows the large one, and says nothing twice', () => {
  const said: string[] = [];
  let nowMs = 0;
  const meter = fetchMeter(
    (message) => said.push(message),
    () => (nowMs += 1_000),
  );
  meter.write('Downloading from here: https://example.test/a.jar\nDownlo');
  meter.write('aded from here: https://example.test/a.jar (12 kB at 1 MB/s)\n');
  meter.write('Progress (1): 1.1/109 MB\rProgress (1): 1.6/109 MB\rProgress (1): 2.0/109 MB\r');
  meter.write('[INFO] something else\n');
  expect(said).toEqual(['Fetching: 1 files', 'Fetching: 1 files, 1 of 109 MB', 'Fetching: 1 files, 2 of 109 MB']);
  expect(meter.tail()).toEqual(['[INFO] something else']);
});

test('the meter says something once a second at most', () => {
  const said: string[] = [];
  let nowMs = 0;
  const meter = fetchMeter(
    (message) => said.push(message),
    () => nowMs,
  );
  for (; nowMs < 3_000; nowMs += 10) meter.write(`Downloaded from here: https://example.test/${nowMs}.jar\n`);
  expect(said).toEqual(['Fetching: 1 files', 'Fetching: 101 files', 'Fetching: 201 files']);
});

test('the meter keeps no more than the last lines', () => {
  const meter = fetchMeter(() => {});
  for (let line = 0; line < 1000; line++) meter.write(`line ${line}\n`);
  expect(meter.tail().length).toBe(40);
  expect(meter.tail().at(-1)).toBe('line 999');
});

test("a failure says Maven's first error and names the other ways", () => {
  const error = mavenFailure(
    ['[INFO] x', '[ERROR] Failed to execute goal: unknown host', '[ERROR] more'],
    '/downloads',
  );
  expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED', retriable: true });
  expect(error.hint).toContain('unknown host');
  expect(error.hint).toContain('Docker');
  expect(error.hint).toContain('KAFKA_BROKERS');
});

test('a full disk is told as such', () => {
  const error = mavenFailure(['[ERROR] java.io.IOException: No space left on device'], '/downloads');
  expect(error).toMatchObject({ code: 'DISK_FULL', retriable: false });
  expect(error.message).toContain('/downloads');
});
