/** sync-processor in the simulation: the production task and processor on the simulated log and Redis. */
import { INPUT_TOPICS, OUTPUT_TOPICS } from '#contracts';
import {
  compileStreamOptions,
  createStreamTask,
  type KafkaConfig,
  KafkaError,
  type StreamTask,
  type TaskPorts,
  type TaskProducer,
} from '#kafka';
import { createStateView } from '#state';
import { roll } from '../../../services/sandbox/model/random.ts';
import { createFailures } from '../../../services/sync-processor/failures.ts';
import { createProcessor } from '../../../services/sync-processor/processor.ts';
import { createTenantCache } from '../../../services/sync-processor/tenant-cache.ts';
import type { SimProcess } from '../engine/process.ts';
import { connectRedis } from '../engine/redis-client.ts';
import { clusterMs, logOf, type Outside, quietMetrics, type Service } from './parts.ts';

const GROUP = 'sync-processor';
const TRANSACTIONAL_ID = 'sync-processor-0';
/** Links in memory: few, so that tenants are loaded again now and then. */
const MAX_LINKS = 1_000;
/** How often an idle task looks at Redis, milliseconds: as in production. */
const VIEW_CHECK_MS = 10_000;

/** Starts the service in a process. */
export function startProcessorService(outside: Outside, process: SimProcess): Service {
  const { codec, defects } = outside;
  const log = logOf(outside, process);
  const view = defects.view(
    createStateView({ redis: connectRedis(process, outside.redis), clock: process.clock }),
    outside.log,
    codec,
  );
  const cache = createTenantCache(MAX_LINKS);
  const parts = {
    codec,
    view,
    cache,
    failures: createFailures(),
    metrics: quietMetrics<Parameters<typeof createProcessor>[0]['metrics']>(),
    log,
    partitions: 1,
    viewCheckMs: VIEW_CHECK_MS,
    maxLoadedLinks: MAX_LINKS,
    clock: () => process.clock.now(),
  };
  const options = compileStreamOptions({
    kafka: { brokers: [], clientId: GROUP, logger: log } as unknown as KafkaConfig,
    groupId: GROUP,
    inputTopics: [...INPUT_TOPICS],
    outputTopics: [...OUTPUT_TOPICS],
    createProcessor: ({ partition }) => defects.processor(createProcessor(parts, partition), outside.log),
    clock: () => process.clock.now(),
    maxStepRecords: 50,
  });
  let task: StreamTask | null = null;

  return {
    assign() {
      const inputs = createInputs(outside, process, (topic, records, next) => made.accept(topic, records, next));
      const made: StreamTask = createStreamTask(0, options, portsOf(outside, process, inputs), quietMetrics(), log);
      task = made;
      made.start();
    },
    revoke() {
      void task?.stop(1_000);
      task = null;
    },
  };
}

type Accept = StreamTask['accept'];
type Inputs = Pick<TaskPorts, 'open' | 'close' | 'hold'>;

/** Delivers the input topics to a task, each from where it was opened, some time after something new is there. */
function createInputs(outside: Outside, process: SimProcess, accept: Accept): Inputs {
  const { log, dice } = outside;
  const positions = new Map<string, number>();
  let isHeld = false;
  let isComing = false;

  function fetchSoon(): void {
    if (isComing) return;
    isComing = true;
    process.later(clusterMs(dice), () => {
      isComing = false;
      if (isHeld) return;
      for (const [topic, from] of positions) {
        const { records, next } = log.read(topic, from);
        if (next === from) continue;
        positions.set(topic, next);
        accept(topic, records, BigInt(next));
      }
    });
  }

  log.onNews((topic) => {
    if (positions.has(topic)) fetchSoon();
  });
  return {
    open(topic, offset) {
      positions.set(topic, Number(offset));
      fetchSoon();
    },
    close: (topic) => void positions.delete(topic),
    hold(held) {
      isHeld = held;
      if (!held) fetchSoon();
    },
  };
}

function portsOf(outside: Outside, process: SimProcess, inputs: Inputs): TaskPorts {
  const { log, dice } = outside;
  const call = <T>(what: string, effect: () => T) => process.step(what, clusterMs(dice), effect);
  return {
    ...inputs,
    startingOffsets: () =>
      call('read the committed offsets', () => {
        const committed = log.offsets(GROUP);
        return new Map(INPUT_TOPICS.map((topic) => [topic as string, BigInt(committed.get(topic) ?? 0)]));
      }),
    stillMember: () => call('ask for membership', () => outside.isOwner('sync-processor', process)),
    reader: {
      ends: (topic) => call('ask for ends', () => new Map([[0, { first: 0n, end: BigInt(log.end(topic)) }]])),
      async readTo({ topic, from, to, onRecords }) {
        const { records } = await call('read a changelog', () => log.read(topic, Number(from)));
        const found = records.filter((record) => record.offset < to);
        if (found.length > 0) await onRecords(found);
        return found.length;
      },
    },
    fence: async () =>
      createProducer(outside, process, await call('fence', () => outside.defects.fence(log, TRANSACTIONAL_ID))),
    pause: (delayMs, signal) => process.clock.sleep(delayMs, signal).catch(() => undefined),
    nap(delayMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = process.later(delayMs, resolve);
      const end = (): void => {
        timer.cancel();
        resolve();
      };
      return { over: promise, end };
    },
    random: () => roll(dice),
  };
}

/** A transactional producer of one epoch. */
function createProducer(outside: Outside, process: SimProcess, epoch: number): TaskProducer {
  const { log, dice, brokerTrouble, defects } = outside;
  /** Whether the brokers know of the transaction: kafkajs begins one by itself, and they hear of it with its first call. */
  let isKnown = false;

  function makeKnown(): void {
    if (!isKnown) log.begin(TRANSACTIONAL_ID, epoch);
    isKnown = true;
  }

  /** One call to the brokers: refused, or carried out with its answer lost, when that is in store. */
  function call<T>(what: string, effect: () => T): Promise<Awaited<T>> {
    return process.step(what, clusterMs(dice), () => {
      if (brokerTrouble.refused > 0) {
        brokerTrouble.refused -= 1;
        throw new KafkaError('connection', `${what}: no broker`);
      }
      const answer = effect();
      if (brokerTrouble.lost > 0) {
        brokerTrouble.lost -= 1;
        throw new KafkaError('deadline', `${what}: no answer`);
      }
      return answer;
    });
  }

  return {
    async begin() {
      isKnown = false;
    },
    send: (records) =>
      call('write outputs', () => {
        makeKnown();
        const byTopic = Map.groupBy(defects.outputs(records, outside.codec), ({ topic }) => topic);
        const written = new Map<string, { first: bigint; last: bigint }>();
        for (const [topic, some] of byTopic) {
          const { first, last } = log.send(TRANSACTIONAL_ID, epoch, topic, some);
          written.set(topic, { first: BigInt(first), last: BigInt(last) });
        }
        return written;
      }),
    sendOffsets: (group, offsets) =>
      call('write offsets', () => {
        makeKnown();
        const positions = new Map(offsets.map(({ topic, offset }) => [topic, Number(offset)]));
        log.sendOffsets(TRANSACTIONAL_ID, epoch, group, positions);
      }),
    commit: () => call('commit', () => log.commit(TRANSACTIONAL_ID, epoch)),
    async discard() {
      log.abort(TRANSACTIONAL_ID, epoch);
    },
  };
}
