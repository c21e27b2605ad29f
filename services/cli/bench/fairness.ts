/** Whether the trouble of some tenants is felt by the others: their latency in a quiet run and beside it, in turns. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxClient } from '../sandbox-client/client.ts';
import { companyPairs } from '../sandbox-client/pairs.ts';
import { type LatencyResult, measureLatency } from './latency.ts';

/** What is measured. */
export interface FairnessOptions {
  readonly sandbox: SandboxClient;
  /** The first four get into trouble, the others are measured. */
  readonly tenants: readonly string[];
  readonly editsPerSecond: number;
  /** How long each of the runs is, seconds. */
  readonly seconds: number;
  /** Quiet and troubled runs, of each. */
  readonly rounds: number;
  say(message: string): void;
}

/** What came out. */
export interface FairnessResult {
  readonly quiet: readonly LatencyResult[];
  readonly troubled: readonly LatencyResult[];
  /** Median of the p95 of the troubled runs, over that of the quiet ones. */
  readonly ratio: number;
  /** Whether every edit of the others arrived in every run. */
  readonly complete: boolean;
}

interface Trouble {
  readonly name: string;
  /** Faults of its Unleashed account. */
  readonly faults: readonly object[];
  /** Edits of its own in a second, which make work for the trouble. */
  readonly editsPerSecond: number;
}

/** In the order of the tenants that get into it. */
const TROUBLES: readonly Trouble[] = [
  { name: 'in outage', faults: [{ side: 'unleashed', kind: 'outage' }], editsPerSecond: 2 },
  { name: 'throttled', faults: [{ side: 'unleashed', kind: 'rateLimit', retryAfterSeconds: 2 }], editsPerSecond: 2 },
  // The CRM takes two calls a second of a workspace (fact P1.5): nobody can work twice as many edits off.
  { name: 'with a backlog that does not end', faults: [], editsPerSecond: 4 },
  {
    name: 'with records that nobody can send',
    faults: [{ side: 'unleashed', kind: 'error', status: 500, methods: ['POST'] }],
    editsPerSecond: 2,
  },
];
/** So many tenants are in trouble. */
export const TROUBLED = TROUBLES.length;
const SETTLE_MS = 3_000;

/** Measures quiet and troubled runs in turns, so that a machine that gets slower does so for both. */
export async function measureFairness(options: FairnessOptions): Promise<FairnessResult> {
  const { sandbox, tenants, editsPerSecond, seconds, rounds, say } = options;
  const others = tenants.slice(TROUBLED);
  const measure = () => measureLatency({ sandbox, tenants: others, from: 'crm', editsPerSecond, seconds });
  say('Warming up');
  await measure();
  const quiet: LatencyResult[] = [];
  const troubled: LatencyResult[] = [];
  for (let round = 1; round <= rounds; round++) {
    say(`Round ${round} of ${rounds}: quiet`);
    quiet.push(await measure());
    say(`Round ${round} of ${rounds}: ${TROUBLES.map(({ name }) => name).join(', ')}`);
    const end = await begin(sandbox, tenants);
    troubled.push(await measure());
    await end();
    await sleep(SETTLE_MS);
  }
  const ratio = Math.round((median(troubled) / median(quiet)) * 100) / 100;
  return { quiet, troubled, ratio, complete: [...quiet, ...troubled].every((run) => run.arrived === run.edits) };
}

/** Gets the first tenants into trouble, with work for it; gives what ends it. */
async function begin(sandbox: SandboxClient, tenants: readonly string[]): Promise<() => Promise<void>> {
  const ending = new AbortController();
  const work = TROUBLES.map(async ({ faults, editsPerSecond }, index) => {
    const tenant = tenants[index] ?? '';
    for (const fault of faults) await sandbox.addFault(tenant, fault);
    const pairs = await companyPairs(sandbox, tenant);
    for (let n = 0; !ending.signal.aborted; n++) {
      const pair = pairs[n % pairs.length];
      if (pair === undefined) return;
      await sandbox.update(tenant, 'crm', 'companies', pair.crm.Id, { PhoneNumber: `+44 9 ${Date.now()} ${n}` });
      await sleep(1_000 / editsPerSecond);
    }
  });
  return async () => {
    ending.abort();
    await Promise.all(work);
    for (const tenant of tenants.slice(0, TROUBLED)) await sandbox.clearFaults(tenant);
  };
}

/** Median of the p95, milliseconds. */
function median(runs: readonly LatencyResult[]): number {
  const sorted = runs.map(({ p95Ms }) => p95Ms).sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
