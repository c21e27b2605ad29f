/** Which services make the system, where they listen, and what they are started with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import getPort from 'get-port';
import type { ServiceSpec } from './options.ts';

const SERVICES = join(import.meta.dirname, '..', '..');

/** The services of the pipeline, in the order in which they are shown. */
export const PIPELINE = [
  'control-api',
  'crm-capture',
  'unleashed-connector',
  'sync-processor',
  'crm-sink',
  'unleashed-sink',
  'drift-checker',
] as const;

/** Every service that the supervisor knows. */
export const SERVICE_NAMES = ['sandbox', ...PIPELINE] as const;
/** Name of a service. */
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Limits of the old generation of each heap, megabytes. A tenant's state lives in the processor, the read model in control-api. */
const HEAP_MB: Record<ServiceName, number> = {
  sandbox: 256,
  'control-api': 192,
  'crm-capture': 160,
  'unleashed-connector': 160,
  'sync-processor': 384,
  'crm-sink': 160,
  'unleashed-sink': 160,
  'drift-checker': 160,
};

/** Where everything listens on 127.0.0.1. */
export interface PortPlan {
  readonly services: Readonly<Record<ServiceName, number>>;
  /** Ports of the local servers; undefined leaves the choice to them. */
  readonly kafka?: number;
  readonly registry?: number;
  readonly redis?: number;
}

/** First of the fixed ports: services from here on, servers 90 above. */
export const PORT_BASE = 4700;

/** Fixed ports: 4700 the sandbox, 4701 to 4707 the services, 4790 Kafka, 4791 the registry, 4792 Redis. */
export function fixedPorts(base: number = PORT_BASE): PortPlan {
  const services = Object.fromEntries(SERVICE_NAMES.map((name, index) => [name, base + index]));
  return {
    services: services as Record<ServiceName, number>,
    kafka: base + 90,
    registry: base + 91,
    redis: base + 92,
  };
}

/** Any free ports: for a demo or a test beside a system that runs. */
export async function freePorts(): Promise<PortPlan> {
  const chosen: number[] = [];
  // Below the range that operating systems give to outgoing connections, so that none of those takes one meanwhile.
  for (const _ of SERVICE_NAMES) {
    const candidates = Array.from({ length: 20 }, () => 20_000 + Math.floor(Math.random() * 12_000));
    chosen.push(await getPort({ port: candidates, exclude: chosen, host: '127.0.0.1' }));
  }
  return {
    services: Object.fromEntries(SERVICE_NAMES.map((name, index) => [name, chosen[index]])) as Record<
      ServiceName,
      number
    >,
  };
}

/** Main file of a service. */
export function entryOf(name: ServiceName): string {
  return join(SERVICES, name, 'main.ts');
}

/** The specs of services; `env` gives each what it needs beyond the common part. */
export function serviceSpecs(
  names: readonly ServiceName[],
  ports: PortPlan,
  common: Readonly<Record<string, string>>,
  own: Partial<Record<ServiceName, Readonly<Record<string, string>>>>,
): ServiceSpec[] {
  return names
    .filter((name) => existsSync(entryOf(name)))
    .map((name) => ({
      name,
      entry: entryOf(name),
      port: ports.services[name],
      heapMb: HEAP_MB[name],
      env: { ...common, ...own[name] },
    }));
}
