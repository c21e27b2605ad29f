/** How long the catch-up of a tenant waits after a passing trouble. */
import type { Patience } from '#feed';

/** Half a second at first: events wait too. */
export const PATIENCE: Patience = { firstMs: 500, longestMs: 120_000 };
