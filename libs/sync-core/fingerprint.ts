/** What a record shows, in a few characters: whoever approves a plan approves what was shown, and nothing that came since. */
import { v5 } from 'uuid';
import type { LinkState } from './link-state.ts';

/** Namespace of fingerprints; not to be changed. */
const NAMESPACE = 'c2a1b0d4-6f3e-4b7a-9d58-1e0f2a3b4c5d';

/** Fingerprint of a record, or of one of its fields: another one as soon as a side shows another value, or something else is in its way. */
export function fingerprintOf(link: LinkState, field: string | null): string {
  const fields = link.fields.filter((one) => field === null || one.field === field);
  const shown = fields.map((one) => [one.field, one.crm, one.unleashed, one.blocked?.code ?? null]);
  return v5(JSON.stringify([link.crm?.id ?? null, link.unleashed?.id ?? null, link.paused, shown]), NAMESPACE);
}
