/** A change of a tenant's configuration as a record of `sync.request`, so that it stands among all that people ordered. */
import { v4 as randomId } from 'uuid';
import { blankRequest, type Request } from '#contracts';
import type { StoreOrder } from '#runtime';

/** The record; names of fields only. */
export function changeRequest(
  tenantId: string,
  what: string,
  { by, atMs, fields }: StoreOrder,
  revision: number,
): Request {
  const head = { requestId: randomId(), tenantId, kind: 'configure-tenant', requestedBy: by, requestedAtMs: atMs };
  const settings = { change: what, fields: fields.join(', '), revision: String(revision) };
  return { ...blankRequest(head), settings };
}
