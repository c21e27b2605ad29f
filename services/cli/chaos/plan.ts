/** What will go wrong and when: all of it follows from the seed. */
import type { PartName } from '#local-stack';
import { PIPELINE, type ServiceName } from '../supervisor/plan.ts';
import { createDice, type Dice } from './dice.ts';

/** A process that can be harmed. The sandbox stands for the outside world: it is harmed by its own faults. */
export type Victim = ServiceName | Extract<PartName, 'kafka' | 'registry' | 'redis'>;

/** Something that is done to a process. */
export type Harm =
  /** kill -9, and started again after `forMs`. */
  | { readonly kind: 'kill'; readonly victim: Victim; readonly forMs: number }
  /** SIGSTOP, and SIGCONT after `forMs`: some are longer than the session of a consumer. */
  | { readonly kind: 'freeze'; readonly victim: Victim; readonly forMs: number }
  /** FLUSHALL. */
  | { readonly kind: 'flush'; readonly victim: 'redis'; readonly forMs: 0 };

/** Something that a person with rights does to a tenant, and undoes after `forMs`. */
export interface Toggle {
  /** entity: writing of the kind of record named is paused. */
  readonly kind: 'off' | 'pause' | 'entity' | 'policy';
  readonly side: 'crm' | 'unleashed';
  readonly entity: 'company' | 'contact';
  readonly forMs: number;
}

/** One thing of the plan. */
export type Planned = {
  /** From the beginning of the chaos, milliseconds. */
  readonly atMs: number;
} & (
  | { readonly what: 'harm'; readonly harm: Harm }
  | { readonly what: 'fault'; readonly tenant: number; readonly fault: Readonly<Record<string, unknown>> }
  | { readonly what: 'toggle'; readonly tenant: number; readonly toggle: Toggle }
);

/** All that can be harmed. */
export const VICTIMS: readonly Victim[] = [...PIPELINE, 'kafka', 'registry', 'redis'];

/** Pauses between two things of a kind, milliseconds. */
const HARM_EVERY_MS = [500, 2_500] as const;
const FAULT_EVERY_MS = [700, 2_500] as const;
const TOGGLE_EVERY_MS = [6_000, 14_000] as const;
/** How long a killed process stays down, a frozen one frozen. The session of the processor is 6 s. */
const DOWN_MS = [100, 3_000] as const;
const FROZEN_MS = [500, 8_500] as const;
const TOGGLED_MS = [1_000, 5_000] as const;

/** The plan of a seed, in order of time. */
export function planChaos(seed: number, lastsMs: number, tenants: number): Planned[] {
  return [
    ...planHarm(seed, lastsMs),
    ...planFaults(seed, lastsMs, tenants),
    ...planToggles(seed, lastsMs, tenants),
  ].sort((a, b) => a.atMs - b.atMs);
}

/** One harm after the other; each process is killed once before any is for the second time. */
function planHarm(seed: number, lastsMs: number): Planned[] {
  const dice = createDice(seed, 'harm');
  const planned: Planned[] = [];
  let kills: Victim[] = [];
  let others: Harm[] = [];
  for (let atMs = dice.between(...HARM_EVERY_MS); atMs < lastsMs; atMs += dice.between(...HARM_EVERY_MS)) {
    if (kills.length === 0) kills = dice.shuffled(VICTIMS);
    if (others.length === 0) {
      const frozen = VICTIMS.map((victim): Harm => ({ kind: 'freeze', victim, forMs: dice.between(...FROZEN_MS) }));
      const flushes = Array.from({ length: 3 }, (): Harm => ({ kind: 'flush', victim: 'redis', forMs: 0 }));
      others = dice.shuffled([...frozen, ...flushes]);
    }
    const harm: Harm =
      dice.roll() < 0.7 ? { kind: 'kill', victim: kills.pop()!, forMs: dice.between(...DOWN_MS) } : others.pop()!;
    planned.push({ atMs, what: 'harm', harm });
    atMs += harm.forMs;
  }
  return planned;
}

function planFaults(seed: number, lastsMs: number, tenants: number): Planned[] {
  const dice = createDice(seed, 'faults');
  const planned: Planned[] = [];
  for (let atMs = dice.between(...FAULT_EVERY_MS); atMs < lastsMs; atMs += dice.between(...FAULT_EVERY_MS)) {
    const seconds = dice.between(1, 5);
    const order = { ...faultOf(dice), seconds, side: dice.pick(['crm', 'unleashed'] as const) };
    planned.push({ atMs, what: 'fault', tenant: dice.between(0, tenants - 1), fault: order });
  }
  return planned;
}

/** Faults that pass, so that what follows is settled in minutes. A revoked credential or an empty quota does not. */
function faultOf(dice: Dice): Record<string, unknown> {
  const now = { probability: dice.between(2, 10) / 10 };
  const kinds: (() => Record<string, unknown>)[] = [
    () => ({ kind: 'error', status: dice.pick([500, 502, 503, 504]), ...now }),
    () => ({ kind: 'error', status: 500, afterEffect: true, methods: ['POST', 'PUT', 'PATCH'], ...now }),
    () => ({ kind: 'rateLimit', ...(dice.roll() < 0.5 ? { retryAfterSeconds: dice.between(1, 3) } : {}), ...now }),
    () => ({ kind: 'outage' }),
    () => ({ kind: 'refusedConnection', ...now }),
    () => ({ kind: 'lostResponse', ...now }),
    () => ({ kind: 'lostResponse', methods: ['POST', 'PUT', 'PATCH'] }),
    () => ({ kind: 'lateWrite', delayMs: dice.between(500, 6_000), remaining: dice.between(1, 3) }),
    () => ({
      kind: 'latency',
      delayMs: dice.between(50, 1_500),
      jitterMs: 1_000,
      afterEffect: dice.roll() < 0.5,
      ...now,
    }),
    () => ({ kind: 'slowBody', delayMs: dice.between(200, 2_000), ...now }),
    () => ({ kind: 'htmlBody', ...now }),
    () => ({ kind: 'truncatedBody', ...now }),
    () => ({ kind: 'secondWriter', remaining: dice.between(1, 3) }),
    () => ({ kind: 'hookServiceDown', ...now }),
    () => ({ kind: 'eventsLost', ...now }),
    () => ({ kind: 'eventsDuplicated', ...now }),
    () => ({ kind: 'eventsDelayed', delayMs: dice.between(100, 3_000), jitterMs: 3_000, ...now }),
  ];
  return dice.pick(kinds)();
}

function planToggles(seed: number, lastsMs: number, tenants: number): Planned[] {
  const dice = createDice(seed, 'toggles');
  const planned: Planned[] = [];
  for (let atMs = dice.between(...TOGGLE_EVERY_MS); atMs < lastsMs; atMs += dice.between(...TOGGLE_EVERY_MS)) {
    const kind = dice.pick(['off', 'pause', 'entity', 'policy'] as const);
    const side = dice.pick(['crm', 'unleashed'] as const);
    const entity = dice.pick(['company', 'contact'] as const);
    const toggle = { kind, side, entity, forMs: dice.between(...TOGGLED_MS) };
    planned.push({ atMs, what: 'toggle', tenant: dice.between(0, tenants - 1), toggle });
    atMs += toggle.forMs;
  }
  return planned;
}
