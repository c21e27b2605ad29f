/** What can go wrong while the system is started or kept running. Closed: a caller can switch over it. */
export type SystemErrorCode =
  | 'PORT_TAKEN'
  | 'SERVICE_DIED'
  | 'SERVICE_NOT_READY'
  | 'SERVICE_UNKNOWN'
  | 'SETUP_FAILED'
  | 'NO_SANDBOX'
  | 'ALREADY_RUNNING'
  | 'NOT_RUNNING'
  | 'STILL_RUNNING'
  | 'SERVICES_RUNNING'
  | 'USAGE';

/** Codes after which the same call may succeed without anybody changing anything. */
const RETRIABLE: ReadonlySet<SystemErrorCode> = new Set(['SERVICE_NOT_READY']);

/** An error for a person: `message` is one sentence that says what is wrong, `hint` one that says what to do. */
export class SystemError extends Error {
  /** Which of the known failures this is. */
  readonly code: SystemErrorCode;
  /** True when trying again unchanged may help. */
  readonly retriable: boolean;
  /** What to do about it, one sentence. */
  readonly hint: string;
  /** The last lines of a log that belongs to it, oldest first; often empty. */
  readonly logTail: readonly string[];

  constructor(
    code: SystemErrorCode,
    message: string,
    details: { hint: string; cause?: unknown; logTail?: readonly string[] },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SystemError';
    this.code = code;
    this.retriable = RETRIABLE.has(code);
    this.hint = details.hint;
    this.logTail = details.logTail ?? [];
  }
}
