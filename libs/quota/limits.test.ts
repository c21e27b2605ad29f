import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRM_LIMIT_CALLS, limitFor } from './limits.ts';

describe('limitFor', () => {
  it('leaves the reserves that are told', () => {
    expect(limitFor('live', CRM_LIMIT_CALLS)).toBe(1_176);
    expect(limitFor('repair', CRM_LIMIT_CALLS)).toBe(960);
    expect(limitFor('backfill', CRM_LIMIT_CALLS)).toBe(720);
  });

  it('serves the more urgent at least as far as the less urgent, and none beyond the budget', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (budget) => {
        expect(limitFor('live', budget)).toBeLessThanOrEqual(budget);
        expect(limitFor('live', budget)).toBeGreaterThanOrEqual(limitFor('repair', budget));
        expect(limitFor('repair', budget)).toBeGreaterThanOrEqual(limitFor('backfill', budget));
      }),
    );
  });

  it('lets a tiny plan make one live call', () => {
    expect(limitFor('live', 1)).toBe(1);
    expect(limitFor('live', 0)).toBe(0);
  });
});
