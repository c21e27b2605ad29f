import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChanges } from './changes.ts';

describe('changes', () => {
  it('tells a reader what came since, once, however long it was away', () => {
    const changes = createChanges('life');
    const { upTo } = changes.since('acme', null);
    changes.note('acme', 'link', 'company/u:1');
    changes.note('acme', 'link', 'company/u:1');
    changes.note('acme', 'lane');
    changes.note('bolt', 'setting');
    const news = changes.since('acme', upTo);
    expect(news).toMatchObject({ kinds: ['lane', 'link'], records: ['company/u:1'] });
    expect(changes.since('acme', news.upTo)).toMatchObject({ kinds: [], records: [] });
  });

  it('says that everything may have changed: after a new file, and to readers of another life', () => {
    const changes = createChanges('life');
    changes.note('acme', 'link');
    const { upTo } = changes.since('acme', null);
    changes.noteAll();
    expect(changes.since('acme', upTo).kinds).toBeNull();
    expect(changes.since('acme', -1).kinds).toBeNull();
    expect(changes.since('acme', 99).kinds).toBeNull();
  });

  it('holds a bounded number of records, and says when it cannot name them all', () => {
    const changes = createChanges('life');
    const { upTo } = changes.since('acme', null);
    for (let n = 0; n < 100; n++) changes.note('acme', 'link', `company/u:${n}`);
    expect(changes.since('acme', upTo).records).toHaveLength(100);
    changes.note('acme', 'link', 'company/u:100');
    expect(changes.since('acme', upTo)).toMatchObject({ kinds: ['link'], records: null });
    expect(changes.since('acme', upTo + 100).records).toEqual(['company/u:100']);
  });

  it('misses nothing for any reader, whenever it asks', () => {
    const step = fc.record({
      tenant: fc.constantFrom('a', 'b'),
      kind: fc.constantFrom('link', 'lane', 'setting'),
      asks: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const changes = createChanges('life');
        let heard = changes.since('a', null).upTo;
        let due = new Set<string>();
        for (const { tenant, kind, asks } of steps) {
          changes.note(tenant, kind);
          if (tenant === 'a') due.add(kind);
          if (!asks) continue;
          const news = changes.since('a', heard);
          expect(news.kinds).toEqual([...due].sort());
          heard = news.upTo;
          due = new Set();
        }
      }),
    );
  });
});
