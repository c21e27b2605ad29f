/** What to order so that a value that lost comes back. */
import { get } from './api.ts';
import type { Order } from './queries.ts';
import type { ConflictsAnswer, RecordAnswer } from './types.ts';

type Conflict = ConflictsAnswer['conflicts'][number];

/** Side whose value did not stay. */
export function loserOf({ winner }: Conflict): 'crm' | 'unleashed' {
  return winner === 'crm' ? 'unleashed' : 'crm';
}

/** The order that restores the losing value, or, for an open question, lets the value of `side` stay. Throws ApiError. */
export async function conflictOrder(tenant: string, conflict: Conflict, side: 'crm' | 'unleashed'): Promise<Order> {
  const { entity, id, field } = conflict;
  const record = await get<RecordAnswer>(`/tenants/${tenant}/records/${entity}/${encodeURIComponent(id)}`);
  const recordId = (side === 'crm' ? record.crmId : record.unleashedId) ?? '';
  if (conflict.open) return { kind: 'answer', side, entity, recordId, field };
  const value = side === 'crm' ? conflict.crmValue : conflict.unleashedValue;
  return { kind: 'restore', side, entity, recordId, field, value };
}
