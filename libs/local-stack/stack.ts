import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Guard, startGuard } from './children.ts';
import { ensureClassArchives } from './class-archives.ts';
import { ensureDownloads, requireSpace } from './downloads.ts';
import { LocalStackError } from './errors.ts';
import { formatStorage, newClusterId } from './kafka-storage.ts';
import { withLock } from './lock.ts';
import {
  type LocalStackOptions,
  type ResolvedOptions,
  resolveOptions,
  type StackAddresses,
  type UnexpectedExit,
} from './options.ts';
import { adoptPart, type RunningPart, startPart } from './part.ts';
import type { PartName, PartPlan, PartPorts } from './parts.ts';
import { brokerId, type PlanContext, planKafka, planRedis, planRegistry } from './plans.ts';
import { choosePort } from './ports.ts';
import { endProcess, isAlive, residentBytes } from './processes.ts';
import { requireJava } from './programs.ts';
import { isRunning, type PartRecord, readState, type StackState, writeState } from './state-file.ts';

/** Free space that running needs, bytes; below it the first burst of records fills the disk. */
const RUN_BYTES_MIN = 200 * 1024 * 1024;
/** How long a left-over server may take to end cleanly, milliseconds. */
const END_GRACE_MS = 10_000;
/** How often a start is tried when a port that we chose was taken in the meantime. */
const PORT_ATTEMPTS = 3;
/** How long to wait for another starter of the same folder, beyond what it may take itself, milliseconds. */
const LOCK_SLACK_MS = 30_000;

/** One server as a caller sees it. */
export interface PartInfo {
  /** Which server. */
  name: PartName;
  /** Its process id. */
  pid: number;
  /** The port that clients use, on 127.0.0.1. */
  port: number;
  /** True when this call started it, false when it was running already. */
  owned: boolean;
  /** Its log file. */
  logFile: string;
  /** Its resident memory, bytes; 0 when it has ended. */
  rssBytes: number;
}

/** A stack that runs. */
export interface LocalStack extends StackAddresses {
  /** All servers as they are now. */
  parts: () => PartInfo[];
  /** Resident memory of all servers together, bytes. */
  rssBytes: () => number;
  /** Sends a signal to one server; resolves when it has ended, if that is what the signal does. For chaos tests. */
  kill: (part: PartName, signal: NodeJS.Signals) => Promise<void>;
  /** Ends one server if it runs, starts it on the same port and data, and resolves when it is ready. */
  restart: (part: PartName) => Promise<void>;
  /** Lets all servers run on and looks after them no more: what a command that ends calls after a detached start. */
  release: () => Promise<void>;
  /** Ends the servers that this call started (also when detached), and leaves those that it found running. May be called again. */
  stop: () => Promise<void>;
}

/**
 * Starts Kafka, the schema registry and Redis on this machine, or finds them running, and resolves when all answer.
 * Data is kept from one start to the next, Redis' apart. The servers end with this process, even if it is killed,
 * unless `detached` is set.
 *
 * @throws LocalStackError see its codes; nothing that was started here is left running then
 */
export async function startStack(given: LocalStackOptions): Promise<LocalStack> {
  const options = resolveOptions(given);
  if (process.platform === 'win32') {
    throw new LocalStackError('PLATFORM_UNSUPPORTED', 'The local stack does not run on Windows itself.', {
      hint: 'Run it in WSL, or use Docker (docker compose up), or set KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL.',
    });
  }
  mkdirSync(options.dataDir, { recursive: true });
  const needsJava = options.parts.includes('kafka') || options.parts.includes('registry');
  const java = needsJava ? await requireJava() : undefined;
  await requireSpace(options.dataDir, RUN_BYTES_MIN);
  // Also when detached: until all servers are ready, an interrupted start leaves nothing behind.
  const guard = startGuard();
  const lockWaitMs = options.readyTimeoutMs + LOCK_SLACK_MS;
  try {
    const { downloadDir, onProgress } = options;
    const downloads = await ensureDownloads({ downloadDir, onProgress, guard });
    const archives =
      java === undefined ? {} : await ensureClassArchives({ downloadDir, downloads, java, guard, onProgress });
    const { dataDir, brokerHeapMb } = options;
    const context: PlanContext = { dataDir, downloads, java: java?.program ?? 'java', brokerHeapMb, archives };
    return await withLock(join(options.dataDir, 'starting.lock'), lockWaitMs, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await launch(options, context, guard);
        } catch (error) {
          // A port that we chose ourselves may be taken by somebody else before the server listens on it.
          const isRace = error instanceof LocalStackError && error.code === 'PORT_TAKEN' && given.ports === undefined;
          if (!isRace || attempt >= PORT_ATTEMPTS) throw error;
        }
      }
    });
  } catch (error) {
    await guard.close(); // ends what had been started
    throw error;
  }
}

/** Finds or starts every part, all at once; the lock is held. */
async function launch(options: ResolvedOptions, context: PlanContext, guard: Guard): Promise<LocalStack> {
  const state = readState(options.dataDir);
  writeState(options.dataDir, state); // from here on the folder can be recognised as a stack's
  await Promise.all(Object.values(state.parts).map(endIfOrphaned));
  const plans = await planAll(options, context, state);
  writeState(options.dataDir, state);
  const running = new Map<PartName, RunningPart>();
  const results = await Promise.allSettled(
    plans.map(async (plan) => {
      const startedAtMs = performance.now();
      const found = state.parts[plan.name];
      const reused = found !== undefined && isRunning(found);
      const part = reused
        ? adoptPart(plan, found.pid, found.identity, options.onExit)
        : await begin(plan, options, context, state, guard);
      running.set(plan.name, part);
      await part.ready(options.readyTimeoutMs);
      options.onProgress({
        part: plan.name,
        phase: reused ? 'reused' : 'done',
        message: `${plan.name} answers on port ${plan.ports.client}`,
        tookMs: performance.now() - startedAtMs,
      });
    }),
  );
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await Promise.all([...running.values()].map((part) => (part.owned ? part.end() : part.release())));
    throw failure.reason;
  }
  if (options.detached) for (const part of running.values()) if (part.owned) guard.remove(part.pid);
  return describeStack(options, context, state, running, guard);
}

/** A server whose owner is gone is about to be ended by its guard: it must not be taken for one that stays. */
async function endIfOrphaned(record: PartRecord): Promise<void> {
  const orphaned = record.ownerPid !== 0 && !isAlive(record.ownerPid);
  if (orphaned && isRunning(record)) await endProcess(record.pid, END_GRACE_MS);
}

/** Starts one server and records it at once, so that a later start or stop finds it whatever happens next. */
async function begin(
  plan: PartPlan & { configFile?: string },
  options: ResolvedOptions,
  context: PlanContext,
  state: StackState,
  guard: Guard,
): Promise<RunningPart> {
  options.onProgress({ part: plan.name, phase: 'working', message: `Starting ${plan.name}` });
  if (plan.configFile !== undefined) {
    await formatStorage({
      java: context.java,
      kafkaLibs: context.downloads.kafkaLibs,
      configFile: plan.configFile,
      clusterId: state.clusterId,
      folder: plan.cwd,
    });
  }
  let isReady = false;
  const onExit = (exit: UnexpectedExit): void => {
    if (isReady) options.onExit(exit);
  };
  const part = await startPart(plan, guard, onExit);
  state.parts[plan.name] = {
    pid: part.pid,
    identity: part.identity,
    startedAt: new Date().toISOString(),
    ownerPid: options.detached ? 0 : process.pid,
    ports: plan.ports,
  };
  writeState(options.dataDir, state);
  return {
    ...part,
    ready: async (timeoutMs) => {
      await part.ready(timeoutMs);
      isReady = true;
    },
  };
}

/** Chooses ports, writes configurations, and fills in the state's cluster id and layout. */
async function planAll(options: ResolvedOptions, context: PlanContext, state: StackState): Promise<PartPlan[]> {
  const plans: PartPlan[] = [];
  if (options.parts.includes('kafka')) {
    if (state.brokers !== 0 && state.brokers !== options.brokers) {
      throw new LocalStackError('OTHER_LAYOUT', `${options.dataDir} holds the data of ${state.brokers} broker(s).`, {
        hint: 'Use another folder, or "npm run stack -- reset" to start with empty servers.',
      });
    }
    state.brokers = options.brokers;
    if (state.clusterId === '') state.clusterId = newClusterId();
    const names: PartName[] = options.brokers === 3 ? ['kafka', 'kafka-2', 'kafka-3'] : ['kafka'];
    const ports: PartPorts[] = [];
    for (const [index, name] of names.entries()) {
      const client = await portOf(state, name, options.ports.kafka[index]);
      const last = state.parts[name];
      const reused = last !== undefined && isRunning(last);
      const controller = reused ? last.ports.controller : await choosePort(name, undefined, last?.ports.controller);
      ports.push({ client, controller: controller ?? 0 });
    }
    const nodes = names.map((name, index) => ({
      id: brokerId(name),
      clientPort: ports[index]!.client,
      controllerPort: ports[index]!.controller!,
    }));
    for (const [index, name] of names.entries()) plans.push(planKafka(context, name, ports[index]!, nodes));
  }
  if (options.parts.includes('registry')) {
    plans.push(planRegistry(context, { client: await portOf(state, 'registry', options.ports.registry) }));
  }
  if (options.parts.includes('redis')) {
    plans.push(planRedis(context, { client: await portOf(state, 'redis', options.ports.redis) }));
  }
  return plans;
}

/** The port of a server that runs, or a free one. */
async function portOf(state: StackState, name: PartName, wanted: number | undefined): Promise<number> {
  const last = state.parts[name];
  if (last === undefined || !isRunning(last)) return await choosePort(name, wanted, last?.ports.client);
  if (wanted === undefined || wanted === last.ports.client) return last.ports.client;
  throw new LocalStackError('ALREADY_RUNNING', `${name} runs already, on port ${last.ports.client}, not ${wanted}.`, {
    hint: 'Run "npm run stack -- down" first, or do not ask for a port.',
  });
}

function describeStack(
  options: ResolvedOptions,
  context: PlanContext,
  state: StackState,
  running: Map<PartName, RunningPart>,
  guard: Guard,
): LocalStack {
  const port = (name: PartName): number | undefined => running.get(name)?.plan.ports.client;
  const get = (name: PartName): RunningPart => {
    const part = running.get(name);
    if (part !== undefined) return part;
    throw new LocalStackError('NOT_RUNNING', `This stack has no ${name}.`, { hint: 'Ask for it in options.parts.' });
  };
  const parts = (): PartInfo[] =>
    [...running.values()].map(({ plan, pid, owned }) => ({
      name: plan.name,
      pid,
      port: plan.ports.client,
      owned,
      logFile: plan.logFile,
      rssBytes: residentBytes(pid),
    }));
  return {
    kafkaBrokers: (['kafka', 'kafka-2', 'kafka-3'] as const)
      .map(port)
      .filter((p) => p !== undefined)
      .map((p) => `127.0.0.1:${p}`),
    schemaRegistryUrl: port('registry') === undefined ? '' : `http://127.0.0.1:${port('registry')}/apis/ccompat/v7`,
    redisUrl: port('redis') === undefined ? '' : `redis://127.0.0.1:${port('redis')}`,
    parts,
    rssBytes: () => parts().reduce((sum, part) => sum + part.rssBytes, 0),
    kill: (name, signalName) => get(name).kill(signalName),
    restart: async (name) => {
      const before = get(name);
      await before.end();
      const part = await begin(before.plan, options, context, state, guard);
      running.set(name, part);
      await part.ready(options.readyTimeoutMs);
      if (options.detached) guard.remove(part.pid);
    },
    release: async () => {
      for (const part of running.values()) part.release();
      await guard.close();
    },
    stop: async () => {
      await Promise.all([...running.values()].map((part) => (part.owned ? part.end() : part.release())));
      await guard.close();
    },
  };
}
