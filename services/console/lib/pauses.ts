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

/** Orders a pause or its end for the tenant of the page; all that is shown is asked again afterwards. */
export function usePauseOrder() {
  const tenant = useTenantId();
  const client = useQueryClient();
  return useMutation({
    async mutationFn({ kind, what, reason }: PauseOrder) {
      for (const one of what === ALL ? ['crm', 'unleashed'] : [what]) {
        const named = one === 'company' || one === 'contact' ? { entity: one } : { side: one };
        const why = kind === 'pause' && reason !== '' ? { reason } : {};
        await send('POST', `/tenants/${tenant}/requests`, { kind, ...named, ...why });
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
}
