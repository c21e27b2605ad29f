/** Writes down what both made-up systems show to have happened: outside knowledge, and nothing of how the sync works. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxCall, SandboxChange, SandboxClient } from '../sandbox-client/client.ts';

/** Everything that was seen, oldest first. */
export interface Witness {
  readonly changes: readonly SandboxChange[];
  /** Writes, and reads of single records. */
  readonly calls: readonly SandboxCall[];
  /** When anything changed last, on the clock of `performance.now()`. */
  lastChangeAtMs(): number;
  /** Reads what is left and ends. */
  stop(): Promise<void>;
}

/** The sandbox keeps the last 5,000 of each: far more than happens between two looks. */
const LOOK_EVERY_MS = 400;

/** Follows changes and calls from now on. */
export async function startWitness(sandbox: SandboxClient): Promise<Witness> {
  const changes: SandboxChange[] = [];
  const calls: SandboxCall[] = [];
  let { lastSeq: changeSeq } = await sandbox.changes();
  let { lastSeq: callSeq } = await sandbox.calls();
  let lastChangeAtMs = performance.now();
  let stopping = false;
  const look = async (): Promise<void> => {
    const [newChanges, newCalls] = await Promise.all([sandbox.changes(changeSeq), sandbox.calls(callSeq)]);
    if (newChanges.lastSeq > changeSeq) lastChangeAtMs = performance.now();
    changeSeq = newChanges.lastSeq;
    callSeq = newCalls.lastSeq;
    changes.push(...newChanges.items);
    calls.push(...newCalls.items.filter(({ method, url }) => method !== 'GET' || isSingleRead(url)));
  };
  const following = (async () => {
    while (!stopping) {
      await look();
      await sleep(LOOK_EVERY_MS);
    }
    await look();
  })();
  following.catch(() => {}); // whoever stops it hears of it
  return {
    changes,
    calls,
    lastChangeAtMs: () => lastChangeAtMs,
    stop: async () => {
      stopping = true;
      await following;
    },
  };
}

/** `/Divisions(1001)`, `/Customers/GUID`, and the contacts of one customer, among which a single one is read. */
function isSingleRead(url: string): boolean {
  return /\(\d+\)|\/[0-9a-f-]{36}/i.test(url);
}
