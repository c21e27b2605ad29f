/** One run of chaos: people work while everything goes wrong; then all is healed, left to settle, and judged. */
import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, codecOf, findCluster } from '../cluster.ts';
import { readTenant } from '../replay/read-tenant.ts';
import { replay } from '../replay/replay.ts';
import { createSandboxClient, type SandboxClient } from '../sandbox-client/client.ts';
import { allDifferences, type Difference } from '../sandbox-client/pairs.ts';
import { freePorts } from '../supervisor/plan.ts';
import { type System, type SystemOptions, startSystem } from '../supervisor/system.ts';
import { until } from '../wait.ts';
import { createHand, type Hand, type Harmed } from './harm.ts';
import { allMade, judgeCreations, judgeEdits, readNamed } from './judge.ts';
import { longestPauseMs } from './pause.ts';
import { type Deeds, letPeopleWork } from './people.ts';
import { planChaos } from './plan.ts';
import { judgeUntouched, takePicture } from './untouched.ts';
import { startWitness, type Witness } from './witness.ts';

/** How a run is made. */
export interface ChaosOptions {
  /** How long people work and things go wrong, minutes. */
  readonly minutes: number;
  /** All that goes wrong, and what people do, follows from it. */
  readonly seed: number;
  /** Acts of people in a second, over all tenants together. */
  readonly rate: number;
  /** Number of tenants. */
  readonly tenants: number;
  /** How long both sides may take to agree after everything is healed, milliseconds. */
  readonly settleMs: number;
  /** Folder of all its data; emptied before, and removed afterwards. */
  readonly folder: string;
  /** Leaves the folder, with all logs. Default false. */
  readonly keep?: boolean;
  /** Told what goes on. */
  readonly onStep?: SystemOptions['onEvent'];
  /** Told where the run is, in one line, about once a second. */
  readonly onProgress?: (line: string) => void;
  /** Ends a run early; what was started is ended, too. */
  readonly signal?: AbortSignal;
}

/** What came out. */
export interface ChaosReport {
  readonly seed: number;
  readonly minutes: number;
  readonly tenants: number;
  readonly edits: number;
  readonly contactsAdded: number;
  readonly conflicts: number;
  readonly harmed: Harmed;
  /** I1, and I4 where something was not made: what is nowhere. */
  readonly lost: readonly string[];
  /** Edits in the window that the limitations describe: replaced by a write that had read before them. */
  readonly unseen: readonly string[];
  /** I4, I6: what is there too often, or without a request. */
  readonly duplicates: readonly string[];
  /** I8: steps whose decisions come out differently when the topics are run through the core again. */
  readonly replayDiffers: readonly string[];
  /** I2: fields that differ. */
  readonly drift: readonly Difference[];
  /** I5: what was altered and should not have been. */
  readonly altered: readonly string[];
  /** Longest time in which edits waited and none of any tenant arrived, milliseconds; see `longestPauseMs` in pause.ts. */
  readonly longestPauseMs: number;
  /** From healing until both sides agree for good, milliseconds; null when they never did. */
  readonly convergedMs: number | null;
  /** True when nothing is lost, doubled, drifting, altered or decided differently, and every process came up again. */
  readonly holds: boolean;
}

const COMPANIES = 30;
const POLL_SECONDS = 3;
/** So long nothing may change before both sides count as settled: two polls of Unleashed, a catch-up of the CRM. */
const QUIET_MS = 7_000;
const ALIGNMENT_MS = 180_000;

/** Starts a system of its own on free ports, does all of it, and ends the system. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  rmSync(options.folder, { recursive: true, force: true });
  mkdirSync(options.folder, { recursive: true });
  const system = await startSystem({
    folder: options.folder,
    ports: await freePorts(),
    // Servers of its own, whatever the environment names: they are going to be killed.
    env: { KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', REDIS_URL: '' },
    sandbox: { tenants: options.tenants, companies: COMPANIES, pollSeconds: POLL_SECONDS },
    serviceEnv: { 'sync-processor': { SESSION_TIMEOUT_MS: '6000' }, 'crm-capture': { CATCH_UP_SECONDS: '5' } },
    ...(options.onStep === undefined ? {} : { onEvent: options.onStep }),
  });
  try {
    return await play(system, options);
  } finally {
    await system.stop();
    if (options.keep !== true) rmSync(options.folder, { recursive: true, force: true });
  }
}

async function play(system: System, options: ChaosOptions): Promise<ChaosReport> {
  const { minutes, seed, rate, tenants } = options;
  const say = options.onProgress ?? (() => {});
  const sandbox = createSandboxClient(system.urlOf('sandbox'));
  say('first alignment');
  const witness = await startWitness(sandbox);
  // Contacts that only one side has are made, too, which no field shows: nothing may move any more.
  await until(
    async () =>
      performance.now() - witness.lastChangeAtMs() > QUIET_MS &&
      (await allDifferences(sandbox, system.tenantIds)).length === 0,
    { timeoutMs: ALIGNMENT_MS, pauseMs: 500, what: 'the first alignment' },
  );
  const before = await takePicture(sandbox, system.tenantIds);
  const hand = createHand(system, sandbox);
  const deeds: Deeds = { edits: [], added: [] };
  await storm(system, sandbox, hand, deeds, options);
  say('healing');
  const healedAtMs = performance.now();
  await hand.heal();
  const agreedAtMs = await settle(system, sandbox, witness, deeds, options);
  await witness.stop();
  say('judging');
  const after = await takePicture(sandbox, system.tenantIds);
  const cluster = findCluster('chaos', { ...process.env, ...system.env });
  const named = await readNamed(cluster);
  const { lost, unseen } = judgeEdits(deeds.edits, witness, named);
  const creations = judgeCreations(deeds, before, after);
  const found = {
    lost: [...lost, ...creations.missing],
    duplicates: creations.doubled,
    drift: await allDifferences(sandbox, system.tenantIds),
    altered: judgeUntouched(before, after, witness),
    replayDiffers: await judgeReplay(cluster, system.tenantIds),
  };
  const breaches = Object.values(found).reduce((sum, { length }) => sum + length, 0);
  return {
    seed,
    minutes,
    tenants,
    edits: deeds.edits.length,
    contactsAdded: deeds.added.length,
    conflicts: named.conflicts,
    harmed: hand.harmed,
    ...found,
    unseen,
    longestPauseMs: longestPauseMs(deeds, witness),
    convergedMs: agreedAtMs === null ? null : Math.round(agreedAtMs - healedAtMs),
    holds: breaches === 0 && agreedAtMs !== null && hand.harmed.failures.length === 0 && deeds.edits.length >= rate,
  };
}

/** What every step of every tenant decided, decided again. */
async function judgeReplay(cluster: Cluster, tenants: readonly string[]): Promise<string[]> {
  const codec = codecOf(cluster);
  await codec.prepare(['sync.decision.v1']);
  const found: string[] = [];
  for (const tenant of tenants) {
    const { decisions, inputs } = await readTenant(cluster, codec, tenant);
    const { mismatches } = replay(tenant, decisions, inputs, codec);
    found.push(...mismatches.map(({ cause, kind }) => `${cause} of ${tenant}: ${kind}`));
  }
  return found;
}

/** People work while the plan is carried out. */
async function storm(
  system: System,
  sandbox: SandboxClient,
  hand: Hand,
  deeds: Deeds,
  { minutes, seed, rate, signal, onProgress }: ChaosOptions,
): Promise<void> {
  const lastsMs = minutes * 60_000;
  const goingHome = new AbortController();
  const beginMs = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - beginMs) / 1_000);
    const { kills, freezes, flushes, faults, toggles } = hand.harmed;
    onProgress?.(
      `${seconds} of ${Math.round(lastsMs / 1_000)} s: ${deeds.edits.length} edits, ${sum(kills)} kills, ` +
        `${sum(freezes)} freezes, ${flushes} flushes, ${faults} faults, ${toggles} settings`,
    );
  }, 1_000);
  const work = letPeopleWork({ system, sandbox, seed, rate, deeds, signal: goingHome.signal });
  try {
    const plan = planChaos(seed, lastsMs, system.tenantIds.length);
    await Promise.race([
      Promise.all([hand.carryOut(plan), sleep(lastsMs, undefined, signal === undefined ? {} : { signal })]),
      work.then(() => new Promise(() => {})), // ends before its time only by an error
    ]);
  } finally {
    clearInterval(timer);
    goingHome.abort();
  }
  await work;
}

/** Waits until both sides agree and nothing moves any more; gives when that began, null when it never did. */
async function settle(
  system: System,
  sandbox: SandboxClient,
  witness: Witness,
  deeds: Deeds,
  { settleMs, onProgress }: ChaosOptions,
): Promise<number | null> {
  const endsAtMs = performance.now() + settleMs;
  let agreedSinceMs: number | null = null;
  while (performance.now() < endsAtMs) {
    const lookedAtMs = performance.now();
    const isSettled = await isAgreed(system, sandbox, deeds, onProgress);
    agreedSinceMs = isSettled ? (agreedSinceMs ?? lookedAtMs) : null;
    const quietSinceMs = Math.max(agreedSinceMs ?? Number.POSITIVE_INFINITY, witness.lastChangeAtMs());
    if (performance.now() - quietSinceMs > QUIET_MS) return agreedSinceMs;
    await sleep(500);
  }
  return null;
}

async function isAgreed(
  { tenantIds }: System,
  sandbox: SandboxClient,
  deeds: Deeds,
  onProgress: ChaosOptions['onProgress'],
): Promise<boolean> {
  const differ = (await allDifferences(sandbox, tenantIds)).length;
  const held = await Promise.all(tenantIds.map((tenant) => sandbox.heldWrites(tenant)));
  const made = allMade(deeds, await takePicture(sandbox, tenantIds));
  onProgress?.(`settling: ${differ} fields differ, ${made ? 'all' : 'not all'} contacts are there`);
  return differ === 0 && made && held.every((count) => count === 0);
}

function sum(counts: Partial<Record<string, number>>): number {
  return Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
}
