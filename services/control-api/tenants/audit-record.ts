/** A change of a tenant's configuration as a record of `sync.request`, so that it stands among all that people ordered. */
import { v4 as randomId } from 'uuid';
import type { Request } from '#contracts';
import type { StoreOrder } from '#runtime';

/** The record; names of fields only. */
export function changeRequest(
  tenantId: string,
  what: string,
  { by, atMs, fields }: StoreOrder,
  revision: number,
): Request {
  return {
    requestId: randomId(),
    tenantId,
    kind: 'configure-tenant',
    requestedBy: by,
    requestedAtMs: atMs,
    seenVersion: null,
    settings: { change: what, fields: fields.join(', '), revision: String(revision) },
    ...{ entity: null, side: null, recordId: null, field: null, value: null, targetId: null },
    ...{ reason: null, planId: null, seen: null, leftOut: [], plan: null },
  };
}
