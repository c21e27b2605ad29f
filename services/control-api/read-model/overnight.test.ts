import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { company, createTestTenant, customer, salesperson, user } from '../../../libs/sync-core/world.fixture.ts';
import { createTestFile, type Input, type TestFile } from './file.fixture.ts';
import { overnightOf } from './overnight.ts';
import type { Asked } from './question.ts';

const guid = (kind: number, number: number): string =>
  `${kind.toString().repeat(8)}-0000-4000-8000-00000000000${number}`;
const [JO, KIM, LEE] = [guid(9, 1), guid(9, 2), guid(9, 3)];

let file: TestFile;
let tenant: ReturnType<typeof createTestTenant>;
const inputs: Input[] = [];

/** Takes down what the last step wrote. */
function note(effects = tenant.last()): void {
  for (const [key, link] of effects?.links ?? []) inputs.push({ topic: 'sync.link.v1', key, record: link });
  for (const conflict of effects?.conflicts ?? []) {
    inputs.push({ topic: 'sync.conflict.v1', key: `t/${conflict.entity}/${conflict.linkId}`, record: conflict });
  }
}

async function asked(): Promise<Asked> {
  await file.put(inputs.splice(0));
  await file.build();
  const row = file.reading.get<{ no: number }>("SELECT no FROM tenants WHERE tenant_id = 't'");
  return {
    connection: file.reading,
    codec: file.codec,
    generation: 'g',
    tenant: { id: 't', no: row?.no ?? 0 },
    setting: tenant.state.setting,
    lanes: [],
  };
}

/** Four companies: one is right, one differs, one has nobody in Unleashed, one has somebody there who is nobody here. */
beforeEach(async () => {
  inputs.length = 0;
  file = await createTestFile();
  tenant = createTestTenant({
    enabled: 'true',
    accountManagers: 'true',
    accountManagersOvernight: 'true',
    conflictPolicy: 'ask',
  });
  const see: typeof tenant.see = (topic, record) => {
    const effects = tenant.see(topic, record);
    note(effects);
    return effects;
  };
  see('crm.user.v1', user('JO', 'Jo', 'jo@x.example'));
  see('crm.user.v1', user('KIM', 'Kim', 'kim@x.example'));
  see('unleashed.salesperson.v1', salesperson(JO, 'Jo', 'jo@x.example'));
  see('unleashed.salesperson.v1', salesperson(KIM, 'Kim', 'kim@x.example'));
  see('unleashed.salesperson.v1', salesperson(LEE, 'Lee', 'lee@x.example'));
  const managers: [string, string][] = [
    ['JO', JO],
    ['JO', KIM],
    ['JO', ''],
    ['KIM', LEE],
  ];
  for (const [index, [crm, unleashed]] of managers.entries()) {
    const number = index + 1;
    const name = `Company ${number}`;
    see('crm.company.v1', company(`${number}`, guid(1, number), { name, accountManager: crm }));
    see('unleashed.customer.v1', customer(guid(1, number), `C${number}`, { name, salesPersonGuid: unleashed }));
  }
});
afterEach(() => file.remove());

describe('the overnight fix', () => {
  test('shows its plan: what it would set, what would stay and why, and what it costs', async () => {
    const { dueAt, synced, people, plan, last } = await overnightOf(await asked());
    expect(dueAt).not.toBeNull();
    expect(last).toBeNull();
    expect(plan).toMatchObject({ compared: 4, ordered: 1, stopped: 2, calls: 2, complete: true });
    expect(
      plan.items.map(({ name, crm, unleashed, verdict, reason }) => [name, crm, unleashed, verdict, reason]),
    ).toEqual([
      ['Company 2', 'JO', KIM, 'ordered', 'overnight-fix'],
      ['Company 3', 'JO', '', 'stopped', 'no-manager-in-unleashed'],
      ['Company 4', 'KIM', LEE, 'stopped', 'salesperson-without-user'],
    ]);
    expect(plan.items.every(({ sentence }) => sentence !== '')).toBe(true);
    expect([synced, ...people]).toEqual([
      true,
      { id: 'JO', name: 'Jo' },
      { id: 'KIM', name: 'Kim' },
      { id: KIM, name: 'Kim' },
      { id: LEE, name: 'Lee' },
    ]);
  });

  test('reports what the last run set, with what was there before and how it stands now', async () => {
    tenant.tick(1_000);
    note(tenant.request({ kind: 'run-overnight' }));
    const during = await overnightOf(await asked());
    expect(during.last).toMatchObject({ compared: 4, ordered: 1, stopped: 2, complete: true });
    expect(during.last?.items).toMatchObject([{ name: 'Company 2', before: 'JO', unleashed: KIM, state: 'waiting' }]);
    while (tenant.open.length > 0) {
      tenant.answer();
      note();
    }
    const after = await overnightOf(await asked());
    expect(after.last?.items).toMatchObject([{ state: 'in-sync', reason: 'in-sync' }]);
    expect(after.plan).toMatchObject({ ordered: 0, stopped: 1 });
  });

  test('of a tenant about which nothing is known is empty', async () => {
    const nobody = await overnightOf({ ...(await asked()), tenant: { id: 'x', no: 99 }, setting: null });
    expect(nobody).toEqual({
      dueAt: null,
      synced: false,
      people: [],
      last: null,
      plan: { compared: 0, ordered: 0, stopped: 0, calls: 0, complete: true, items: [] },
    });
  });
});
