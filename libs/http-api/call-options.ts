/** What every client of an API can be told, and what its hooks are told. */
import type { Exchange, OutboundPolicy } from '#runtime';

/** One HTTP call, as the hooks see it. */
export interface CallInfo {
  /** Method and kind of resource, for counting; no identity in it: `GET customers`, `GET Divisions`. */
  operation: string;
  /** Method and path, no query. */
  call: string;
  /** What the caller said the call is for, for example live, repair, poll or sweep. */
  purpose: string;
}

/** How a call ended, as the hook sees it. */
export interface CallResult {
  /** HTTP status; null when no answer came. */
  status: number | null;
  /** `ok` or the code of the error. */
  code: string;
  /** Milliseconds from sending to the end. */
  durationMs: number;
  /** Wait that the server asked for, milliseconds; null when it did not. */
  retryAfterMs: number | null;
}

/** Options that the clients of all APIs have. */
export interface ApiClientOptions {
  /** Base URL (facts P1.1, U1.1); a path is kept. */
  baseUrl: string;
  /** Deadline of one call, milliseconds. Default: the client's. */
  timeoutMs?: number;
  /** Largest answer of one call, bytes. Default 9 MiB: a page of a thousand customers with contacts is some 5 MB. */
  maxAnswerBytes?: number;
  /** Connections at most at a time. Default 4. */
  connections?: number;
  /** Addresses that may be connected to although they are not public. Default: none. */
  outbound?: OutboundPolicy;
  /**
   * Called before each HTTP call, also each page; the call goes out when the promise resolves. A rejection is passed on to the
   * caller as it is, and nothing is sent: here the call budget says no.
   */
  beforeCall?: (info: CallInfo) => Promise<void> | void;
  /** Called after each HTTP call that went out. Must not throw. */
  afterCall?: (info: CallInfo, result: CallResult) => void;
  /** Our clock, milliseconds since the epoch. Default Date.now. */
  now?: () => number;
  /** Sends a request and gives the whole answer. Default: over HTTP; a simulation gives its own. */
  exchange?: Exchange;
}

/** Options of a single call. */
export interface CallOptions {
  /** What the call is for; handed to the hooks. Default: the client's. */
  purpose?: string;
  /** Aborts the call. */
  signal?: AbortSignal;
  /** Deadline of this call, milliseconds, instead of the client's. */
  timeoutMs?: number;
  /**
   * Asked at the very moment at which the request would go out, after beforeCall and after a connection was found. What it
   * throws stops the request and is passed on: here a write that came too late, or is no longer allowed, is held back.
   */
  guard?: () => void;
}

/** Default of `maxAnswerBytes`. */
export const DEFAULT_MAX_ANSWER_BYTES = 9 * 1024 * 1024;
/** Default of `connections`. */
export const DEFAULT_CONNECTIONS = 4;
