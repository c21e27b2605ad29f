/**
 * Whom a contact of Unleashed was made for, by its GUID. It follows from the id of the CRM's contact, one way only: so the GUIDs of
 * all contacts are made, each once and not before somebody asks. That is after all topics were lost, and hardly ever else.
 */
import { contactGuid, mayBeMade } from './identity.ts';

/** The GUIDs of one tenant. */
export interface MadeGuids {
  /**
   * Id of the CRM's contact that an Unleashed contact was made for; undefined when it is none of those.
   * @param contactIds ids of the contacts that are known now; those that were there at an earlier question cost nothing
   */
  originOf(guid: string, contactIds: Iterable<string>): string | undefined;
}

/** For one tenant, nothing made yet. */
export function createMadeGuids(tenantId: string): MadeGuids {
  const known = new Set<string>();
  const origins = new Map<string, string>();
  return {
    originOf(guid, contactIds) {
      if (!mayBeMade(guid)) return undefined;
      for (const id of contactIds) {
        if (known.has(id)) continue;
        known.add(id);
        origins.set(contactGuid(tenantId, id), id);
      }
      return origins.get(guid);
    },
  };
}
