import { describe, expect, it } from 'vitest';
import { customerGuid, erp, items, sendable, startMs, testWorkspace } from '../test-kit.ts';
import type { Json, Row } from '../types.ts';
import type { Workspace } from '../workspace-state.ts';

const get = (workspace: Workspace, guid: string): Row => erp(workspace, 'GET', `/Customers/${guid}`).body as Row;
const post = (workspace: Workspace, guid: string, body: Json, nowMs = startMs) =>
  erp(workspace, 'POST', `/Customers/${guid}`, { body, nowMs });
const freshGuid = '22222222-2222-4222-8222-222222222222';

describe('update', () => {
  it('U6.1 and U6.2 what is left out is blanked, U6.4 what cannot be sent is kept', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const row = workspace.unleashed.customers.get(guid);
    if (row) Object.assign(row, { Reminder: 'keep me', SourceId: 'shop', XeroContactId: 'xero' });
    const before = get(workspace, guid);
    expect(before).toMatchObject({ TaxCode: 'GST', DeliveryMethod: 'Courier', PaymentTerm: '20th Month Following' });
    const { CustomerCode = null, CustomerName = null } = before;
    expect(post(workspace, guid, { CustomerCode, CustomerName }).status).toBe(200);
    expect(get(workspace, guid)).toMatchObject({
      CustomerName,
      TaxCode: null,
      DeliveryMethod: null,
      PaymentTerm: null,
      SalesPerson: null,
      DefaultWarehouse: null,
      Website: null,
      PhoneNumber: null,
      Notes: null,
      DiscountRate: null,
      Taxable: null,
      Addresses: [],
      Email: null,
      Reminder: 'keep me',
      SourceId: 'shop',
      XeroContactId: 'xero',
      CreatedOn: before.CreatedOn,
    });
    expect(items(erp(workspace, 'GET', `/Customers/${guid}/Contacts`)).length).toBe((before.Contacts as Row[]).length);
  });

  it('U6.3 the record as GET gave it is an empty 500', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const answer = post(workspace, guid, get(workspace, guid));
    expect([answer.status, answer.body]).toEqual([500, undefined]);
  });

  it.each([
    ['Contacts', []],
    ['XeroContactId', null],
    ['SourceId', 'x'],
    ['Reminder', 'x'],
    ['SellPriceTierReference', null],
    ['Addresses', [{ AddressType: 'Postal', Guid: 'x' }]],
    ['Currency', { CurrencyCode: 'NZD', LastModifiedOn: null }],
    ['SalesPerson', { Guid: 'x', Obsolete: false }],
    ['DefaultWarehouse', { WarehouseCode: 'MAIN', WarehouseName: 'x' }],
  ])('U6.3 %s is refused with an empty 500 and changes nothing', (key, value) => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const before = get(workspace, guid);
    const answer = post(workspace, guid, { ...sendable(workspace, guid), [key]: value });
    expect([answer.status, answer.body, answer.changes]).toEqual([500, undefined, []]);
    expect(get(workspace, guid)).toEqual(before);
  });

  it('U6.5 the allow-list of section 5, sent back, changes nothing', () => {
    const workspace = testWorkspace();
    for (let index = 0; index < 5; index++) {
      const guid = customerGuid(workspace, index);
      const before = get(workspace, guid);
      const answer = post(workspace, guid, sendable(workspace, guid));
      expect([answer.status, answer.changes.flatMap(({ fields }) => fields)]).toEqual([200, []]);
      const { LastModifiedOn: _a, LastModifiedBy: _b, ...after } = get(workspace, guid);
      expect(before).toMatchObject(after);
    }
  });

  it('U5 keys are taken without case: Salesperson too', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const { SalesPerson, CustomerName: _name, ...rest } = sendable(workspace, guid);
    const { Guid = null } = (SalesPerson ?? {}) as Row;
    expect(post(workspace, guid, { ...rest, customername: 'Lower', Salesperson: { guid: Guid } }).status).toBe(200);
    expect(get(workspace, guid)).toMatchObject({ CustomerName: 'Lower', SalesPerson: { Guid } });
  });

  it('U4.7 and U4.9 switch noopPostBumpsLastModified', () => {
    for (const bumps of [true, false]) {
      const workspace = testWorkspace();
      workspace.switches.unleashed.noopPostBumpsLastModified = bumps;
      const guid = customerGuid(workspace);
      const before = get(workspace, guid).LastModifiedOn;
      post(workspace, guid, sendable(workspace, guid));
      expect(get(workspace, guid).LastModifiedOn !== before).toBe(bumps);
      post(workspace, guid, sendable(workspace, guid, { Notes: 'changed' }));
      expect(get(workspace, guid).LastModifiedOn).toBe(`/Date(${startMs})/`);
    }
  });

  it('U6.9 switches updateStatus and updateReturnsBody', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const update = () => post(workspace, guid, sendable(workspace, guid));
    expect([update().status, (update().body as Row).Guid]).toEqual([200, guid]);
    workspace.switches.unleashed.updateStatus = 201;
    workspace.switches.unleashed.updateReturnsBody = false;
    expect([update().status, update().body]).toEqual([201, undefined]);
  });

  it('U6.9 switch updateBodyShows: stored, sent', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    workspace.switches.unleashed.lengths = 'cut';
    const long = 'x'.repeat(2_000);
    const answered = () =>
      (post(workspace, guid, sendable(workspace, guid, { CustomerName: long })).body as Row).CustomerName;
    expect(String(answered()).length).toBeLessThan(long.length);
    workspace.switches.unleashed.updateBodyShows = 'sent';
    expect(answered()).toBe(long);
    expect(String(get(workspace, guid).CustomerName).length).toBeLessThan(long.length);
  });

  it('U13.11 switch codeChangeThroughPost: refused, ignored, applied', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const before = get(workspace, guid).CustomerCode;
    const change = () => post(workspace, guid, sendable(workspace, guid, { CustomerCode: 'NEW' })).status;
    expect([change(), get(workspace, guid).CustomerCode]).toEqual([400, before]);
    workspace.switches.unleashed.codeChangeThroughPost = 'ignored';
    expect([change(), get(workspace, guid).CustomerCode]).toEqual([200, before]);
    workspace.switches.unleashed.codeChangeThroughPost = 'applied';
    expect([change(), get(workspace, guid).CustomerCode]).toEqual([200, 'NEW']);
  });

  it('U5 switches readOnlyKeys and unknownKeys', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const send = (fields: Row) => post(workspace, guid, sendable(workspace, guid, fields)).status;
    expect([send({ CreatedBy: 'x' }), send({ Nonsense: 1 })]).toEqual([500, 200]);
    workspace.switches.unleashed.readOnlyKeys = 'ignored';
    workspace.switches.unleashed.unknownKeys = 'refused';
    expect([send({ CreatedBy: 'x' }), send({ Nonsense: 1 })]).toEqual([200, 500]);
    expect(get(workspace, guid).CreatedBy).not.toBe('x');
  });
});

describe('create', () => {
  const minimal = { CustomerCode: 'NEW1', CustomerName: 'New' };

  it('U6.8 and U6.9 code and name are enough; 201', () => {
    const workspace = testWorkspace();
    const answer = erp(workspace, 'POST', '/Customers', { body: minimal });
    expect([answer.status, answer.changes[0]?.action]).toEqual([201, 'insert']);
    const guid = String((answer.body as Row).Guid);
    expect(get(workspace, guid)).toMatchObject({
      CustomerCode: 'NEW1',
      Currency: { CurrencyCode: 'NZD' },
      Obsolete: false,
    });
    for (const body of [{ CustomerCode: 'X' }, { CustomerName: 'X' }, { CustomerCode: ' ', CustomerName: 'X' }]) {
      expect(erp(workspace, 'POST', '/Customers', { body }).status).toBe(400);
    }
  });

  it('U6.7 a retry with the same GUID is an update', () => {
    const workspace = testWorkspace();
    expect(post(workspace, freshGuid, minimal).status).toBe(201);
    expect(post(workspace, freshGuid, minimal).status).toBe(200);
    expect(erp(workspace, 'POST', '/Customers', { body: { ...minimal, Guid: freshGuid } }).status).toBe(200);
    expect(workspace.unleashed.customers.size).toBe(6);
    expect(post(workspace, freshGuid, { ...minimal, Guid: customerGuid(workspace) }).status).toBe(400);
  });

  it('U6.10 switch duplicateCodeStatus', () => {
    const workspace = testWorkspace();
    const CustomerCode = get(workspace, customerGuid(workspace)).CustomerCode ?? null;
    for (const status of [400, 409, 422] as const) {
      workspace.switches.unleashed.duplicateCodeStatus = status;
      expect(erp(workspace, 'POST', '/Customers', { body: { CustomerCode, CustomerName: 'Twin' } }).status).toBe(
        status,
      );
    }
  });

  it.each([0, 500])('U6.11 switch absentAfterCreateMs = %i', (absentAfterCreateMs) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.absentAfterCreateMs = absentAfterCreateMs;
    post(workspace, freshGuid, minimal);
    const read = (after: number) => erp(workspace, 'GET', `/Customers/${freshGuid}`, { nowMs: startMs + after }).status;
    expect([read(0), read(499), read(500)]).toEqual(absentAfterCreateMs === 0 ? [200, 200, 200] : [404, 404, 200]);
  });
});

describe('values', () => {
  const send = (workspace: Workspace, fields: Row) => {
    const guid = customerGuid(workspace);
    return post(workspace, guid, sendable(workspace, guid, fields)).status;
  };

  it('U5 the sales person is given by GUID and must exist', () => {
    const workspace = testWorkspace();
    expect(send(workspace, { SalesPerson: { FullName: 'X' } })).toBe(400);
    expect(send(workspace, { SalesPerson: { Guid: freshGuid } })).toBe(400);
    const [person] = workspace.unleashed.salespersons.values();
    expect(send(workspace, { SalesPerson: { Guid: person?.Guid ?? null } })).toBe(200);
    expect(send(workspace, { SalesPerson: null })).toBe(200);
    expect(get(workspace, customerGuid(workspace)).SalesPerson).toBeNull();
  });

  it('U13.5 switch obsoleteSalesPersonAccepted: whenUnchanged, always, never', () => {
    const workspace = testWorkspace();
    const person = [...workspace.unleashed.salespersons.values()].find((each) => each.Obsolete !== true);
    const SalesPerson = { Guid: person?.Guid ?? null };
    send(workspace, { SalesPerson });
    workspace.unleashed.salespersons.set(String(person?.Guid), { ...person, Obsolete: true });
    expect(send(workspace, { SalesPerson })).toBe(200);
    workspace.switches.unleashed.obsoleteSalesPersonAccepted = 'never';
    expect(send(workspace, { SalesPerson })).toBe(400);
    workspace.switches.unleashed.obsoleteSalesPersonAccepted = 'whenUnchanged';
    send(workspace, { SalesPerson: null });
    expect(send(workspace, { SalesPerson })).toBe(400);
    workspace.switches.unleashed.obsoleteSalesPersonAccepted = 'always';
    expect(send(workspace, { SalesPerson })).toBe(200);
  });

  it.each([
    ['www.x.co.nz', 200, 200],
    ['https://x.co.nz/a?b=c', 200, 200],
    ['x.nz', 200, 200],
    ['not a website', 400, 200],
    ['http://', 400, 200],
    ['ftp://x.nz', 400, 200],
  ])('U13.4 switch websiteRule: %s', (Website, host, any) => {
    const workspace = testWorkspace();
    expect(send(workspace, { Website })).toBe(host);
    workspace.switches.unleashed.websiteRule = 'any';
    expect(send(workspace, { Website })).toBe(any);
    workspace.switches.unleashed.websiteRule = 'absolute';
    expect(send(workspace, { Website })).toBe(Website.startsWith('https') ? 200 : 400);
  });

  it.each([true, false])('U7.3 switch emailRule = %s', (emailRule) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.emailRule = emailRule;
    expect(send(workspace, { Email: 'nonsense' })).toBe(emailRule ? 400 : 200);
    expect(send(workspace, { Email: 'zoë@exämple.nz' })).toBe(200);
  });

  it('U5 switch lengths: refused, cut, unlimited', () => {
    const workspace = testWorkspace();
    const name = 'n'.repeat(501);
    const stored = () => String(get(workspace, customerGuid(workspace)).CustomerName).length;
    expect([send(workspace, { CustomerName: name }), send(workspace, { CustomerName: name.slice(1) })]).toEqual([
      400, 200,
    ]);
    workspace.switches.unleashed.lengths = 'cut';
    expect([send(workspace, { CustomerName: name }), stored()]).toEqual([200, 500]);
    workspace.switches.unleashed.lengths = 'unlimited';
    expect([send(workspace, { CustomerName: name }), stored()]).toEqual([200, 501]);
  });

  it('U9.1 switch badInputBody', () => {
    const workspace = testWorkspace();
    const body = () => erp(workspace, 'POST', '/Customers', { body: { CustomerName: 'X' } }).body;
    expect(body()).toEqual({ Description: expect.any(String), errors: { CustomerCode: [expect.any(String)] } });
    workspace.switches.unleashed.badInputBody = 'description';
    expect(body()).toEqual({ Description: expect.any(String) });
    workspace.switches.unleashed.badInputBody = 'message';
    expect(body()).toEqual({ Message: expect.any(String) });
    workspace.switches.unleashed.badInputBody = 'empty';
    expect(body()).toBeUndefined();
  });

  it('other rules: types, codes that must exist, EORI, bodies that are no object', () => {
    const workspace = testWorkspace();
    expect(send(workspace, { Taxable: 'yes' })).toBe(400);
    expect(send(workspace, { CreditLimit: 'much' })).toBe(400);
    expect(send(workspace, { PaymentTerm: 'Never' })).toBe(400);
    expect(send(workspace, { EORINumber: 'GB-1' })).toBe(400);
    expect(send(workspace, { Currency: { CurrencyCode: 'XXX' } })).toBe(400);
    expect(send(workspace, { DefaultWarehouse: { WarehouseCode: 'NOPE' } })).toBe(400);
    expect(erp(workspace, 'POST', '/Customers', { text: '{"CustomerCode":' }).status).toBe(400);
    expect(erp(workspace, 'POST', '/Customers', { text: '[]' }).status).toBe(400);
  });

  it('U5 a warehouse may be named by its GUID', () => {
    const workspace = testWorkspace();
    const { Guid = null } = get(workspace, customerGuid(workspace)).DefaultWarehouse as Row;
    expect(send(workspace, { DefaultWarehouse: { Guid } })).toBe(200);
    expect(get(workspace, customerGuid(workspace)).DefaultWarehouse).toMatchObject({ WarehouseCode: 'MAIN' });
  });
});

describe('addresses', () => {
  const one = { AddressType: 'Postal', AddressName: 'Box', City: 'Nelson', IsDefault: false };

  it.each([true, false])('U13.9 switch addressListReplaced = %s', (addressListReplaced) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.addressListReplaced = addressListReplaced;
    const guid = customerGuid(workspace);
    const count = (get(workspace, guid).Addresses as Row[]).length;
    post(workspace, guid, sendable(workspace, guid, { Addresses: [one] }));
    expect(get(workspace, guid).Addresses).toHaveLength(addressListReplaced ? 1 : count + 1);
    post(workspace, guid, sendable(workspace, guid, { Addresses: [{ ...one, City: 'Picton' }] }));
    const after = get(workspace, guid).Addresses as Row[];
    expect(after).toHaveLength(addressListReplaced ? 1 : count + 1);
    expect(after.at(-1)).toMatchObject({ City: 'Picton', Guid: expect.any(String) });
  });

  it.each([true, false])('U6.1 switch omittedAddressesCleared = %s', (omittedAddressesCleared) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.omittedAddressesCleared = omittedAddressesCleared;
    const guid = customerGuid(workspace);
    const { Addresses, ...rest } = sendable(workspace, guid);
    post(workspace, guid, rest);
    expect(get(workspace, guid).Addresses).toHaveLength(omittedAddressesCleared ? 0 : (Addresses as Row[]).length);
  });

  it('an address keeps its GUID when it is sent again; a wrong type is 400', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const guids = () => (get(workspace, guid).Addresses as Row[]).map((address) => address.Guid);
    const before = guids();
    post(workspace, guid, sendable(workspace, guid));
    expect(guids()).toEqual(before);
    const wrong = sendable(workspace, guid, { Addresses: [{ ...one, AddressType: 'Home' }] });
    expect(post(workspace, guid, wrong).status).toBe(400);
  });
});

describe('primary contact on the customer (U5)', () => {
  it('switch customerPostEditsPrimaryContact: true edits the default contact, false keeps fields of its own', () => {
    for (const edits of [true, false]) {
      const workspace = testWorkspace();
      workspace.switches.unleashed.customerPostEditsPrimaryContact = edits;
      const guid = customerGuid(workspace);
      const fields = { ContactFirstName: 'Prima', ContactLastName: 'Ry', Email: 'prima@ry.nz' };
      post(workspace, guid, sendable(workspace, guid, fields));
      expect(get(workspace, guid)).toMatchObject(fields);
      const primary = items(erp(workspace, 'GET', `/Customers/${guid}/Contacts`)).find((contact) => contact.IsDefault);
      expect(primary?.FirstName === 'Prima').toBe(edits);
    }
  });

  it('makes a default contact when there is none', () => {
    const workspace = testWorkspace();
    const body = { CustomerCode: 'N', CustomerName: 'N', ContactFirstName: 'A', Email: 'a@b.nz' };
    post(workspace, freshGuid, body);
    const contacts = items(erp(workspace, 'GET', `/Customers/${freshGuid}/Contacts`));
    expect(contacts).toEqual([expect.objectContaining({ FirstName: 'A', EmailAddress: 'a@b.nz', IsDefault: true })]);
  });

  it.each([true, false])('U6.3 switch singleGetIncludesContacts = %s', (singleGetIncludesContacts) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.singleGetIncludesContacts = singleGetIncludesContacts;
    expect('Contacts' in get(workspace, customerGuid(workspace))).toBe(singleGetIncludesContacts);
  });

  it('dates are /Date(ms)/ and CreatedOn is never after LastModifiedOn', () => {
    const workspace = testWorkspace();
    const { CreatedOn, LastModifiedOn } = get(workspace, customerGuid(workspace));
    const ms = (text: unknown) => Number(/^\/Date\((\d+)\)\/$/.exec(String(text))?.[1]);
    expect(ms(CreatedOn)).toBeLessThanOrEqual(ms(LastModifiedOn));
  });
});
