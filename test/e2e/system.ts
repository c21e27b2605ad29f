/** A whole system for a test: every service a process of its own, on the servers of the test run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackAddresses } from '#local-stack';
import { uniquePrefix } from '#test/support/stack.ts';
import { type Cluster, findCluster } from '../../services/cli/cluster.ts';
import { createSandboxClient, type SandboxClient } from '../../services/cli/sandbox-client/client.ts';
import { differences } from '../../services/cli/sandbox-client/pairs.ts';
import { freePorts } from '../../services/cli/supervisor/plan.ts';
import type { SandboxSetup } from '../../services/cli/supervisor/sandbox.ts';
import { type System, type SystemOptions, startSystem } from '../../services/cli/supervisor/system.ts';
import { deleteTopics } from '../support/kafka.ts';
import { until } from '../support/until.ts';

/** A system under test. */
export interface TestSystem {
  readonly system: System;
  readonly sandbox: SandboxClient;
  readonly cluster: Cluster;
  readonly tenants: readonly string[];
  /** Prefix of all its topics. */
  readonly prefix: string;
  /** Waits until no synced field of any pair differs between the two systems. */
  readonly agreed: (timeoutMs?: number) => Promise<void>;
  /** Calls the control API; answers status and body. As an admin, unless another token is given. */
  readonly control: (
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ) => Promise<{ status: number; body: unknown }>;
  readonly stop: () => Promise<void>;
}

/** Starts everything on the servers of the test run and waits until both made-up systems agree. */
export async function startTestSystem(
  name: string,
  servers: StackAddresses,
  setup: SandboxSetup = { tenants: 2, companies: 20 },
  serviceEnv: SystemOptions['serviceEnv'] = {},
): Promise<TestSystem> {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const prefix = uniquePrefix(name);
  const env = {
    KAFKA_BROKERS: servers.kafkaBrokers.join(','),
    SCHEMA_REGISTRY_URL: servers.schemaRegistryUrl,
    REDIS_URL: servers.redisUrl,
    TOPIC_PREFIX: prefix,
    REDIS_PREFIX: prefix,
    TOPIC_PARTITIONS: '4',
  };
  const system = await startSystem({
    folder,
    ports: await freePorts(),
    env,
    sandbox: { pollSeconds: 2, ...setup },
    serviceEnv: { 'sync-processor': { SESSION_TIMEOUT_MS: '6000' }, ...serviceEnv },
  });
  const sandbox = createSandboxClient(system.urlOf('sandbox'));
  const { tenantIds: tenants } = system;
  const agreed = async (timeoutMs = 120_000): Promise<void> => {
    let left: unknown[] = [];
    try {
      await until(
        async () => {
          left = (await Promise.all(tenants.map((tenant) => differences(sandbox, tenant)))).flat();
          return left.length === 0;
        },
        { timeoutMs, pauseMs: 200 },
      );
    } catch (cause) {
      throw new Error(`both sides do not agree on: ${JSON.stringify(left.slice(0, 5), null, 1)}`, { cause });
    }
  };
  return {
    system,
    sandbox,
    cluster: findCluster('test', { ...process.env, ...env }),
    tenants,
    prefix,
    agreed,
    control: async (method, path, body, token = system.token) => {
      const response = await fetch(`${system.urlOf('control-api')}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(30_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    stop: async () => {
      await system.stop();
      await deleteTopics(servers.kafkaBrokers, prefix);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
