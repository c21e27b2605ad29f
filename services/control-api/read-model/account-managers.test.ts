import { afterAll, beforeAll, expect, test } from 'vitest';
import { company, createTestTenant, customer, salesperson, user } from '../../../libs/sync-core/world.fixture.ts';
import { listAccountManagers } from './account-managers.ts';
import { accountManagersAnswer } from './answers.ts';
import { createTestFile, type Input, type TestFile } from './file.fixture.ts';
import { showRecord } from './show-record.ts';

const COMPANY = '77777777-1111-4111-8111-111111111111';
let file: TestFile;
let tenant: ReturnType<typeof createTestTenant>;

beforeAll(async () => {
  file = await createTestFile();
  tenant = createTestTenant({ enabled: 'true', accountManagers: 'true' });
  const inputs: Input[] = [];
  const note = (effects: ReturnType<typeof tenant.see>): void => {
    for (const [key, record] of effects.links) inputs.push({ topic: 'sync.link.v1', key, record });
  };
  note(tenant.see('crm.user.v1', user('ANN', 'Ann Lee', 'ann@t.example')));
  note(tenant.see('crm.user.v1', user('BOB', 'Bob Ray', 'bob@t.example')));
  note(tenant.see('crm.user.v1', user('CLE', 'Cleo Kaur', 'cleo@t.example', { accountManager: false })));
  note(tenant.see('crm.user.v1', user('DAI', 'Dai Rees', 'dai@t.example', { obsolete: true })));
  note(tenant.see('crm.user.v1', user('EVE', 'Eve Oak', 'eve@t.example')));
  const [a, c, d, e] = [1, 3, 4, 5].map((n) => `${n}1111111-1111-4111-8111-111111111111`);
  note(tenant.see('unleashed.salesperson.v1', salesperson(a!, 'Annie Lee', 'ANN@t.example')));
  note(tenant.see('unleashed.salesperson.v1', salesperson(c!, 'Cleo Kaur', 'cleo@t.example')));
  note(tenant.see('unleashed.salesperson.v1', salesperson(d!, 'Dai Rees', 'dai@t.example')));
  note(tenant.see('unleashed.salesperson.v1', salesperson(e!, 'Eve Oak', 'eve@t.example', { obsolete: true })));
  note(tenant.see('crm.company.v1', company('7', COMPANY, { accountManager: 'ANN' })));
  note(tenant.see('unleashed.customer.v1', customer(COMPANY, 'C7', { salesPersonGuid: e! })));
  await file.put(inputs);
  await file.build();
});
afterAll(() => file.remove());

function askedWith(accountManagers: boolean) {
  const { state } = tenant;
  const setting = { ...state.setting!, accountManagers };
  const asked = { connection: file.reading, codec: file.codec, generation: 'g', tenant: { id: 't', no: 1 }, lanes: [] };
  return { ...asked, setting };
}
const list = (accountManagers: boolean) => listAccountManagers(askedWith(accountManagers));

test('while account managers are synced, only who has a sales person in use is offered; the others say why not', async () => {
  const { synced, offered, leftOut } = accountManagersAnswer.parse(await list(true));
  expect(synced).toBe(true);
  expect(offered).toEqual([
    {
      userCode: 'ANN',
      name: 'Ann Lee',
      email: 'ann@t.example',
      salespersonId: '11111111-1111-4111-8111-111111111111',
    },
  ]);
  expect(leftOut.map(({ userCode, reason }) => [userCode, reason])).toEqual([
    ['BOB', 'manager-without-salesperson'],
    ['CLE', 'user-not-ticked'],
    ['DAI', 'user-obsolete'],
    ['EVE', 'salesperson-obsolete'],
  ]);
});

test('while they are not, everybody who is account manager in the CRM is offered', async () => {
  const { synced, offered, leftOut } = accountManagersAnswer.parse(await list(false));
  expect([synced, offered.map(({ userCode }) => userCode)]).toEqual([false, ['ANN', 'BOB', 'EVE']]);
  expect(leftOut.map(({ userCode }) => userCode)).toEqual(['CLE', 'DAI']);
});

test('a record calls the people by name whose ids are its account managers, on both sides, synced or not', async () => {
  for (const isSynced of [true, false]) {
    const shown = await showRecord(askedWith(isSynced), 'company', `u:${COMPANY}`);
    const field = shown?.fields.find((one) => one.field === 'accountManager');
    expect(field).toMatchObject({ crm: 'ANN', unleashed: '51111111-1111-4111-8111-111111111111' });
    expect(field?.people.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { id: 'ANN', name: 'Ann Lee' },
      { id: '51111111-1111-4111-8111-111111111111', name: 'Eve Oak' },
    ]);
    const others = shown?.fields.filter((one) => one.field !== 'accountManager') ?? [];
    expect(others.map(({ people }) => people)).toEqual(others.map(() => []));
    expect(others.length).toBeGreaterThan(0);
  }
});
