import { describe, expect, test } from 'vitest';
import { catchUp, type FeedSet } from './catch-up.ts';
import { NEW_CURSOR } from './cursor.ts';
import { division, fakePorts } from './fake-ports.ts';
import { type LeftChange, leftText, parseLeft, readLeft, watchLeft } from './left.ts';

const SWEEP_MS = 3_600_000;
const pace = { overlapMs: 2_000, sweepMs: SWEEP_MS, usersMs: 300_000, maxPages: 100 };
const company = (id: string, leftAtMs = 1_000_000): LeftChange => ({ entity: 'Division', id, leftAtMs });

function world(fake: ReturnType<typeof fakePorts>, left: readonly LeftChange[]) {
  const kept = new Set(left.map(leftText));
  const errors: unknown[] = [];
  const store = {
    leave: async (change: LeftChange) => void kept.add(leftText(change)),
    forget: async (changes: readonly LeftChange[]) => changes.forEach((change) => void kept.delete(leftText(change))),
  };
  const round = watchLeft(left);
  const read = () => readLeft(fake.ports, store, round, SWEEP_MS, (error) => errors.push(error));
  return { kept, errors, round, read };
}

describe('changes that are left to catching up', () => {
  test('are read by name where no walk shows them: the clock of the CRM was set back by more than the overlap', async () => {
    const fake = fakePorts({
      Contacts: [],
      Divisions: [division(1, { LastUpdatedTimestamp: '2026-01-01T00:09:00.001Z' })],
    });
    const first = await catchUp(fake.ports, 'Divisions', NEW_CURSOR, pace, async () => undefined);
    fake.ids();
    fake.tables.Divisions = [division(1, { Name: 'New', LastUpdatedTimestamp: '2026-01-01T00:05:00.001Z' })];
    const { kept, round, read } = world(fake, [company('1'), company('1', 1_000_001)]);
    await catchUp(
      fake.ports,
      'Divisions',
      first.cursor,
      pace,
      async () => undefined,
      (rows) => round.read('Divisions', rows),
    );
    expect(fake.ids()).toEqual([]);
    expect(await read()).toBe(true);
    expect(fake.published.map(({ record }) => (record as { name: string }).name)).toEqual(['New']);
    expect(kept.size).toBe(0);
  });

  test('cost no call where the walks have shown them', async () => {
    const fake = fakePorts({ Divisions: [division(1)] });
    const sets: [FeedSet, LeftChange['entity'], string, Record<string, string>][] = [
      ['Divisions', 'Division', '1', { DivisionId: '1' }],
      ['Contacts', 'Contact', '2', { ContactId: '2' }],
      ['Addresses', 'Address', '3', { AddressId: '3' }],
      ['Users', 'User', 'JBL', { UserCode: 'JBL' }],
      [
        'SalesLedgers',
        'SalesLedger',
        "OperatingCompanyCode='A',SalesLedgerId='L1'",
        { OperatingCompanyCode: 'A', SalesLedgerId: 'L1' },
      ],
    ];
    const left = sets.map(([, entity, id]): LeftChange => ({ entity, id, leftAtMs: 1_000_000 }));
    const { kept, round, read } = world(fake, left);
    for (const [set, , , row] of sets) round.read(set, [row]);
    expect(await read()).toBe(true);
    expect(fake.calls).toEqual([]);
    expect(kept.size).toBe(0);
  });

  test('stay until they can be read, for a few calls each round, and until everything was walked over', async () => {
    const fake = fakePorts({ Divisions: [division(1)] });
    fake.state.error = new Error('down');
    const { kept, errors, read } = world(
      fake,
      ['1', '2', '3', '4'].map((id) => company(id)),
    );
    expect(await read()).toBe(false);
    expect([errors.length, fake.calls.length, kept.size]).toEqual([3, 3, 4]);
    fake.state.nowMs += SWEEP_MS + 1;
    expect(await read()).toBe(true);
    expect([fake.calls.length, kept.size]).toEqual([3, 0]);
  });

  test('are kept as texts, each by itself; what cannot be read is none', () => {
    const ledger: LeftChange = { entity: 'SalesLedger', id: "SalesLedgerId='a/b\n'", leftAtMs: 5 };
    expect([parseLeft(leftText(ledger)), parseLeft(leftText(company('1')))]).toEqual([ledger, company('1')]);
    expect([parseLeft('Division/1'), parseLeft('Order/1/2'), parseLeft('')]).toEqual([null, null, null]);
  });
});
