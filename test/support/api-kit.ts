/**
 * The two simulated systems and the services that talk to them, each as its own process on the real Kafka, registry and Redis of the
 * test run; and a view of every topic.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { type Codec, createCodec, partitionOf, TOPICS, type Topic, type TopicRecords } from '#contracts';
import { createGlobalTable, createSerialProducer, type GlobalTable, type SerialProducer } from '#kafka';
import { setUp } from '../../services/cli/setup.ts';
import { deleteTopics, kafkaOf } from './kafka.ts';
import { uniquePrefix, useStack } from './stack.ts';
import { until } from './until.ts';

const PARTITIONS = 2;
const ROOT = join(import.meta.dirname, '..', '..');

/** A process of the test. */
export interface Service {
  url: string;
  child: ChildProcess;
  /** Ends it with a signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The value of a metric: the sum over all lines with these labels. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
}

/** The kit of one test file. */
export interface Kit {
  prefix: string;
  /** Tenants of the sandbox: tenant-001 and so on. */
  tenantsFile: string;
  sandboxUrl: string;
  codec: Codec;
  /** Starts one of the services and waits until it is ready. */
  start(
    name: 'unleashed-connector' | 'unleashed-sink' | 'crm-capture' | 'crm-sink',
    options?: { port?: number; env?: Record<string, string> },
  ): Promise<Service>;
  /** A port that the next connector will have: webhooks of the sandbox go there. */
  hookPort: number;
  /** A port that the next crm-capture will have: change events of the sandbox go there. */
  crmHookPort: number;
  /** Everything on a topic so far, decoded, in order within its partition. */
  records<T extends Topic>(topic: T): TopicRecords[T][];
  /** Writes a record. */
  send<T extends Topic>(topic: T, tenantId: string, key: string, record: TopicRecords[T]): Promise<void>;
  /** A person of the sandbox edits, makes or deletes a record of Unleashed; gives the record. */
  person(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** GET of the sandbox's control API. */
  look(path: string): Promise<Record<string, unknown>>;
  /** Any call of the sandbox's control API. */
  control(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Changes the tenants file; the services take it up by themselves. */
  rewriteTenants(change: (text: string) => string): void;
  stop(): Promise<void>;
}

/** Starts the sandbox, makes topics and schemas, and follows all topics. */
export async function startKit(name: string, options: { tenants?: number; companies?: number } = {}): Promise<Kit> {
  const { kafkaBrokers, schemaRegistryUrl, redisUrl } = useStack();
  const prefix = uniquePrefix(name);
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const kafka = kafkaOf(kafkaBrokers);
  const registry = { url: schemaRegistryUrl };
  await setUp({ kafka, registry, topicPrefix: prefix, partitions: PARTITIONS });
  const codec = createCodec({ registry, topicPrefix: prefix });
  await codec.prepare([...TOPICS]);

  const children: Service[] = [];
  const hookPort = await getPort();
  const crmHookPort = await getPort();
  const sandbox = await launch('sandbox', await getPort(), {
    SANDBOX_TENANTS: `${options.tenants ?? 1}`,
    SANDBOX_COMPANIES: `${options.companies ?? 12}`,
    UNLEASHED_HOOK_BASE_URL: `http://127.0.0.1:${hookPort}`,
    CRM_HOOK_BASE_URL: `http://127.0.0.1:${crmHookPort}`,
  });
  const tenantsFile = join(folder, 'tenants.yaml');
  const yaml = await (await fetch(`${sandbox.url}/control/tenants.yaml`)).text();
  let tenantsText = yaml
    .replaceAll('pollSeconds: 5', 'pollSeconds: 1')
    .replaceAll('monthlyCalls: 1000000', 'monthlyCalls: 90000000');
  writeFileSync(tenantsFile, tenantsText);

  const tables = new Map<Topic, { records: unknown[]; table: GlobalTable<unknown> }>();
  for (const topic of TOPICS) {
    const records: unknown[] = [];
    const decode = async (record: { value: Buffer | null }): Promise<unknown> => {
      const value = await codec.decode(topic, record.value ?? Buffer.alloc(0));
      records.push(value);
      return value;
    };
    const onUndecodable = (): void => undefined;
    tables.set(topic, {
      records,
      table: createGlobalTable({ kafka, topic, topicPrefix: prefix, decode, onUndecodable }),
    });
  }
  await Promise.all([...tables.values()].map(({ table }) => table.start()));
  const producer: SerialProducer = await createSerialProducer({ kafka, topicPrefix: prefix });

  async function launch(service: string, port: number, env: Record<string, string>): Promise<Service> {
    const child = spawn(process.execPath, [join(ROOT, 'services', service, 'main.ts')], {
      env: { ...process.env, LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'fatal', PORT: `${port}`, ...env },
      stdio: ['ignore', process.env.TEST_LOG_LEVEL === undefined ? 'ignore' : 'inherit', 'inherit'],
    });
    const url = `http://127.0.0.1:${port}`;
    const started: Service = {
      url,
      child,
      async end(signal) {
        if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
        const gone = once(child, 'exit');
        child.kill(signal);
        await gone;
        return child.exitCode;
      },
      async metric(metric, labels = {}) {
        const text = await (await fetch(`${url}/metrics`)).text();
        const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
        const lines = text
          .split('\n')
          .filter((line) => line.startsWith(`${metric}{`) && wanted.every((part) => line.includes(part)));
        return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      },
    };
    children.push(started);
    const isReady = async () => child.exitCode !== null || (await fetch(`${url}/health/ready`)).ok;
    await until(isReady, { what: `${service} to be ready` });
    if (child.exitCode !== null) throw new Error(`${service} ended with code ${child.exitCode}`);
    return started;
  }

  async function control(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${sandbox.url}/control${path}`, {
      method,
      headers: { 'x-person': 'pat', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  return {
    prefix,
    tenantsFile,
    sandboxUrl: sandbox.url,
    codec,
    hookPort,
    crmHookPort,
    async start(service, { port, env } = {}) {
      return launch(service, port ?? (await getPort()), {
        KAFKA_BROKERS: kafkaBrokers.join(','),
        SCHEMA_REGISTRY_URL: schemaRegistryUrl,
        REDIS_URL: redisUrl,
        REDIS_PREFIX: prefix,
        TOPIC_PREFIX: prefix,
        TOPIC_PARTITIONS: `${PARTITIONS}`,
        TENANTS_FILE: tenantsFile,
        OUTBOUND_ALLOW: '127.0.0.1',
        ...env,
      });
    },
    records: <T extends Topic>(topic: T) => (tables.get(topic)?.records ?? []) as TopicRecords[T][],
    async send(topic, tenantId, key, record) {
      const partition = partitionOf(tenantId, PARTITIONS);
      await producer.send({ topic, partition, key, value: codec.encode(topic, record) });
    },
    person: (method, path, body) => control(method, `/tenants/${path}`, body),
    look: (path) => control('GET', path),
    control,
    rewriteTenants(change) {
      tenantsText = change(tenantsText);
      writeFileSync(tenantsFile, tenantsText);
    },
    async stop() {
      await Promise.all(children.map((service) => service.end('SIGTERM')));
      await producer.close();
      await Promise.all([...tables.values()].map(({ table }) => table.stop()));
      await deleteTopics(kafkaBrokers, prefix);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
