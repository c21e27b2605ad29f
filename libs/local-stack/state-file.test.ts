import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processIdentity } from './processes.ts';
import { emptyState, isRunning, type PartRecord, readState, stateFilePath, writeState } from './state-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function record(change: Partial<PartRecord> = {}): PartRecord {
  return {
    pid: process.pid,
    identity: processIdentity(process.pid) ?? '',
    startedAt: '2026-01-01T00:00:00.000Z',
    ownerPid: 0,
    ports: { client: 1234 },
    ...change,
  };
}

test('a folder without a state is empty', () => {
  expect(readState(folder)).toEqual(emptyState());
});

test('what is written is read, and no draft stays', () => {
  const state = { ...emptyState(), clusterId: 'c', brokers: 1, parts: { redis: record() } };
  writeState(folder, state);
  expect(readState(folder)).toEqual(state);
  expect(readdirSync(folder)).toEqual(['state.json']);
});

test.each(['', '{', '{"version":2}', '[]', '{"version":1,"clusterId":"","brokers":1,"parts":{"redis":{"pid":"x"}}}'])(
  'a state that is not ours is refused: %j',
  (text) => {
    writeFileSync(stateFilePath(folder), text);
    expect(() => readState(folder)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
  },
);

test('a process counts as running only while it is that very process', () => {
  expect(isRunning(record())).toBe(true);
  expect(isRunning(record({ identity: 'started at another time' }))).toBe(false);
  expect(isRunning(record({ pid: 0 }))).toBe(false);
  expect(isRunning(record({ pid: 2 ** 30 }))).toBe(false);
});
