/** Runs one schedule: the world, our services in it, what people do, what goes wrong, and the time to settle. */
import { type Setting, tenantKey } from '#contracts';
import { createMemoryQuota } from '#quota';
import { createDice, roll } from '../../services/sandbox/model/random.ts';
import { createActs, type Trouble } from './acts.ts';
import { type Defects, NO_DEFECTS } from './defects.ts';
import { createSimLog, type SimLog } from './engine/log.ts';
import { createSimRedis } from './engine/redis.ts';
import type { RedisLink } from './engine/redis-client.ts';
import { createScheduler, type Scheduler } from './engine/scheduler.ts';
import { createWire } from './engine/wire.ts';
import type { Plan } from './plan.ts';
import type { Ran, Shared } from './ran.ts';
import { createDeliveries } from './services/deliveries.ts';
import { startCapture, startConnector } from './services/feeds.ts';
import { createFleet } from './services/fleet.ts';
import { between, createTenant, type Outside } from './services/parts.ts';
import { startProcessorService } from './services/processor.ts';
import { startCrmSink, startUnleashedSink } from './services/sinks.ts';
import { startWatch } from './services/watch.ts';
import { brief, createTelling, NO_TELLING } from './telling.ts';
import { copyBase, MONTHLY_CALLS, POLL_SECONDS, START_MS, TENANT } from './world/base.ts';
import { createHistory } from './world/history.ts';

/** How a run is made. */
export interface RunOptions {
  defects?: Defects;
  /** Keeps the story. Default: no. */
  story?: boolean;
  /** Whether everything is settled, asked now and then; the run ends when it is. */
  isSettled: (ran: Ran) => boolean;
}

/** Time for the first alignment, before anything happens, milliseconds. */
const PRELUDE_MS = 10_000;
/** Time for services to start in a world that they know, milliseconds: less than they need, now and then. */
const START_UP_MS = 1_000;
/** Part of the calls that find a connection open. */
const CONNECTED = 0.7;
/**
 * Shortest and longest time to settle, milliseconds: long enough for every held write and a look at Unleashed. One in so many schedules,
 * and each in which a process stands still for some time, has at least as long as it takes to catch up with both sides.
 */
const SETTLE_LEAST_MS = 35_000;
const SETTLE_LONGER_MS = 70_000;
const SETTLE_LONGER_EVERY = 3;
const SETTLE_MOST_MS = 45 * 60_000;
const SETTLE_LOOK_MS = 15_000;

const STARTERS = {
  'sync-processor': startProcessorService,
  'crm-sink': startCrmSink,
  'unleashed-sink': startUnleashedSink,
  'crm-capture': startCapture,
  'unleashed-connector': startConnector,
} as const;

/** Runs a schedule. Must be called from outside any promise. */
export function runPlan(plan: Plan, shared: Omit<Shared, 'aligned'> & Partial<Shared>, options: RunOptions): Ran {
  const known = plan.isFirst ? undefined : shared.aligned;
  const scheduler = createScheduler(known?.atMs ?? START_MS);
  const { now } = scheduler;
  const defects = options.defects ?? NO_DEFECTS;
  const mend = defects.begin();
  const telling = options.story === true ? createTelling(now) : NO_TELLING;
  const { tell } = telling;
  const dice = createDice(`chance ${plan.seed}`);

  const { workspace, pairs } = copyBase(known ?? shared.base, `world ${plan.seed}`);
  workspace.switches.unleashed.contactEditFires = plan.contactEditFires;
  const history = createHistory(workspace);
  const log = createSimLog(now, known?.log);
  const redis = createSimRedis(now);
  if (known !== undefined) redis.replace(known.redis);
  const trouble: Trouble = { redisAwayUntilMs: 0, broker: { refused: 0, lost: 0 } };
  const link: RedisLink = {
    redis,
    isAway: () => now() < trouble.redisAwayUntilMs,
    travelMs: () => 1,
    channels: new Map(),
    now,
  };
  const wire = createWire({
    scheduler,
    workspace,
    travelMs: () => between(dice, 5, 60),
    isConnected: () => roll(dice) < CONNECTED,
    onCall(call) {
      telling.tellCall(call);
      // What the network holds arrives in its time, whatever else happens.
      if (call.faults.includes('lateWrite')) deliverSoon();
    },
    onChanges(changes, call) {
      history.note(changes, call, now());
      deliverSoon();
    },
  });
  const resumes = new Map<string, number>();
  const fleet = createFleet({
    scheduler,
    dice: createDice(`fleet ${plan.seed}`),
    start: (kind, process) => STARTERS[kind](outside, process),
    tell: (text) => tell('fleet', text),
    onResume: (name) => resumes.set(name, now()),
  });
  const { deliverSoon } = createDeliveries({ scheduler, workspace, dice, calls: wire.calls, history, fleet, tell });
  const outside: Outside = {
    ...{ scheduler, log, codec: shared.codec, redis: link, wire, workspace, dice, defects },
    quota: createMemoryQuota({ monthlyCallsOf: () => MONTHLY_CALLS, clock: { now, sleep: async () => undefined } }),
    tenant: createTenant(TENANT, POLL_SECONDS, MONTHLY_CALLS, workspace),
    isOwner: fleet.isOwner,
    isSure: fleet.isSure,
    brokerTrouble: trouble.broker,
    tellLog: (process, level, line, text) => tell(process.name, () => `${level}: ${text} ${brief(line)}`),
  };
  const { act, comeBack } = createActs({
    ...{ scheduler, workspace, pairs, history, log, redis, codec: shared.codec, fleet, defects, trouble, tell },
    deliverSoon,
  });

  if (known === undefined) configureTenant(log, shared.codec, now());
  telling.follow(log, known?.log, shared.codec);
  const ran: Ran = {
    ...{ plan, workspace, pairs, history, calls: wire.calls, log, redis, codec: shared.reader, lines: telling.lines },
    nowMs: now,
    watched: { breaches: [], edits: 0, freshUntilMs: new Map() },
    settings: readSettings(log, shared.reader, now),
    resumes,
    uncaught: [],
    quietSinceMs: 0,
    endMs: 0,
    events: 0,
  };
  fleet.start();
  ran.watched = startWatch(ran, TENANT, scheduler.after, defects);
  const stopWatching = watchUncaught(ran.uncaught);
  try {
    scheduler.runUntil(now() + (known === undefined ? PRELUDE_MS : START_UP_MS));
    for (const happening of plan.happenings) scheduler.after(happening.atMs, () => act(happening));
    scheduler.runUntil(now() + plan.activeMs);
    ran.quietSinceMs = now();
    comeBack(plan);
    settle(scheduler, leastMs(plan), () => options.isSettled(ran));
  } finally {
    mend();
    stopWatching();
  }
  ran.endMs = now();
  ran.events = scheduler.events();
  return ran;
}

function leastMs({ seed, happenings }: Plan): number {
  const isLonger = seed % SETTLE_LONGER_EVERY === 0 || happenings.some((one) => one.do === 'freeze');
  return isLonger ? SETTLE_LONGER_MS : SETTLE_LEAST_MS;
}

function settle({ now, runUntil }: Scheduler, leastMs: number, isSettled: () => boolean): void {
  const latestMs = now() + SETTLE_MOST_MS;
  runUntil(now() + leastMs);
  while (now() < latestMs && !isSettled()) runUntil(now() + SETTLE_LOOK_MS);
}

/** Makes the tenant known to the services. */
function configureTenant(log: SimLog, codec: Shared['codec'], nowMs: number): void {
  const value = codec.encode('sync.tenant.v1', {
    tenantId: TENANT,
    name: 'Simulated',
    timeZone: 'Pacific/Auckland',
    prospectBaseUrl: '',
    unleashedBaseUrl: '',
    monthlyCalls: MONTHLY_CALLS,
    pollSeconds: POLL_SECONDS,
    advancedLedgers: false,
    prospectRecordUrl: '',
    unleashedRecordUrl: '',
    initialSettings: { enabled: 'true', addresses: 'true' },
    configuredAtMs: nowMs,
    managedBy: 'file',
  });
  log.append('sync.tenant.v1', [{ key: tenantKey(TENANT), value }]);
}

/** The settings as they become visible, now and later. */
function readSettings(log: SimLog, reader: Shared['reader'], now: () => number): Ran['settings'] {
  const settings: { atMs: number; setting: Setting }[] = [];
  let at = 0;
  const readOn = (): void => {
    const { records, next } = log.read('sync.setting.v1', at);
    at = next;
    for (const { value } of records) {
      const setting = value === null ? undefined : reader.decodeKnown('sync.setting.v1', value);
      if (setting !== undefined) settings.push({ atMs: now(), setting });
    }
  };
  readOn();
  log.onNews((topic) => {
    if (topic === 'sync.setting.v1') readOn();
  });
  return settings;
}

/** Collects errors that nobody caught. */
function watchUncaught(into: unknown[]): () => void {
  const note = (error: unknown): void => void into.push(error);
  process.on('unhandledRejection', note);
  return () => void process.off('unhandledRejection', note);
}
