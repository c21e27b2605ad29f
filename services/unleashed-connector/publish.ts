/** Writes snapshots of Unleashed, and what cannot be one, to their topics. */
import { createFeedPublisher, type PublisherParts } from '#feed';
import type { Snapshot } from './core/known.ts';
import type { Misfit } from './core/ports.ts';

/** Writes for all tenants. */
export interface Publisher {
  /** Resolves when all are written; rejects with KafkaError when it is not known of all. */
  publish(tenantId: string, snapshots: readonly Snapshot[]): Promise<void>;
  /** Keeps what cannot be published; resolves when it is written. */
  quarantine(tenantId: string, misfit: Misfit): Promise<void>;
}

/** Makes the writer. */
export function createPublisher(parts: PublisherParts): Publisher {
  const feed = createFeedPublisher('unleashed-connector', parts);
  return {
    publish: (tenantId, snapshots) =>
      feed.publish(
        tenantId,
        snapshots.map((snapshot) => ({ ...snapshot, id: snapshot.record.guid })),
      ),
    quarantine: (tenantId, misfit) => feed.quarantine(tenantId, { ...misfit, about: tenantId }),
  };
}
