/**
 * Drives workspaces on real time: finds the tenant of a credential, saves after every change, tells the listeners,
 * delivers events. Everything that happens to a workspace passes through here.
 */
import type { Log } from '#runtime';
import {
  type ApiRequest,
  applyHeld,
  type CallPlan,
  type CallResult,
  type Change,
  nextDueMs,
  type PersonWrite,
  planCall,
  runCall,
  type Side,
  type Workspace,
  writeAsPerson,
} from '../model/index.ts';
import type { PersonResult } from '../model/people.ts';
import { type CallEntry, type ChangeEntry, createRing, type Ring } from './call-log.ts';
import { createDeliverer } from './deliveries.ts';
import type { Store } from './store.ts';

/** Running workspaces. */
export type Host = {
  readonly workspaces: ReadonlyMap<string, Workspace>;
  readonly calls: Ring<CallEntry>;
  readonly changes: Ring<ChangeEntry>;
  /** The workspace of a CRM token or an Unleashed API id, or undefined. */
  readonly workspaceOf: (side: Side, credential: string) => Workspace | undefined;
  readonly plan: (workspace: Workspace, side: Side, request: ApiRequest) => CallPlan;
  readonly run: (workspace: Workspace, side: Side, request: ApiRequest, plan: CallPlan) => CallResult;
  readonly write: (workspace: Workspace, write: PersonWrite) => PersonResult;
  /** Tells about changes that were made otherwise, saves, and goes on delivering. */
  readonly changed: (workspace: Workspace, changes: readonly Change[]) => void;
  /** Adds a workspace that is saved already, or whose records are yet to be saved. */
  readonly add: (workspace: Workspace) => void;
  /** Puts a fresh workspace in the place of the one of the same id. */
  readonly replace: (workspace: Workspace) => void;
  readonly now: () => number;
  readonly close: () => void;
};

/** What a host needs. */
export type HostOptions = {
  readonly store: Store;
  readonly log: Log;
  /** Clock in ms since the epoch. */
  readonly now: () => number;
};

/** API calls kept in memory. */
const callsKept = 5000;
/** Changes kept in memory. */
const changesKept = 5000;
/** Counters are saved this long after a call that changed no record, ms. */
const saveDelayMs = 500;
/** Longest that a timer waits before it looks again, ms. */
const longestTimerMs = 60_000;

/** A host without workspaces. */
export function createHost({ store, log, now }: HostOptions): Host {
  const workspaces = new Map<string, Workspace>();
  const calls = createRing<CallEntry>(callsKept);
  const changes = createRing<ChangeEntry>(changesKept);
  const unsaved = new Set<Workspace>();
  const timers = new Map<string, NodeJS.Timeout>();
  let saveTimer: NodeJS.Timeout | undefined;
  let closed = false;
  const deliverer = createDeliverer({ log, now, settled: (workspace) => schedule(workspace) });

  const saveSoon = (workspace: Workspace): void => {
    unsaved.add(workspace);
    saveTimer ??= setTimeout(saveAll, saveDelayMs);
  };
  const saveAll = (): void => {
    saveTimer = undefined;
    for (const workspace of unsaved) store.save(workspace);
    unsaved.clear();
  };
  const changed = (workspace: Workspace, made: readonly Change[]): void => {
    for (const change of made) changes.add({ ...change, tenant: workspace.id });
    if (made.length > 0) {
      store.save(workspace);
      unsaved.delete(workspace);
    } else saveSoon(workspace);
    schedule(workspace);
  };
  /** Does what is due now and sets a timer for what is due next. */
  const schedule = (workspace: Workspace): void => {
    if (closed) return;
    clearTimeout(timers.get(workspace.id));
    timers.delete(workspace.id);
    for (const { request, changes: late } of applyHeld(workspace, now())) {
      log.info(
        { tenant: workspace.id, method: request.request.method, url: request.request.path },
        'late write applied',
      );
      changed(workspace, late);
    }
    deliverer.deliver(workspace);
    const due = nextDueMs(workspace);
    if (due === undefined || deliverer.isFull(workspace)) return;
    const waitMs = Math.min(longestTimerMs, Math.max(1, due - now()));
    clearTimeout(timers.get(workspace.id));
    timers.set(
      workspace.id,
      setTimeout(() => schedule(workspace), waitMs),
    );
  };

  return {
    workspaces,
    calls,
    changes,
    workspaceOf: (side, credential) => {
      for (const workspace of workspaces.values()) {
        if (side === 'unleashed' && workspace.unleashed.apiId === credential) return workspace;
        if (side === 'crm' && workspace.crm.tokens.some(({ token }) => token === credential)) return workspace;
      }
      return undefined;
    },
    plan: (workspace, side, request) => planCall(workspace, side, request, now()),
    run: (workspace, side, request, plan) => {
      const result = runCall(workspace, side, request, plan, now());
      changed(workspace, result.changes);
      return result;
    },
    write: (workspace, write) => {
      const result = writeAsPerson(workspace, write, now());
      changed(workspace, result.changes);
      return result;
    },
    changed,
    add: (workspace) => {
      workspaces.set(workspace.id, workspace);
      store.save(workspace);
    },
    replace: (workspace) => {
      workspaces.set(workspace.id, workspace);
      store.drop(workspace.id);
      store.save(workspace);
    },
    now,
    close: () => {
      closed = true;
      clearTimeout(saveTimer);
      for (const timer of timers.values()) clearTimeout(timer);
      deliverer.close();
      for (const workspace of workspaces.values()) store.save(workspace);
      store.close();
    },
  };
}
