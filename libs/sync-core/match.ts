/** By what the two records of a pair were taken for the same, and how sure that is. */
import { haveOneName } from '#contracts';
import { isMadeFor, markerOf } from './identity.ts';
import { appearanceOf } from './likeness.ts';
import type { LinkState } from './link-state.ts';

/** How sure each way of matching is. `earlier`: by something that has changed since, or by a person. */
export const MATCH_CONFIDENCE = {
  'stored-id': 'certain',
  'made-by-sync': 'certain',
  'account-code': 'certain',
  email: 'likely',
  name: 'possible',
  earlier: 'possible',
} as const;

/** By what two records are a pair. */
export type MatchBasis = keyof typeof MATCH_CONFIDENCE;

/** By what a pair of companies or contacts is one, as it shows now; null for whatever is no such pair. */
export function matchOf(link: LinkState): MatchBasis | null {
  const { crm, unleashed, entity } = link;
  if (crm === null || unleashed === null || entity === 'person') return null;
  if (crm.accountsId === unleashed.id || crm.marker === markerOf(unleashed.id)) return 'stored-id';
  if (entity === 'company') return 'account-code';
  if (link.createdBySync || isMadeFor(link.tenantId, crm.id, unleashed.id)) return 'made-by-sync';
  const [here, there] = [appearanceOf(link, 'crm'), appearanceOf(link, 'unleashed')];
  if (here.email !== '' && here.email === there.email) return 'email';
  return haveOneName(here, there) ? 'name' : 'earlier';
}
