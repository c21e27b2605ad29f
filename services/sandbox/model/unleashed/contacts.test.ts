import { describe, expect, it } from 'vitest';
import { customerGuid, erp, items, startMs, testWorkspace } from '../test-kit.ts';
import type { Row } from '../types.ts';
import type { Workspace } from '../workspace-state.ts';

const own = '33333333-3333-4333-8333-333333333333';
const pathOf = (workspace: Workspace): string => `/Customers/${customerGuid(workspace)}/Contacts`;
const contacts = (workspace: Workspace): Row[] => items(erp(workspace, 'GET', pathOf(workspace)));
const post = (workspace: Workspace, body: Row) => erp(workspace, 'POST', pathOf(workspace), { body });
const put = (workspace: Workspace, guid: unknown, body: Row) =>
  erp(workspace, 'PUT', `${pathOf(workspace)}/${guid}`, { body });
const person = { FirstName: 'New', LastName: 'Person', EmailAddress: 'new@person.nz', PhoneNumber: '1', Notes: 'n' };

describe('contacts (U7)', () => {
  it('are created with 201, read, replaced and deleted; unknown ones are 404', () => {
    const workspace = testWorkspace();
    const made = post(workspace, person);
    const { Guid } = made.body as Row;
    expect(made.status).toBe(201);
    expect(erp(workspace, 'GET', `${pathOf(workspace)}/${Guid}`).body).toMatchObject({ ...person, IsDefault: false });
    expect(put(workspace, Guid, { ...person, PhoneNumber: '2' }).status).toBe(200);
    expect(erp(workspace, 'DELETE', `${pathOf(workspace)}/${Guid}`).status).toBe(200);
    expect(erp(workspace, 'GET', `${pathOf(workspace)}/${Guid}`).status).toBe(404);
    expect(put(workspace, own, person).status).toBe(404);
    const other = `/Customers/${customerGuid(workspace, 1)}/Contacts/${contacts(workspace)[0]?.Guid}`;
    expect(erp(workspace, 'GET', other).status).toBe(404);
    expect(erp(workspace, 'GET', `/Customers/${own}/Contacts`).status).toBe(404);
  });

  it('U7.8 a contact has no clock', () => {
    const [contact] = contacts(testWorkspace());
    expect(Object.keys(contact ?? {}).filter((key) => /On$|By$/.test(key))).toEqual([]);
  });

  it.each([true, false])('U6.13 switch contactPutIsPartial = %s', (contactPutIsPartial) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.contactPutIsPartial = contactPutIsPartial;
    const { Guid } = post(workspace, person).body as Row;
    put(workspace, Guid, { FirstName: 'New', LastName: 'Person' });
    const after = contacts(workspace).find((contact) => contact.Guid === Guid);
    const kept = contactPutIsPartial ? person : { EmailAddress: null, PhoneNumber: null, Notes: null };
    expect(after).toMatchObject(kept);
  });

  it('U13.8 switch contactPostTakesClientGuid: a retry updates, or the GUID is ignored', () => {
    const workspace = testWorkspace();
    const body = { ...person, Guid: own };
    const first = post(workspace, body);
    expect([first.status, (first.body as Row).Guid]).toEqual([201, own]);
    expect(post(workspace, { ...body, PhoneNumber: '9' }).status).toBe(200);
    expect(contacts(workspace).filter((contact) => contact.LastName === 'Person')).toHaveLength(1);
    const elsewhere = erp(workspace, 'POST', `/Customers/${customerGuid(workspace, 1)}/Contacts`, { body });
    expect(elsewhere.status).toBe(400);
    workspace.switches.unleashed.contactPostTakesClientGuid = false;
    const ignored = post(workspace, { ...body, LastName: 'Other' });
    expect([ignored.status, (ignored.body as Row).Guid === own]).toEqual([201, false]);
  });

  it.each([true, false])('U7.2 switch contactNameUniqueEnforced = %s', (contactNameUniqueEnforced) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.contactNameUniqueEnforced = contactNameUniqueEnforced;
    post(workspace, person);
    expect(post(workspace, { ...person, LastName: ' PERSON' }).status).toBe(contactNameUniqueEnforced ? 400 : 201);
    const { Guid } = post(workspace, { ...person, LastName: 'Else' }).body as Row;
    expect(put(workspace, Guid, person).status).toBe(contactNameUniqueEnforced ? 400 : 200);
    expect(put(workspace, Guid, { ...person, LastName: 'Else', Notes: 'x' }).status).toBe(200);
  });

  it('U7.1, U7.7, U7.10 switch contactNamesRequired: any, both, none', () => {
    const workspace = testWorkspace();
    const status = (body: Row) => post(workspace, body).status;
    expect([status({ Notes: 'x' }), status({ EmailAddress: 'a@b.nz' }), status({ LastName: 'Solo' })]).toEqual([
      400, 201, 201,
    ]);
    workspace.switches.unleashed.contactNamesRequired = 'both';
    expect([status({ LastName: 'Duo' }), status({ FirstName: 'Du', LastName: 'O' })]).toEqual([400, 201]);
    workspace.switches.unleashed.contactNamesRequired = 'none';
    expect(status({ Notes: 'x' })).toBe(201);
  });

  it('U7.3 and U7.4 e-mail and website must be valid', () => {
    const workspace = testWorkspace();
    expect(post(workspace, { ...person, EmailAddress: 'x' }).status).toBe(400);
    expect(post(workspace, { ...person, Website: 'no url' }).status).toBe(400);
    workspace.switches.unleashed.emailRule = false;
    workspace.switches.unleashed.websiteRule = 'any';
    expect(post(workspace, { ...person, EmailAddress: 'x', Website: 'no url' }).status).toBe(201);
  });

  it('U7.5 at most one default contact; the first one is it', () => {
    const workspace = testWorkspace();
    const body = { CustomerCode: 'N', CustomerName: 'N' };
    erp(workspace, 'POST', `/Customers/${own}`, { body });
    const add = (fields: Row) => erp(workspace, 'POST', `/Customers/${own}/Contacts`, { body: fields });
    expect((add({ LastName: 'One' }).body as Row).IsDefault).toBe(true);
    const second = add({ LastName: 'Two', IsDefault: true });
    expect(second.changes).toHaveLength(2);
    const flags = items(erp(workspace, 'GET', `/Customers/${own}/Contacts`)).map((contact) => contact.IsDefault);
    expect(flags).toEqual([false, true]);
  });

  it.each([true, false])('U4.8 switch contactEditBumpsCustomer = %s', (contactEditBumpsCustomer) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.contactEditBumpsCustomer = contactEditBumpsCustomer;
    const guid = customerGuid(workspace);
    const stamp = () => workspace.unleashed.customers.get(guid)?.LastModifiedOn;
    const before = stamp();
    const { Guid } = post(workspace, person).body as Row;
    expect(stamp()).toBe(contactEditBumpsCustomer ? startMs : before);
    const later = { body: { ...person, Notes: 'x' }, nowMs: startMs + 5000 };
    erp(workspace, 'PUT', `${pathOf(workspace)}/${Guid}`, later);
    expect(stamp()).toBe(contactEditBumpsCustomer ? startMs + 5000 : before);
    erp(workspace, 'DELETE', `${pathOf(workspace)}/${Guid}`, { nowMs: startMs + 9000 });
    expect(stamp()).toBe(contactEditBumpsCustomer ? startMs + 9000 : before);
  });
});
