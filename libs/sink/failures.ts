/**
 * Everything that can go wrong with a call, as one closed table: what it is, what follows, and what a person can do. Both
 * sinks decide by it, docs/failures.md is written out of it, and every row has a test of its name for each API.
 */
import { ApiError, type ApiErrorCode, BudgetError } from '#http-api';

/**
 * What follows from a failure.
 * - `retry-now`: the record is read at once, and what it shows decides.
 * - `retry-later`: the command is ordered again after a wait; the tenant's other records go on.
 * - `pause-lane`: the tenant's whole direction waits until a time.
 * - `park`: the record, or the field, rests until it changes or somebody asks for it; the others go on.
 * - `ask`: the tenant's direction waits, and only a person can end that.
 */
export type Action = 'retry-now' | 'retry-later' | 'pause-lane' | 'park' | 'ask';

/**
 * How long it is waited.
 * - `outage`: two seconds, doubled with each failure in a row up to two minutes; from the third on the whole lane.
 * - `outage-of-record`: the same, and never the lane.
 * - `asked`: as Retry-After says, within an hour; ten seconds when it says nothing.
 * - `budget`: until our own budget has room.
 * - `month`: until the 1st of the next month, 00:00 UTC.
 * - `person`: five minutes at a time.
 * - `none`: not at all.
 */
export type Wait = 'outage' | 'outage-of-record' | 'asked' | 'budget' | 'month' | 'person' | 'none';

/** A row. */
export interface Failure {
  /** What happens, for people. */
  readonly happens: string;
  readonly action: Action;
  /** Stable reason code of the outcome. */
  readonly code: string;
  readonly wait: Wait;
  /** What somebody can do about it; blank when nothing is needed. */
  readonly toDo: string;
}

/** Failures of a call that brought no usable answer, or a refusal. `classify` finds the row of an error. */
export const CALL_FAILURES = {
  'no-connection': {
    happens: 'No connection could be made; nothing was sent.',
    action: 'retry-later',
    code: 'unavailable',
    wait: 'outage',
    toDo: 'If it lasts: look whether the API is reachable from here.',
  },
  'server-error': {
    happens: 'The server answered with 5xx, before or after the write took effect.',
    action: 'retry-later',
    code: 'unavailable',
    wait: 'outage',
    toDo: '',
  },
  'empty-server-error': {
    happens: 'The server answered a write with an empty 500: an outage, or a record that cannot be sent (fact U9.3).',
    action: 'retry-later',
    code: 'unavailable',
    wait: 'outage-of-record',
    toDo: '',
  },
  unsendable: {
    happens: 'The server answered the third try in a row of a write with an empty 500.',
    action: 'park',
    code: 'unsendable',
    wait: 'none',
    toDo: 'Open the record in the target system, save it there, and see whether the system itself accepts it.',
  },
  'rate-limited-until': {
    happens: 'The server answered 429 and said how long to wait.',
    action: 'pause-lane',
    code: 'rate-limited',
    wait: 'asked',
    toDo: '',
  },
  'rate-limited': {
    happens: 'The server answered 429 and did not say how long to wait (fact P1.6).',
    action: 'pause-lane',
    code: 'rate-limited',
    wait: 'asked',
    toDo: '',
  },
  'told-to-wait': {
    happens: 'Our own budget holds calls back because of a 429 of a moment ago; nothing was sent.',
    action: 'pause-lane',
    code: 'rate-limited',
    wait: 'budget',
    toDo: '',
  },
  'window-full': {
    happens: 'Our own budget of calls in ten minutes is used up (fact P1.5); nothing was sent.',
    action: 'pause-lane',
    code: 'rate-limited',
    wait: 'budget',
    toDo: '',
  },
  'month-full': {
    happens: 'Our own budget of calls in the month is used up (fact U9.5); nothing was sent.',
    action: 'pause-lane',
    code: 'quota-spent',
    wait: 'budget',
    toDo: 'Buy calls, or raise monthlyCalls in the tenants file if the plan allows more.',
  },
  'quota-spent': {
    happens: 'The server said that the calls of the month are used up (facts U9.5, U9.7).',
    action: 'pause-lane',
    code: 'quota-spent',
    wait: 'month',
    toDo: 'Buy calls, or wait for the 1st of the month.',
  },
  'timed-out': {
    happens: 'No complete answer came before the deadline: none at all, or a body too slow.',
    action: 'retry-later',
    code: 'unavailable',
    wait: 'outage',
    toDo: '',
  },
  'lost-response': {
    happens: 'The connection broke after the request had begun to go out, so that the write may have taken effect.',
    action: 'retry-later',
    code: 'unavailable',
    wait: 'outage',
    toDo: '',
  },
  'nonsense-answer': {
    happens: 'The answer cannot be one: HTML, cut off, a redirect, not what was asked for.',
    action: 'retry-later',
    code: 'nonsense-answer',
    wait: 'outage',
    toDo: 'If it lasts: look at the answer in the quarantine; a proxy or a login page may stand in between.',
  },
  'answer-too-big': {
    happens: 'The answer is larger than any that is expected (9 MiB).',
    action: 'retry-later',
    code: 'nonsense-answer',
    wait: 'outage',
    toDo: 'If it lasts: look at the answer in the quarantine.',
  },
  'credentials-refused': {
    happens: 'The server refused the credentials: 401 or 403, a token that was revoked included.',
    action: 'ask',
    code: 'credentials-refused',
    wait: 'person',
    toDo: 'Put the right credentials into the tenants file; they are taken up at once.',
  },
  'target-missing': {
    happens: 'The record is not there: 404, also after waiting for one that was just made.',
    action: 'park',
    code: 'target-missing',
    wait: 'none',
    toDo: 'Look whether the record was deleted; link another one, or let it be made anew.',
  },
  'value-refused': {
    happens: 'The server refused a write: 400, 409, 412, 422 or another 4xx. A field that it names stops itself alone.',
    action: 'park',
    code: 'invalid-value',
    wait: 'none',
    toDo: 'Correct the value that the message names; it flows when it changes.',
  },
  'read-refused': {
    happens: 'The server refused a read with a 4xx; that is no answer about the record.',
    action: 'retry-later',
    code: 'unavailable',
    wait: 'outage',
    toDo: '',
  },
  cancelled: {
    happens: 'The call was given up because the service stops.',
    action: 'retry-later',
    code: 'unavailable',
    wait: 'outage',
    toDo: '',
  },
} as const satisfies Record<string, Failure>;

/** Failures that no single answer shows: found by comparing what was read with what was ordered, or by looking at the order. */
export const OTHER_FAILURES = {
  'fate-unknown': {
    happens: 'A write got no answer, and reading back does not show it: it may still arrive.',
    action: 'retry-later',
    code: 'fate-unknown',
    wait: 'none',
    toDo: '',
  },
  'second-writer': {
    happens: 'Somebody changed the field between the order and the write: the field is not written.',
    action: 'retry-now',
    code: 'ok',
    wait: 'none',
    toDo: '',
  },
  'other-field-drift': {
    happens: 'A field that is not synced differs between the reads before and after the write.',
    action: 'retry-now',
    code: 'other-field-drift',
    wait: 'none',
    toDo: 'Look at the record: somebody else wrote in the same moment.',
  },
  'deadline-passed': {
    happens: 'The order came too late to begin with a write.',
    action: 'retry-now',
    code: 'deadline-passed',
    wait: 'none',
    toDo: '',
  },
  'setting-changed': {
    happens: 'The settings do not allow the order any more.',
    action: 'park',
    code: 'setting-changed',
    wait: 'none',
    toDo: '',
  },
  paused: {
    happens: 'The direction was paused after the order was given.',
    action: 'park',
    code: 'paused',
    wait: 'none',
    toDo: 'Resume it.',
  },
  'target-deleted': {
    happens: 'The record is there and marked as deleted.',
    action: 'park',
    code: 'target-deleted',
    wait: 'none',
    toDo: 'Bring the record back, or link another one.',
  },
  'command-invalid': {
    happens: 'The order cannot be carried out by this sink: another side, no such operation, an id of no form.',
    action: 'park',
    code: 'command-invalid',
    wait: 'none',
    toDo: 'Report it: this is a fault of ours.',
  },
} as const satisfies Record<string, Failure>;

/** Names of the rows that an error of a call can have. */
export type CallFailure = keyof typeof CALL_FAILURES;

/** Tries after which a record that gives empty 500s counts as one that cannot be sent (fact U9.3). */
export const UNSENDABLE_ATTEMPTS = 3;

/** The row by code of the error, where nothing else matters. */
const BY_CODE: Record<Exclude<ApiErrorCode, 'RATE_LIMITED' | 'REFUSED' | 'EMPTY_SERVER_ERROR'>, CallFailure> = {
  CREDENTIALS_REFUSED: 'credentials-refused',
  QUOTA_SPENT: 'quota-spent',
  NOT_FOUND: 'target-missing',
  UNAVAILABLE: 'server-error',
  TIMEOUT: 'timed-out',
  CONNECTION_LOST: 'lost-response',
  NONSENSE_ANSWER: 'nonsense-answer',
  CANCELLED: 'cancelled',
};

/** What finding the row needs to know besides the error. */
export interface CallStage {
  /** What failed: reading the record, or writing it. */
  stage: 'read' | 'write';
  /** 1 for the first try of the command, counted by whoever ordered it. */
  attempt: number;
}

/** The row of an error; null when it is none of a call. */
export function classify(error: unknown, { stage, attempt }: CallStage): CallFailure | null {
  if (error instanceof BudgetError) {
    if (error.toldToWait) return 'told-to-wait';
    return error.side === 'crm' ? 'window-full' : 'month-full';
  }
  if (!(error instanceof ApiError)) return null;
  switch (error.code) {
    case 'RATE_LIMITED':
      return error.retryAfterMs === null ? 'rate-limited' : 'rate-limited-until';
    case 'REFUSED':
      return stage === 'write' ? 'value-refused' : 'read-refused';
    case 'EMPTY_SERVER_ERROR':
      if (stage === 'read') return 'server-error';
      return attempt >= UNSENDABLE_ATTEMPTS ? 'unsendable' : 'empty-server-error';
    case 'UNAVAILABLE':
      return error.status === null ? 'no-connection' : 'server-error';
    case 'NONSENSE_ANSWER':
      return error.tooBig ? 'answer-too-big' : 'nonsense-answer';
    default:
      return BY_CODE[error.code];
  }
}

/** Whether a write may still take effect after this error, however late: there was no answer, or a gateway's. */
export function mayComeLate(error: unknown): boolean {
  return error instanceof ApiError && !error.fateKnown && error.status !== 500 && error.status !== 503;
}
