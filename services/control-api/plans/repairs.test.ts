/** Plans of looks at what a check for drift found. */
import { describe, expect, it } from 'vitest';
import { type DriftDifference, driftKey, EXAMPLES } from '#contracts';
import { guid, usePlans } from './plans.fixture.ts';

const { pairs, show, call, make, items, plan, order, given, carryOut, drain, edit, tenant, as } = usePlans();

describe('the repair of what a check found', () => {
  /** A check with these differences, numbered from 1. */
  async function found(...differences: readonly Partial<DriftDifference>[]): Promise<void> {
    const example = EXAMPLES['sync.drift.v1'];
    const about = { ...example, tenantId: 't', checkId: 'r-1' };
    const report = { ...example.report!, state: 'finished', differences: differences.length };
    const records = differences.map((one, at) => ({
      ...{ ...about, number: at + 1, report: null },
      difference: { ...example.difference!, confirmedAtMs: tenant().now(), shown: 'other', ...one },
    }));
    await show(
      ...[{ ...about, number: 0, report, difference: null }, ...records].map((record) => ({
        ...({ topic: 'sync.drift.v1', key: driftKey('t', 'r-1', record.number), record } as const),
      })),
    );
  }
  const ofCompany = (n: number, more: Partial<DriftDifference> = {}) => ({
    ...{
      kind: 'edit-missed',
      entity: 'company',
      linkId: `u:${guid(n)}`,
      side: 'crm',
      recordId: `${n}`,
      field: 'phone',
    },
    ...{ repair: 'read', repairCalls: 3, ...more },
  });
  const unknown = {
    ...{ kind: 'record-unknown', entity: 'contact', linkId: `u:${guid(77)}`, side: 'unleashed', recordId: guid(77) },
    ...{ field: 'record', parentId: guid(1), repair: 'observe', repairCalls: 4 },
  };

  it('is a plan of looks with its cost: each record once, and nothing that a person has to do or that was taken in', async () => {
    await pairs(4);
    await found(
      ofCompany(0),
      ofCompany(0, { field: 'name' }),
      ofCompany(2, { shown: '1' }),
      ofCompany(3, { kind: 'contact-twice', repair: 'none' }),
      unknown,
    );
    const made = await make({ kind: 'repair-drift', checkId: 'r-1' });
    expect(made).toMatchObject({ state: 'draft', items: 2, toGive: 2, calls: { crm: 1 + 3, unleashed: 2 + 1 } });
    const { items: rows } = await items(made.planId);
    expect(rows.map(({ kind, id }) => [kind, id])).toEqual([
      ['read', `u:${guid(0)}`],
      ['observe', `u:${guid(1)}`],
    ]);
    const [some] = [await make({ kind: 'repair-drift', checkId: 'r-1', numbers: [5] })];
    expect((await items(some.planId)).items.map(({ kind }) => kind)).toEqual(['observe']);
  });

  it('is carried out by the server, also where the record shows something else by now: a look overwrites nothing', async () => {
    await pairs(3);
    await found(ofCompany(0), ofCompany(1));
    const { planId } = await make({ kind: 'repair-drift', checkId: 'r-1' });
    edit(0, '+64 9');
    await drain();
    expect((await items(planId)).items.map(({ reason }) => reason)).toEqual(['ok', 'ok']);
    await order(planId, { kind: 'approve' });
    await carryOut(planId);
    expect(await plan(planId)).toMatchObject({ state: 'done', counts: { done: 2, refused: 0 } });
    expect(
      given(planId).map(({ kind, side, recordId, requestedBy }) => `${kind} ${side} ${recordId} ${requestedBy}`),
    ).toEqual(['read crm 0 olga', 'read crm 1 olga']);
  });

  it('is refused without a check, with one that is not known, where nothing can be ordered, and to sales', async () => {
    await pairs(2);
    await found(ofCompany(0, { repair: 'none' }));
    expect((await call('POST', '/plans', { kind: 'repair-drift' })).status).toBe(400);
    expect((await call('POST', '/plans', { kind: 'retry', checkId: 'r-1' })).status).toBe(400);
    expect((await call('POST', '/plans', { kind: 'repair-drift', checkId: 'r-2' })).status).toBe(404);
    expect((await call('POST', '/plans', { kind: 'repair-drift', checkId: 'r-1' })).body).toMatchObject({
      code: 'NOTHING_TO_DO',
    });
    as('sales');
    expect((await call('POST', '/plans', { kind: 'repair-drift', checkId: 'r-1' })).status).toBe(403);
  });
});
