/**
 * Carries approved plans out: gives their orders, one request for each item, never more of them under way than the lanes and
 * people bear.
 *
 * How far a plan is follows from the topic alone: an item's request has an id that is derived from plan and item, and an order
 * that the topic shows is not given again. So an instance that dies loses nothing, and one that takes over first reads the
 * topic as far as it then was. Two that both believe to own a partition for a moment may give an order twice; the second is
 * refused where it would change anything, because the record no longer shows what was seen (`seen`).
 */
import { partitionOf, type Request } from '#contracts';
import { isRetriable, type Log } from '#runtime';
import { isLook, requestOf } from '../read-model/order-forecast.ts';
import {
  givenItems,
  nextItems,
  onTheirWay,
  runningPlans,
  type StoredItem,
  type StoredPlan,
} from '../read-model/plans.ts';
import type { Asked } from '../read-model/question.ts';

/** Orders of one plan whose records still wait for a turn, a write or a read-back, at most: the rest can be paused and cancelled. */
const ON_THEIR_WAY_MAX = 100;
/** How often it is looked whether orders can be given, milliseconds. */
const LOOK_EVERY_MS = 400;

/** What the runner is made of. */
export interface PlanRunnerOptions {
  /** What questions are asked with; throws while the read model is being built. */
  readonly ask: (tenantId: string) => Asked;
  /** The file of the read model; null while there is none to be asked. */
  readonly connection: () => Asked['connection'] | null;
  /** Writes a request, without waiting for what becomes of it. Throws KafkaError. */
  readonly send: (request: Request) => Promise<void>;
  /** End of a partition of the topic of requests. */
  readonly endOf: (partition: number) => Promise<bigint>;
  readonly partitionCount: number;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Carries plans out. */
export interface PlanRunner {
  /** Partitions whose plans are ours from now on, and no longer. */
  assign(partitions: readonly number[]): void;
  revoke(partitions: readonly number[]): void;
  /** One look at all plans; calls while one is under way do nothing. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** What of a plan the topic may not show yet. */
interface Progress {
  readonly given: Set<number>;
  readonly onTheirWay: Set<number>;
}

/** Makes a runner. */
export function createPlanRunner(options: PlanRunnerOptions): PlanRunner {
  const { ask, log, nowMs } = options;
  /** Ours, with the place that the read model has to have reached before an order is given; null until that is known. */
  const owned = new Map<number, bigint | null>();
  const progress = new Map<number, Progress>();
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;

  /** Whether the read model shows all that anybody had ordered when the partition came to us. */
  async function isCaughtUp(asked: Asked, partition: number): Promise<boolean> {
    let end = owned.get(partition) ?? null;
    if (end === null) {
      end = await options.endOf(partition);
      if (owned.has(partition)) owned.set(partition, end);
    }
    const sql = `SELECT next FROM positions WHERE topic = 'sync.request.v1' AND partition = ?`;
    const next = asked.connection.get<{ next: number }>(sql, partition)?.next ?? 0;
    return BigInt(next) >= end;
  }

  function progressOf(asked: Asked, plan: StoredPlan): Progress {
    let known = progress.get(plan.id);
    if (known === undefined) {
      const given = givenItems(asked, plan.id);
      known = { given: new Set(), onTheirWay: new Set(given) };
      progress.set(plan.id, known);
    }
    return known;
  }

  async function advance(asked: Asked, plan: StoredPlan): Promise<void> {
    const known = progressOf(asked, plan);
    const still = new Set(onTheirWay(asked, plan.id, known.onTheirWay));
    const shown = new Set(givenItems(asked, plan.id));
    for (const number of known.onTheirWay) {
      if (shown.has(number) && !still.has(number)) known.onTheirWay.delete(number);
    }
    for (const number of known.given) if (shown.has(number)) known.given.delete(number);
    const room = ON_THEIR_WAY_MAX - known.onTheirWay.size;
    if (room <= 0) return;
    for (const item of nextItems(asked, plan.id, known.given, room)) {
      if (!owned.has(partitionOf(asked.tenant.id, options.partitionCount))) return;
      known.given.add(item.number);
      known.onTheirWay.add(item.number);
      await options.send(orderOf(asked.tenant.id, plan, item));
    }
  }

  function orderOf(tenantId: string, plan: StoredPlan, item: StoredItem): Request {
    const { request_id: requestId, record_id: recordId, kind, entity, side, field, value, seen } = item;
    const order = requestOf(tenantId, { kind, entity, side, recordId, field, value }, nowMs());
    // A look overwrites nothing, whatever the record shows by now.
    return {
      ...order,
      requestId,
      requestedBy: plan.changed_by,
      planId: plan.plan_id,
      seen: isLook(kind) ? null : seen,
    };
  }

  async function lookAtAll(): Promise<void> {
    const connection = options.connection();
    if (connection === null || owned.size === 0) return;
    const running = runningPlans(connection);
    const ids = new Set(running.map(({ id }) => id));
    for (const id of progress.keys()) if (!ids.has(id)) progress.delete(id);
    for (const plan of running) {
      const partition = partitionOf(plan.tenant_id, options.partitionCount);
      if (!owned.has(partition)) continue;
      const asked = ask(plan.tenant_id);
      if (await isCaughtUp(asked, partition)) await advance(asked, plan);
    }
  }

  const look = (): Promise<void> => {
    looking ??= lookAtAll()
      .catch((error: unknown) => {
        // An order whose fate is unknown may be on the topic: what we remember is forgotten, and the topic is read again.
        progress.clear();
        for (const partition of owned.keys()) owned.set(partition, null);
        if (isRetriable(error)) log.warn({ err: error }, 'plans cannot be gone on with, trying again');
        else log.error({ err: error }, 'plans cannot be gone on with, trying again');
      })
      .finally(() => {
        looking = null;
      });
    return looking;
  };

  return {
    assign: (partitions) => {
      for (const partition of partitions) owned.set(partition, null);
    },
    revoke: (partitions) => {
      for (const partition of partitions) owned.delete(partition);
      progress.clear();
    },
    look,
    start() {
      timer ??= setInterval(() => void look(), LOOK_EVERY_MS);
    },
    async stop() {
      if (timer !== null) clearInterval(timer);
      await looking;
    },
  };
}
