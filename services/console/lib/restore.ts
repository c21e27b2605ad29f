/** What to order so that a value that lost comes back. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { get, send } from './api.ts';
import { type Order, useTenantId } from './queries.ts';
import type { ConflictsAnswer, RecordAnswer } from './types.ts';

/** A field that both sides changed. */
export type Conflict = ConflictsAnswer['conflicts'][number];

/** Side whose value did not stay. */
export function loserOf({ winner }: Conflict): 'crm' | 'unleashed' {
  return winner === 'crm' ? 'unleashed' : 'crm';
}

/** Orders that the value of a side comes back, or stays; all that is shown is asked again afterwards. */
export function useSettle() {
  const tenant = useTenantId();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ conflict, side }: { readonly conflict: Conflict; readonly side: 'crm' | 'unleashed' }) =>
      send('POST', `/tenants/${tenant}/requests`, await conflictOrder(tenant, conflict, side)),
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
}

/** The order that restores the losing value, or, for an open question, lets the value of `side` stay. Throws ApiError. */
async function conflictOrder(tenant: string, conflict: Conflict, side: 'crm' | 'unleashed'): Promise<Order> {
  const { entity, id, field } = conflict;
  const record = await get<RecordAnswer>(`/tenants/${tenant}/records/${entity}/${encodeURIComponent(id)}`);
  const recordId = (side === 'crm' ? record.crmId : record.unleashedId) ?? '';
  if (conflict.open) return { kind: 'answer', side, entity, recordId, field };
  const value = side === 'crm' ? conflict.crmValue : conflict.unleashedValue;
  return { kind: 'restore', side, entity, recordId, field, value };
}
