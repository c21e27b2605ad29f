/**
 * What the tests of the processor stand on: topics and schemas of their own, the real process, two systems in a few lines
 * with people editing them and a sink that carries commands out, and readers that start from nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import {
  CHANGELOG_TOPICS,
  COMPACTED_TOPICS,
  type Codec,
  createCodec,
  type Link,
  linkKey,
  type Outcome,
  partitionOf,
  registerSchemas,
  settingKey,
  TOPICS,
  type Topic,
  type TopicRecords,
} from '#contracts';
import {
  type ConsumedRecord,
  createPartitionReader,
  createSerialProducer,
  createTopicAdmin,
  type KafkaConfig,
  type Position,
} from '#kafka';
import type { StackAddresses } from '#local-stack';
import { createLog } from '#runtime';

/** Partitions of every topic in these tests. */
export const PARTITIONS = 2;

/** Polls until the condition gives something else than false. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false> | T | false,
  limitMs = 40_000,
): Promise<T> {
  const giveUpMs = performance.now() + limitMs;
  for (;;) {
    const result = await condition();
    if (result !== false) return result;
    if (performance.now() > giveUpMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await sleep(25);
  }
}

/** A decoded record and where it was. */
export interface Read<T extends Topic> {
  partition: number;
  offset: bigint;
  key: string;
  record: TopicRecords[T] | null;
}

/** The processor as its own process. */
export interface ProcessorProcess {
  /** Kills it the hard way. */
  kill(): Promise<void>;
  /** Ends it politely; gives its exit code and how long it took, milliseconds. */
  stop(): Promise<{ code: number | null; tookMs: number }>;
  /** Log lines so far. */
  log(): Record<string, unknown>[];
  /** Where its HTTP side answers. */
  url(): Promise<string>;
}

/** Topics, Redis keys and processes of one test. */
export type Bench = Awaited<ReturnType<typeof createBench>>;

/** Sets up topics and schemas under a prefix. */
export async function createBench(stack: StackAddresses, prefix: string) {
  const log = createLog({ service: 'test', level: 'silent' });
  const kafka: KafkaConfig = { brokers: [...stack.kafkaBrokers], clientId: 'processor-test', logger: log };
  const registry = { url: stack.schemaRegistryUrl };
  const admin = createTopicAdmin(kafka);
  await admin.ensure(
    TOPICS.map((topic) => ({
      name: prefix + topic,
      partitions: PARTITIONS,
      compacted: (COMPACTED_TOPICS as readonly Topic[]).includes(topic),
    })),
  );
  await registerSchemas({ registry, topicPrefix: prefix });
  const codec: Codec = createCodec({ registry, topicPrefix: prefix });
  await codec.prepare(TOPICS);
  const producer = createSerialProducer({ kafka, topicPrefix: prefix });
  const reader = createPartitionReader(kafka);
  const redis = new Redis(stack.redisUrl);
  const children = new Set<ChildProcess>();

  /** Writes a record of a tenant where it belongs. */
  async function produce<T extends Topic>(topic: T, record: TopicRecords[T] & { tenantId: string }, key: string) {
    const partition = partitionOf(record.tenantId, PARTITIONS);
    return await producer.send({ topic, partition, key, value: codec.encode(topic, record) });
  }

  /** Everything of a topic that a fresh read_committed reader sees. */
  async function readRaw(topic: Topic): Promise<ConsumedRecord[]> {
    const found: ConsumedRecord[] = [];
    for (const [partition, { first, end }] of await admin.ends(prefix + topic)) {
      const onRecords = (records: ConsumedRecord[]) => void found.push(...records);
      await reader.readTo({ topic: prefix + topic, partition, from: first, to: end, onRecords });
    }
    return found;
  }

  async function read<T extends Topic>(topic: T): Promise<Read<T>[]> {
    const records = await readRaw(topic);
    return await Promise.all(
      records.map(async ({ partition, offset, key, value }) => ({
        partition,
        offset,
        key: key?.toString() ?? '',
        record: value === null ? null : await codec.decode(topic, value),
      })),
    );
  }

  /** Last value per key of a changelog: what Redis has to hold, byte for byte. */
  async function foldedChangelogs(): Promise<Map<string, string>> {
    const folded = new Map<string, string>();
    for (const topic of CHANGELOG_TOPICS) {
      for (const { key, value } of await readRaw(topic)) {
        if (value === null) folded.delete(key?.toString() ?? '');
        else folded.set(key?.toString() ?? '', value.toString('hex'));
      }
    }
    return folded;
  }

  /** What Redis holds of all tenants. */
  async function redisEntries(): Promise<Map<string, string>> {
    const entries = new Map<string, string>();
    for (const key of await redis.keys(`${prefix}:*:tenant:*`)) {
      for (const [field, value] of Object.entries(await redis.hgetallBuffer(key)))
        entries.set(field, value.toString('hex'));
    }
    return entries;
  }

  function start(env: Record<string, string> = {}): ProcessorProcess {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      env: {
        ...process.env,
        KAFKA_BROKERS: stack.kafkaBrokers.join(','),
        SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl,
        REDIS_URL: stack.redisUrl,
        TOPIC_PREFIX: prefix,
        REDIS_PREFIX: prefix,
        PORT: '0',
        SESSION_TIMEOUT_MS: '3000',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(child);
    const lines: Record<string, unknown>[] = [];
    let rest = '';
    child.stdout.on('data', (data: Buffer) => {
      const pieces = (rest + data.toString()).split('\n');
      rest = pieces.pop() ?? '';
      for (const line of pieces) if (line.startsWith('{')) lines.push(JSON.parse(line) as Record<string, unknown>);
    });
    const end = async (signal: NodeJS.Signals) => {
      const begunMs = performance.now();
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
      }
      children.delete(child);
      return { code: child.exitCode, tookMs: performance.now() - begunMs };
    };
    return {
      kill: async () => void (await end('SIGKILL')),
      stop: () => end('SIGTERM'),
      log: () => lines,
      url: () =>
        until('the processor says where it answers', () => {
          const line = lines.find(({ url }) => typeof url === 'string');
          return line === undefined ? false : String(line.url);
        }),
    };
  }

  async function close(): Promise<void> {
    for (const child of children) child.kill('SIGKILL');
    await producer.close();
    await reader.close();
    await admin.deleteTopics(TOPICS.map((topic) => prefix + topic));
    await until('the group is gone', () =>
      admin.deleteGroup(`${prefix}sync-processor`).then(
        () => true,
        () => false,
      ),
    );
    await admin.close();
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.del(keys);
    redis.disconnect();
  }

  return {
    prefix,
    kafka,
    codec,
    producer,
    reader,
    redis,
    produce,
    readRaw,
    read,
    foldedChangelogs,
    redisEntries,
    start,
    close,
  };
}

const FIELDS = ['name', 'phone', 'website'] as const;
type Values = Record<(typeof FIELDS)[number], string>;

/** Two systems that hold companies, people who edit them, and a sink that carries out what is ordered. */
export function createWorld(bench: Bench) {
  const records = new Map<string, { tenantId: string; crm: Values; unleashed: Values }>();
  const idOf = (tenantId: string, n: number) => `${tenantId}-${n}`;
  const guidOf = (id: string) =>
    `00000000-0000-4000-8000-${Buffer.from(id).toString('hex').slice(-12).padStart(12, '0')}`;
  const stopping = new AbortController();
  let observed = 0;
  const commands: string[] = [];

  async function publishCrm(id: string): Promise<void> {
    const known = records.get(id);
    if (known === undefined) return;
    const { tenantId, crm } = known;
    observed += 1;
    await bench.produce(
      'crm.company.v1',
      {
        tenantId,
        divisionId: id,
        companyId: id,
        operatingCompanyCode: 'A',
        statusFlag: 'A',
        deleted: false,
        mergedWith: null,
        isB2C: false,
        ...crm,
        accountManager: '',
        addressId: null,
        address: null,
        account: {
          salesLedgerId: `L${id}`,
          accountsId: guidOf(id),
          customerCode: id,
          closed: false,
          duplicate: false,
          isB2C: false,
          defaultDivisionId: id,
        },
        sourceUpdatedAtMs: Date.now(),
        sourceUpdatedBy: null,
        readStartedAtMs: Date.now(),
        readCause: 'event',
      },
      `${tenantId}/company/${id}`,
    );
  }

  async function publishUnleashed(id: string): Promise<void> {
    const known = records.get(id);
    if (known === undefined) return;
    const { tenantId, unleashed } = known;
    observed += 1;
    await bench.produce(
      'unleashed.customer.v1',
      {
        tenantId,
        guid: guidOf(id),
        customerCode: id,
        obsolete: false,
        deleted: false,
        ...unleashed,
        address: null,
        addressChoice: 'none',
        salesPersonGuid: '',
        salesPersonEmail: '',
        salesPersonName: '',
        sourceUpdatedAtMs: Date.now(),
        sourceUpdatedBy: null,
        readStartedAtMs: Date.now(),
        readCause: 'poll',
      },
      `${tenantId}/customer/${guidOf(id)}`,
    );
  }

  /** Carries out one command as a sink does: compare, write, report. */
  async function carryOut(command: TopicRecords['sync.command.crm.v1']): Promise<void> {
    commands.push(command.commandId);
    const side = command.side === 'crm' ? 'crm' : 'unleashed';
    const id = [...records.keys()].find((one) => command.targetId === (side === 'crm' ? one : guidOf(one)));
    const target = id === undefined ? undefined : records.get(id)?.[side];
    const startedAtMs = Date.now();
    const fields = command.fields.map(({ field, value, expected }) => {
      const before = target?.[field as keyof Values] ?? '';
      const result = before === value ? 'already' : before === expected ? 'written' : 'changed';
      if (result === 'written' && target !== undefined) target[field as keyof Values] = value;
      return { field, result, code: 'ok', before, sent: result === 'written' ? value : '' };
    });
    const outcome: Outcome = {
      ...{
        commandId: command.commandId,
        tenantId: command.tenantId,
        side,
        entity: command.entity,
        linkId: command.linkId,
      },
      ...{ result: 'applied', code: 'ok', message: '', scope: 'record', retryAtMs: null, created: false, calls: 3 },
      targetId: command.targetId,
      parentId: '',
      fields,
      shown:
        target === undefined
          ? null
          : [
              ...FIELDS.map((field) => ({ field, value: target[field] })),
              { field: 'address', value: '' },
              { field: 'accountManager', value: '' },
            ],
      shownReadStartedAtMs: Date.now(),
      sourceUpdatedAtMs: Date.now(),
      startedAtMs,
      finishedAtMs: Date.now(),
    };
    await bench.produce('sync.outcome.v1', outcome, linkKey(command.tenantId, command.entity, command.linkId));
  }

  /** Follows both command topics, as a read_committed reader, until the world ends. */
  async function runSinks(): Promise<void> {
    const topics = ['sync.command.crm.v1', 'sync.command.unleashed.v1'] as const;
    const positions: Position[] = topics.flatMap((topic) =>
      Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: bench.prefix + topic, partition, offset: 0n })),
    );
    while (!stopping.signal.aborted) {
      for (const slice of await bench.reader.fetch(positions, 100)) {
        const position = positions.find((one) => one.topic === slice.topic && one.partition === slice.partition);
        if (position !== undefined) position.offset = slice.nextOffset;
        for (const { value } of slice.records) {
          if (value !== null) await carryOut(await bench.codec.decode('sync.command.crm.v1', value));
        }
      }
    }
  }
  const sinks = runSinks();
  sinks.catch(() => {});

  return {
    records,
    idOf,
    guidOf,
    commands: () => commands,
    observed: () => observed,

    /** Configures a tenant with so many companies that are the same on both sides, and publishes them. */
    async addTenant(tenantId: string, companies: number): Promise<void> {
      await bench.produce(
        'sync.tenant.v1',
        {
          tenantId,
          name: tenantId,
          timeZone: 'UTC',
          prospectBaseUrl: 'http://crm.invalid',
          unleashedBaseUrl: 'http://unleashed.invalid',
          monthlyCalls: 1_000,
          pollSeconds: 300,
          initialSettings: { enabled: 'true' },
          configuredAtMs: Date.now(),
        },
        `${tenantId}/tenant`,
      );
      for (let n = 1; n <= companies; n++) {
        const id = idOf(tenantId, n);
        const values = { name: `Company ${id}`, phone: '1', website: `${id}.example` };
        records.set(id, { tenantId, crm: { ...values }, unleashed: { ...values } });
        await publishCrm(id);
        await publishUnleashed(id);
      }
    },

    /** A person edits a field; the connector publishes what is there then. */
    async edit(id: string, side: 'crm' | 'unleashed', change: Partial<Values>): Promise<void> {
      const record = records.get(id);
      if (record === undefined) throw new Error(`no record ${id}`);
      Object.assign(record[side], change);
      await (side === 'crm' ? publishCrm(id) : publishUnleashed(id));
    },

    publishCrm,
    publishUnleashed,

    /** Records whose sides differ. */
    differing: () => [...records].filter(([, { crm, unleashed }]) => FIELDS.some((f) => crm[f] !== unleashed[f])),

    async end(): Promise<void> {
      stopping.abort();
      await sinks.catch(() => {});
    },
  };
}

/** A link as of the end of its changelog. */
export async function lastLinks(bench: Bench): Promise<Map<string, Link>> {
  const links = new Map<string, Link>();
  for (const { key, record } of await bench.read('sync.link.v1')) {
    if (record === null) links.delete(key);
    else links.set(key, record);
  }
  return links;
}

/** True when the tenant has settings on the changelog. */
export async function isConfigured(bench: Bench, tenantId: string): Promise<boolean> {
  return (await bench.read('sync.setting.v1')).some(({ key }) => key === settingKey(tenantId));
}
