/** Writing that is paused: to a side, or of a kind of record. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { send } from './api.ts';
import { useTenantId } from './queries.ts';
import type { SettingsView } from './types.ts';
import { sideWord } from './words.ts';

/** A pause as it stands. */
export type Pause = SettingsView['pauses'][number];

/** What can be paused by itself. */
export const WRITING = ['crm', 'unleashed', 'company', 'contact'] as const;
/** Both sides, one after the other: the whole tenant. */
export const ALL = 'all';
/** What ALL stands for. */
export const BOTH_SIDES = ['crm', 'unleashed'] as const;

/** What is ordered. */
export interface PauseOrder {
  readonly kind: 'pause' | 'resume';
  /** One of WRITING, or ALL. */
  readonly what: string;
  /** Why, for a pause; empty when none is given. */
  readonly reason: string;
}

/** What is written, after 'Writing' or 'Pause writing': to a side, or a kind of record. */
export function written(what: string): string {
  if (what === ALL) return 'to both systems';
  if (what === 'company') return 'of companies';
  return what === 'contact' ? 'of contacts' : `to ${what === 'crm' ? 'the ' : ''}${sideWord(what)}`;
}

/** What goes on when something is paused. */
export function meaningOf(what: string): string {
  return `${effectOf(what)} Edits are still read; they flow when you resume, however late.`;
}

function effectOf(what: string): string {
  if (what === ALL) return 'Nothing is written to either system.';
  if (what === 'crm') return 'Nothing is written to the CRM; writing to Unleashed is not affected.';
  if (what === 'unleashed') return 'Nothing is written to Unleashed; writing to the CRM is not affected.';
  return what === 'company'
    ? 'Companies are written to neither system; contacts are not affected.'
    : 'Contacts are written to neither system, and none is made; companies are not affected.';
}

/** Orders a pause, or its end, of each of these, one after the other. Rejects with ApiError. */
export async function orderPauses(
  tenant: string,
  kind: PauseOrder['kind'],
  whats: readonly string[],
  reason = '',
): Promise<void> {
  const why = kind === 'pause' && reason !== '' ? { reason } : {};
  for (const one of whats) {
    const named = one === 'company' || one === 'contact' ? { entity: one } : { side: one };
    await send('POST', `/tenants/${tenant}/requests`, { kind, ...named, ...why });
  }
}

/** Orders a pause or its end for the tenant of the page; all that is shown is asked again afterwards. */
export function usePauseOrder() {
  const tenant = useTenantId();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, what, reason }: PauseOrder) =>
      orderPauses(tenant, kind, what === ALL ? BOTH_SIDES : [what], reason),
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
}
