/**
 * The whole system on one machine: servers, topics and schemas, sandbox, services; for `npm start`, the demo, the bench
 * and the tests. Everything ends with the process that started it, even when that is killed.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type LocalStack, localFolders, type PartKind, stackStatus, startStack } from '#local-stack';
import {
  createLog,
  kafkaClientConfig,
  kafkaConfig,
  loadConfig,
  loadTenants,
  registryClientConfig,
  registryConfig,
  serviceConfig,
} from '#runtime';
import { builtConsole } from '../../console/build.ts';
import { setUp } from '../setup.ts';
import {
  clearUpState,
  localSessionKey,
  localTenantKey,
  localToken,
  refuseSecondStart,
  type SystemHome,
  systemHome,
  writeUpState,
} from './home.ts';
import type { ServiceSpec, SupervisorEvent } from './options.ts';
import { PIPELINE, type PortPlan, type ServiceName, serviceSpecs } from './plan.ts';
import { requirePort } from './ports.ts';
import { residentBytes } from './resident.ts';
import { type SandboxSetup, sandboxEnv, writeSandboxTenants } from './sandbox.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

/** How a system is started. */
export interface SystemOptions {
  /** Its folder. Default: `.twoway` of the checkout, or TWOWAY_HOME. */
  readonly folder?: string;
  readonly ports: PortPlan;
  /** Tenants file of real accounts; without it the sandbox and its tenants are used. */
  readonly tenantsFile?: string;
  /** How the sandbox is made up. Default: three lifelike tenants, webhooks on. */
  readonly sandbox?: SandboxSetup;
  /** More environment for single services, by name. */
  readonly serviceEnv?: Partial<Record<ServiceName, Readonly<Record<string, string>>>>;
  /**
   * Over the environment of this process: addresses of servers, prefixes of topics and keys. For tests, which share
   * servers. Default: nothing.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Told what goes on. Default: nothing. */
  readonly onEvent?: (event: SystemEvent) => void;
  /** Called once when a service or server is gone for good; the rest still runs. Default: nothing. */
  readonly onGiveUp?: (error: Error) => void;
}

/** What goes on while a system starts and runs. */
export type SystemEvent =
  | {
      readonly kind: 'step';
      readonly phase: 'working' | 'done' | 'reused';
      readonly message: string;
      readonly tookMs?: number;
    }
  | { readonly kind: 'service'; readonly event: SupervisorEvent };

/** A system that runs. */
export interface System {
  readonly home: SystemHome;
  readonly supervisor: Supervisor;
  /** The servers that were started here; null when all were given. */
  readonly stack: LocalStack | null;
  /** Addresses and everything else that every service is started with. Holds no secret of a tenant. */
  readonly env: Readonly<Record<string, string>>;
  /** Base URL of a service. */
  readonly urlOf: (name: keyof PortPlan['services']) => string;
  /** Tenants file in use. */
  readonly tenantsFile: string;
  /** Ids of the sandbox's tenants; empty without a sandbox. */
  readonly tenantIds: readonly string[];
  /** Bearer token of the control API. */
  readonly token: string;
  /** Resident memory, bytes: of servers, services and this process. */
  readonly rssBytes: () => { total: number; parts: { name: string; bytes: number }[] };
  /** Ends everything in order: those who read the outside, the processor, the sinks, then the sandbox and the servers. */
  readonly stop: () => Promise<void>;
}

/** The three servers and the variables that name existing ones. */
const SERVER_VARIABLES: readonly [PartKind, string][] = [
  ['kafka', 'KAFKA_BROKERS'],
  ['registry', 'SCHEMA_REGISTRY_URL'],
  ['redis', 'REDIS_URL'],
];

/**
 * Starts a system and resolves when all of it is ready.
 *
 * @throws LocalStackError, SystemError, ConfigError and what else explains itself; nothing is left running then
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const home = systemHome(options.folder ?? localFolders().home);
  const onEvent = options.onEvent ?? (() => {});
  mkdirSync(home.folder, { recursive: true });
  refuseSecondStart(home);
  // Before the servers are started: what can be known at once is said at once.
  for (const [name, port] of Object.entries(options.ports.services)) {
    if (name !== 'sandbox' || options.tenantsFile === undefined) await requirePort(port, name);
  }
  if (options.tenantsFile !== undefined) await loadTenants(resolve(options.tenantsFile), process.env);
  let stack: LocalStack | null = null;
  const supervisor = createSupervisor({
    logDir: home.logDir,
    onEvent: (event) => onEvent({ kind: 'service', event }),
    onGiveUp: options.onGiveUp ?? (() => {}),
  });
  const stop = async (): Promise<void> => {
    await Promise.all(PIPELINE.filter((name) => isThere(supervisor, name)).map((name) => supervisor.stopService(name)));
    await supervisor.stop();
    await stack?.stop();
    clearUpState(home);
  };
  try {
    const sandbox = options.tenantsFile === undefined ? (options.sandbox ?? {}) : null;
    const tenantsFile = options.tenantsFile === undefined ? home.sandboxTenants : resolve(options.tenantsFile);
    const token = localToken(home);
    const own = ownEnv(home, options, token);
    const first = sandbox === null ? [] : serviceSpecs(['sandbox'], options.ports, {}, own);
    const servers = startServers(home, options, onEvent).then(async (started) => {
      stack = started;
      await prepare(commonEnv(started, options.env), onEvent);
    });
    const pages = prepareConsole(onEvent).then((folder) => {
      own['control-api'] = { CONSOLE_DIR: folder, ...own['control-api'] };
    });
    // All are waited for, also when one fails: what is half started could not be stopped.
    for (const result of await Promise.allSettled([servers, supervisor.start(first), pages])) {
      if (result.status === 'rejected') throw result.reason;
    }
    const common = {
      ...tenantsEnv(home, sandbox !== null, options.env),
      ...commonEnv(stack, options.env),
      TENANTS_FILE: tenantsFile,
    };
    const rest = serviceSpecs(PIPELINE, options.ports, common, own);
    // The services know nothing of the sandbox: they see a tenants file with base URLs and credentials.
    const sandboxUrl = `http://127.0.0.1:${options.ports.services.sandbox}`;
    const tenantIds = sandbox === null ? [] : await writeSandboxTenants(sandboxUrl, tenantsFile, sandbox);
    await supervisor.start(rest);
    writeUpState(home, upState([...first, ...rest]));
    return {
      home,
      supervisor,
      stack,
      env: common,
      urlOf: (name) => `http://127.0.0.1:${options.ports.services[name]}`,
      tenantsFile,
      tenantIds,
      token,
      rssBytes: () => memory(stack, supervisor),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Environment of single services. */
type OwnEnv = NonNullable<SystemOptions['serviceEnv']> & Record<'control-api', Record<string, string>>;

/** What single services are started with, beyond what all are. */
function ownEnv(home: SystemHome, options: SystemOptions, token: string): OwnEnv {
  const { services: ports } = options.ports;
  const hooks = { capture: ports['crm-capture'], connector: ports['unleashed-connector'] };
  return {
    ...options.serviceEnv,
    sandbox: {
      ...sandboxEnv(home, options.sandbox ?? {}, hooks),
      // As a CRM does that shows the panel: by a program's token.
      PANEL_BASE_URL: `http://127.0.0.1:${ports['control-api']}`,
      PANEL_TOKEN: token,
      ...options.serviceEnv?.sandbox,
    },
    'control-api': {
      CONTROL_API_TOKEN: token,
      CONTROL_API_SESSION_KEY: localSessionKey(home),
      // The sandbox's CRM shows the panel in its contact pages.
      EMBED_ORIGINS: `http://127.0.0.1:${options.ports.services.sandbox}`,
      READ_MODEL_DIR: join(home.folder, 'read-model'),
      ...options.serviceEnv?.['control-api'],
    },
  };
}

function isThere(supervisor: Supervisor, name: string): boolean {
  return supervisor.services().some((service) => service.name === name);
}

/** Starts those servers whose address the environment does not give. */
async function startServers(
  home: SystemHome,
  options: SystemOptions,
  onEvent: (event: SystemEvent) => void,
): Promise<LocalStack | null> {
  const given = { ...process.env, ...options.env };
  const parts = SERVER_VARIABLES.filter(([, variable]) => !given[variable]?.trim()).map(([part]) => part);
  if (parts.length === 0) return null;
  // What runs already (`stack up`) stays where it is.
  const up = new Set((await stackStatus(home.stackDir)).filter(({ state }) => state === 'up').map(({ name }) => name));
  const { kafka, registry, redis } = options.ports;
  return await startStack({
    dataDir: home.stackDir,
    downloadDir: localFolders().downloadDir,
    parts,
    ports: {
      ...(kafka === undefined || up.has('kafka') ? {} : { kafka: [kafka] }),
      ...(registry === undefined || up.has('registry') ? {} : { registry }),
      ...(redis === undefined || up.has('redis') ? {} : { redis }),
    },
    onProgress: ({ phase, message, tookMs }) =>
      onEvent({ kind: 'step', phase, message, ...(tookMs === undefined ? {} : { tookMs }) }),
    onExit: ({ error }) => options.onGiveUp?.(error),
  });
}

/** What every service needs to know: the servers' addresses, given ones included. */
function commonEnv(stack: LocalStack | null, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const given = (name: string): string => (extra[name] ?? process.env[name])?.trim() ?? '';
  return {
    ...extra,
    KAFKA_BROKERS: given('KAFKA_BROKERS') || (stack?.kafkaBrokers.join(',') ?? ''),
    SCHEMA_REGISTRY_URL: given('SCHEMA_REGISTRY_URL') || (stack?.schemaRegistryUrl ?? ''),
    REDIS_URL: given('REDIS_URL') || (stack?.redisUrl ?? ''),
  };
}

/** Where people's tenants are kept and what they may point at. What the environment says counts. */
function tenantsEnv(home: SystemHome, sandbox: boolean, extra: Readonly<Record<string, string>> = {}) {
  const given = { ...process.env, ...extra };
  const hasKey = ['TWOWAY_KEY', 'TWOWAY_KEY_FILE', 'TWOWAY_KEY_COMMAND'].some((name) => given[name]?.trim());
  const folder = home.tenantStore(sandbox);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    ...(given.TENANTS_STORE_DIR?.trim() ? {} : { TENANTS_STORE_DIR: folder }),
    ...(hasKey ? {} : { TWOWAY_KEY_FILE: localTenantKey(home) }),
    // The sandbox is on this machine.
    ...(sandbox && !given.OUTBOUND_ALLOW?.trim() ? { OUTBOUND_ALLOW: '127.0.0.0/8,::1' } : {}),
  };
}

/** Topics and schemas. */
async function prepare(env: Record<string, string>, onEvent: (event: SystemEvent) => void): Promise<void> {
  const startedAtMs = performance.now();
  onEvent({ kind: 'step', phase: 'working', message: 'Creating topics and registering schemas' });
  const config = loadConfig(
    { service: serviceConfig, kafka: kafkaConfig, registry: registryConfig },
    { ...process.env, ...env },
  );
  const log = createLog({ service: 'setup', level: 'error', destination: process.stderr });
  const { topicsCreated, schemasRegistered } = await setUp({
    kafka: kafkaClientConfig(config.kafka, { clientId: 'setup', log }),
    registry: registryClientConfig(config.registry),
    topicPrefix: config.service.topicPrefix,
    partitions: config.service.partitionCount,
  });
  const isNew = topicsCreated.length + schemasRegistered.length > 0;
  onEvent({
    kind: 'step',
    phase: 'done',
    message: isNew
      ? `${topicsCreated.length} topics created, ${schemasRegistered.length} schemas registered`
      : 'Topics and schemas are as they should be',
    tookMs: performance.now() - startedAtMs,
  });
}

/** The web console, built once for all systems of this checkout; gives its folder. */
async function prepareConsole(onEvent: (event: SystemEvent) => void): Promise<string> {
  const { folder, tookMs } = await builtConsole(join(localFolders().home, 'console'));
  if (tookMs !== null) onEvent({ kind: 'step', phase: 'done', message: 'The console is built', tookMs });
  return folder;
}

function upState(specs: readonly ServiceSpec[]) {
  return {
    version: 1 as const,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    services: Object.fromEntries(specs.map(({ name, port, env }) => [name, { port, env }])),
  };
}

function memory(stack: LocalStack | null, supervisor: Supervisor) {
  const parts = [
    ...(stack?.parts() ?? []).map(({ name, rssBytes }) => ({ name: name as string, bytes: rssBytes })),
    ...supervisor.services().map(({ name, rssBytes }) => ({ name, bytes: rssBytes })),
    { name: 'supervisor', bytes: residentBytes(process.pid) },
  ];
  return { total: parts.reduce((sum, { bytes }) => sum + bytes, 0), parts };
}
