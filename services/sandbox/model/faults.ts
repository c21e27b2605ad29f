/** Faults on request: what can be ordered, and what a call meets. Pure; chance comes from the workspace's dice. */
import { type Dice, roll } from './random.ts';
import type { ApiRequest, Json, Side } from './types.ts';

/**
 * Kinds of fault.
 * - `error`: status `status` with body `body`; the request has no effect, or (`afterEffect`) has had it.
 * - `rateLimit`: 429, with Retry-After when `retryAfterSeconds` is set.
 * - `outage`: 503 for everything.
 * - `refusedConnection`: the connection is destroyed before the request takes effect.
 * - `lostResponse`: the request takes effect, then the connection is destroyed.
 * - `lateWrite`: a write is held, the connection destroyed after `connectionMs`, and the write applied after `delayMs`.
 * - `latency`: waits `delayMs` (plus up to `jitterMs`) before the effect, or (`afterEffect`) after it.
 * - `slowBody`: the body arrives in small pieces over `delayMs`.
 * - `htmlBody`, `truncatedBody`, `hugeBody`: the request takes effect, the answer is HTML, cut-off JSON, 10 MB.
 * - `secondWriter`: a GET of one record is answered, then another machine writes `field` = `value` into that record.
 * - `revokedCredential`: 401 (CRM) or 403 (Unleashed).
 * - `quotaUsedUp`: the answer of a used-up quota (Unleashed: by its switches; CRM: 429).
 * - `clockSkew`: the API's clock is `skewMs` ahead of (or, negative, behind) real time.
 * - `hookServiceDown`: writes fail with 500 because the CRM's own webhook service is down (Prospect facts, 5).
 * - `eventsLost`, `eventsDuplicated`: change events vanish, or come twice.
 * - `eventsDelayed`: change events wait `delayMs` plus up to `jitterMs`; with jitter they overtake each other.
 */
export const faultKinds = [
  'error',
  'rateLimit',
  'outage',
  'refusedConnection',
  'lostResponse',
  'lateWrite',
  'latency',
  'slowBody',
  'htmlBody',
  'truncatedBody',
  'hugeBody',
  'secondWriter',
  'revokedCredential',
  'quotaUsedUp',
  'clockSkew',
  'hookServiceDown',
  'eventsLost',
  'eventsDuplicated',
  'eventsDelayed',
] as const;

/** Name of a kind of fault. */
export type FaultKind = (typeof faultKinds)[number];

/** One fault in force. Every field has a default, see {@link createFault}. */
export type Fault = {
  readonly id: string;
  readonly side: Side;
  readonly kind: FaultKind;
  /** Chance that a matching call or event meets the fault, 0 to 1. Default 1. */
  readonly probability: number;
  /** Calls or events that still meet it; null: until it is cleared. Default null. */
  remaining: number | null;
  /** Time at which it ends by itself, ms; null: never. Default null. */
  readonly untilMs: number | null;
  /** Methods that it is for; empty: all. Default empty. */
  readonly methods: readonly string[];
  /** Text that the path with query must hold; '': any. Default ''. */
  readonly path: string;
  /** Status of `error`. Default 500. */
  readonly status: number;
  /** Body of `error`; null: none. Default null. */
  readonly body: Json;
  /** `error` and `latency` after the request has taken effect instead of before. Default false. */
  readonly afterEffect: boolean;
  /** Retry-After of `rateLimit`, seconds; null: no such header. Default null. */
  readonly retryAfterSeconds: number | null;
  /** Wait of `latency`, `slowBody`, `lateWrite`, `eventsDelayed` in ms. Default 1000. */
  readonly delayMs: number;
  /** Most that chance adds to delayMs, ms. Default 0. */
  readonly jitterMs: number;
  /** Time after which `lateWrite` destroys the connection, ms. Default 0. */
  readonly connectionMs: number;
  /** Offset of `clockSkew` in ms. Default 0. */
  readonly skewMs: number;
  /** Field that `secondWriter` writes; '': PhoneNumber in the CRM and of contacts, Notes of a customer. Default ''. */
  readonly field: string;
  /** What it writes; undefined: a new phone number, or blank for Notes. */
  readonly value: Json | undefined;
};

/** What the order of a fault must and may hold. */
export type FaultOrder = Partial<Omit<Fault, 'id'>> & { readonly side: Side; readonly kind: FaultKind };

/** Most faults in force in one workspace. */
export const maxFaults = 100;

/** A fault with defaults filled in. */
export function createFault(id: string, order: FaultOrder): Fault {
  return {
    probability: 1,
    remaining: null,
    untilMs: null,
    methods: [],
    path: '',
    status: 500,
    body: null,
    afterEffect: false,
    retryAfterSeconds: null,
    delayMs: 1000,
    jitterMs: 0,
    connectionMs: 0,
    skewMs: 0,
    field: '',
    value: undefined,
    ...order,
    id,
  };
}

/**
 * True when a fault strikes now; uses up one of its remaining strikes.
 * @param request the call, undefined for an event
 */
export function strikes(fault: Fault, dice: Dice, nowMs: number, request: ApiRequest | undefined): boolean {
  if (fault.remaining !== null && fault.remaining <= 0) return false;
  if (fault.untilMs !== null && nowMs >= fault.untilMs) return false;
  if (request) {
    if (fault.methods.length > 0 && !fault.methods.includes(request.method)) return false;
    if (fault.path !== '' && !`${request.path}?${request.rawQuery}`.includes(fault.path)) return false;
  }
  if (fault.probability < 1 && roll(dice) >= fault.probability) return false;
  if (fault.remaining !== null) fault.remaining -= 1;
  return true;
}

/** delayMs of a fault with its jitter rolled. */
export function delayOf(fault: Fault, dice: Dice): number {
  return fault.delayMs + (fault.jitterMs > 0 ? Math.floor(roll(dice) * fault.jitterMs) : 0);
}

/** Drops faults that can never strike again. */
export function withoutSpent(faults: readonly Fault[], nowMs: number): Fault[] {
  return faults.filter(
    (fault) => (fault.remaining === null || fault.remaining > 0) && (fault.untilMs === null || nowMs < fault.untilMs),
  );
}
