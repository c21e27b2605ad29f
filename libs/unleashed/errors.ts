/**
 * What can go wrong with a call to Unleashed, as one closed table. A caller decides by `code`, `retriable` and `fateKnown`,
 * never by text.
 */

/**
 * - `CREDENTIALS_REFUSED`: 401, or a 403 that says nothing of a quota: id, key or signature is wrong (U1.11).
 * - `QUOTA_SPENT`: the monthly quota is used up until the 1st of the month (U9.5); recognised by the text of a 402, 403 or 429,
 *   because its status is not known (U9.7).
 * - `RATE_LIMITED`: 429 (U9.7, U9.8).
 * - `NOT_FOUND`: 404: unknown GUID, or too early after it was made (U9.4, U6.11).
 * - `REFUSED`: 400, 405, 406, 409, 422 and other 4xx: the server will not take it, and may say which field (U9.1, U9.2).
 * - `EMPTY_SERVER_ERROR`: 500 with an empty body: input that cannot be sent, or trouble; never to be repeated for long (U9.3).
 * - `UNAVAILABLE`: any other 5xx, or no connection could be made.
 * - `TIMEOUT`: no complete answer before the deadline.
 * - `CONNECTION_LOST`: the connection broke after the request had begun to go out.
 * - `NONSENSE_ANSWER`: an answer that cannot be one: not JSON, cut off, too big, a redirect.
 * - `CANCELLED`: the caller gave up.
 */
export type UnleashedErrorCode =
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
const RETRIABLE: Record<UnleashedErrorCode, boolean> = {
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
export interface UnleashedErrorDetails {
  /** What was tried: method and path, no query and no secret. */
  call: string;
  /** HTTP status; null when there was no answer. */
  status?: number | null;
  /**
   * False when the call was a write and nobody knows whether it took effect, or may still take effect: it was sent and no
   * answer, or an answer that tells nothing, came back. True for every read.
   */
  fateKnown?: boolean;
  /** Milliseconds that the server asked us to wait (Retry-After); null when it did not. */
  retryAfterMs?: number | null;
  /** Messages of the server by field name in its own spelling, from the `errors` map (U9.1); empty when it gave none. */
  fieldErrors?: Record<string, string>;
  /** Beginning of an answer that made no sense, for the quarantine; null otherwise. */
  sample?: Buffer | null;
  /** True when the answer was larger than allowed: asking for less may help. */
  tooBig?: boolean;
  /** What caused it. */
  cause?: unknown;
}

/** A failed call to Unleashed. The message holds no secret. */
export class UnleashedApiError extends Error {
  override readonly name = 'UnleashedApiError';
  /** Which row of the table it is. */
  readonly code: UnleashedErrorCode;
  /** Whether the same call may succeed later. */
  readonly retriable: boolean;
  /** See `UnleashedErrorDetails.fateKnown`. */
  readonly fateKnown: boolean;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** Wait that the server asked for, milliseconds; null when it did not. */
  readonly retryAfterMs: number | null;
  /** Messages by field in the API's spelling; empty when it gave none. */
  readonly fieldErrors: Readonly<Record<string, string>>;
  /** Method and path of the call. */
  readonly call: string;
  /** Beginning of an answer that made no sense; null otherwise. */
  readonly sample: Buffer | null;
  /** True when the answer was larger than allowed. */
  readonly tooBig: boolean;

  constructor(code: UnleashedErrorCode, message: string, details: UnleashedErrorDetails) {
    super(`${details.call}: ${message}`, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.retriable = RETRIABLE[code];
    this.fateKnown = details.fateKnown ?? true;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.fieldErrors = details.fieldErrors ?? {};
    this.call = details.call;
    this.sample = details.sample ?? null;
    this.tooBig = details.tooBig ?? false;
  }
}

/** A record that lacks what a snapshot must have, such as its GUID or a customer's code. */
export class MalformedRecordError extends Error {
  override readonly name = 'MalformedRecordError';
  readonly code = 'MALFORMED_RECORD';
  readonly retriable = false;
  /** The field that is missing or blank, in the API's spelling. */
  readonly missing: string;

  constructor(kind: string, missing: string, guid: string) {
    super(`A ${kind} of Unleashed without ${missing}${guid === '' ? '' : ` (${guid})`}`);
    this.missing = missing;
  }
}
