/**
 * Which trace the commands of a link belong to: that of the last edit or order about it, also when they are issued by a timer,
 * or because another command was answered. Kept in memory only: after a restart, and with more links under way than are kept,
 * such a command belongs to the trace in which it was issued, or to none.
 */
import { linkKey } from '#contracts';
import { type TraceHeaders, traceHeaders } from '#runtime';
import type { Effects } from '#sync-core';

/** Links whose trace is known at most, for each task. */
const MAX_LINKS = 10_000;

/** The traces of a task's links. Empty without tracing. */
export interface LinkTraces {
  /** Notes the current trace for the link that the step was about. */
  note(effects: Pick<Effects, 'decisions'>): void;
  /** Headers for a command about this link; undefined for none. */
  of(key: string): TraceHeaders | undefined;
}

/** No trace is known yet. */
export function createLinkTraces(): LinkTraces {
  const known = new Map<string, TraceHeaders>();
  return {
    note({ decisions }) {
      const headers = traceHeaders();
      if (headers === undefined) return;
      for (const { tenantId, entity, linkId, cause, decisionId } of decisions) {
        // With a #, it is about something that merely had its turn in the same step.
        if (linkId === '' || decisionId.includes('#') || (cause !== 'observation' && cause !== 'request')) continue;
        const key = linkKey(tenantId, entity, linkId);
        known.delete(key);
        known.set(key, headers);
        const oldest = known.keys().next().value;
        if (known.size > MAX_LINKS && oldest !== undefined) known.delete(oldest);
      }
    },
    of: (key) => known.get(key) ?? traceHeaders(),
  };
}
