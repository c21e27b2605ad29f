/** What the simulated services are given: the world outside of them. */
import type { Codec } from '#contracts';
import type { SerialProducer } from '#kafka';
import type { Quota } from '#quota';
import { type Log, Secret, type Tenant, type TenantsWatch } from '#runtime';
import { firstSignatureKey, type Workspace } from '../../../services/sandbox/model/index.ts';
import { type Dice, roll, rollInt } from '../../../services/sandbox/model/random.ts';
import type { Defects } from '../defects.ts';
import type { SimLog } from '../engine/log.ts';
import type { SimProcess } from '../engine/process.ts';
import { quietMetrics, tellingLog } from '../engine/quiet.ts';
import type { RedisLink } from '../engine/redis-client.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import { baseUrlOf, type Wire } from '../engine/wire.ts';

/** A service as it runs in one process. */
export interface Service {
  /** The partition is this process' from now on. */
  assign(): void;
  /** It is no longer. */
  revoke(): void;
  /** Takes a delivery of a change event or webhook; undefined when it takes none. Throws what refuses it. */
  deliver?(headers: Readonly<Record<string, string>>, body: string): Promise<unknown>;
}

/** Kinds of service. */
export const KINDS = ['sync-processor', 'crm-sink', 'unleashed-sink', 'crm-capture', 'unleashed-connector'] as const;
/** Name of a kind of service. */
export type Kind = (typeof KINDS)[number];

/** The world outside of our services. */
export interface Outside {
  scheduler: Scheduler;
  log: SimLog;
  codec: Codec;
  redis: RedisLink;
  wire: Wire;
  quota: Quota;
  tenant: Tenant;
  workspace: Workspace;
  /** Chance of everything that takes its time. */
  dice: Dice;
  defects: Defects;
  /** Whether the process is the one that the group has given the partition. */
  isOwner(kind: Kind, process: SimProcess): boolean;
  /** Whether the process may believe so, by what it has heard from the group. */
  isSure(kind: Kind, process: SimProcess): boolean;
  /** Failures that the brokers have in store for the next calls of producers. */
  brokerTrouble: BrokerTrouble;
  /** Told what a service writes into its log. */
  tellLog(process: SimProcess, level: string, line: object, text: string): void;
}

/** What the next calls of producers meet. */
export interface BrokerTrouble {
  /** Calls that are refused before they have any effect. */
  refused: number;
  /** Calls that take effect and whose answer is lost. */
  lost: number;
}

/** Adds a line to the story. */
export type Tell = (who: string, text: string | (() => string)) => void;

/** A number of milliseconds between two. */
export function between(dice: Dice, leastMs: number, mostMs: number): number {
  return leastMs + rollInt(dice, Math.max(1, mostMs - leastMs + 1));
}

/** Travel within the cluster, milliseconds: mostly quick, now and then not. */
export function clusterMs(dice: Dice): number {
  return roll(dice) < 0.03 ? between(dice, 20, 400) : between(dice, 1, 3);
}

/** The log of a process. */
export function logOf(outside: Outside, process: SimProcess): Log {
  return tellingLog((level, line, text) => outside.tellLog(process, level, line, text));
}

/** A producer of one process that writes outside transactions. */
export function producerOf(outside: Outside, process: SimProcess): SerialProducer {
  const { log, dice } = outside;
  return {
    send: ({ topic, key, value }) =>
      process.step(`write ${topic}`, clusterMs(dice), () => ({
        offset: BigInt(log.append(topic, [{ key, value }])),
      })),
    room: async () => undefined,
    pending: () => 0,
    close: async () => undefined,
  } as SerialProducer;
}

/** The tenants file with its one tenant. */
export function tenantsOf(outside: Outside): TenantsWatch {
  const { tenant } = outside;
  return {
    tenants: [tenant],
    tenant: (id: string) => (id === tenant.id ? tenant : undefined),
    reread: async () => undefined,
    close: async () => undefined,
  } as unknown as TenantsWatch;
}

/** The tenant that is simulated. */
export function createTenant(id: string, pollSeconds: number, monthlyCalls: number, workspace: Workspace): Tenant {
  return {
    id,
    name: 'Simulated',
    timeZone: 'Pacific/Auckland',
    prospect: {
      baseUrl: baseUrlOf('crm'),
      token: new Secret(`sandbox-${id}-token`),
      advancedLedgers: false,
      webhookSecret: new Secret(`sandbox-${id}-hook`),
    },
    unleashed: {
      baseUrl: baseUrlOf('unleashed'),
      apiId: `sandbox-${id}-id`,
      apiKey: new Secret(`sandbox-${id}-key`),
      monthlyCalls,
      pollSeconds,
      webhookSignatureKey: new Secret(firstSignatureKey(workspace)),
    },
  };
}

/** Metrics that nobody reads. */
export { quietMetrics };
