import { describe, expect, it } from 'vitest';
import { deskOf, listRecords, type PersonWrite, writeAsPerson } from './people.ts';
import { runAccountManagerJob } from './people-crm.ts';
import { crm, customerGuid, erp, items, record, startMs, testWorkspace } from './test-kit.ts';
import type { Row, Side } from './types.ts';
import type { Workspace } from './workspace-state.ts';

function write(
  workspace: Workspace,
  side: Side,
  collection: string,
  action: PersonWrite['action'],
  id: string,
  fields: Row,
) {
  return writeAsPerson(workspace, { side, collection, action, id, fields, person: 'ABC' }, startMs);
}

const list = (workspace: Workspace, side: Side, collection: string, search = '', parent = '', sort = '') => {
  const desk = deskOf(workspace, side, collection);
  if (!desk) throw new Error('no desk');
  return listRecords(desk, { search, parent, sort, limit: 50, offset: 0 });
};

describe('people in the CRM', () => {
  it('find companies by any text, with address and ledger beside them', () => {
    const workspace = testWorkspace();
    write(workspace, 'crm', 'companies', 'update', '1002', {
      Name: 'Zebra Crossing',
      Address: { AddressLine1: '9 Stripe St' },
    });
    expect(list(workspace, 'crm', 'companies').total).toBe(5);
    expect(list(workspace, 'crm', 'companies', 'zEBRa').items[0]).toMatchObject({
      Id: '1002',
      Address: { AddressLine1: '9 Stripe St' },
      SalesLedger: { OperatingCompanyCode: 'A' },
    });
    expect(list(workspace, 'crm', 'companies', 'stripe').total).toBe(1);
    expect(list(workspace, 'crm', 'companies', 'nothing like it').total).toBe(0);
  });

  it('sort by a field, either way, without case and with numbers by value', () => {
    const workspace = testWorkspace();
    for (const [id, Name] of [
      ['1001', 'b 10'],
      ['1002', 'B 9'],
      ['1003', 'a'],
    ] as const) {
      write(workspace, 'crm', 'companies', 'update', id, { Name });
    }
    const names = (sort: string) =>
      list(workspace, 'crm', 'companies', '', '', sort)
        .items.map(({ Name }) => Name)
        .filter((name) => ['b 10', 'B 9', 'a'].includes(String(name)));
    expect(names('Name')).toEqual(['a', 'B 9', 'b 10']);
    expect(names('-Name')).toEqual(['b 10', 'B 9', 'a']);
  });

  it('an edit is marked person, counts against no window and is seen by the API', () => {
    const workspace = testWorkspace();
    const { response, changes } = write(workspace, 'crm', 'companies', 'update', '1001', { PhoneNumber: '123' });
    expect([response.status, changes[0]?.by, workspace.crm.callTimes.length]).toEqual([200, 'person', 0]);
    expect(record(crm(workspace, 'GET', '/Divisions(1001)'))).toMatchObject({
      PhoneNumber: '123',
      LastUpdatedByUserId: 'ABC',
    });
  });

  it('make a company with its group and address in one go, and a contact under it', () => {
    const workspace = testWorkspace();
    const made = write(workspace, 'crm', 'companies', 'create', '', {
      Name: 'New',
      Website: 'www.n.nz',
      Address: { Postcode: '1' },
    });
    const body = made.response.body as Row;
    expect([made.response.status, body.Website, (body.Address as Row).Postcode]).toEqual([201, 'www.n.nz', '1']);
    const contact = write(workspace, 'crm', 'contacts', 'create', '', {
      DivisionId: Number(body.Id),
      Surname: 'Under',
    });
    expect(contact.response.body).toMatchObject({ RoleCode: 'MAIN', DivisionName: 'New' });
    expect(list(workspace, 'crm', 'contacts', '', String(body.Id)).total).toBe(1);
  });

  it('deletes are soft; refusals are the API’s; unknown records are 404', () => {
    const workspace = testWorkspace();
    expect(write(workspace, 'crm', 'contacts', 'delete', '1001', {}).response.body).toMatchObject({ StatusFlag: 'D' });
    expect(write(workspace, 'crm', 'companies', 'update', '1001', { Nme: 'x' }).response.status).toBe(400);
    expect(write(workspace, 'crm', 'companies', 'update', '77', { Name: 'x' }).response.status).toBe(404);
    expect(write(workspace, 'crm', 'nothing', 'update', '77', {}).response.status).toBe(404);
    expect(
      write(workspace, 'crm', 'ledgers', 'delete', [...workspace.crm.tables.SalesLedgers.keys()][0] ?? '', {}).response
        .status,
    ).toBe(405);
  });

  it('P6.13 the nightly job overwrites account managers with those of the sales ledgers', () => {
    const workspace = testWorkspace();
    write(workspace, 'crm', 'companies', 'update', '1001', { AccountManager: null });
    const ledgerManager = record(crm(workspace, 'GET', '/Divisions(1001)/SalesLedger')).UserAccountsId;
    const user = [...workspace.crm.tables.Users.values()].find(({ AccountsId }) => AccountsId === ledgerManager);
    const changes = runAccountManagerJob(workspace, startMs);
    const after = record(crm(workspace, 'GET', '/Divisions(1001)')).AccountManager;
    expect(after).toBe(user?.UserCode ?? null);
    expect(changes.every(({ by }) => by === 'server')).toBe(true);
    expect(runAccountManagerJob(workspace, startMs)).toEqual([]);
  });
});

describe('people in Unleashed', () => {
  it('change only the given fields of a customer, keep the rest, count against no quota', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const before = erp(workspace, 'GET', `/Customers/${guid}`).body as Row;
    const used = workspace.unleashed.usedCalls;
    const { changes } = write(workspace, 'unleashed', 'companies', 'update', guid, { PhoneNumber: '5', Website: '' });
    expect(changes[0]?.fields.map(({ field }) => field).sort()).toEqual(['PhoneNumber', 'Website']);
    expect(workspace.unleashed.usedCalls).toBe(used);
    const after = erp(workspace, 'GET', `/Customers/${guid}`).body as Row;
    const stamps = { LastModifiedOn: before.LastModifiedOn ?? null, LastModifiedBy: before.LastModifiedBy ?? null };
    expect({ ...after, ...stamps }).toEqual({ ...before, PhoneNumber: '5', Website: null });
  });

  it('set sales person and addresses, change the code, make obsolete, delete for good', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const [person] = workspace.unleashed.salespersons.values();
    const update = (fields: Row) => write(workspace, 'unleashed', 'companies', 'update', guid, fields).response;
    expect(update({ SalesPerson: { Guid: person?.Guid ?? null } }).body).toMatchObject({
      SalesPerson: { Guid: person?.Guid },
    });
    expect(update({ SalesPerson: null }).body).toMatchObject({ SalesPerson: null });
    expect(update({ SalesPerson: 'nobody' }).status).toBe(400);
    expect(update({ Addresses: [{ AddressType: 'Postal', City: 'X', IsDefault: true }] }).body).toMatchObject({
      Addresses: [{ City: 'X', IsDefault: true, Guid: expect.any(String) }],
    });
    expect(update({ CustomerCode: 'CHANGED' }).body).toMatchObject({ CustomerCode: 'CHANGED' });
    const other = String(workspace.unleashed.customers.get(customerGuid(workspace, 1))?.CustomerCode);
    expect(update({ CustomerCode: other }).status).toBe(400);
    expect(update({ Obsolete: true }).status).toBe(200);
    expect(update({ Guid: 'x' }).status).toBe(400);
    write(workspace, 'unleashed', 'companies', 'delete', guid, {});
    expect(erp(workspace, 'GET', `/Customers/${guid}`).status).toBe(404);
    expect(list(workspace, 'unleashed', 'contacts', '', guid).total).toBe(0);
  });

  it('add, edit and delete contacts; an edit keeps what it does not name', () => {
    const workspace = testWorkspace();
    const CustomerGuid = customerGuid(workspace);
    const made = write(workspace, 'unleashed', 'contacts', 'create', '', {
      CustomerGuid,
      FirstName: 'A',
      LastName: 'B',
      Notes: 'n',
    });
    const id = String((made.response.body as Row).Id);
    const edited = write(workspace, 'unleashed', 'contacts', 'update', id, { LastName: 'C' }).response.body;
    expect(edited).toMatchObject({ FirstName: 'A', LastName: 'C', Notes: 'n', CustomerGuid });
    write(workspace, 'unleashed', 'contacts', 'delete', id, {});
    const left = items(erp(workspace, 'GET', `/Customers/${CustomerGuid}/Contacts`));
    expect(left.some((contact) => contact.Guid === id)).toBe(false);
    expect(write(workspace, 'unleashed', 'contacts', 'create', '', { LastName: 'X' }).response.status).toBe(400);
  });

  it('add and edit sales people; they cannot be deleted', () => {
    const workspace = testWorkspace();
    const made = write(workspace, 'unleashed', 'salespersons', 'create', '', { FullName: 'S', Email: 's@s.nz' });
    const id = String((made.response.body as Row).Id);
    const edited = write(workspace, 'unleashed', 'salespersons', 'update', id, { Obsolete: true }).response.body;
    expect(edited).toMatchObject({ FullName: 'S', Email: 's@s.nz', Obsolete: true });
    expect(write(workspace, 'unleashed', 'salespersons', 'delete', id, {}).response.status).toBe(400);
  });

  it('make a customer with code and name', () => {
    const workspace = testWorkspace();
    const create = (fields: Row) => write(workspace, 'unleashed', 'companies', 'create', '', fields).response;
    expect(create({ CustomerCode: 'N1', CustomerName: 'N', Email: 'n@n.nz' }).body).toMatchObject({ ContactCount: 1 });
    expect(create({ CustomerName: 'N' }).status).toBe(400);
  });
});
