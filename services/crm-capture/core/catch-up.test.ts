import { describe, expect, test } from 'vitest';
import { type CatchUpPace, catchUp, type FeedSet, isDue } from './catch-up.ts';
import { NEW_CURSOR, type SetCursor } from './cursor.ts';
import { division, fakePorts } from './fake-ports.ts';

const pace: CatchUpPace = { overlapMs: 2_000, sweepMs: 3_600_000, usersMs: 300_000, maxPages: 100 };
const later = '2026-01-01T00:00:09.500Z';
type Fake = ReturnType<typeof fakePorts>;

async function through(fake: Fake, set: FeedSet, from: SetCursor = NEW_CURSOR): Promise<SetCursor> {
  const { cursor, isDone } = await catchUp(fake.ports, set, from, pace, async () => undefined);
  expect(isDone).toBe(true);
  return cursor;
}

describe('catching up', () => {
  test('reads everything first, deleted rows too, and then what is new; what is known is not published again', async () => {
    const fake = fakePorts({ Divisions: [division(1), division(2, { StatusFlag: 'D' })] });
    const cursor = await through(fake, 'Divisions');
    expect(fake.published.map(({ record }) => record.readCause)).toEqual(['catch-up', 'catch-up']);
    expect(fake.ids()).toEqual(['company/1', 'company/2']);
    fake.tables.Divisions = [
      division(1, { Name: 'New', LastUpdatedTimestamp: later }),
      division(2, { StatusFlag: 'D' }),
    ];
    const next = await through(fake, 'Divisions', cursor);
    expect(fake.ids()).toEqual(['company/1']);
    await through(fake, 'Divisions', next);
    expect(fake.ids()).toEqual([]);
    expect(fake.calls.map(({ purpose }) => purpose)).toEqual(['backfill', 'repair', 'repair']);
    expect(fake.calls.every(({ query }) => query.orderBy?.[0] === 'DivisionId')).toBe(true);
  });

  test('publishes a value that was brought back, by its new stamp', async () => {
    const fake = fakePorts({ Divisions: [division(1)] });
    const cursor = await through(fake, 'Divisions');
    fake.ids();
    fake.tables.Divisions = [division(1, { LastUpdatedTimestamp: later })];
    await through(fake, 'Divisions', cursor);
    expect(fake.ids()).toEqual(['company/1']);
  });

  test('publishes whatever it reads where stamps have whole seconds: two changes may share one', async () => {
    const fake = fakePorts({ Divisions: [division(1, { LastUpdatedTimestamp: '2026-01-01T00:00:01Z' })] });
    const cursor = await through(fake, 'Divisions');
    await through(fake, 'Divisions', cursor);
    expect(fake.ids()).toEqual(['company/1', 'company/1']);
  });

  test('walks over everything again in time, and publishes all of it', async () => {
    const fake = fakePorts({ Divisions: [division(1)] });
    const cursor = await through(fake, 'Divisions');
    fake.state.nowMs += pace.sweepMs;
    fake.ids();
    await through(fake, 'Divisions', cursor);
    expect(fake.published.map(({ record }) => record.readCause)).toEqual(['sweep']);
  });

  test('gives way after some pages, and goes on where it was', async () => {
    const fake = fakePorts({ Divisions: [1, 2, 3, 4, 5].map((id) => division(id)) }, 2);
    const kept: SetCursor[] = [];
    const short = { ...pace, maxPages: 2 };
    const keep = async (cursor: SetCursor): Promise<void> => void kept.push(cursor);
    const first = await catchUp(fake.ports, 'Divisions', NEW_CURSOR, short, keep);
    expect(first.isDone).toBe(false);
    expect(fake.ids()).toHaveLength(4);
    const second = await catchUp(fake.ports, 'Divisions', first.cursor, short, keep);
    expect(second.isDone).toBe(true);
    expect(fake.ids()).toEqual(['company/5']);
    expect(kept.map(({ walk }) => walk?.skip)).toEqual([2]);
  });

  test('leads from addresses and accounts to the companies that show them', async () => {
    const stamp = (changes = {}) => ({ LastUpdatedTimestamp: '2026-01-01T00:00:00.001Z', ...changes });
    const fake = fakePorts({
      Divisions: [division(1), division(2), division(3)],
      Addresses: [stamp({ AddressId: 101 }), stamp({ AddressId: 102 })],
      SalesLedgers: [stamp({ OperatingCompanyCode: 'A', SalesLedgerId: 'L3' })],
    });
    const addresses = await through(fake, 'Addresses');
    const ledgers = await through(fake, 'SalesLedgers');
    // Where they stand is noted; the companies are read by their own walk.
    expect(fake.ids()).toEqual([]);
    expect(fake.calls.map(({ query }) => query.top)).toEqual([1, 1]);
    await through(fake, 'Divisions');
    fake.ids();
    fake.tables.Addresses = [stamp({ AddressId: 101 }), stamp({ AddressId: 102, LastUpdatedTimestamp: later })];
    fake.tables.SalesLedgers = [stamp({ OperatingCompanyCode: 'A', SalesLedgerId: 'L3', LastUpdatedTimestamp: later })];
    const moved = { Address: { AddressLine1: 'new', LastUpdatedTimestamp: later } };
    fake.tables.Divisions = [
      division(1),
      division(2, moved),
      division(3, { SalesLedger: { SalesLedgerId: 'L3', Closed: true } }),
    ];
    await through(fake, 'Addresses', addresses);
    expect(fake.ids()).toEqual(['company/2']);
    await through(fake, 'SalesLedgers', ledgers);
    expect(fake.ids()).toEqual(['company/3']);
  });

  test('reads all users now and then, and publishes those that changed', async () => {
    const fake = fakePorts({
      Users: [
        { UserCode: 'JBL', UserName: 'Jo' },
        { UserCode: 'KIM', UserName: 'Kim' },
      ],
    });
    const cursor = await through(fake, 'Users');
    expect(fake.ids()).toEqual(['user/JBL', 'user/KIM']);
    expect(isDue('Users', cursor, pace, fake.state.nowMs)).toBe(false);
    fake.state.nowMs += pace.usersMs;
    expect(isDue('Users', cursor, pace, fake.state.nowMs)).toBe(true);
    fake.tables.Users = [
      { UserCode: 'JBL', UserName: 'Joanna' },
      { UserCode: 'KIM', UserName: 'Kim' },
    ];
    await through(fake, 'Users', cursor);
    expect(fake.ids()).toEqual(['user/JBL']);
  });

  test('puts a record aside that is none, once, and goes on', async () => {
    const fake = fakePorts({ Divisions: [division(1, { Address: 5, SalesLedger: undefined as never }), division(2)] });
    const cursor = await through(fake, 'Divisions');
    expect(fake.ids()).toEqual(['company/2']);
    expect(fake.misfits).toMatchObject([{ source: 'company', code: 'MALFORMED_RECORD' }]);
    await through(fake, 'Divisions', cursor);
    expect(fake.misfits).toHaveLength(1);
    fake.tables.Divisions = [division(1, { LastUpdatedTimestamp: later })];
    await through(fake, 'Divisions', cursor);
    expect(fake.ids()).toEqual(['company/1']);
  });

  test('that fails leaves the cursor where it was', async () => {
    const fake = fakePorts({ Divisions: [division(1)] });
    fake.state.error = new Error('down');
    await expect(through(fake, 'Divisions')).rejects.toThrow('down');
    fake.state.error = null;
    await through(fake, 'Divisions');
    expect(fake.ids()).toEqual(['company/1']);
  });
});
