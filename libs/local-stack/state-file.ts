import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LocalStackError } from './errors.ts';
import { PART_NAMES, type PartName } from './parts.ts';
import { isAlive, processIdentity } from './processes.ts';

const partRecord = z.object({
  /** Process id of the server; 0 when it was stopped. */
  pid: z.int().min(0),
  /** Tells the process from a later one with the same id. */
  identity: z.string(),
  /** When it was started, ISO 8601. */
  startedAt: z.string(),
  /** Process whose end ends this server too; 0 when it was started to stay. */
  ownerPid: z.int().min(0).default(0),
  /** Ports it listens on, kept after it has ended: the next start uses them again. */
  ports: z.object({ client: z.int(), controller: z.int().optional() }),
});

const stateFile = z.object({
  version: z.literal(1),
  /** Kafka's cluster id; empty until the storage has been formatted. */
  clusterId: z.string(),
  /** Number of brokers that the storage was made for; 0 until then. */
  brokers: z.int(),
  parts: z.partialRecord(z.enum(PART_NAMES as [PartName, ...PartName[]]), partRecord),
});

/** What one server was last seen as. */
export type PartRecord = z.infer<typeof partRecord>;
/** The state of one data folder, `state.json` in it. */
export type StackState = z.infer<typeof stateFile>;

/** The state of a folder that nothing was ever started in. */
export function emptyState(): StackState {
  return { version: 1, clusterId: '', brokers: 0, parts: {} };
}

/** Path of the state file of a data folder. */
export function stateFilePath(dataDir: string): string {
  return join(dataDir, 'state.json');
}

/**
 * Reads the state; an empty one when there is none yet.
 *
 * @throws LocalStackError STATE_UNREADABLE when the file is there and is not ours
 */
export function readState(dataDir: string): StackState {
  let text: string;
  try {
    text = readFileSync(stateFilePath(dataDir), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return emptyState();
    throw unreadable(dataDir, error);
  }
  try {
    return stateFile.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(dataDir, error);
  }
}

/** Writes the state in one step: a crash leaves the old file or the new one. */
export function writeState(dataDir: string, state: StackState): void {
  const file = stateFilePath(dataDir);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(draft, file);
}

/** True when the recorded process is still that very process. */
export function isRunning(record: PartRecord): boolean {
  return record.pid > 0 && isAlive(record.pid) && processIdentity(record.pid) === record.identity;
}

function unreadable(dataDir: string, cause: unknown): LocalStackError {
  return new LocalStackError('STATE_UNREADABLE', `The file ${stateFilePath(dataDir)} cannot be read.`, {
    hint: 'Run "npm run stack -- reset" to start with empty servers, or restore the file.',
    cause,
  });
}
