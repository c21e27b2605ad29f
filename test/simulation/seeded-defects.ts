/** The seeded defects: each breaks one piece of production as a careless change might, to show that the judges find it. */
import { CHANGELOG_TOPICS, INPUT_TOPICS } from '#contracts';
import type { TaskOutput } from '#kafka';
import type { Exchange, ExchangeRequest } from '#runtime';
import { LIMITS } from '#sync-core';
import { DOUBTED } from '../../services/unleashed-connector/core/known.ts';
import { type Defects, NO_DEFECTS } from './defects.ts';

type Json = Record<string, unknown>;

function bodyOf(request: ExchangeRequest): Json {
  return request.body === null ? {} : (JSON.parse(request.body) as Json);
}

/** Sends writes to paths of a kind with a changed body. */
function rewriting(
  exchange: Exchange,
  isIt: (request: ExchangeRequest) => boolean,
  change: (body: Json) => Json,
): Exchange {
  return (request) => exchange(isIt(request) ? { ...request, body: JSON.stringify(change(bodyOf(request))) } : request);
}

/** After a write, the next read of the record is not made: it shows what was sent. */
function believing(exchange: Exchange): Exchange {
  const last = new Map<string, { answer: Awaited<ReturnType<Exchange>>; sent: Json | null }>();
  return async (request) => {
    const path = request.path.split('?')[0] ?? '';
    if (request.method !== 'GET') {
      const known = last.get(path);
      if (known !== undefined) known.sent = bodyOf(request);
      return exchange(request);
    }
    const known = last.get(path);
    if (known?.sent != null) {
      const shown = JSON.parse(known.answer.body.toString()) as { value?: Json[] } & Json;
      const merged = Array.isArray(shown.value)
        ? { ...shown, value: shown.value.map((row) => ({ ...row, ...known.sent })) }
        : { ...shown, ...known.sent };
      last.delete(path);
      return { ...known.answer, body: Buffer.from(JSON.stringify(merged)) };
    }
    const answer = await exchange(request);
    last.set(path, { answer, sent: null });
    return answer;
  };
}

/** A GUID that is another one each time. */
function nextGuid(): () => string {
  let number = 0;
  return () => `00000000-0000-4000-8000-${String(++number).padStart(12, '0')}`;
}

/** Every offset of every topic is committed. */
const EVERYTHING = new Map(
  INPUT_TOPICS.map((topic) => [topic as string, new Map([[0, BigInt(Number.MAX_SAFE_INTEGER)]])]),
);

/** The defects by name. */
export const DEFECTS: Readonly<Record<string, Partial<Defects>>> = {
  // What was read counts as known at once, whether it was processed or not.
  'fresh-when-published': {
    ground: (ground) => ({
      ...ground,
      committed: async () => EVERYTHING,
      position: () => BigInt(Number.MAX_SAFE_INTEGER),
    }),
  },

  'skip-the-fence': { fence: (log, id) => log.join(id) },

  'no-replay-after-a-crash': {
    view: (view, log) => ({
      ...view,
      async stored(task, signal) {
        const stored = await view.stored(task, signal);
        if (!stored.usable) return stored;
        return {
          ...stored,
          ends: Object.fromEntries(CHANGELOG_TOPICS.map((topic) => [topic, BigInt(log.end(topic))])),
        };
      },
      loadTenant: async (task, tenantId, _ends, signal) => {
        const { ends } = (await view.stored(task, signal)) as { ends: Record<string, bigint> };
        return view.loadTenant(task, tenantId, ends ?? {}, signal);
      },
      apply: async (change, signal) => {
        const stored = await view.stored(change.task, signal);
        const at = stored.usable ? stored.ends : {};
        const changelogs = Object.fromEntries(
          Object.entries(change.changelogs).map(([topic, { newEnd }]) => [
            topic,
            { previousEnd: at[topic] ?? 0n, newEnd },
          ]),
        );
        return view.apply({ ...change, changelogs }, signal);
      },
    }),
  },

  'forget-the-agreed-pair': {
    view: (view, _log, codec) => ({
      ...view,
      async loadTenant(...given) {
        const entries = await view.loadTenant(...given);
        return entries.map(({ key, value }) => {
          if (value === null || !/\/(company|contact)\//.test(key)) return { key, value };
          const link = codec.decodeKnown('sync.link.v1', value);
          if (link === undefined) return { key, value };
          const fields = link.fields.map((field) => ({
            ...field,
            agreed: null,
            crm: field.crm ?? field.agreed?.crm ?? null,
            unleashed: field.unleashed ?? field.agreed?.unleashed ?? field.agreed?.crm ?? null,
          }));
          return { key, value: codec.encode('sync.link.v1', { ...link, fields }) };
        });
      },
    }),
  },

  'drop-a-loser': { outputs: (records) => records.filter(({ topic }) => topic !== 'sync.conflict.v1') },

  'lose-a-decision': {
    outputs: (records) => {
      const index = records.findLastIndex(({ topic }) => topic === 'sync.decision.v1');
      return records.length < 12 ? records : records.filter((_, at) => at !== index);
    },
  },

  'say-that-it-holds-at-once': {
    outputs: (records, codec) =>
      records.map((record) => {
        const setting =
          record.topic === 'sync.setting.v1' && record.value !== null
            ? codec.decodeKnown('sync.setting.v1', record.value)
            : undefined;
        if (setting === undefined) return record;
        return { ...record, value: codec.encode('sync.setting.v1', { ...setting, holds: true }) };
      }),
    setting: () => undefined,
  },

  'blank-an-omitted-field': {
    exchange: (exchange, side) =>
      side === 'crm'
        ? exchange
        : rewriting(
            exchange,
            ({ method, path }) => method === 'POST' && !path.includes('/Contacts'),
            ({ Notes: _omitted, ...kept }) => kept,
          ),
  },

  'write-all-fields': {
    exchange: (exchange, side) =>
      side === 'unleashed'
        ? exchange
        : rewriting(
            exchange,
            ({ method, path }) => method === 'PATCH' && path.includes('/Contacts'),
            (body) => ({ Title: 'Dr', ...body }),
          ),
  },

  'new-guid-on-retry': {
    exchange(exchange, side) {
      if (side === 'crm') return exchange;
      const guid = nextGuid();
      const isCreation = ({ method, path }: ExchangeRequest) => method === 'POST' && path.endsWith('/Contacts');
      return rewriting(exchange, isCreation, (body) => ({ ...body, Guid: guid(), LastName: `${body.LastName} ` }));
    },
  },

  'ignore-the-claim': {
    sinkRedis: (redis) => ({
      ...redis,
      call: (doing, command) =>
        doing === 'claim a creation'
          ? (Promise.resolve('OK') as ReturnType<typeof command>)
          : redis.call(doing, command),
    }),
  },

  'ignore-the-setting': { setting: (setting) => (setting === undefined ? undefined : { ...setting, version: 0 }) },

  'ignore-a-pause': { setting: (setting) => (setting === undefined ? undefined : { ...setting, pausedSides: [] }) },

  'ignore-a-pause-of-a-kind': {
    setting: (setting) => (setting === undefined ? undefined : { ...setting, pausedEntities: [] }),
  },

  // Of one that slept, its doubt whether it is its own keeps the write back, too: that is broken as well.
  'ignore-a-deadline': {
    command: (command) => ({ ...command, deadlineMs: Number.MAX_SAFE_INTEGER }),
    isSure: () => true,
  },

  'redis-before-the-commit': {
    processor: (processor, log) => {
      // Where the outputs will stand, if nothing goes wrong in between.
      const told = async (output: TaskOutput): Promise<TaskOutput> => {
        const baseOffsets = new Map<string, { first: bigint; last: bigint }>();
        for (const [topic, some] of Map.groupBy(output.outputs, (record) => record.topic)) {
          const first = BigInt(log.end(topic));
          baseOffsets.set(topic, { first, last: first + BigInt(some.length) - 1n });
        }
        await processor.committed({ baseOffsets });
        return output;
      };
      return {
        restore: (context) => processor.restore(context),
        process: async (records, nowMs) => told(await processor.process(records, nowMs)),
        punctuate: async (nowMs) => told(await processor.punctuate(nowMs)),
        committed: async () => undefined,
        close: () => processor.close(),
      };
    },
  },

  'no-read-back': { exchange: (exchange) => believing(exchange) },

  'forget-what-was-shown': {
    recordStore: (store) => ({
      ...store,
      recall: async (...given) => ({ ...(await store.recall(...given)), shown: new Map() }),
    }),
  },

  'trust-what-is-remembered': {
    recordStore: (store) => ({
      ...store,
      async write(changes) {
        const sure = new Map([...changes].filter(([, value]) => value?.startsWith(DOUBTED) !== true));
        if (sure.size > 0) await store.write(sure);
      },
    }),
  },

  'ignore-credit': {
    begin() {
      const limits: Record<string, number> = LIMITS;
      const { commandsInFlightPerLane = 0 } = limits;
      limits.commandsInFlightPerLane = 1_000;
      return () => {
        limits.commandsInFlightPerLane = commandsInFlightPerLane;
      };
    },
  },

  'press-the-button-unasked': { pressesItself: true },
};

/** A set of pieces with one of them broken. Throws when there is no such defect. */
export function defectNamed(name: string): Defects {
  const broken = DEFECTS[name];
  if (broken === undefined) throw new Error(`no such defect: ${name}; there are ${Object.keys(DEFECTS).join(', ')}`);
  return { ...NO_DEFECTS, ...broken };
}
