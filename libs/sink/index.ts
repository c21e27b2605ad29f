/** What both sinks share: whether a command may write, what its outcome says, and the process around it. */
export { createBegunWrites } from './begun.ts';
export type { CommandContext, CommandPorts, FieldRefusal, Seen } from './context.ts';
export { begin, withEarlier } from './earlier.ts';
export { CALL_FAILURES, type CallFailure, type Failure, mayComeLate, OTHER_FAILURES } from './failures.ts';
export { closedBy, GateClosedError, guardOf, NotOursError } from './gate.ts';
export { createCommandHandler, type Handle, type HandlerParts } from './handle.ts';
export type { SinkMetrics } from './metrics.ts';
export { fieldOutcome, messageOf, type OutcomeParts, outcome, shownBy, verdictParts } from './outcome.ts';
export { type Patience, readPatiently } from './patience.ts';
export { createQuarantine } from './quarantine.ts';
export { runSink } from './service.ts';
export { circumstancesOf, FATE_UNKNOWN, type Verdict, verdictOf } from './verdict.ts';
export { answersByKind, createWriteAnswers, type WriteAnswers } from './write-answers.ts';
