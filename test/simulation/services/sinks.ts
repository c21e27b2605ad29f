/** Both sinks in the simulation: the production handlers behind the production lanes and commit window. */
import { type Codec, type Command, type Outcome, type Setting, type Side, settingKey, tenantOfKey } from '#contracts';
import { type ConsumedRecord, createCommitWindow, createLanes } from '#kafka';
import { createCrmClients } from '#prospect-crm';
import type { Handle, HandlerParts } from '#sink';
import { createUnleashedClients } from '#unleashed';
import { createHandler as createCrmHandler } from '../../../services/crm-sink/handle.ts';
import { roll } from '../../../services/sandbox/model/random.ts';
import { createHandler as createUnleashedHandler } from '../../../services/unleashed-sink/handle.ts';
import type { SimProcess } from '../engine/process.ts';
import { connectRedis } from '../engine/redis-client.ts';
import { between, clusterMs, logOf, type Outside, producerOf, quietMetrics, type Service, tenantsOf } from './parts.ts';

/** What a sink consumer of production uses, milliseconds. */
const COMMIT_MS = 200;
const RETRY_MS = 200;
/** Part of the sinks that have been at work long enough to take an answer for a read-back. */
const PROVED = 0.75;

/** Starts crm-sink in a process. */
export function startCrmSink(outside: Outside, process: SimProcess): Service {
  const parts = partsOf(outside, process);
  const clients = createCrmClients(callsOf(outside, process, 'crm'));
  const handle = createCrmHandler({ ...parts, clients });
  return consumer(outside, process, 'crm-sink', 'sync.command.crm.v1', handle);
}

/** Starts unleashed-sink in a process. */
export function startUnleashedSink(outside: Outside, process: SimProcess): Service {
  const parts = partsOf(outside, process);
  const clients = createUnleashedClients(callsOf(outside, process, 'unleashed'));
  const handle = createUnleashedHandler({ ...parts, clients });
  return consumer(outside, process, 'unleashed-sink', 'sync.command.unleashed.v1', handle);
}

/** What the handler of a sink is made of, but for the clients of its API. */
function partsOf(outside: Outside, process: SimProcess): HandlerParts {
  const { defects } = outside;
  return {
    settings: settingsTable(outside, process),
    redis: defects.sinkRedis(connectRedis(process, outside.redis)),
    codec: sinkCodec(outside),
    producer: producerOf(outside, process),
    tenants: tenantsOf(outside),
    clock: defects.sinkClock(process.clock),
    log: logOf(outside, process),
    metrics: quietMetrics(),
    ...(roll(outside.dice) < PROVED ? { provedAfter: 0 } : {}),
  };
}

/** How the clients of a sink call its API. */
function callsOf({ quota, wire, defects }: Outside, process: SimProcess, side: Side) {
  const exchange = defects.exchange(wire.exchangeOf(process, side), side);
  return { quota, caller: 'simulation', transport: { now: () => process.clock.now(), exchange } };
}

/** The codec, with what a defect makes of commands and outcomes. */
function sinkCodec({ codec, defects }: Outside): Codec {
  return {
    ...codec,
    decodeKnown(topic, value) {
      const record = codec.decodeKnown(topic, value);
      if (record === undefined || !topic.startsWith('sync.command.')) return record;
      return defects.command(record as Command) as typeof record;
    },
    encode: (topic, record) =>
      codec.encode(topic, topic === 'sync.outcome.v1' ? (defects.outcome(record as Outcome) as typeof record) : record),
  };
}

/** The table of settings of one process: what it has read so far, some time behind the log. */
function settingsTable(outside: Outside, process: SimProcess) {
  const { log, codec, dice, tenant, defects } = outside;
  const key = settingKey(tenant.id);
  let at = 0;
  let setting: Setting | undefined;

  function readOn(): void {
    const { records, next } = log.read('sync.setting.v1', at);
    at = next;
    for (const { value } of records) if (value !== null) setting = codec.decodeKnown('sync.setting.v1', value);
  }

  readOn();
  log.onNews((topic) => {
    if (topic === 'sync.setting.v1') process.later(between(dice, 1, 60), readOn);
  });
  return { get: (wanted: string) => (wanted === key ? defects.setting(setting) : undefined) };
}

/** The consumer of commands: in order within a lane, committed up to the lowest unfinished one. */
function consumer(
  outside: Outside,
  process: SimProcess,
  kind: 'crm-sink' | 'unleashed-sink',
  topic: string,
  handle: Handle,
): Service {
  const { log, dice } = outside;
  const lanes = createLanes(64);
  let gone: AbortController | null = null;

  async function handleFully(record: ConsumedRecord, signal: AbortSignal): Promise<void> {
    const isOurs = (): boolean => !signal.aborted && outside.defects.isSure(outside.isSure(kind, process));
    while (!signal.aborted) {
      try {
        await handle(record, { signal, isOurs });
        return;
      } catch (error) {
        if (signal.aborted) return;
        const isRetriable = error instanceof Error && 'retriable' in error && error.retriable === true;
        if (!isRetriable) throw error;
        await process.clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  function open(mine: AbortController, start: number): void {
    const window = createCommitWindow(BigInt(start));
    let position = start;
    let isComing = false;
    let isCommitting = false;

    function fetchSoon(): void {
      if (isComing || mine.signal.aborted) return;
      isComing = true;
      process.later(clusterMs(dice), () => {
        isComing = false;
        if (mine.signal.aborted) return;
        const { records, next } = log.read(topic, position);
        position = next;
        for (const record of records) {
          window.begin(record.offset);
          lanes.add(tenantOfKey(record.key) ?? '', async () => {
            if (mine.signal.aborted) return;
            await handleFully(record, mine.signal);
            if (mine.signal.aborted) return;
            window.finish(record.offset);
            commitSoon();
          });
        }
        window.advance(BigInt(next));
      });
    }

    function commitSoon(): void {
      if (isCommitting) return;
      isCommitting = true;
      process.later(COMMIT_MS, () => {
        isCommitting = false;
        const offset = window.toCommit();
        if (offset === null || mine.signal.aborted) return;
        void process
          .step('commit offsets', clusterMs(dice), () => {
            if (!outside.isOwner(kind, process)) return;
            log.offsets(kind).set(topic, Number(offset));
          })
          .then(() => window.committed(offset));
      });
    }

    log.onNews((name) => {
      if (name === topic) fetchSoon();
    });
    fetchSoon();
  }

  return {
    assign() {
      const mine = new AbortController();
      gone = mine;
      void process
        .step('read the committed offsets', clusterMs(dice), () => log.offsets(kind).get(topic) ?? 0)
        .then((start) => open(mine, start));
    },
    revoke() {
      gone?.abort();
      gone = null;
      lanes.drop('');
    },
  };
}
