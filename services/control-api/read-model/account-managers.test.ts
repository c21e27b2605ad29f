import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestTenant, salesperson, user } from '../../../libs/sync-core/world.fixture.ts';
import { listAccountManagers } from './account-managers.ts';
import { accountManagersAnswer } from './answers.ts';
import { createTestFile, type Input, type TestFile } from './file.fixture.ts';

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
  await file.put(inputs);
  await file.build();
});
afterAll(() => file.remove());

function list(accountManagers: boolean) {
  const { state } = tenant;
  const setting = { ...state.setting!, accountManagers };
  const asked = { connection: file.reading, codec: file.codec, generation: 'g', tenant: { id: 't', no: 1 }, lanes: [] };
  return listAccountManagers({ ...asked, setting });
}

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
