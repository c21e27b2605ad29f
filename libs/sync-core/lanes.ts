/**
 * Lanes: one tenant, one target side.
 *
 * An answer that is about the whole side (outage, throttle, quota, credentials) closes the lane until a time; then one
 * command at a time probes it until one is carried out. Nothing queues meanwhile: what is to be written is state.
 */
import type { Outcome, Side } from '#contracts';
import { backOffMs, LIMITS } from './options.ts';
import { putLane, type StepContext } from './step-context.ts';

/** Closes a lane until the time that the sink named, or longer with each failure in a row. */
export function deferLane(context: StepContext, side: Side, outcome: Outcome): void {
  const lane = context.state.lanes[side];
  const failures = lane.failures + 1;
  const wait = backOffMs(failures, LIMITS.laneFirstMs, LIMITS.laneLongestMs);
  const deferredUntilMs = Math.max(outcome.retryAtMs ?? 0, context.nowMs + wait);
  putLane(context, { ...lane, state: 'deferred', deferredUntilMs, code: outcome.code, failures }, side);
}

/** A command was carried out: the lane is open. */
export function reopenLane(context: StepContext, side: Side): void {
  const lane = context.state.lanes[side];
  if (lane.state === 'open') return;
  putLane(context, { ...lane, state: 'open', deferredUntilMs: null, code: 'ok', failures: 0 }, side);
}

/** Trouble that an operator ends in the configuration: by other credentials, by more calls of the month. */
const OF_CONFIGURATION: ReadonlySet<string> = new Set(['credentials-refused', 'quota-spent']);

/** The configuration changed: a lane that waits for that, minutes or until the next month, is probed once every service has it. */
export function probeConfigured(context: StepContext, side: Side): void {
  const lane = context.state.lanes[side];
  const soonMs = context.nowMs + LIMITS.configurationTakenUpMs;
  if (lane.state !== 'deferred' || !OF_CONFIGURATION.has(lane.code) || (lane.deferredUntilMs ?? 0) <= soonMs) return;
  putLane(context, { ...lane, deferredUntilMs: soonMs }, side);
}

/** Lets a lane whose time has come be probed. */
export function probeLane(context: StepContext, side: Side): void {
  const lane = context.state.lanes[side];
  if (lane.state !== 'deferred' || (lane.deferredUntilMs ?? 0) > context.nowMs) return;
  putLane(context, { ...lane, state: 'probing', deferredUntilMs: null }, side);
}

/** Commands that may be under way on a lane at once. */
export function creditOf(context: StepContext, side: Side): number {
  const { state } = context.state.lanes[side];
  if (state === 'deferred') return 0;
  return state === 'probing' ? 1 : LIMITS.commandsInFlightPerLane;
}
