/** Options of the client, and what its hooks are told. */
import type { Exchange } from '#runtime';

/** One HTTP call, as the hooks see it. */
export interface CrmCallInfo {
  /** Method and entity set, for counting; no identity in it: `GET Divisions`. */
  operation: string;
  /** Method and path, no query. */
  call: string;
  /** What the caller said the call is for: live, repair or backfill. */
  purpose: string;
}

/** How a call ended, as the hook sees it. */
export interface CrmCallResult {
  /** HTTP status; null when no answer came. */
  status: number | null;
  /** `ok` or the code of the error. */
  code: string;
  /** Milliseconds from sending to the end. */
  durationMs: number;
  /** Wait that the server asked for, milliseconds; null when it did not (fact P1.6). */
  retryAfterMs: number | null;
}

/** Options of `createCrmClient`. */
export interface CrmClientOptions {
  /** Base URL, for example https://crm-odata-v1.prospect365.com (fact P1.1); a path is kept. */
  baseUrl: string;
  /** Personal access token (P1.3); never shows in an error or a log. */
  token: string;
  /** Value of the User-Agent header, so that the CRM's operators can tell who calls. Default `two-way-sync`. */
  userAgent?: string;
  /** Deadline of one call, milliseconds. Default 10000. */
  timeoutMs?: number;
  /** Largest answer of one call, bytes. Default 9 MiB: a page of 500 records is some 1 MB. */
  maxAnswerBytes?: number;
  /** Connections at most at a time. Default 4. */
  connections?: number;
  /** Called before each HTTP call, also each page. A rejection is passed on as it is, and nothing is sent. */
  beforeCall?: (info: CrmCallInfo) => Promise<void> | void;
  /** Called after each HTTP call that went out. Must not throw. */
  afterCall?: (info: CrmCallInfo, result: CrmCallResult) => void;
  /** Our clock, milliseconds since the epoch. Default Date.now. */
  now?: () => number;
  /** Sends a request and gives the whole answer. Default: over HTTP; a simulation gives its own. */
  exchange?: Exchange;
}

/** Options of a single call. */
export interface CrmCallOptions {
  /** What the call is for; handed to the hooks. Default `live`. */
  purpose?: string;
  /** Aborts the call. */
  signal?: AbortSignal;
  /** Asked at the very moment at which the request would go out. What it throws stops the request and is passed on. */
  guard?: () => void;
}

/** Default of `timeoutMs`. */
export const DEFAULT_TIMEOUT_MS = 10_000;
/** Default of `maxAnswerBytes`. */
export const DEFAULT_MAX_ANSWER_BYTES = 9 * 1024 * 1024;
/** Default of `connections`. */
export const DEFAULT_CONNECTIONS = 4;
/** Default of `userAgent`. */
export const DEFAULT_USER_AGENT = 'two-way-sync';
