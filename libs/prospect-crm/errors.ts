/**
 * What can go wrong with a call to the CRM, as one closed table. A caller decides by `code`, `retriable` and `fateKnown`,
 * never by text.
 */

/**
 * - `CREDENTIALS_REFUSED`: 401 or 403: the token is wrong, expired or revoked (fact P1.7).
 * - `RATE_LIMITED`: 429: more than 1,200 calls in 10 minutes (P1.5).
 * - `NOT_FOUND`: 404, or an empty answer to a GET by key (P2.2).
 * - `REFUSED`: 400 and other 4xx: the server will not take it, and may say which field (P2.11).
 * - `UNAVAILABLE`: 5xx, or no connection could be made.
 * - `TIMEOUT`: no complete answer before the deadline.
 * - `CONNECTION_LOST`: the connection broke after the request had begun to go out.
 * - `NONSENSE_ANSWER`: an answer that cannot be one: not JSON, cut off, too big, a redirect.
 * - `CANCELLED`: the caller gave up.
 */
export type CrmErrorCode =
  | 'CREDENTIALS_REFUSED'
  | 'RATE_LIMITED'
  | 'NOT_FOUND'
  | 'REFUSED'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'CONNECTION_LOST'
  | 'NONSENSE_ANSWER'
  | 'CANCELLED';

/** Whether the same call may succeed later without anybody changing anything. */
const RETRIABLE: Record<CrmErrorCode, boolean> = {
  CREDENTIALS_REFUSED: false,
  RATE_LIMITED: true,
  NOT_FOUND: false,
  REFUSED: false,
  UNAVAILABLE: true,
  TIMEOUT: true,
  CONNECTION_LOST: true,
  NONSENSE_ANSWER: true,
  CANCELLED: true,
};

/** Facts of one failed call. */
export interface CrmErrorDetails {
  /** What was tried: method and path, no query and no secret. */
  call: string;
  /** HTTP status; null when there was no answer. */
  status?: number | null;
  /** False when the call was a write and nobody knows whether it took effect, or may yet. True for every read. */
  fateKnown?: boolean;
  /** Milliseconds that the server asked us to wait; null when it did not (P1.6). */
  retryAfterMs?: number | null;
  /** Properties that the refusal is about, in the API's spelling, from `details[].target` (P2.11). */
  targets?: readonly string[];
  /** Beginning of an answer that made no sense, for the quarantine; null otherwise. */
  sample?: Buffer | null;
  /** What caused it. */
  cause?: unknown;
}

/** A failed call to the CRM. The message holds no secret. */
export class CrmApiError extends Error {
  override readonly name = 'CrmApiError';
  /** Which row of the table it is. */
  readonly code: CrmErrorCode;
  /** Whether the same call may succeed later. */
  readonly retriable: boolean;
  /** See `CrmErrorDetails.fateKnown`. */
  readonly fateKnown: boolean;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** Wait that the server asked for, milliseconds; null when it did not. */
  readonly retryAfterMs: number | null;
  /** Properties that the refusal names; empty when it names none. */
  readonly targets: readonly string[];
  /** Method and path of the call. */
  readonly call: string;
  /** Beginning of an answer that made no sense; null otherwise. */
  readonly sample: Buffer | null;

  constructor(code: CrmErrorCode, message: string, details: CrmErrorDetails) {
    super(`${details.call}: ${message}`, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.retriable = RETRIABLE[code];
    this.fateKnown = details.fateKnown ?? true;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.targets = details.targets ?? [];
    this.call = details.call;
    this.sample = details.sample ?? null;
  }
}

/** A record that lacks what a snapshot must have, such as its key, or an address that it says it has. */
export class CrmMalformedRecordError extends Error {
  override readonly name = 'CrmMalformedRecordError';
  readonly code = 'MALFORMED_RECORD';
  readonly retriable = false;
  /** The property that is missing or blank, in the API's spelling. */
  readonly missing: string;

  constructor(kind: string, missing: string, id: string) {
    super(`A ${kind} of the CRM without ${missing}${id === '' ? '' : ` (${id})`}`);
    this.missing = missing;
  }
}
