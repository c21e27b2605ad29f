/** Runs one schedule: the world, our services in it, what people do, what goes wrong, and the time to settle. */
import { blankRequest, type Codec, requestKey, type Setting, type TopicRecords, tenantKey } from '#contracts';
import { createMemoryQuota } from '#quota';
import { addFault, clearFaults } from '../../services/sandbox/model/index.ts';
import { createDice } from '../../services/sandbox/model/random.ts';
import { type Defects, NO_DEFECTS } from './defects.ts';
import { createSimLog, type LogCopy, type SimLog } from './engine/log.ts';
import { createSimRedis, type SimRedis, type Value } from './engine/redis.ts';
import type { RedisLink } from './engine/redis-client.ts';
import { createScheduler } from './engine/scheduler.ts';
import { createWire, type WireCall } from './engine/wire.ts';
import type { Act, Happening, Plan } from './plan.ts';
import { createDeliveries } from './services/deliveries.ts';
import { startCapture, startConnector } from './services/feeds.ts';
import { createFleet } from './services/fleet.ts';
import { between, createTenant, type Outside, type Tell } from './services/parts.ts';
import { startProcessorService } from './services/processor.ts';
import { startCrmSink, startUnleashedSink } from './services/sinks.ts';
import { startWatch, type Watched } from './services/watch.ts';
import { type Base, copyBase, MONTHLY_CALLS, type Pair, POLL_SECONDS, START_MS, TENANT } from './world/base.ts';
import { createHistory, type History } from './world/history.ts';
import { addContact, editField, valueFor } from './world/people.ts';

/** What a run needs that all runs of a program share. */
export interface Shared {
  codec: Codec;
  /** The codec of those who only look. */
  reader: Codec;
  /** Both sides, which the sync has never met. */
  base: Base;
  /** The same some time after it has. */
  aligned: Aligned;
}

/** A world in which the services had been at work and everything was settled. */
export interface Aligned extends Base {
  log: LogCopy;
  redis: Map<string, Value>;
  atMs: number;
}

/** A line of the story. */
export interface Line {
  atMs: number;
  who: string;
  text: string;
}

/** What a run left behind. */
export interface Ran {
  plan: Plan;
  workspace: Base['workspace'];
  pairs: readonly Pair[];
  history: History;
  calls: readonly WireCall[];
  log: SimLog;
  redis: SimRedis;
  codec: Codec;
  lines: Line[];
  /** The true time. */
  nowMs: () => number;
  /** What the watch over freshness found. */
  watched: Watched;
  /** Settings as they became visible. */
  settings: { atMs: number; setting: Setting }[];
  /** When a process that had been stopped went on, by name. */
  resumes: Map<string, number>;
  /** Errors that nobody caught. */
  uncaught: unknown[];
  /** When people stopped. */
  quietSinceMs: number;
  endMs: number;
  events: number;
}

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
/** Shortest and longest time to settle, milliseconds. */
const SETTLE_LEAST_MS = 70_000;
const SETTLE_MOST_MS = 45 * 60_000;
const SETTLE_LOOK_MS = 15_000;

/** Runs a schedule. Must be called from outside any promise. */
export function runPlan(plan: Plan, shared: Omit<Shared, 'aligned'> & Partial<Shared>, options: RunOptions): Ran {
  const known = plan.isFirst ? undefined : shared.aligned;
  const startMs = known?.atMs ?? START_MS;
  const scheduler = createScheduler(startMs);
  const now = scheduler.now;
  const { workspace, pairs } = copyBase(known ?? shared.base, `world ${plan.seed}`);
  workspace.switches.unleashed.contactEditFires = plan.contactEditFires;
  const dice = createDice(`chance ${plan.seed}`);
  const fleetDice = createDice(`fleet ${plan.seed}`);
  const history = createHistory(workspace);
  const log = createSimLog(now, known?.log);
  const redis = createSimRedis(now);
  if (known !== undefined) redis.replace(known.redis);
  const lines: Line[] = [];
  const defects = options.defects ?? NO_DEFECTS;
  const mend = defects.begin();
  /** Texts are made only when there is a story to tell: they would be a tenth of the time. */
  const tell: Tell = (who, text) => {
    if (options.story === true)
      lines.push({ atMs: now() - startMs, who, text: typeof text === 'string' ? text : text() });
  };

  let redisAwayUntilMs = 0;
  let redisCopy: Map<string, Value> | null = null;
  const link: RedisLink = {
    redis,
    isAway: () => now() < redisAwayUntilMs,
    travelMs: () => 1,
    channels: new Map(),
    now,
  };
  const wire = createWire({
    scheduler,
    workspace,
    travelMs: () => between(dice, 5, 60),
    onCall(call) {
      tellCall(tell, call);
      // What the network holds arrives in its time, whatever else happens.
      if (call.faults.includes('lateWrite')) deliverSoon();
    },
    onChanges(changes, call) {
      history.note(changes, call, now());
      deliverSoon();
    },
  });
  const tenant = createTenant(TENANT, POLL_SECONDS, MONTHLY_CALLS, workspace);
  const clock = { now, sleep: async () => undefined };
  const outside: Outside = {
    scheduler,
    log,
    codec: shared.codec,
    redis: link,
    wire,
    quota: createMemoryQuota({ monthlyCallsOf: () => MONTHLY_CALLS, clock }),
    tenant,
    workspace,
    dice,
    defects,
    isOwner: (kind, process) => fleet.isOwner(kind, process),
    isSure: (kind, process) => fleet.isSure(kind, process),
    brokerTrouble: { refused: 0, lost: 0 },
    tellLog: (process, level, line, text) => tell(process.name, () => `${level}: ${text} ${brief(line)}`),
  };
  const fleet = createFleet({
    scheduler,
    dice: fleetDice,
    start: (kind, process) => STARTERS[kind](outside, process),
    tell: (text) => tell('fleet', text),
    onResume: (name) => ran.resumes.set(name, now()),
  });
  const { deliverSoon } = createDeliveries({ scheduler, workspace, dice, calls: wire.calls, history, fleet, tell });
  const ran: Ran = {
    plan,
    workspace,
    pairs,
    history,
    calls: wire.calls,
    log,
    redis,
    codec: shared.reader,
    lines,
    nowMs: now,
    watched: { breaches: [], edits: 0, freshUntilMs: new Map() },
    settings: [],
    resumes: new Map(),
    uncaught: [],
    quietSinceMs: 0,
    endMs: 0,
    events: 0,
  };

  if (known === undefined)
    write('sync.tenant.v1', tenantKey(TENANT), {
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
      configuredAtMs: now(),
      managedBy: 'file',
    });
  const told = new Map([...(known?.log.topics ?? [])].map(([topic, entries]) => [topic, entries.length]));
  if (options.story === true) log.onNews((topic) => tellRecords(topic));
  let settingsRead = 0;
  const readSettings = (): void => {
    const { records, next } = log.read('sync.setting.v1', settingsRead);
    settingsRead = next;
    for (const { value } of records) {
      const setting = value === null ? undefined : shared.reader.decodeKnown('sync.setting.v1', value);
      if (setting !== undefined) ran.settings.push({ atMs: now(), setting });
    }
  };
  readSettings();
  log.onNews((topic) => {
    if (topic === 'sync.setting.v1') readSettings();
  });
  fleet.start();
  ran.watched = startWatch(ran, TENANT, (delayMs, run) => scheduler.after(delayMs, run), defects);
  const stopWatching = watchUncaught(ran.uncaught);
  try {
    scheduler.runUntil(startMs + (known === undefined ? PRELUDE_MS : START_UP_MS));
    for (const happening of plan.happenings) scheduler.after(happening.atMs, () => act(happening));
    scheduler.runUntil(now() + plan.activeMs);
    settle();
  } finally {
    mend();
    stopWatching();
  }
  ran.endMs = now();
  ran.events = scheduler.events();
  return ran;

  function settle(): void {
    clearFaults(workspace, { side: 'crm' });
    clearFaults(workspace, { side: 'unleashed' });
    redisAwayUntilMs = 0;
    outside.brokerTrouble.refused = 0;
    outside.brokerTrouble.lost = 0;
    tell('time', 'everybody goes home; nothing goes wrong any more');
    ran.quietSinceMs = now();
    comeBack();
    const latestMs = now() + SETTLE_MOST_MS;
    scheduler.runUntil(now() + SETTLE_LEAST_MS);
    while (now() < latestMs && !options.isSettled(ran)) scheduler.runUntil(now() + SETTLE_LOOK_MS);
  }

  /** What was switched off or paused is taken up again. */
  function comeBack(): void {
    const did = (what: Act['do']) => plan.happenings.filter((happening) => happening.do === what);
    if (did('settings').length > 0) {
      ask({ kind: 'set-settings', settings: { enabled: 'true', addresses: 'true', conflictPolicy: 'latest' } });
    }
    for (const side of ['crm', 'unleashed'] as const) if (did('lane').length > 0) ask({ kind: 'resume', side });
    for (const pair of did('record').length > 0 ? pairs : []) {
      ask({ kind: 'resume', entity: pair.kept, side: 'unleashed', recordId: pair.unleashed });
    }
  }

  function act(happening: Happening): void {
    switch (happening.do) {
      case 'edit':
        edit(happening);
        break;
      case 'add':
        add(happening);
        break;
      case 'press':
        press(happening.token);
        break;
      case 'settings':
        ask({ kind: 'set-settings', settings: happening.settings });
        break;
      case 'lane':
        ask({ kind: happening.pause ? 'pause' : 'resume', side: happening.side });
        break;
      case 'record': {
        const pair = pairs[happening.pair];
        if (pair === undefined) break;
        const kind = happening.pause ? 'pause' : 'resume';
        ask({ kind, entity: pair.kept, side: 'unleashed', recordId: pair.unleashed });
        break;
      }
      case 'fault': {
        const { order, forMs } = happening;
        tell('fault', () => `${order.side}: ${JSON.stringify(order)} for ${forMs} ms`);
        addFault(workspace, { ...order, untilMs: now() + forMs }, now());
        break;
      }
      case 'crash':
        tell('fault', `${happening.kind} is to die after ${happening.steps} steps`);
        fleet.crash(happening.kind, happening);
        break;
      case 'freeze':
        fleet.freeze(happening.kind, happening.forMs);
        break;
      case 'rebalance':
        fleet.rebalance(happening.kind);
        break;
      case 'redis':
        troubleRedis(happening);
        break;
      case 'broker':
        tell('fault', `the next ${happening.calls} calls of transactional producers: ${happening.what}`);
        outside.brokerTrouble[happening.what] += happening.calls;
    }
  }

  function edit({ side, pair: index, field, form, token }: Extract<Act, { do: 'edit' }>): void {
    const pair = pairs[index];
    if (pair === undefined) return;
    const earlier = history.showingsOf(side, pair.kept, pair[side], field);
    // Back to what it showed before the last change; an address only ever goes forward.
    const isBack = form === 'back' && field !== 'address' && earlier.length > 0;
    const value = valueFor(field, form === 'back' && !isBack ? 'plain' : form, token, earlier.at(-1)?.before ?? '');
    const { taken, changes, id } = editField(workspace, side, pair, field, value, now());
    tell('person', `sets ${field} of ${pair.kept} ${id} in ${side} to '${value}'${taken ? '' : ' (refused)'}`);
    if (!taken) return;
    const told = form === 'back' && !isBack ? 'plain' : form;
    history.edits.push({ token, side, kept: pair.kept, id, field, value, form: told, atMs: now() });
    history.note(changes, null, now());
    deliverSoon();
  }

  function add({ side, pair: index, token }: Extract<Act, { do: 'add' }>): void {
    const company = pairs[index];
    if (company === undefined) return;
    const { taken, changes, id } = addContact(workspace, side, company, token, now());
    tell('person', `adds contact ${token} (${id}) in ${side}${taken ? '' : ' (refused)'}`);
    if (!taken) return;
    history.added.push({ token, side, id, company: index, atMs: now(), pressedAtMs: null });
    if (defects.pressesItself && side === 'crm') {
      scheduler.after(3_000, () => ask({ kind: 'sync-contact', entity: 'contact', side, recordId: id }));
    }
    history.note(changes, null, now());
    deliverSoon();
  }

  function press(token: string): void {
    const contact = history.added.find((one) => one.token === token);
    if (contact === undefined) return;
    contact.pressedAtMs = now();
    ask({ kind: 'sync-contact', entity: 'contact', side: 'crm', recordId: contact.id });
  }

  function troubleRedis({ what, forMs }: Extract<Act, { do: 'redis' }>): void {
    tell('fault', `Redis: ${what}`);
    if (what === 'flush') redis.replace(new Map());
    else if (what === 'away') redisAwayUntilMs = now() + forMs;
    else if (what === 'copy') redisCopy = redis.copy();
    else if (redisCopy !== null) redis.replace(redisCopy);
    else {
      // No copy was taken before: one is taken now and comes back later.
      redisCopy = redis.copy();
      const copy = redisCopy;
      scheduler.after(forMs, () => redis.replace(copy));
    }
  }

  function write<T extends 'sync.tenant.v1' | 'sync.request.v1'>(topic: T, key: string, record: TopicRecords[T]): void {
    log.append(topic, [{ key, value: shared.codec.encode(topic, record) }]);
  }

  function ask(order: Partial<TopicRecords['sync.request.v1']> & { kind: string }): void {
    const requestId = `r${log.end('sync.request.v1')}`;
    tell('person', () => `orders ${brief(order)}`);
    write('sync.request.v1', requestKey(TENANT, requestId), {
      ...blankRequest({ requestId, tenantId: TENANT, kind: order.kind, requestedBy: 'ann', requestedAtMs: now() }),
      ...order,
    });
  }

  /** Tells what was written to a topic since the last time. */
  function tellRecords(topic: string): void {
    const { records, next } = log.read(topic, told.get(topic) ?? 0);
    told.set(topic, next);
    for (const { key, value, offset } of records) {
      const decoded = value === null ? null : shared.codec.decodeKnown(topic as 'sync.link.v1', value);
      tell(`${topic}/${offset}`, () => `${String(key)} ${brief(decoded ?? null)}`);
    }
  }
}

const STARTERS = {
  'sync-processor': startProcessorService,
  'crm-sink': startCrmSink,
  'unleashed-sink': startUnleashedSink,
  'crm-capture': startCapture,
  'unleashed-connector': startConnector,
} as const;

function tellCall(tell: Tell, call: WireCall): void {
  if (call.method === 'GET' && call.faults.length === 0) return;
  const faults = call.faults.length === 0 ? '' : ` [${call.faults.join(', ')}]`;
  tell(call.process, () => `${call.method} ${call.side}${call.path} ${call.body} → ${call.status}${faults}`);
}

/** An object on one line, without what is null or empty; null is a tombstone. */
function brief(value: object | null): string {
  if (value === null) return 'removed';
  return JSON.stringify(value, (_key, inner: unknown) => (inner === null || inner === '' ? undefined : inner)).slice(
    0,
    1_500,
  );
}

/** Collects errors that nobody caught. */
function watchUncaught(into: unknown[]): () => void {
  const note = (error: unknown): void => void into.push(error);
  process.on('unhandledRejection', note);
  return () => void process.off('unhandledRejection', note);
}
