/** How long a tenant's feed waits after a passing trouble, and what smaller pages may help against. Pure. */
import type { Patience } from '#feed';
import { UnleashedApiError } from '#unleashed';

/** A second at first: each try costs one of the month's calls. */
export const PATIENCE: Patience = { firstMs: 1_000, longestMs: 300_000 };

/** Whether a list was too big to be taken, so that smaller pages are worth a try. */
export function wasTooBig(error: unknown): boolean {
  return error instanceof UnleashedApiError && error.tooBig;
}
