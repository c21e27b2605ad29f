/** The limits and times of the core, each with its unit. They are part of a decision's input: a replay uses the same. */
export const LIMITS = {
  /** Commands under way per lane (one tenant, one target side) at most. Enough to hide latency, too few to starve others. */
  commandsInFlightPerLane: 4,
  /** No write begins later than this after its command was made, milliseconds. */
  commandDeadlineMs: 30_000,
  /** How long after its deadline a command's outcome is waited for: longer than the longest API call of a sink, milliseconds. */
  outcomeGraceMs: 15_000,
  /** How long a value of ours whose fate is unknown is remembered, so that its late effect is not taken for an edit, milliseconds. */
  ownWriteMemoryMs: 15 * 60_000,
  /** Open own writes remembered per link; the oldest goes first. */
  ownWritesPerLink: 64,
  /** Contacts of one customer that a write of the customer whose fate is unknown is noted on, at most. */
  carriedContacts: 50,
  /** How far the clocks of two of our services may differ before a read has to be repeated, milliseconds. */
  clockMarginMs: 1_000,
  /** A record new to us may have its counterpart on the way: a creation waits this long, milliseconds. */
  creationSettleMs: 1_000,
  /** The breaker never holds fewer records than come to one side within its window beyond this many. */
  breakerRecordsMin: 50,
  /** Window in which the breaker counts records, milliseconds. */
  breakerWindowMs: 15 * 60_000,
  /** A mass change goes on as long as records come in numbers within this time, milliseconds: so single edits soon go on. */
  breakerBurstMs: 60_000,
  /** In numbers: more than the limit of the window divided by this. */
  breakerBurstPart: 10,
  /** First wait after a failure of one record, milliseconds; doubles with each try. */
  retryFirstMs: 1_000,
  /** Longest wait between tries of one record, milliseconds. */
  retryLongestMs: 10 * 60_000,
  /** First wait of a lane after a deferral that names no time, milliseconds; doubles with each. */
  laneFirstMs: 1_000,
  /** How soon after a change of a tenant's configuration every service has it, milliseconds. */
  configurationTakenUpMs: 10_000,
  /** Longest wait of a lane between probes, milliseconds. */
  laneLongestMs: 60_000,
} as const;

/** Wait before try number `attempt + 1`: doubling from `firstMs`, never above `longestMs`. Attempts count from 1. */
export function backOffMs(attempt: number, firstMs: number, longestMs: number): number {
  const doublings = Math.min(Math.max(attempt - 1, 0), 30);
  return Math.min(firstMs * 2 ** doublings, longestMs);
}
