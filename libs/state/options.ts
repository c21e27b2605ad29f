/** Options of the view. */
import type { Clock, RedisStore } from '#runtime';

/** What the view tells while it waits. */
export interface StateEvents {
  /** A call failed and is tried again after `pauseMs`; `attempt` counts from 1. Called for every try. */
  onRetry?: (event: { what: string; code: string; attempt: number; pauseMs: number }) => void;
  /** The call that had failed worked again after `attempts` failed tries. */
  onRecovered?: (event: { what: string; attempts: number }) => void;
}

/** How a view is made. */
export interface StateViewOptions {
  /** Connection to the server; stays the caller's to close. Its prefix stands before every key. */
  redis: RedisStore;
  /** First pause after a failed try, in milliseconds; doubles up to `maxPauseMs`. Default 50. */
  firstPauseMs?: number;
  /** Longest pause between tries, in milliseconds. Default 2,000. */
  maxPauseMs?: number;
  /** How many entries of a tenant are read in one call. Default 500. */
  loadChunk?: number;
  /** Version of the layout of keys and values. Default: that of this version of the project; given only in tests. */
  layout?: string;
  /** Whose time the pauses take. Default: the machine's. */
  clock?: Clock;
  /** Told about failing calls. */
  events?: StateEvents;
}
