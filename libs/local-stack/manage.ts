import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalStackError } from './errors.ts';
import { withLock } from './lock.ts';
import { PART_NAMES, type PartName } from './parts.ts';
import { probeKafka, probeRedis, probeRegistry } from './probes.ts';
import { endProcess, residentBytes } from './processes.ts';
import { isRunning, type PartRecord, readState, stateFilePath, writeState } from './state-file.ts';

/** How long a server may take to end cleanly, milliseconds. */
const END_GRACE_MS = 10_000;
/** How long to wait for a starter of the same folder, milliseconds. */
const LOCK_WAIT_MS = 60_000;

/** One server of a data folder, running or not. */
export interface PartStatus {
  /** Which server. */
  name: PartName;
  /** `up`: answers. `silent`: its process is there but it does not answer. `down`: not running. */
  state: 'up' | 'silent' | 'down';
  /** Address for clients: host:port, or the registry's base URL. The last one when it is down. */
  address: string;
  /** Process id; undefined when it is down. */
  pid?: number;
  /** When it was started, ISO 8601; undefined when it is down. */
  upSince?: string;
  /** Resident memory, bytes; 0 when it is down. */
  rssBytes: number;
  /** Its log file. */
  logFile: string;
}

/** Looks at every server that was ever started in a data folder, by really connecting to it. */
export async function stackStatus(dataDir: string): Promise<PartStatus[]> {
  const state = readState(dataDir);
  const names = PART_NAMES.filter((name) => state.parts[name] !== undefined);
  return await Promise.all(
    names.map(async (name) => {
      const record = state.parts[name]!;
      const logFile = join(dataDir, name, logName(name));
      const address = addressOf(name, record.ports.client);
      if (!isRunning(record)) return { name, state: 'down' as const, address, rssBytes: 0, logFile };
      const answers = await probe(name, record).then(
        () => true,
        () => false,
      );
      return {
        name,
        state: answers ? ('up' as const) : ('silent' as const),
        address,
        pid: record.pid,
        upSince: record.startedAt,
        rssBytes: residentBytes(record.pid),
        logFile,
      };
    }),
  );
}

/** Ends all servers of a data folder, whoever started them. Resolves with the names of those that were running. */
export async function stopStack(dataDir: string): Promise<PartName[]> {
  if (!existsSync(dataDir)) return [];
  return await withLock(join(dataDir, 'starting.lock'), LOCK_WAIT_MS, () => endAll(dataDir));
}

/**
 * Ends all servers of a data folder and deletes their data. What is downloaded stays.
 *
 * @throws LocalStackError OTHER_LAYOUT when the folder holds something, but no stack
 */
export async function resetStack(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  if (!existsSync(stateFilePath(dataDir)) && readdirSync(dataDir).length > 0) {
    throw new LocalStackError('OTHER_LAYOUT', `${dataDir} holds files, but no local stack; nothing was deleted.`, {
      hint: 'Check the folder (TWOWAY_HOME), and delete it by hand if it is the right one.',
    });
  }
  await withLock(join(dataDir, 'starting.lock'), LOCK_WAIT_MS, async () => {
    // A state file that cannot be read is a reason for a reset; servers that it hid would hold their ports only.
    await endAll(dataDir).catch((error: unknown) => {
      if (!(error instanceof LocalStackError && error.code === 'STATE_UNREADABLE')) throw error;
    });
    await rm(dataDir, { recursive: true, force: true });
  });
}

async function endAll(dataDir: string): Promise<PartName[]> {
  const state = readState(dataDir);
  const running = PART_NAMES.filter((name) => {
    const record = state.parts[name];
    return record !== undefined && isRunning(record);
  });
  // All at once: a clean end of a broker does not need the registry, nor the other way round.
  await Promise.all(running.map((name) => endProcess(state.parts[name]!.pid, END_GRACE_MS)));
  for (const name of running) state.parts[name]!.pid = 0;
  if (running.length > 0) writeState(dataDir, state);
  return running;
}

function addressOf(name: PartName, port: number): string {
  return name === 'registry' ? `http://127.0.0.1:${port}/apis/ccompat/v7` : `127.0.0.1:${port}`;
}

function logName(name: PartName): string {
  if (name === 'registry') return 'registry.log';
  return name === 'redis' ? 'redis.out' : 'kafka.log';
}

async function probe(name: PartName, record: PartRecord): Promise<void> {
  if (name === 'registry') return await probeRegistry(record.ports.client);
  if (name === 'redis') await probeRedis(record.ports.client);
  else await probeKafka(record.ports.client);
}
