import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factsOf } from './facts.ts';
import { type FreshnessMemory, headingsOf, lookAtFreshness, NO_FRESHNESS, type Waits } from './freshness.ts';
import { company, createTestTenant, customer, unleashedContact } from './world.fixture.ts';

const NOTHING: Waits = { records: 0, sinceMs: null, editedMs: null };
const one = (sinceMs: number, editedMs: number): Waits => ({ records: 1, sinceMs, editedMs });
const look = (memory: FreshnessMemory, nowMs: number, readUntilMs: number | null, waits: Waits) =>
  lookAtFreshness(memory, { nowMs, readUntilMs, waits, editMarginMs: 1_000 });

describe('how fresh a direction is', () => {
  test('as far as it was read, while nothing waits; not known before', () => {
    expect(look(NO_FRESHNESS, 100_000, null, NOTHING).freshUntilMs).toBeNull();
    expect(look(NO_FRESHNESS, 100_000, 90_000, NOTHING).freshUntilMs).toBe(90_000);
  });

  test('an edit that waits holds it where all was known before the edit was seen, whatever its own clock says', () => {
    const before = look(NO_FRESHNESS, 100_000, 90_000, NOTHING);
    const during = look(before, 110_000, 105_000, one(104_000, 999_999));
    expect(during.freshUntilMs).toBe(90_000);
    expect(look(during, 120_000, 115_000, NOTHING).freshUntilMs).toBe(115_000);
  });

  test('one edit after the other does not hold it for ever', () => {
    let memory = look(NO_FRESHNESS, 100_000, 90_000, NOTHING);
    for (let nowMs = 110_000; nowMs <= 200_000; nowMs += 10_000) {
      memory = look(memory, nowMs, nowMs - 5_000, one(nowMs - 1_000, nowMs - 2_000));
    }
    expect(memory.freshUntilMs).toBe(185_000);
  });

  test('an old edit whose explanation ended takes it back to its own time', () => {
    const before = look(NO_FRESHNESS, 100_000, 90_000, NOTHING);
    expect(look(before, 110_000, 105_000, one(108_000, 20_000)).freshUntilMs).toBe(19_000);
  });

  test('a watch that begins anew goes on from what was said last', () => {
    expect(look({ freshUntilMs: 50_000, reads: [] }, 110_000, 105_000, one(80_000, 79_000)).freshUntilMs).toBe(50_000);
    expect(look(NO_FRESHNESS, 110_000, 105_000, one(80_000, 79_000)).freshUntilMs).toBeNull();
  });
});

test('is never ahead of an edit that is not through, whatever is edited, read and written when', () => {
  const edit = fc.record({
    atMs: fc.integer({ min: 0, max: 300_000 }),
    throughAfterMs: fc.integer({ min: 1, max: 90_000 }),
    clockMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), fc.integer({ min: 2_000, max: 40_000 }), (edits, everyMs) => {
      let memory = NO_FRESHNESS;
      let readMs: number | null = null;
      const seenAtMs = new Map<object, number>();
      for (let nowMs = 0; nowMs <= 400_000; nowMs += 3_000) {
        if (nowMs % everyMs < 3_000) readMs = nowMs;
        const read = readMs;
        // What a read shows waits from then on.
        const seen = edits.flatMap((made) => {
          if (read === null || made.atMs >= read) return [];
          const sinceMs = seenAtMs.get(made) ?? nowMs;
          seenAtMs.set(made, sinceMs);
          return [{ ...made, sinceMs }];
        });
        const waiting = seen.filter(({ sinceMs, throughAfterMs }) => nowMs < sinceMs + throughAfterMs);
        const waits = {
          records: waiting.length,
          sinceMs: waiting.length === 0 ? null : Math.min(...waiting.map(({ sinceMs }) => sinceMs)),
          editedMs: waiting.length === 0 ? null : Math.min(...waiting.map(({ atMs, clockMs }) => atMs + clockMs)),
        };
        memory = look(memory, nowMs, read, waits);
        const { freshUntilMs } = memory;
        if (freshUntilMs === null) continue;
        for (const { atMs } of waiting) expect(freshUntilMs).toBeLessThanOrEqual(atMs);
        for (const { atMs } of edits) if (read === null || atMs >= read) expect(freshUntilMs).toBeLessThanOrEqual(atMs);
      }
    }),
  );
});

describe('where what waits is heading', () => {
  const G = '11111111-1111-4111-8111-111111111111';
  type Tenant = ReturnType<typeof createTestTenant>;

  function paired(settings: Record<string, string> = {}): Tenant {
    const tenant = createTestTenant({ enabled: 'true', ...settings });
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.tick(60_000);
    return tenant;
  }

  function headings({ state }: Tenant): string[] {
    return [...state.links.values()].flatMap((link) => [...headingsOf(state, factsOf(state, link))]).sort();
  }

  test('nowhere while both sides agree', () => {
    expect(headings(paired())).toEqual([]);
  });

  test('to the side that has to be written, when its turn or its lane is all that it waits for', () => {
    const tenant = paired();
    tenant.see('crm.company.v1', company('1', G, { name: 'First' }));
    tenant.answer({
      result: 'deferred',
      scope: 'lane',
      code: 'outage',
      fields: [],
      shown: [],
      retryAtMs: tenant.now() + 60_000,
    });
    expect(headings(tenant)).toEqual(['unleashed']);
    const other = paired();
    other.see('unleashed.customer.v1', customer(G, 'C1', { name: 'First' }));
    other.answer({
      result: 'deferred',
      scope: 'lane',
      code: 'outage',
      fields: [],
      shown: [],
      retryAtMs: other.now() + 60_000,
    });
    expect(headings(other)).toEqual(['crm']);
  });

  test('either, while a write is under way, and while a record is on one side only', () => {
    const writing = paired();
    writing.see('crm.company.v1', company('1', G, { name: 'First' }));
    expect(headings(writing)).toEqual(['either']);
    const alone = paired();
    alone.see('unleashed.contact.v1', unleashedContact('22222222-2222-4222-8222-222222222222', G));
    expect(headings(alone)).toEqual(['either']);
  });

  test('nowhere when it is explained: a pause of the side, of the record, of the sync, a question, a value that cannot be written', () => {
    const tenant = paired();
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.see('crm.company.v1', company('1', G, { name: 'First' }));
    expect(headings(tenant)).toEqual([]);
    const record = paired();
    record.request({ kind: 'pause', entity: 'company', side: 'crm', recordId: '1' });
    record.see('crm.company.v1', company('1', G, { name: 'First' }));
    expect(headings(record)).toEqual([]);
    const off = paired();
    off.request({ settings: { enabled: 'false' } });
    off.see('crm.company.v1', company('1', G, { name: 'First' }));
    expect(headings(off)).toEqual([]);
    const asked = paired({ conflictPolicy: 'ask' });
    asked.request({ kind: 'pause', side: 'crm' });
    asked.request({ kind: 'pause', side: 'unleashed' });
    asked.see('crm.company.v1', company('1', G, { name: 'Here' }));
    asked.see('unleashed.customer.v1', customer(G, 'C1', { name: 'There' }));
    expect(headings(asked)).toEqual([]);
    const stopped = paired();
    stopped.see('unleashed.customer.v1', customer(G, 'C1', { name: 'n'.repeat(300) }));
    expect(headings(stopped)).toEqual([]);
  });
});
