/**
 * The base of every error that a person or a program has to react to, and the errors of this library.
 *
 * Other libraries have classes of their own with the same fields; `describeError` reads any of them.
 */

/** What an error says beside its message. */
export interface ErrorDetails {
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retriable: boolean;
  /** What to do about it, one sentence. Default: empty. */
  readonly hint?: string;
  /** What was thrown below. */
  readonly cause?: unknown;
}

/** An error with a stable code. Its message and hint never hold a secret. */
export class TwoWayError<Code extends string = string> extends Error {
  /** Stable code, for programs. */
  readonly code: Code;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retriable: boolean;
  /** What to do about it, one sentence; empty when there is nothing to say. */
  readonly hint: string;

  constructor(code: Code, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TwoWayError';
    this.code = code;
    this.retriable = details.retriable;
    this.hint = details.hint ?? '';
  }
}

/** Code → may the same call be made again? */
const RETRIABLE = {
  /** An environment variable is missing or wrong; see ConfigError. */
  CONFIG_INVALID: false,
  /** The tenants file has mistakes; see TenantsFileError. */
  TENANTS_INVALID: false,
  /** The tenants file is not there, not readable or too large. */
  TENANTS_UNREADABLE: true,
  /** A command that hands out a secret failed. */
  COMMAND_FAILED: true,
  /** What is given as a key cannot be one. */
  TENANTS_KEY_INVALID: false,
  /** Credentials were encrypted with a key that is not there. */
  TENANTS_KEY_MISSING: false,
  /** Encrypted credentials were changed, or belong to another tenant or base URL. */
  TENANTS_SEAL_BROKEN: false,
  /** A file of the store of tenants is not as it must be. */
  TENANTS_STORE_DAMAGED: false,
  /** The store of tenants cannot be read or written at the moment. */
  TENANTS_STORE_UNAVAILABLE: true,
  /** The tenant in the store is not what the caller saw: there is one already, or none, or somebody changed it. */
  TENANTS_STORE_STALE: false,
  /** Work took longer than its deadline; what it did is not known. */
  DEADLINE_EXCEEDED: true,
  /** The caller's signal asked to stop. */
  ABORTED: false,
  /** The address to listen at is taken or not allowed. */
  PORT_TAKEN: false,
  /** Redis cannot be reached, is still loading, or did not answer in time; what a command did is not known. */
  REDIS_UNAVAILABLE: true,
  /** Redis refused the credentials or the command: a person has to change something. */
  REDIS_REFUSED: false,
  /** A script failed inside Redis: a mistake in the program, or data that it did not write. */
  REDIS_SCRIPT_FAILED: false,
} as const;

/** What can go wrong in this library. Closed: a caller can switch over it. */
export type RuntimeErrorCode = keyof typeof RETRIABLE;

/** An error of this library. */
export class RuntimeError extends TwoWayError<RuntimeErrorCode> {
  constructor(code: RuntimeErrorCode, message: string, details: Omit<ErrorDetails, 'retriable'> = {}) {
    super(code, message, { retriable: RETRIABLE[code], ...details });
    this.name = 'RuntimeError';
  }
}

/** True for the error that this library throws when a caller's signal was aborted, and for Node's own AbortError. */
export function isAborted(error: unknown): boolean {
  if (error instanceof TwoWayError) return error.code === 'ABORTED';
  return error instanceof Error && error.name === 'AbortError';
}

/** True when the error says that the same call may be made again; false for errors that say nothing. */
export function isRetriable(error: unknown): boolean {
  return error instanceof Error && 'retriable' in error && error.retriable === true;
}

/** The parts of any error that go into an answer or a record: stable code (or its class' name), message, whether to retry. */
export interface ErrorDescription {
  readonly code: string;
  readonly message: string;
  readonly retriable: boolean;
  readonly hint: string;
}

/** Reads code, message, retriable and hint of anything that was thrown. */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) {
    return { code: 'UNKNOWN', message: String(error), retriable: false, hint: '' };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : '';
  return { code, message: error.message, retriable: isRetriable(error), hint };
}
