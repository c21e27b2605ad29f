import { describe } from 'vitest';
import { createMemoryQuota } from './memory-quota.ts';
import { itBehavesLikeAQuota, MONTHLY_CALLS } from './quota-behaviour.testing.ts';

describe('a quota in memory', () => {
  itBehavesLikeAQuota((clock) =>
    createMemoryQuota({ clock, monthlyCallsOf: (id) => (id === 'known' ? MONTHLY_CALLS : undefined) }),
  );
});
