/** What a call will meet: the faults that strike it, gathered into one plan before it runs. */
import { delayOf, type Fault, strikes } from './faults.ts';
import type { Dice } from './random.ts';
import type { Switches } from './switches.ts';
import { type ApiRequest, type ApiResponse, answer, type Json, type Side } from './types.ts';
import { quotaBlock } from './unleashed/api.ts';

/** How an answer is spoiled on its way out. */
export type Mangling = 'html' | 'truncated' | 'huge';

/** The course of one call. */
export type CallPlan = {
  /** Wait before the effect, ms. */
  delayBeforeMs: number;
  /** Wait between effect and answer, ms. */
  delayAfterMs: number;
  /** The body is dripped out over this time, ms; 0: at once. */
  slowBodyMs: number;
  /** Answer given instead of the model's. */
  instead: ApiResponse | undefined;
  /** The model runs although `instead` is answered. */
  effectBeforeInstead: boolean;
  /** The connection is destroyed before or after the effect; no answer. */
  lose: 'no' | 'before' | 'after';
  /** A write takes effect this much later, ms, with the connection lost; undefined: now. */
  holdMs: number | undefined;
  mangle: Mangling | undefined;
  /** A write by another machine right after a GET of one record. */
  secondWriter: Fault | undefined;
  /** Kinds that struck, for the call log. */
  faults: string[];
};

/** A plan without any fault. */
export function plainPlan(): CallPlan {
  return {
    delayBeforeMs: 0,
    delayAfterMs: 0,
    slowBodyMs: 0,
    instead: undefined,
    effectBeforeInstead: false,
    lose: 'no',
    holdMs: undefined,
    mangle: undefined,
    secondWriter: undefined,
    faults: [],
  };
}

/** Rolls the dice for every fault in force and gathers what strikes. */
export function planFor(
  faults: readonly Fault[],
  dice: Dice,
  switches: Switches,
  side: Side,
  request: ApiRequest,
  nowMs: number,
): CallPlan {
  const plan = plainPlan();
  const isWrite = request.method !== 'GET';
  for (const fault of faults) {
    if (fault.side !== side || !concerns(fault, isWrite) || !strikes(fault, dice, nowMs, request)) continue;
    plan.faults.push(fault.kind);
    apply(plan, fault, dice, switches, nowMs);
  }
  return plan;
}

function concerns(fault: Fault, isWrite: boolean): boolean {
  switch (fault.kind) {
    case 'clockSkew':
    case 'eventsLost':
    case 'eventsDuplicated':
    case 'eventsDelayed':
      return false;
    case 'lateWrite':
    case 'hookServiceDown':
      return isWrite;
    case 'secondWriter':
      return !isWrite;
    default:
      return true;
  }
}

function apply(plan: CallPlan, fault: Fault, dice: Dice, switches: Switches, nowMs: number): void {
  plan.instead ??= insteadOf(fault, switches, nowMs);
  switch (fault.kind) {
    case 'error':
      plan.effectBeforeInstead ||= fault.afterEffect;
      break;
    case 'refusedConnection':
      plan.lose = 'before';
      break;
    case 'lostResponse':
      if (plan.lose === 'no') plan.lose = 'after';
      break;
    case 'lateWrite':
      plan.holdMs = delayOf(fault, dice);
      plan.delayAfterMs += fault.connectionMs;
      break;
    case 'latency':
      if (fault.afterEffect) plan.delayAfterMs += delayOf(fault, dice);
      else plan.delayBeforeMs += delayOf(fault, dice);
      break;
    case 'slowBody':
      plan.slowBodyMs += delayOf(fault, dice);
      break;
    case 'htmlBody':
      plan.mangle = 'html';
      break;
    case 'truncatedBody':
      plan.mangle = 'truncated';
      break;
    case 'hugeBody':
      plan.mangle = 'huge';
      break;
    case 'secondWriter':
      plan.secondWriter = fault;
      break;
    default:
      break;
  }
}

function insteadOf(fault: Fault, switches: Switches, nowMs: number): ApiResponse | undefined {
  switch (fault.kind) {
    case 'error':
      return answer(fault.status, fault.body ?? undefined);
    case 'rateLimit':
      return limited(fault);
    case 'outage':
      return answer(503, 'Service Unavailable');
    case 'revokedCredential':
      return fault.side === 'crm' ? crmError(401, 'Authorization has been denied.') : answer(403);
    case 'quotaUsedUp':
      return fault.side === 'crm' ? limited(fault) : quotaBlock(switches.unleashed, nowMs);
    case 'hookServiceDown':
      return crmError(500, 'The webhook service did not answer.');
    default:
      return undefined;
  }
}

function limited(fault: Fault): ApiResponse {
  const headers: Record<string, string> =
    fault.retryAfterSeconds === null ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
  const body: Json = { error: { code: '429', message: 'Too many requests.', details: [] } };
  return answer(429, fault.side === 'crm' ? body : { Description: 'Too many requests.' }, headers);
}

function crmError(status: number, message: string): ApiResponse {
  return answer(status, { error: { code: String(status), message, details: [] } });
}
