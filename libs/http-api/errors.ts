/**
 * What can go wrong with a call to an API, as one closed list. A caller decides by `code`, `retriable` and `fateKnown`, never
 * by text. What follows from each stands in the table of libs/sink/failures.ts.
 */

/**
 * - `CREDENTIALS_REFUSED`: 401 or 403: token, id, key or signature is wrong, expired or revoked (facts P1.7, U1.11).
 * - `QUOTA_SPENT`: the quota of a month is used up (U9.5); only where an API has one.
 * - `RATE_LIMITED`: 429 (P1.5, U9.7).
 * - `NOT_FOUND`: 404, or an empty answer to a GET by key (P2.2, U9.4, U6.11).
 * - `REFUSED`: 400 and other 4xx: the server will not take it, and may say which field (P2.11, U9.1, U9.2).
 * - `EMPTY_SERVER_ERROR`: 500 with an empty body, where that may mean input that cannot be sent (U9.3).
 * - `UNAVAILABLE`: 5xx, or no connection could be made.
 * - `TIMEOUT`: no complete answer before the deadline.
 * - `CONNECTION_LOST`: the connection broke after the request had begun to go out.
 * - `NONSENSE_ANSWER`: an answer that cannot be one: not JSON, cut off, too big, a redirect.
 * - `CANCELLED`: the caller gave up.
 */
export type ApiErrorCode =
  | 'CREDENTIALS_REFUSED'
  | 'QUOTA_SPENT'
  | 'RATE_LIMITED'
  | 'NOT_FOUND'
  | 'REFUSED'
  | 'EMPTY_SERVER_ERROR'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'CONNECTION_LOST'
  | 'NONSENSE_ANSWER'
  | 'CANCELLED';

/** Whether the same call may succeed later without anybody changing anything. */
const RETRIABLE: Record<ApiErrorCode, boolean> = {
  CREDENTIALS_REFUSED: false,
  QUOTA_SPENT: true,
  RATE_LIMITED: true,
  NOT_FOUND: false,
  REFUSED: false,
  EMPTY_SERVER_ERROR: true,
  UNAVAILABLE: true,
  TIMEOUT: true,
  CONNECTION_LOST: true,
  NONSENSE_ANSWER: true,
  CANCELLED: true,
};

/** Facts of one failed call. */
export interface ApiErrorDetails {
  /** What was tried: method and path, no query and no secret. */
  call: string;
  /** HTTP status; null when there was no answer. */
  status?: number | null;
  /**
   * False when the call was a write and nobody knows whether it took effect, or may still take effect: it was sent and no
   * answer, or an answer that tells nothing, came back. True for every read.
   */
  fateKnown?: boolean;
  /** Milliseconds that the server asked us to wait (Retry-After); null when it did not (P1.6). */
  retryAfterMs?: number | null;
  /** Beginning of an answer that made no sense, for the quarantine; null otherwise. */
  sample?: Buffer | null;
  /** True when the answer was larger than allowed: asking for less may help. */
  tooBig?: boolean;
  /** What caused it. */
  cause?: unknown;
}

/** A failed call to an API. The message holds no secret. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  /** Which of the list it is. */
  readonly code: ApiErrorCode;
  /** Whether the same call may succeed later. */
  readonly retriable: boolean;
  /** See `ApiErrorDetails.fateKnown`. */
  readonly fateKnown: boolean;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** Wait that the server asked for, milliseconds; null when it did not. */
  readonly retryAfterMs: number | null;
  /** Method and path of the call. */
  readonly call: string;
  /** Beginning of an answer that made no sense; null otherwise. */
  readonly sample: Buffer | null;
  /** True when the answer was larger than allowed. */
  readonly tooBig: boolean;

  constructor(code: ApiErrorCode, message: string, details: ApiErrorDetails) {
    super(`${details.call}: ${message}`, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.retriable = RETRIABLE[code];
    this.fateKnown = details.fateKnown ?? true;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.call = details.call;
    this.sample = details.sample ?? null;
    this.tooBig = details.tooBig ?? false;
  }
}
