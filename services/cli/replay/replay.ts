/**
 * Runs what is stored on the topics through the core again and compares what comes out with the decisions on record.
 *
 * A decision names the input that it was made on by topic, partition and offset, and the time of its step; the decisions of
 * a tenant stand in the order in which they were made. That is all a step depends on.
 */
import type { Codec, Decision } from '#contracts';
import { type CoreEvent, createTenantState, step } from '#sync-core';

/** An input as stored, by its place `topic/partition/offset`. */
export type StoredInputs = ReadonlyMap<string, CoreEvent>;

/** A step that came out differently, or could not be run. */
export interface Mismatch {
  /** Place of the input, or timer/time. */
  readonly cause: string;
  /** missing-input: the input is no longer on its topic; other-decisions: the core decides differently now. */
  readonly kind: 'missing-input' | 'other-decisions';
  readonly recorded: readonly Decision[];
  readonly replayed: readonly Decision[];
}

/** What a replay found. */
export interface ReplayReport {
  readonly steps: number;
  readonly decisions: number;
  /** Steps that came out byte for byte as recorded. */
  readonly same: number;
  /** The first mismatches, at most MISMATCHES_SHOWN. */
  readonly mismatches: readonly Mismatch[];
  readonly mismatchCount: number;
}

const MISMATCHES_SHOWN = 20;

/** Replays one tenant; `decisions` in their order on the topic. `concerns` limits what is compared, not what is run. */
export function replay(
  tenantId: string,
  decisions: readonly Decision[],
  inputs: StoredInputs,
  codec: Pick<Codec, 'encode'>,
  concerns: (decision: Decision) => boolean = () => true,
): ReplayReport {
  const state = createTenantState(tenantId, { links: [], setting: null, lanes: [] });
  const bytesOf = (all: readonly Decision[]): string =>
    all.map((one) => codec.encode('sync.decision.v1', one).toString('base64')).join('\n');
  const mismatches: Mismatch[] = [];
  let mismatchCount = 0;
  let same = 0;
  const steps = stepsOf(decisions);
  for (const { cause, nowMs, recorded } of steps) {
    const event: CoreEvent | undefined = cause.startsWith('timer/') ? { kind: 'timer' } : inputs.get(cause);
    const replayed = event === undefined ? [] : step(state, event, nowMs).decisions;
    const [before, after] = [recorded.filter(concerns), replayed.filter(concerns)];
    if (event !== undefined && bytesOf(before) === bytesOf(after)) same += 1;
    else {
      mismatchCount += 1;
      const kind = event === undefined ? 'missing-input' : 'other-decisions';
      if (mismatches.length < MISMATCHES_SHOWN) mismatches.push({ cause, kind, recorded: before, replayed: after });
    }
  }
  return { steps: steps.length, decisions: decisions.length, same, mismatches, mismatchCount };
}

interface Step {
  cause: string;
  nowMs: number;
  recorded: Decision[];
}

/** Decisions of one step stand together: their ids share the step's cause, before a `#`. */
function stepsOf(decisions: readonly Decision[]): Step[] {
  const steps: Step[] = [];
  for (const decision of decisions) {
    const cause = decision.decisionId.split('#', 1)[0] ?? '';
    const last = steps.at(-1);
    if (last?.cause === cause && last.nowMs === decision.nowMs) last.recorded.push(decision);
    else steps.push({ cause, nowMs: decision.nowMs, recorded: [decision] });
  }
  return steps;
}
