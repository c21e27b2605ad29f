/** Carries the plan out on a running system, and heals everything at the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog, createRedis, loadConfig, redisConfig } from '#runtime';
import { apiOf, orderInForce } from '../control-client.ts';
import type { SandboxClient } from '../sandbox-client/client.ts';
import { PIPELINE } from '../supervisor/plan.ts';
import type { System } from '../supervisor/system.ts';
import { until } from '../wait.ts';
import type { Harm, Planned, Toggle, Victim } from './plan.ts';

/** What was done. */
export interface Harmed {
  readonly kills: Partial<Record<Victim, number>>;
  readonly freezes: Partial<Record<Victim, number>>;
  flushes: number;
  faults: number;
  toggles: number;
  /** What could not be made good: a process that does not come up again. */
  readonly failures: string[];
}

/** How long settings may take to be in force after everything is healed, milliseconds. */
const HEAL_MS = 120_000;
/** The whole of the settings as they are before and after. */
const HEALTHY = { enabled: true, conflictPolicy: 'latest' };

/** A hand that does harm. */
export interface Hand {
  readonly harmed: Harmed;
  /** Carries out the plan; resolves when the last of it has been undone. */
  carryOut(plan: readonly Planned[]): Promise<void>;
  /** Takes all faults away, sees that every process runs, and brings the settings back. */
  heal(): Promise<void>;
}

/** A hand for a system with servers of its own. */
export function createHand(system: System, sandbox: SandboxClient): Hand {
  const harmed: Harmed = { kills: {}, freezes: {}, flushes: 0, faults: 0, toggles: 0, failures: [] };
  const { stack, supervisor } = system;
  if (stack === null) throw new Error('chaos needs servers of its own');

  const isService = (victim: Victim): boolean => PIPELINE.some((name) => name === victim);
  const signal = (victim: Victim, name: NodeJS.Signals): Promise<void> =>
    isService(victim) ? supervisor.kill(victim, name) : stack.kill(victim as 'kafka', name);
  const restart = (victim: Victim): Promise<void> =>
    isService(victim) ? supervisor.restart(victim) : stack.restart(victim as 'kafka');

  async function doHarm({ kind, victim, forMs }: Harm): Promise<void> {
    if (kind === 'flush') {
      harmed.flushes += 1;
      await flush(system.env);
      return;
    }
    const counts = kind === 'kill' ? harmed.kills : harmed.freezes;
    counts[victim] = (counts[victim] ?? 0) + 1;
    const killsSoFar = harmed.kills[victim];
    await signal(victim, kind === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    await sleep(forMs);
    // A new life is not waited for: the next harm may well meet it while it starts.
    if (kind === 'freeze') await signal(victim, 'SIGCONT');
    else if (isService(victim)) {
      void restart(victim).catch((error: unknown) => {
        // Killed by us once more while it started: that harm starts it again.
        if (harmed.kills[victim] === killsSoFar) note(victim, error);
      });
    } else await restart(victim);
  }

  function note(victim: string, error: unknown): void {
    harmed.failures.push(`${victim}: ${error instanceof Error ? error.message : String(error)}`);
  }

  async function toggle(tenant: string, { kind, side, entity, forMs }: Toggle): Promise<void> {
    harmed.toggles += 1;
    const settings = (body: object) => orderInForce(apiOf(system), 'PUT', tenant, 'settings', body);
    const orders = (body: object) => orderInForce(apiOf(system), 'POST', tenant, 'requests', body);
    const there = {
      off: () => settings({ enabled: false }),
      pause: () => orders({ kind: 'pause', side }),
      entity: () => orders({ kind: 'pause', entity }),
      policy: () => settings({ conflictPolicy: side }),
    };
    const back = {
      off: () => settings({ enabled: true }),
      pause: () => orders({ kind: 'resume', side }),
      entity: () => orders({ kind: 'resume', entity }),
      policy: () => settings({ conflictPolicy: HEALTHY.conflictPolicy }),
    };
    // Whoever is not heard tries no more; healing brings everything back.
    await there[kind]().catch(() => null);
    await sleep(forMs);
    await back[kind]().catch(() => null);
  }

  const tenantNumber = (number: number): string => system.tenantIds[number] ?? system.tenantIds[0] ?? '';

  /** Kinds do not wait for each other; harms do, so that what is down at a time is what was meant to be. */
  async function follow(plan: readonly Planned[], beginMs: number): Promise<void> {
    for (const one of plan) {
      await sleep(Math.max(0, beginMs + one.atMs - performance.now()));
      if (one.what === 'harm') await doHarm(one.harm).catch((error: unknown) => note(one.harm.victim, error));
      if (one.what === 'toggle') await toggle(tenantNumber(one.tenant), one.toggle);
      if (one.what === 'fault') {
        harmed.faults += 1;
        await sandbox.addFault(tenantNumber(one.tenant), one.fault);
      }
    }
  }

  return {
    harmed,
    carryOut: async (plan) => {
      const beginMs = performance.now();
      const kinds = ['harm', 'fault', 'toggle'] as const;
      await Promise.all(
        kinds.map((kind) =>
          follow(
            plan.filter(({ what }) => what === kind),
            beginMs,
          ),
        ),
      );
    },
    heal: async () => {
      await sandbox.clearFaults('*');
      await Promise.all(
        PIPELINE.map((name) => supervisor.waitReady(name).catch((error: unknown) => note(name, error))),
      );
      await Promise.all(system.tenantIds.map((tenant) => bringBack(system, tenant)));
    },
  };
}

async function bringBack(system: System, tenant: string): Promise<void> {
  const inForce = (method: 'PUT' | 'POST', path: 'settings' | 'requests', body: object) =>
    until(() => orderInForce(apiOf(system), method, tenant, path, body).then(() => true), {
      timeoutMs: HEAL_MS,
      pauseMs: 500,
      what: `${JSON.stringify(body)} to be in force at ${tenant}`,
    });
  await inForce('PUT', 'settings', HEALTHY);
  for (const side of ['crm', 'unleashed']) await inForce('POST', 'requests', { kind: 'resume', side });
  for (const entity of ['company', 'contact']) await inForce('POST', 'requests', { kind: 'resume', entity });
}

async function flush(env: System['env']): Promise<void> {
  const log = createLog({ service: 'chaos', level: 'silent', destination: process.stderr });
  const redis = createRedis(loadConfig({ redis: redisConfig }, env).redis, log);
  try {
    await redis.call('empty Redis', (client) => client.flushall());
  } finally {
    await redis.close();
  }
}
