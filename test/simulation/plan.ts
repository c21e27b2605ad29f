/**
 * A schedule: what people do, what goes wrong, and when. It follows from its seed alone and is data, so that it can be told,
 * replayed, and made smaller.
 */
import type { Side } from '#contracts';
import type { FaultKind, FaultOrder } from '../../services/sandbox/model/index.ts';
import { createDice, type Dice, pick, roll, rollInt } from '../../services/sandbox/model/random.ts';
import { KINDS, type Kind } from './services/parts.ts';
import { FIELDS, type Kept } from './world/fields.ts';

/** Something that happens at a time, milliseconds after the beginning. */
export type Happening = { atMs: number } & Act;

/** What can happen. Pairs are numbered as in the base world. */
export type Act =
  /** A person edits a field. `form` says what kind of value. */
  | { do: 'edit'; side: Side; pair: number; field: string; form: Form; token: string }
  /** A person adds a contact to a company. */
  | { do: 'add'; side: Side; pair: number; token: string }
  /** A person presses Sync to Unleashed on the contact that was added with this token. */
  | { do: 'press'; token: string }
  | { do: 'settings'; settings: Record<string, string> }
  | { do: 'lane'; side: Side; pause: boolean }
  | { do: 'record'; pair: number; pause: boolean }
  /** Writing of a kind of record is paused, or goes on. */
  | { do: 'entity'; entity: Kept; pause: boolean }
  /** A fault of an API. */
  | { do: 'fault'; order: FaultOrder; forMs: number }
  | { do: 'crash'; kind: Kind; steps: number; afterEffect: boolean; at?: string }
  | { do: 'freeze'; kind: Kind; forMs: number }
  | { do: 'rebalance'; kind: Kind }
  | { do: 'redis'; what: 'flush' | 'copy' | 'back' | 'away'; forMs: number }
  | { do: 'broker'; what: 'refused' | 'lost'; calls: number };

/** What kind of value an edit gives. */
export type Form = 'plain' | 'blank' | 'long' | 'refused' | 'back';

/** A schedule. */
export interface Plan {
  seed: number;
  /** Whether the sync meets both sides for the first time; else it had been working for some time and everything starts anew. */
  isFirst: boolean;
  /** Whether Unleashed tells of an edit of a contact as one of its customer, which is not known of it (fact U10.9). */
  contactEditFires: boolean;
  /** How long things happen, milliseconds. */
  activeMs: number;
  happenings: Happening[];
}

/** Names of acts that people do. */
export const PEOPLE: ReadonlySet<Act['do']> = new Set(['edit', 'add', 'press', 'settings', 'lane', 'record', 'entity']);

/** How long things happen unless it is said, milliseconds. */
export const ACTIVE_MS = 20_000;

const MIN_EDITS = 20;
const MORE_EDITS = 2;
const MIN_FAULTS = 5;
const MORE_FAULTS = 4;
/** Part of the schedules that begin with the first alignment, which costs as much as all that happens afterwards. */
const FIRST = 0.05;
/** Pairs of the base world: company, two contacts, company, two contacts. */
const PAIRS: readonly Kept[] = ['company', 'contact', 'contact', 'company', 'contact', 'contact'];

/** The schedule of a seed. */
export function planOf(seed: number, activeMs = ACTIVE_MS): Plan {
  const dice = createDice(`plan ${seed}`);
  const happenings: Happening[] = [];
  // Edits come in bursts, so that they meet each other and what goes wrong.
  const bursts = Array.from({ length: 4 }, () => rollInt(dice, activeMs));
  const when = (): number =>
    roll(dice) < 0.6 ? Math.min(activeMs, pick(dice, bursts) + rollInt(dice, 3_000)) : rollInt(dice, activeMs);
  const edits = MIN_EDITS + rollInt(dice, MORE_EDITS);
  const favourite = rollInt(dice, PAIRS.length);
  for (let number = 1; number <= edits; number++) {
    happenings.push({ atMs: when(), ...planEdit(dice, number, favourite) });
  }
  planContacts(dice, when, happenings);
  planOrders(dice, when, happenings, activeMs);
  planEntities(createDice(`entities ${seed}`), happenings, activeMs);
  planReturn(createDice(`return ${seed}`), happenings, activeMs, edits);
  const faults = MIN_FAULTS + rollInt(dice, MORE_FAULTS);
  for (let number = 0; number < faults; number++) happenings.push({ atMs: when(), ...planFault(dice) });
  happenings.sort((a, b) => a.atMs - b.atMs);
  const isFirst = roll(dice) < FIRST;
  return { seed, isFirst, contactEditFires: roll(dice) < 0.5, activeMs, happenings };
}

function planEdit(dice: Dice, number: number, favourite: number): Act {
  const pair = roll(dice) < 0.5 ? favourite : rollInt(dice, PAIRS.length);
  const kept = PAIRS[pair] ?? 'company';
  const field = roll(dice) < 0.4 ? (kept === 'company' ? 'phone' : 'mobile') : pick(dice, FIELDS[kept]);
  const side: Side = roll(dice) < 0.5 ? 'crm' : 'unleashed';
  const chance = roll(dice);
  const isName = field === 'name' || field === 'firstName' || field === 'lastName';
  const form: Form =
    chance < 0.04 && !isName && field !== 'address'
      ? 'blank'
      : chance < 0.1 && field === 'name' && side === 'unleashed'
        ? 'long'
        : chance < 0.12 && field === 'website' && side === 'crm'
          ? 'refused'
          : chance < 0.2
            ? 'back'
            : 'plain';
  return { do: 'edit', side, pair, field, form, token: `e${number}` };
}

/** Contacts that are added while all this goes on, on either side, and the button. */
function planContacts(dice: Dice, when: () => number, happenings: Happening[]): void {
  for (let number = 1; number <= rollInt(dice, 3); number++) {
    happenings.push({ atMs: when(), do: 'add', side: 'unleashed', pair: pick(dice, [0, 3]), token: `u${number}` });
  }
  for (let number = 1; number <= rollInt(dice, 3); number++) {
    const atMs = when();
    const token = `c${number}`;
    happenings.push({ atMs, do: 'add', side: 'crm', pair: pick(dice, [0, 3]), token });
    if (roll(dice) < 0.7) happenings.push({ atMs: atMs + 200 + rollInt(dice, 20_000), do: 'press', token });
  }
}

/** Pauses of a kind of record. With dice of their own, so that everything else of a seed is as it was without them. */
function planEntities(dice: Dice, happenings: Happening[], activeMs: number): void {
  if (roll(dice) >= 0.2) return;
  const atMs = rollInt(dice, activeMs);
  const entity = pick<Kept>(dice, ['company', 'contact']);
  happenings.push({ atMs, do: 'entity', entity, pause: true });
  const untilMs = Math.min(activeMs, atMs + 500 + rollInt(dice, 20_000));
  happenings.push({ atMs: untilMs, do: 'entity', entity, pause: false });
}

/**
 * Now and then a person sets a field, a service dies over it, as a rule between what it writes to the log and what it does next, and the
 * person sets it back.
 */
function planReturn(dice: Dice, happenings: Happening[], activeMs: number, edits: number): void {
  if (roll(dice) >= 0.15) return;
  const side: Side = roll(dice) < 0.4 ? 'crm' : 'unleashed';
  const pair = rollInt(dice, PAIRS.length);
  const field = pick(dice, FIELDS[PAIRS[pair] ?? 'company']);
  const kind = roll(dice) < 0.7 ? (side === 'crm' ? 'crm-capture' : 'unleashed-connector') : pick(dice, KINDS);
  const atMs = rollInt(dice, activeMs - 5_000);
  const edit = { do: 'edit', side, pair, field } as const;
  happenings.push({ ...edit, atMs, form: 'plain', token: `e${edits + 1}` });
  const crash =
    roll(dice) < 0.7 ? { steps: 0, afterEffect: true, at: 'write ' } : { steps: rollInt(dice, 20), afterEffect: true };
  happenings.push({ atMs, do: 'crash', kind, ...crash });
  happenings.push({ ...edit, atMs: atMs + 500 + rollInt(dice, 4_000), form: 'back', token: `e${edits + 2}` });
}

/** Settings and pauses at bad moments; what is switched off comes on again. */
function planOrders(dice: Dice, when: () => number, happenings: Happening[], activeMs: number): void {
  const later = (atMs: number): number => Math.min(activeMs, atMs + 500 + rollInt(dice, 30_000));
  if (roll(dice) < 0.35) {
    const atMs = when();
    happenings.push({ atMs, do: 'settings', settings: { enabled: 'false' } });
    happenings.push({ atMs: later(atMs), do: 'settings', settings: { enabled: 'true' } });
  }
  if (roll(dice) < 0.2) {
    const atMs = when();
    happenings.push({ atMs, do: 'settings', settings: { addresses: 'false' } });
    happenings.push({ atMs: later(atMs), do: 'settings', settings: { addresses: 'true' } });
  }
  if (roll(dice) < 0.3) {
    const atMs = when();
    const side = pick<Side>(dice, ['crm', 'unleashed']);
    happenings.push({ atMs, do: 'lane', side, pause: true });
    happenings.push({ atMs: later(atMs), do: 'lane', side, pause: false });
  }
  if (roll(dice) < 0.2) {
    const atMs = when();
    const pair = rollInt(dice, PAIRS.length);
    happenings.push({ atMs, do: 'record', pair, pause: true });
    happenings.push({ atMs: later(atMs), do: 'record', pair, pause: false });
  }
  if (roll(dice) < 0.2) {
    const conflictPolicy = pick(dice, ['crm', 'unleashed', 'latest']);
    happenings.push({ atMs: when(), do: 'settings', settings: { conflictPolicy } });
  }
}

const API_FAULTS: readonly FaultKind[] = [
  'error',
  'error',
  'rateLimit',
  'outage',
  'refusedConnection',
  'lostResponse',
  'lostResponse',
  'lateWrite',
  'lateWrite',
  'latency',
  'htmlBody',
  'truncatedBody',
  'secondWriter',
  'revokedCredential',
  'clockSkew',
  'hookServiceDown',
  'eventsLost',
  'eventsDuplicated',
  'eventsDelayed',
];

function planFault(dice: Dice): Act {
  const chance = roll(dice);
  if (chance < 0.5) return planApiFault(dice);
  const kind = pick(dice, KINDS);
  if (chance < 0.72) return { do: 'crash', kind, steps: rollInt(dice, 14), afterEffect: roll(dice) < 0.5 };
  if (chance < 0.8) return { do: 'freeze', kind, forMs: roll(dice) < 0.3 ? 3_000 : 11_000 + rollInt(dice, 40_000) };
  if (chance < 0.87) return { do: 'rebalance', kind };
  if (chance < 0.95) {
    const what = pick(dice, ['flush', 'copy', 'back', 'away'] as const);
    return { do: 'redis', what, forMs: 500 + rollInt(dice, 8_000) };
  }
  return { do: 'broker', what: roll(dice) < 0.5 ? 'refused' : 'lost', calls: 1 + rollInt(dice, 2) };
}

function planApiFault(dice: Dice): Act {
  const side: Side = roll(dice) < 0.5 ? 'crm' : 'unleashed';
  const kind = pick(dice, API_FAULTS);
  const remaining = 1 + rollInt(dice, 3);
  const forMs = 2_000 + rollInt(dice, 20_000);
  const methods = roll(dice) < 0.6 ? ['POST', 'PUT', 'PATCH'] : [];
  const base = { side, kind, remaining, methods } as const;
  switch (kind) {
    case 'error':
      return {
        do: 'fault',
        order: { ...base, status: pick(dice, [500, 502, 503]), afterEffect: roll(dice) < 0.4 },
        forMs,
      };
    case 'rateLimit':
      return { do: 'fault', order: { ...base, retryAfterSeconds: roll(dice) < 0.5 ? 5 : null }, forMs };
    case 'outage':
    case 'revokedCredential':
      return { do: 'fault', order: { side, kind }, forMs: Math.min(forMs, 8_000) };
    case 'lateWrite':
      return {
        do: 'fault',
        order: { ...base, delayMs: 500 + rollInt(dice, 20_000), connectionMs: 200 + rollInt(dice, 2_000) },
        forMs,
      };
    case 'latency':
      return {
        do: 'fault',
        order: { ...base, delayMs: 500 + rollInt(dice, 14_000), afterEffect: roll(dice) < 0.5 },
        forMs,
      };
    case 'secondWriter':
      return { do: 'fault', order: { side, kind, remaining }, forMs };
    case 'clockSkew':
      return { do: 'fault', order: { side, kind, skewMs: rollInt(dice, 600_000) - 300_000 }, forMs: 60_000 };
    case 'eventsLost':
    case 'eventsDuplicated':
      return { do: 'fault', order: { side, kind, remaining: 1 + rollInt(dice, 8) }, forMs };
    case 'eventsDelayed':
      return { do: 'fault', order: { side, kind, delayMs: 200, jitterMs: 1_000 + rollInt(dice, 20_000) }, forMs };
    default:
      return { do: 'fault', order: base, forMs };
  }
}
