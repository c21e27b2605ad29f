/** The id under which an order is known: the processor answers an order whose id it has just seen as it did before. */
import { v5 } from 'uuid';

/** Namespace of the ids that are derived from keys; a constant of this API, not to be changed. */
const KEY_NAMESPACE = '3d6c3f0e-3c7c-4d53-9a2e-8f1b6d0a7c41';

/**
 * The id of an order that came with an `Idempotency-Key`: the same for a retry, another one for everybody else. So nobody
 * who uses the same key by chance, or guesses it, is told that an order of theirs was carried out when it was not.
 */
export function requestIdOf(tenantId: string, subject: string, key: string): string {
  // As JSON, so that no two different triples make the same text: a subject may hold any character.
  return v5(JSON.stringify([tenantId, subject, key]), KEY_NAMESPACE);
}
