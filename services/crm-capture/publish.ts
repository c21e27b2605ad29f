/** Writes snapshots of the CRM, and what cannot be one, to their topics. */
import { createFeedPublisher, type PublisherParts } from '#feed';
import { CrmApiError } from '#prospect-crm';
import type { Misfit, Snapshot } from './core/ports.ts';

/** An outage answers every call with the same nonsense: one answer of a tenant is kept in this time, milliseconds. */
const NONSENSE_PAUSE_MS = 60_000;
/** What stands for a topic of something that came from the API and never was on one. */
const API_TOPIC = 'crm-api';

/** Writes for all tenants. */
export interface Publisher {
  /** Resolves when all are written; rejects with KafkaError when it is not known of all. */
  publish(tenantId: string, snapshots: readonly Snapshot[]): Promise<void>;
  /** Keeps what cannot be published; resolves when it is written. */
  quarantine(tenantId: string, misfit: Misfit): Promise<void>;
  /** Keeps the answer that an error is about, if there is one and none was kept a moment ago. Never rejects. */
  keepNonsense(tenantId: string, error: unknown): Promise<void>;
}

/** Makes the writer. */
export function createPublisher(parts: PublisherParts): Publisher {
  const { clock, log } = parts;
  const feed = createFeedPublisher('crm-capture', parts);
  const keptAtMs = new Map<string, number>();
  const quarantine = (tenantId: string, { source, ...misfit }: Misfit): Promise<void> =>
    feed.quarantine(tenantId, { topic: API_TOPIC, about: `${tenantId} ${source}`, ...misfit });
  return {
    publish: feed.publish,
    quarantine,
    async keepNonsense(tenantId, error) {
      if (!(error instanceof CrmApiError) || error.sample === null) return;
      const nowMs = clock.now();
      if (nowMs - (keptAtMs.get(tenantId) ?? Number.NEGATIVE_INFINITY) < NONSENSE_PAUSE_MS) return;
      keptAtMs.set(tenantId, nowMs);
      const { call, code, message, sample } = error;
      await quarantine(tenantId, { source: call, code, message, value: sample }).catch((failure: unknown) =>
        log.error({ tenantId, err: failure }, 'an answer that made no sense could not be kept'),
      );
    },
  };
}
