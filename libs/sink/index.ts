/** What both sinks share: whether a command may write, what its outcome says, and the process around it. */
export { createBegunWrites } from './begun.ts';
export type { CommandContext, CommandPorts, FieldRefusal, Seen } from './context.ts';
export { closedBy, GateClosedError, guardOf } from './gate.ts';
export { createCommandHandler, type Handle, type HandlerParts } from './handle.ts';
export type { SinkMetrics } from './metrics.ts';
export { fieldOutcome, messageOf, type OutcomeParts, outcome, shownBy, verdictParts } from './outcome.ts';
export { type Patience, readPatiently } from './patience.ts';
export { runSink } from './service.ts';
export {
  budgetWait,
  type Circumstances,
  CREDENTIALS_WAIT_MS,
  credentialsRefused,
  FATE_UNKNOWN,
  isTrouble,
  LANE_TROUBLE_FAILURES,
  LONGEST_OUTAGE_WAIT_MS,
  LONGEST_RETRY_AFTER_MS,
  laneUntil,
  OUTAGE_WAIT_MS,
  outageEndMs,
  RATE_LIMIT_WAIT_MS,
  rateLimited,
  refused,
  trouble,
  type Verdict,
} from './verdict.ts';
