/**
 * Keys in Redis that the connector and the sink share.
 *
 * An outcome of the sink tells the processor what a record shows, and the connector does not hear of it. If a person then
 * brings back what was there before, the connector finds exactly what it had published last and would keep silent. So the
 * sink notes when it showed a record, before it says so, and the connector publishes that record again.
 */

/** Parts of the key of a hash: record key (`customer/guid`, `contact/guid`) to milliseconds, our clock. */
export function shownKeyParts(tenantId: string): [string, string, string] {
  return [`{${tenantId}}`, 'unleashed', 'shown'];
}

/** The hash is forgotten this long after its last change, seconds: by then everything has been published again anyway. */
export const SHOWN_TTL_SECONDS = 2 * 86_400;

/** Added to the time of a note, milliseconds: clocks of two machines differ, and to publish once more is harmless. */
export const SHOWN_MARGIN_MS = 5_000;
