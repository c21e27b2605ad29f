/** What plans say, and what becomes of them. */
import { describe, expect, it } from 'vitest';
import { toRecord } from '../../../libs/sync-core/link-state.ts';
import { company, customer } from '../../../libs/sync-core/world.fixture.ts';
import type { Input } from '../read-model/file.fixture.ts';
import { listRequests } from '../read-model/history.ts';
import { plansAnswer } from '../read-model/plan-answers.ts';
import { PLAN_ITEMS_MAX } from './plan-body.ts';
import { guid, nameOf, usePlans } from './plans.fixture.ts';

const {
  asked,
  show,
  drain,
  call,
  make,
  plan,
  edit,
  tenant,
  runner,
  written,
  given,
  as,
  items,
  order,
  carryOut,
  pairs,
  failing,
} = usePlans();

describe('a plan', () => {
  it('says what would be written and what it costs, and writes nothing before it is approved', async () => {
    await pairs(5);
    await failing(3);
    const made = await make({ kind: 'retry', reason: 'invalid-value' });
    expect(made).toMatchObject({
      ...{ state: 'draft', by: 'olga', items: 3, given: 0, toGive: 3 },
      ...{ writes: { crm: 0, unleashed: 3 }, calls: { crm: 0, unleashed: 6 }, unleashedMonthShare: 0.006 },
      counts: { planned: 3 },
    });
    const { items: rows } = await items(made.planId);
    expect(rows[0]).toMatchObject({
      ...{ name: 'Company 0000', state: 'planned', kind: 'retry', calls: { crm: 0, unleashed: 2 } },
      writes: [{ side: 'unleashed', field: 'phone', from: '1', to: 'bad' }],
    });
    await runner().look();
    expect(given(made.planId)).toHaveLength(0);
    expect((await plansAnswer.parseAsync((await call('GET', '/plans')).body)).plans).toHaveLength(1);
  });

  it('is carried out once it is approved, and reports what became of each order', async () => {
    await pairs(5);
    await failing(3);
    const { planId } = await make({ kind: 'retry' });
    expect((await order(planId, { kind: 'approve' })).body).toMatchObject({ state: 'running' });
    await carryOut(planId);
    expect(await plan(planId)).toMatchObject({ state: 'done', counts: { done: 3, planned: 0 }, given: 3 });
    expect(given(planId).map(({ requestedBy, kind }) => `${requestedBy} ${kind}`)).toEqual(Array(3).fill('olga retry'));
    expect((await items(planId, 'show=given')).items.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    // What a plan orders is no entry of the audit; what was ordered about it is.
    const { entries } = await listRequests(asked(), { limit: 50 });
    expect(entries.map(({ kind }) => kind)).toEqual(['approve-plan', 'plan']);
  });

  it('can be approved in part', async () => {
    await pairs(5);
    await failing(3);
    const { planId } = await make({ kind: 'retry' });
    await order(planId, { kind: 'approve', leaveOut: [1] });
    await carryOut(planId);
    expect(given(planId).map(({ recordId }) => recordId)).toEqual(['0', '2']);
    expect(await plan(planId)).toMatchObject({ counts: { done: 2, 'left-out': 1 }, writes: { unleashed: 2 } });
  });

  it('names what is excluded and why', async () => {
    await pairs(3);
    tenant().see('unleashed.customer.v1', customer(guid(1), 'C1', { name: 'n'.repeat(300) }));
    await failing(1);
    const made = await make({ kind: 'retry' });
    expect(made).toMatchObject({ items: 2, toGive: 1, counts: { excluded: 1, planned: 1 } });
    expect(made.reasons).toMatchObject([{ state: 'excluded', reason: 'too-long', count: 1 }]);
    expect((await items(made.planId, 'show=excluded')).items).toMatchObject([{ reason: 'too-long', writes: [] }]);
  });

  it('does not write over what changed since it was made', async () => {
    await pairs(3);
    await failing(2);
    const { planId } = await make({ kind: 'retry' });
    edit(0, 'bad, again');
    tenant().answer({ result: 'refused', code: 'invalid-value', shown: null });
    await show();
    expect((await items(planId)).items[0]).toMatchObject({ reason: 'plan-outdated' });
    await order(planId, { kind: 'approve' });
    await carryOut(planId);
    expect(await plan(planId)).toMatchObject({
      counts: { refused: 1, done: 1 },
      reasons: [{ state: 'refused', reason: 'plan-outdated', count: 1 }],
    });
  });

  it('can be paused, gone on with and cancelled, and says what it is when it cannot', async () => {
    await pairs(3);
    await failing(2);
    const { planId } = await make({ kind: 'retry' });
    expect((await order(planId, { kind: 'pause' })).status).toBe(409);
    await order(planId, { kind: 'approve' });
    expect((await order(planId, { kind: 'pause' })).body).toMatchObject({ state: 'paused' });
    await runner().look();
    expect(given(planId)).toHaveLength(0);
    expect((await order(planId, { kind: 'resume' })).body).toMatchObject({ state: 'running' });
    expect((await order(planId, { kind: 'cancel' })).body).toMatchObject({ state: 'cancelled' });
    await runner().look();
    expect(given(planId)).toHaveLength(0);
    expect((await order(planId, { kind: 'approve' })).body).toMatchObject({ code: 'REFUSED' });
  });

  it('is one plan however often it is sent with the same key', async () => {
    await pairs(3);
    await failing(2);
    const first = await make({ kind: 'retry' }, 'key-1');
    const second = await make({ kind: 'retry' }, 'key-1');
    expect(second.planId).toBe(first.planId);
    expect(written().filter(({ kind }) => kind === 'plan')).toHaveLength(1);
  });

  it('is refused to roles that may not order what it orders, and where there is nothing to do', async () => {
    await pairs(3);
    await failing(1);
    as('sales');
    expect((await call('POST', '/plans', { kind: 'pause', filter: {} })).status).toBe(403);
    as('operator');
    const { planId } = await make({ kind: 'pause', filter: {} });
    as('sales');
    expect((await order(planId, { kind: 'approve' })).status).toBe(403);
    expect((await call('POST', '/plans', { kind: 'align' })).status).toBe(403);
    as('operator');
    expect((await call('POST', '/plans', { kind: 'align' })).body).toMatchObject({ code: 'NOTHING_TO_DO' });
    expect((await call('POST', '/plans', { kind: 'pause' })).status).toBe(400);
    expect((await call('GET', `/plans/${guid(9)}`)).status).toBe(404);
  });
});

describe('a mass change', () => {
  it('that the breaker holds is released in part and refused for the rest', async () => {
    await pairs(80);
    for (let n = 0; n < 70; n++) edit(n, `+${n}`);
    await drain();
    const { waiting: groups } = plansAnswer.parse((await call('GET', '/plans')).body);
    expect(groups).toMatchObject([{ kind: 'release', reason: 'breaker-held', count: 20 }]);
    const { planId, ...made } = await make({ kind: 'release' });
    expect(made).toMatchObject({ items: 20, writes: { crm: 0, unleashed: 20 } });
    await order(planId, { kind: 'approve', leaveOut: Array.from({ length: 15 }, (_, n) => n) });
    await carryOut(planId);
    expect(await plan(planId)).toMatchObject({ counts: { done: 5, 'left-out': 15 } });
    const refusal = await make({ kind: 'refuse' });
    expect(refusal).toMatchObject({ items: 15, writes: { crm: 0, unleashed: 0 } });
    await order(refusal.planId, { kind: 'approve' });
    await carryOut(refusal.planId);
    expect(await plan(refusal.planId)).toMatchObject({ counts: { done: 15 } });
    expect(tenant().issued.filter(({ fields }) => fields[0]?.field === 'phone')).toHaveLength(55);
    expect(plansAnswer.parse((await call('GET', '/plans')).body).waiting).toEqual([]);
  });
});

describe('other plans', () => {
  it('restore the values that lost, by their conflicts', async () => {
    await pairs(3, { conflictPolicy: 'crm' });
    for (const n of [0, 1]) {
      tenant().request({ kind: 'pause', side: 'unleashed' });
      edit(n, 'ours');
      tenant().see('unleashed.customer.v1', customer(guid(n), `C${n}`, { name: nameOf(n), phone: 'theirs' }));
      tenant().request({ kind: 'resume', side: 'unleashed' });
    }
    await drain();
    const [conflict] = tenant().conflicts;
    const made = await make({ kind: 'restore', conflictIds: [conflict!.conflictId] });
    expect((await items(made.planId)).items).toMatchObject([
      {
        field: 'phone',
        writes: [
          { side: 'unleashed', from: 'ours', to: 'theirs' },
          { side: 'crm', from: 'ours', to: 'theirs' },
        ],
      },
    ]);
    const all = await make({ kind: 'restore' });
    expect(all.items).toBe(2);
    await order(all.planId, { kind: 'approve' });
    await carryOut(all.planId);
    expect(await plan(all.planId)).toMatchObject({ counts: { done: 2 } });
  });

  it('align records while the first alignment is held, and pause those of a list', async () => {
    await pairs(2, { alignment: 'hold' });
    tenant().see('crm.company.v1', company('7', guid(7), { name: 'Never the same' }));
    tenant().see('unleashed.customer.v1', customer(guid(7), 'C7', { name: 'Never the same, ever' }));
    await show();
    const made = await make({ kind: 'align' });
    await order(made.planId, { kind: 'approve' });
    await carryOut(made.planId);
    expect(await plan(made.planId)).toMatchObject({ counts: { done: 1 } });
    const paused = await make({ kind: 'pause', filter: { search: 'company' } });
    expect(paused.items).toBe(2);
    await order(paused.planId, { kind: 'approve' });
    await carryOut(paused.planId);
    expect([...tenant().state.links.values()].filter((link) => link.paused)).toHaveLength(2);
  });
});

describe('ten thousand records and more', () => {
  it('are one plan of the first ten thousand', async () => {
    await pairs(1);
    const [first] = [...tenant().state.links.values()];
    const links: Input[] = Array.from({ length: PLAN_ITEMS_MAX + 50 }, (_, n) => {
      const linkId = `u:${guid(n + 10)}`;
      const record = { ...toRecord(first!), linkId };
      return { topic: 'sync.link.v1', key: `t/company/${linkId}`, record };
    });
    await show(...links);
    const { counts } = await make({ kind: 'pause', filter: { entity: 'company' } });
    expect(counts.planned).toBe(PLAN_ITEMS_MAX);
  }, 60_000);
});
