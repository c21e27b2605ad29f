/** What the APIs do on their own: their change events and webhooks go out, and writes that the network held arrive. */
import {
  type Attempt,
  applyHeld,
  dueAttempts,
  nextDueMs,
  settleAttempt,
  type Workspace,
} from '../../../services/sandbox/model/index.ts';
import type { Dice } from '../../../services/sandbox/model/random.ts';
import type { Scheduler, Timer } from '../engine/scheduler.ts';
import type { WireCall } from '../engine/wire.ts';
import type { History } from '../world/history.ts';
import type { Fleet } from './fleet.ts';
import { between, type Kind, type Tell } from './parts.ts';

/** What it needs. */
export interface DeliveriesOptions {
  scheduler: Scheduler;
  workspace: Workspace;
  dice: Dice;
  /** Calls so far: a held write is one of them. */
  calls: readonly WireCall[];
  history: History;
  fleet: Fleet;
  tell: Tell;
}

/** How long an API waits for an answer, milliseconds. */
const ANSWER_MS = 5_000;
/** Deliveries at a time. */
const AT_ONCE = 50;

/** Makes the deliveries; `deliverSoon` is to be called after every change, and every write that is held. */
export function createDeliveries(options: DeliveriesOptions): { deliverSoon(): void } {
  const { scheduler, workspace, dice, calls, history, fleet, tell } = options;
  let timer: Timer | null = null;

  function deliverSoon(): void {
    timer?.cancel();
    const dueMs = nextDueMs(workspace);
    if (dueMs === undefined) return;
    timer = scheduler.after(Math.max(1, dueMs - scheduler.now()), () => {
      arriveLate();
      for (const attempt of dueAttempts(workspace, scheduler.now(), AT_ONCE)) {
        scheduler.after(between(dice, 2, 20), () => deliver(attempt));
      }
      deliverSoon();
    });
  }

  function arriveLate(): void {
    const nowMs = scheduler.now();
    for (const { request, changes } of applyHeld(workspace, nowMs)) {
      const { method, path, body } = request.request;
      tell('network', () => `delivers late: ${method} ${path} ${body}`);
      const call = calls.find(
        (one) => one.faults.includes('lateWrite') && one.effectAtMs === null && one.path === path && one.body === body,
      );
      if (call !== undefined) call.effectAtMs = nowMs;
      history.note(changes, call ?? null, nowMs);
    }
  }

  function deliver({ id, side, headers, body }: Attempt): void {
    const kind: Kind = side === 'crm' ? 'crm-capture' : 'unleashed-connector';
    let isAnswered = false;
    let patience: Timer | null = null;
    const answer = (isTaken: boolean): void => {
      if (isAnswered) return;
      isAnswered = true;
      patience?.cancel();
      settleAttempt(workspace, id, isTaken, scheduler.now());
      deliverSoon();
    };
    const service = fleet.current(kind)?.service;
    if (service?.deliver === undefined) {
      answer(false);
      return;
    }
    // A process that dies in between never answers.
    patience = scheduler.after(ANSWER_MS, () => answer(false));
    service.deliver(headers, body).then(
      () => answer(true),
      () => answer(false),
    );
  }

  return { deliverSoon };
}
