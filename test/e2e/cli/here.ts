/** A system that `twoway up` started, in a folder of its own on the servers of the test run, and a terminal beside it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import getPort from 'get-port';
import { z } from 'zod';
import { localFolders, type StackAddresses } from '#local-stack';
import { uniquePrefix } from '#test/support/stack.ts';
import { type ApiAddress, askApi } from '../../../services/cli/control-client.ts';
import { createSandboxClient, type SandboxClient } from '../../../services/cli/sandbox-client/client.ts';
import { differences } from '../../../services/cli/sandbox-client/pairs.ts';
import { localToken, systemHome } from '../../../services/cli/supervisor/home.ts';
import { SERVICE_NAMES } from '../../../services/cli/supervisor/plan.ts';
import type { RecordAnswer, RecordsAnswer } from '../../../services/control-api/read-model/answers.ts';
import { deleteTopics } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

const BIN = join(import.meta.dirname, '..', '..', '..', 'services', 'cli', 'bin.js');
const RUN_TIMEOUT_MS = 90_000;
const ALIGNED_MS = 120_000;

/** What `up --json` prints. */
const addresses = z.object({
  services: z.record(z.enum(SERVICE_NAMES), z.url()),
  kafkaBrokers: z.string(),
  schemaRegistryUrl: z.url(),
  redisUrl: z.url(),
  tokenFile: z.string(),
});

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The system and the terminal. */
export interface Here {
  /** Its folder, TWOWAY_HOME. */
  readonly home: string;
  /** Environment of the terminal: it knows of the system only by its folder. */
  readonly env: Readonly<Record<string, string>>;
  /** Environment in which servers are named. */
  readonly servers: Readonly<Record<string, string>>;
  readonly services: z.infer<typeof addresses>['services'];
  readonly sandbox: SandboxClient;
  readonly tenant: string;
  readonly api: ApiAddress;
  /** Runs a command to its end. */
  run(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Begins a command. */
  begin(words: readonly string[]): ChildProcess;
  /** A company that is in sync. */
  company(): Promise<RecordsAnswer['records'][number]>;
  /** A record, once it stands for a reason. */
  record(entity: 'company' | 'contact', id: string, reason: string): Promise<RecordAnswer>;
  close(): Promise<void>;
}

/** Starts it with `up --json`, and waits until both made-up systems agree. */
export async function startHere(stack: StackAddresses): Promise<Here> {
  const home = mkdtempSync(join(tmpdir(), 'twoway-here-'));
  const prefix = uniquePrefix('cli');
  // What was built and compiled for other tests serves here too.
  const usual = localFolders();
  mkdirSync(join(usual.home, 'console'), { recursive: true });
  symlinkSync(join(usual.home, 'console'), join(home, 'console'));
  const env = { TWOWAY_HOME: home, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? usual.compileCacheDir };
  const own = { NO_COLOR: '1', OUTBOUND_ALLOW: '127.0.0.0/8', TOPIC_PREFIX: prefix, TOPIC_PARTITIONS: '4' };
  const servers = {
    ...{ KAFKA_BROKERS: stack.kafkaBrokers.join(','), SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl },
    ...{ REDIS_URL: stack.redisUrl, REDIS_PREFIX: prefix, ...own },
  };
  const begin = (words: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess =>
    spawn(process.execPath, [BIN, ...words], { env: environment({ ...env, ...own, ...more }), stdio: 'pipe' });
  const up = begin(['up', '--json', '--port-base', String(await freeBase())], servers);
  const said: string[] = [];
  up.stderr?.on('data', (chunk) => said.push(String(chunk)));
  const ended = once(up, 'exit').then(() => Promise.reject(new Error(`up ended: ${said.join('')}`)));
  const [line] = (await Promise.race([once(createInterface(up.stdout!), 'line'), ended])) as [string];
  ended.catch(() => undefined);
  const { services } = addresses.parse(JSON.parse(line));
  const sandbox = createSandboxClient(services.sandbox);
  const api = { url: services['control-api'], token: localToken(systemHome(home)) };
  const tenant = 'alpine-cycles';
  const aligned = async (): Promise<boolean> => (await differences(sandbox, tenant)).length === 0;
  await until(aligned, { timeoutMs: ALIGNED_MS, pauseMs: 200, what: 'both sides to agree' });
  const ask = async <T>(path: string): Promise<T> => (await askApi(api, 'GET', `/tenants/${tenant}${path}`)) as T;
  return {
    ...{ home, env: { ...env, ...own }, servers, services, sandbox, tenant, api, begin },
    run: (words, more = {}) => run(words, environment({ ...env, ...own, ...more })),
    company: () =>
      until(async () => {
        const path = '/records?entity=company&state=in-sync';
        return (await ask<RecordsAnswer>(path)).records.find(({ reason }) => reason === 'in-sync');
      }),
    record: (entity, id, reason) =>
      until(
        async () => {
          const record = await ask<RecordAnswer>(`/records/${entity}/${encodeURIComponent(id)}`);
          return record.reason === reason && record;
        },
        { timeoutMs: 60_000, what: `${entity} ${id}: ${reason}` },
      ),
    close: async () => {
      if (up.exitCode === null) {
        up.kill('SIGTERM');
        await ended.catch(() => undefined);
      }
      await deleteTopics(stack.kafkaBrokers, prefix);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The environment of this process without what would name another system. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { TWOWAY_URL, TWOWAY_TOKEN, KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL, FORCE_COLOR, ...rest } = process.env;
  return { ...rest, ...more };
}

function run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env, timeout: RUN_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [BIN, ...words], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
    });
  });
}

/** First of as many free ports in a row as there are services. */
async function freeBase(): Promise<number> {
  return await until(async () => {
    const base = 20_000 + 10 * Math.floor(Math.random() * 1_200);
    const ports = SERVICE_NAMES.map((_, at) => base + at);
    const free = await Promise.all(ports.map((port) => getPort({ port, host: '127.0.0.1' })));
    return free.every((port, at) => port === ports[at]) && base;
  });
}
