/**
 * The work of one task: records in, steps of the pure core, records out, and after the commit Redis.
 *
 * Order. A batch is decided in the order in which the stream task hands it over: within a topic by offset, between topics
 * by record time, ties by place in INPUT_TOPICS (configuration, requests and outcomes before snapshots, companies before
 * contacts). All steps of a batch have the same `now`.
 *
 * Memory. A tenant is loaded from Redis when something of it is due, and only from a view that is exactly where this task
 * believes; it stays in memory as long as there is room. Its state is ahead of what is stored until the transaction is
 * committed, so any failure throws all of it away: the next incarnation begins with the restore.
 */
import { CHANGELOG_TOPICS, type Codec, type Quarantine } from '#contracts';
import type { ConsumedRecord, RestoreContext, StepResult, TaskOutput, TaskProcessor } from '#kafka';
import { inSpan, type Log, recordFacts } from '#runtime';
import { type ChangelogEnds, StateError, type StateView, type TenantChange } from '#state';
import { type CoreEvent, resume, step, type TenantState } from '#sync-core';
import { type Batch, BatchError, type Changes, createBatch } from './batch.ts';
import type { Failures } from './failures.ts';
import { createFirstLooks, LINKS_PER_LOOK } from './first-looks.ts';
import { type Input, readInput } from './inputs.ts';
import { createLinkTraces } from './link-traces.ts';
import type { ProcessorMetrics } from './metrics.ts';
import { REPLAYED, restoreView } from './restore.ts';
import type { TenantCache } from './tenant-cache.ts';
import { loadTenant } from './tenant-loader.ts';
import { applyInPieces } from './view-writer.ts';
import { createWakeTimes } from './wake-times.ts';

/** What the processors of all tasks of a process share. */
export interface ProcessorParts {
  /** Prepared for the input, changelog and output topics. */
  codec: Codec;
  view: StateView;
  cache: TenantCache;
  failures: Failures;
  metrics: ProcessorMetrics;
  log: Log;
  /** Partitions of every topic. */
  partitions: number;
  /**
   * Links that are loaded for one step, about, and one tenant at least. All tenants of a step are in memory until its
   * transaction is committed, and nothing of it is out before: after a start, when nobody is loaded, a thousand records may
   * be of a thousand tenants.
   */
  maxLoadedLinks: number;
  /** How often an idle task looks whether Redis is still where it should be, milliseconds. */
  viewCheckMs: number;
  /** Our clock. */
  clock: () => number;
}

/** Tenants whose timers are looked at in one transaction. */
const TIMERS_PER_STEP = 64;
/** Tenants that are loaded at the same time: at first, and at most. */
const FIRST_LOADS_AT_ONCE = 4;
const LOADS_AT_ONCE = 32;
/** The same, for those that nobody waits for. */
const LOOKS_AT_ONCE = 4;
/** A timer that is due again at once would spin; so long it waits at least, milliseconds. */
const MIN_WAKE_MS = 10;
/** A tenant whose timer fails every time is tried again after this, milliseconds. */
const HOPELESS_TIMER_MS = 600_000;
/** Unknown tenants that the log names, per incarnation. */
const MAX_UNKNOWN_SAID = 1_000;
/** What Kafka takes in one record with room for the rest of the quarantine record, bytes. */
const MAX_QUARANTINED_BYTES = 900_000;

/** What a step was about, for laying a failure to it. */
type Cause = { record: ConsumedRecord } | { timerOf: string };

/** The processor of one incarnation of a task. */
export function createProcessor(parts: ProcessorParts, task: number): TaskProcessor {
  const { codec, view, metrics, failures, clock } = parts;
  const log = parts.log.child({ task });
  const tenants = parts.cache.part();
  const wakes = createWakeTimes();
  const looks = createFirstLooks();
  const traces = createLinkTraces();
  const unknown = new Set<string>();
  const gone = new AbortController();
  let signal: AbortSignal = gone.signal;
  let ends: ChangelogEnds = {};
  let checkAtMs = 0;
  /** What `committed` has to apply: of the step whose transaction is under way. */
  let pending: { changes: Changes; woken: Set<string>; nowMs: number } | null = null;

  /** The first time it may be the view that is damaged; the second time it is the log. */
  function isHopeless(key: string): boolean {
    const name = `entry/${task}/${key}`;
    metrics.corruptState.inc();
    failures.note(name);
    return failures.isHopeless(name);
  }

  const loader = { view, codec, log, isHopeless };

  async function load(tenantId: string, nowMs: number): Promise<TenantState> {
    const begunMs = performance.now();
    const state = await loadTenant(loader, task, tenantId, ends, signal);
    wakes.set(tenantId, resume(state, nowMs));
    looks.done(tenantId);
    tenants.put(state);
    metrics.loadSeconds.observe((performance.now() - begunMs) / 1_000);
    return state;
  }

  /** Finds out when a few of the replayed tenants want to be looked at, and notes it in Redis. They are not kept. */
  async function look(nowMs: number): Promise<void> {
    const found = new Map<string, TenantChange>();
    for (let links = 0; links < LINKS_PER_LOOK; ) {
      const some = looks.take(LOOKS_AT_ONCE);
      if (some.length === 0) break;
      const states = await Promise.all(some.map((tenantId) => loadTenant(loader, task, tenantId, ends, signal)));
      for (const state of states) {
        const wakeAtMs = resume(state, nowMs);
        wakes.set(state.tenantId, wakeAtMs);
        found.set(state.tenantId, { entries: [], wakeAtMs });
        links += state.links.size;
      }
    }
    const stay = ([topic, end]: [string, bigint]) => [topic, { previousEnd: end, newEnd: end }] as const;
    const changelogs = Object.fromEntries(Object.entries(ends).map(stay));
    if (found.size > 0) await view.apply({ task, changelogs, tenants: found, nowMs }, signal);
    looks.rest(nowMs, clock());
  }

  /** The tenants' states: of all that are in memory, and of so many others, in the order given, as one step may load. */
  async function loadSome(tenantIds: Iterable<string>, nowMs: number): Promise<Map<string, TenantState>> {
    const states = new Map<string, TenantState>();
    const missing: string[] = [];
    for (const tenantId of tenantIds) {
      const state = tenants.use(tenantId);
      if (state === undefined) missing.push(tenantId);
      else states.set(tenantId, state);
    }
    let links = 0;
    for (let from = 0, atOnce = FIRST_LOADS_AT_ONCE; from < missing.length && links < parts.maxLoadedLinks; ) {
      const some = missing.slice(from, from + atOnce);
      for (const state of await Promise.all(some.map((tenantId) => load(tenantId, nowMs)))) {
        states.set(state.tenantId, state);
        links += state.links.size;
      }
      from += some.length;
      // As many as there is room for, if they are like those so far.
      const room = Math.floor(((parts.maxLoadedLinks - links) * from) / Math.max(links, 1));
      atOnce = Math.min(Math.max(room, 1), LOADS_AT_ONCE);
    }
    return states;
  }

  /** One step of the core, its effects added to the batch. */
  function take(batch: Batch<Cause>, state: TenantState, event: CoreEvent, nowMs: number, cause: Cause): void {
    const work = (): void => decide(batch, state, event, nowMs, cause);
    if ('timerOf' in cause) work();
    else inSpan(`process ${cause.record.topic}`, spanOf(cause.record, state.tenantId), work);
  }

  function decide(batch: Batch<Cause>, state: TenantState, event: CoreEvent, nowMs: number, cause: Cause): void {
    const { tenantId } = state;
    try {
      const effects = step(state, event, nowMs);
      traces.note(effects);
      batch.add(tenantId, effects, cause, traces.of);
      const wakeAtMs = effects.nextWakeAtMs;
      wakes.set(tenantId, wakeAtMs === null ? null : Math.max(wakeAtMs, nowMs + MIN_WAKE_MS));
      metrics.steps.inc({ cause: event.kind });
      for (const { verdict, reason } of effects.decisions) metrics.decisions.inc({ verdict, reason });
      for (const { policy, winner } of effects.conflicts) metrics.conflicts.inc({ policy, winner });
      for (const { side, op, priority } of effects.commands) metrics.commands.inc({ side, op, priority });
    } catch (error) {
      throw blame(cause, error);
    }
  }

  function blame(cause: Cause, error: unknown): unknown {
    failures.note(nameOf(cause));
    const tenantId = 'timerOf' in cause ? cause.timerOf : undefined;
    const place = 'record' in cause ? placeOf(cause.record) : undefined;
    log.error({ err: error, tenantId, ...place }, 'deciding failed; the task begins again');
    return error;
  }

  /** Ends a batch: its outputs, and what `committed` will apply. */
  function finish(batch: Batch<Cause>, woken: Set<string>, nowMs: number): TaskOutput {
    try {
      const { outputs, changes } = batch.finish();
      pending = { changes, woken, nowMs };
      return { outputs, nextWakeAtMs: nextWake() };
    } catch (error) {
      throw error instanceof BatchError ? blame(error.origin as Cause, error) : error;
    }
  }

  const nextWake = (): number =>
    Math.min(wakes.next() ?? Number.POSITIVE_INFINITY, looks.nextAtMs() ?? Number.POSITIVE_INFINITY, checkAtMs);

  function putAside(batch: Batch<Cause>, record: ConsumedRecord, code: string, message: string, nowMs: number): void {
    batch.quarantine(toQuarantine(record, code, message, nowMs));
    metrics.quarantined.inc({ topic: record.topic, code });
    log.warn({ ...placeOf(record), code, reason: message }, 'a record that cannot be used was put on sync.quarantine');
  }

  /**
   * A snapshot may come before its tenant's configuration does. It is kept as state and written nowhere until then: put
   * aside instead, it would be missing when the tenant is configured a moment later.
   */
  function sayUnknown(tenantId: string, record: ConsumedRecord): void {
    metrics.unknownTenant.inc();
    if (unknown.has(tenantId) || unknown.size >= MAX_UNKNOWN_SAID) return;
    unknown.add(tenantId);
    log.warn({ tenantId, ...placeOf(record) }, 'a record of a tenant that is not configured (yet)');
  }

  return {
    async restore(context: RestoreContext) {
      signal = AbortSignal.any([context.signal, gone.signal]);
      const nowMs = clock();
      ends = await restoreView({
        view,
        context: { ...context, signal },
        nowMs,
        log: parts.log,
        onRebuild: (why) => metrics.rebuilt.inc({ why }),
      });
      for await (const page of view.tenantsOf(task, signal)) {
        for (const { tenantId, wakeAtMs } of page) {
          if (wakeAtMs === REPLAYED) looks.add(tenantId);
          else wakes.set(tenantId, wakeAtMs);
        }
      }
      checkAtMs = nowMs + parts.viewCheckMs;
    },

    async process(records, nowMs) {
      const begunMs = performance.now();
      const batch = createBatch<Cause>(codec);
      const inputs: Input[] = [];
      for (const record of records) {
        const input = readInput(codec, record, parts.partitions);
        inputs.push(input instanceof Promise ? await input : input);
      }
      const tenantsOf = (some: readonly Input[]) =>
        new Set(some.flatMap((input) => (input.kind === 'event' ? [input.tenantId] : [])));
      const states = await loadSome(tenantsOf(inputs), nowMs);
      const next = inputs.findIndex((input) => input.kind === 'event' && !states.has(input.tenantId));
      const taken = next === -1 ? inputs.length : next;
      const steppingMs = performance.now();
      for (const [at, input] of inputs.slice(0, taken).entries()) {
        const record = records[at];
        if (record === undefined || input.kind === 'nothing') continue;
        const cause = { record };
        if (input.kind === 'refused') putAside(batch, record, input.code, input.message, nowMs);
        else if (failures.isHopeless(nameOf(cause))) {
          putAside(batch, record, 'STEP_FAILED', 'deciding on this record failed each time it was tried', nowMs);
        } else {
          const state = states.get(input.tenantId);
          if (state === undefined) throw new Error(`tenant ${input.tenantId} was not loaded`);
          if (state.setting === null && input.event.kind === 'observation') sayUnknown(input.tenantId, record);
          take(batch, state, input.event, nowMs, cause);
        }
      }
      const output = finish(batch, tenantsOf(inputs.slice(0, taken)), nowMs);
      const doneMs = performance.now();
      metrics.batchSeconds.observe((doneMs - begunMs) / 1_000);
      if (taken > 0) metrics.stepSeconds.observe((doneMs - steppingMs) / 1_000 / taken);
      return { ...output, taken };
    },

    async punctuate(nowMs) {
      if (nowMs >= checkAtMs) {
        await checkView(view, task, ends, signal);
        checkAtMs = nowMs + parts.viewCheckMs;
      }
      if ((looks.nextAtMs() ?? Number.POSITIVE_INFINITY) <= nowMs) await look(nowMs);
      const batch = createBatch<Cause>(codec);
      const due = wakes.due(nowMs, TIMERS_PER_STEP);
      const states = await loadSome(due, nowMs);
      for (const tenantId of due) {
        const state = states.get(tenantId);
        // Not loaded with this step: it is still due.
        if (state === undefined) continue;
        const cause = { timerOf: tenantId };
        if (failures.isHopeless(nameOf(cause))) {
          failures.forget(nameOf(cause));
          wakes.set(tenantId, nowMs + HOPELESS_TIMER_MS);
        } else take(batch, state, { kind: 'timer' }, nowMs, cause);
      }
      return finish(batch, new Set(due), nowMs);
    },

    async committed(result: StepResult) {
      const done = pending;
      pending = null;
      if (done !== null) {
        const begunMs = performance.now();
        const wanted = { ...done, task, ends, baseOffsets: result.baseOffsets, wakeOf: wakes.get };
        const applied = await applyInPieces(view, wanted, signal);
        if (applied !== null) {
          ends = applied;
          metrics.applySeconds.observe((performance.now() - begunMs) / 1_000);
        }
      }
      tenants.release();
    },

    async close() {
      gone.abort();
      tenants.drop();
    },
  };
}

/** Throws StateError GAP when Redis is not where the task left it, so that the task restores it. */
async function checkView(view: StateView, task: number, ends: ChangelogEnds, signal: AbortSignal): Promise<void> {
  const stored = await view.stored(task, signal);
  const ofStored = (topic: string) => (stored.usable ? (stored.ends[topic] ?? 0n) : 0n);
  const same = CHANGELOG_TOPICS.every((topic) => ofStored(topic) === (ends[topic] ?? 0n));
  const isEmpty = !stored.usable && stored.why === 'empty';
  if (!same || (!stored.usable && !isEmpty)) {
    throw new StateError('GAP', `task ${task}: Redis is no longer where this task left it`);
  }
}

function spanOf(record: ConsumedRecord, tenantId: string) {
  const facts = { ...recordFacts(record), 'twoway.tenant': tenantId };
  return { kind: 'consumer', from: record.headers, facts } as const;
}

function placeOf({ topic, partition, offset, key }: ConsumedRecord) {
  return { topic, partition, offset: String(offset), key: key?.toString('utf8').slice(0, 200) ?? null };
}

function nameOf(cause: Cause): string {
  if ('timerOf' in cause) return `timer/${cause.timerOf}`;
  return `${cause.record.topic}/${cause.record.partition}/${cause.record.offset}`;
}

function toQuarantine(record: ConsumedRecord, code: string, message: string, nowMs: number): Quarantine {
  const { topic, partition, offset, key, value } = record;
  const cut = (bytes: Buffer | null) => bytes?.subarray(0, MAX_QUARANTINED_BYTES) ?? null;
  return {
    topic,
    partition,
    offset: Number(offset),
    key: cut(key),
    value: cut(value),
    code,
    message,
    service: 'sync-processor',
    foundAtMs: nowMs,
  };
}
