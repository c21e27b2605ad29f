import { describe, expect, it } from 'vitest';
import { crm, record, startMs, testWorkspace, values } from '../test-kit.ts';
import type { Row } from '../types.ts';
import type { Workspace } from '../workspace-state.ts';
import { parseMicros } from './answers.ts';

const division = (workspace: Workspace, id = 1001): Row => record(crm(workspace, 'GET', `/Divisions(${id})`));
const contact = (workspace: Workspace, id = 1001): Row => record(crm(workspace, 'GET', `/Contacts(${id})`));
const errorOf = (body: unknown): Row => (body as { error: Row }).error;

describe('PATCH', () => {
  it('P2.8 answers 204 without a body and changes only the given fields; an empty text clears', () => {
    const workspace = testWorkspace();
    const before = division(workspace);
    const answer = crm(workspace, 'PATCH', '/Divisions(1001)', { body: { PhoneNumber: '' }, nowMs: startMs + 1 });
    expect([answer.status, answer.body]).toEqual([204, undefined]);
    const after = division(workspace);
    expect(after.PhoneNumber).toBe('');
    expect({ ...after, ...stampsOf(before), PhoneNumber: before.PhoneNumber }).toEqual(before);
    expect(answer.changes[0]?.fields).toEqual([{ field: 'PhoneNumber', before: before.PhoneNumber, after: '' }]);
  });

  it('P2.11 unknown property 400 with details, broken foreign key 400 with -194, wrong type 400, absent 404', () => {
    const workspace = testWorkspace();
    const patch = (body: Row, path = '/Divisions(1001)') => crm(workspace, 'PATCH', path, { body });
    expect(errorOf(patch({ Nme: 'x' }).body).details).toEqual([expect.objectContaining({ target: 'Nme' })]);
    expect(patch({ Nme: 'x' }).status).toBe(400);
    const broken = patch({ AccountManager: 'ZZZ' });
    expect([broken.status, errorOf(broken.body).code]).toEqual([400, '-194']);
    expect(patch({ PhoneNumber: 5 }).status).toBe(400);
    expect(patch({ IsB2C: 'yes' }).status).toBe(400);
    expect(patch({ Name: 'x' }, '/Divisions(9999)').status).toBe(404);
    expect(crm(workspace, 'PATCH', '/Divisions(1001)', { text: '{"Name":' }).status).toBe(400);
    expect(crm(workspace, 'PATCH', '/Divisions(1001)', { text: '[1]' }).status).toBe(400);
  });

  it('P2.11 a blank foreign key is taken and stored as null', () => {
    const workspace = testWorkspace();
    expect(crm(workspace, 'PATCH', '/Divisions(1001)', { body: { AccountManager: '' } }).status).toBe(204);
    expect(division(workspace).AccountManager).toBeNull();
  });

  it('P2.12 computed fields are ignored without an error', () => {
    const workspace = testWorkspace();
    const body = { DivisionId: 5, SyncFieldHash: 'x', LastUpdatedTimestamp: '2020-01-01T00:00:00Z', Name: 'New' };
    expect(crm(workspace, 'PATCH', '/Divisions(1001)', { body }).status).toBe(204);
    expect(division(workspace)).toMatchObject({ DivisionId: 1001, Name: 'New' });
    expect(division(workspace).SyncFieldHash).not.toBe('x');
    expect(String(division(workspace).LastUpdatedTimestamp)).toMatch(/^2026/);
  });

  it('P2.13 switch lengths: refused at SqlWidth + 1, or cut; exactly SqlWidth is taken', () => {
    const workspace = testWorkspace();
    const patch = (length: number) =>
      crm(workspace, 'PATCH', '/Divisions(1001)', { body: { PhoneNumber: '1'.repeat(length) } }).status;
    expect([patch(50), patch(51)]).toEqual([204, 400]);
    workspace.switches.crm.lengths = 'cut';
    expect(patch(60)).toBe(204);
    expect(division(workspace).PhoneNumber).toBe('1'.repeat(50));
  });
});

describe('POST', () => {
  it('P4.1 company first, then division with an address made by the server, then PATCH of the address', () => {
    const workspace = testWorkspace();
    const group = record(crm(workspace, 'POST', '/Companies', { body: { Name: 'New', TypeId: 'CUS' } }));
    const body = { Name: 'New', CompanyId: group.CompanyId ?? null, OperatingCompanyCode: 'A', AddressId: 99_999 };
    const made = crm(workspace, 'POST', '/Divisions', { body });
    expect(made.status).toBe(201);
    const { DivisionId, AddressId, RecordLink } = record(made);
    expect([typeof DivisionId, RecordLink]).toEqual(['number', expect.stringContaining('/Division/')]);
    expect(AddressId).not.toBe(99_999);
    const address = { AddressLine1: '1 New Road', Postcode: '1010' };
    expect(crm(workspace, 'PATCH', `/Addresses(${AddressId})`, { body: address }).status).toBe(204);
    expect(record(crm(workspace, 'GET', `/Addresses(${AddressId})`))).toMatchObject({
      AddressBlock: '1 New Road\r\n1010',
    });
  });

  it('P4.1 and P4.2 required fields and parents are checked', () => {
    const workspace = testWorkspace();
    const post = (path: string, body: Row) => crm(workspace, 'POST', path, { body });
    expect(post('/Companies', { Name: 'X' }).status).toBe(400);
    expect(post('/Divisions', { Name: 'X', OperatingCompanyCode: 'A' }).status).toBe(400);
    expect(post('/Contacts', { DivisionId: 1001, Surname: 'X' }).status).toBe(400);
    const orphan = post('/Contacts', { DivisionId: 99_999, RoleCode: 'MAIN' });
    expect([orphan.status, errorOf(orphan.body).code]).toEqual([400, '-194']);
    expect(post('/Contacts', { DivisionId: 1001, RoleCode: 'MAIN' }).status).toBe(201);
  });

  it('P2.11 a missing part of a composite key is a 500', () => {
    const answer = crm(testWorkspace(), 'POST', '/SalesLedgers', { body: { OperatingCompanyCode: 'A' } });
    expect([answer.status, errorOf(answer.body).message]).toEqual([500, expect.stringMatching(/generate primary key/)]);
  });

  it('P2.9 switch postShape: the bare record, or an array', () => {
    const workspace = testWorkspace();
    const body = { Name: 'X', TypeId: 'CUS' };
    expect((crm(workspace, 'POST', '/Companies', { body }).body as Row).CompanyId).toBe(1006);
    workspace.switches.crm.postShape = 'array';
    expect(values(crm(workspace, 'POST', '/Companies', { body }))).toHaveLength(1);
  });

  it('P2.12 switch postDrops: some fields are dropped by POST and taken by PATCH', () => {
    const workspace = testWorkspace();
    const body = {
      DivisionId: 1001,
      RoleCode: 'MAIN',
      Surname: 'X',
      Fax: '1',
      AlternateReference: 'm',
      AccountsId: 'a',
    };
    const post = () => record(crm(workspace, 'POST', '/Contacts', { body }));
    const dropped = post();
    expect([dropped.Fax, dropped.AlternateReference, dropped.Surname]).toEqual([null, 'm', 'X']);
    crm(workspace, 'PATCH', `/Contacts(${dropped.ContactId})`, { body: { Fax: '1' } });
    expect(contact(workspace, Number(dropped.ContactId)).Fax).toBe('1');
    workspace.switches.crm.postDrops = 'markers';
    expect(post()).toMatchObject({ Fax: null, AlternateReference: null });
    workspace.switches.crm.postDrops = 'none';
    expect(post()).toMatchObject({ Fax: '1', AlternateReference: 'm' });
  });

  it('P4.3 a repeated POST makes a duplicate', () => {
    const workspace = testWorkspace();
    const body = { DivisionId: 1001, RoleCode: 'MAIN', Surname: 'Twice', AlternateReference: 'marker' };
    crm(workspace, 'POST', '/Contacts', { body });
    crm(workspace, 'POST', '/Contacts', { body });
    const query = "$filter=AlternateReference%20eq%20'marker'";
    expect(values(crm(workspace, 'GET', '/Contacts', { query }))).toHaveLength(2);
  });

  it('P3 custom fields: PATCH of a missing Xtra row is 404, POST makes it', () => {
    const workspace = testWorkspace();
    expect(crm(workspace, 'PATCH', '/ContactXtras(1001)', { body: { Text1: 'x' } }).status).toBe(404);
    expect(crm(workspace, 'POST', '/ContactXtras', { body: { ContactId: 1001, Text1: 'x' } }).status).toBe(201);
    expect(crm(workspace, 'POST', '/ContactXtras', { body: { ContactId: 1001, Text1: 'x' } }).status).toBe(400);
    const query = '$expand=ContactXtra($select=Text1)&$select=ContactId';
    expect(record(crm(workspace, 'GET', '/Contacts(1001)', { query })).ContactXtra).toEqual({ Text1: 'x' });
  });
});

describe('DELETE', () => {
  it('P2.10 is soft: StatusFlag D, still readable and listed, deleting again is fine', () => {
    const workspace = testWorkspace();
    expect(crm(workspace, 'DELETE', '/Contacts(1001)').status).toBe(204);
    expect(crm(workspace, 'DELETE', '/Contacts(1001)').status).toBe(204);
    expect(contact(workspace).StatusFlag).toBe('D');
    const ids = (query: string) => values(crm(workspace, 'GET', '/Contacts', { query })).map((row) => row.ContactId);
    expect(ids('')).toContain(1001);
    expect(ids("$filter=StatusFlag%20ne%20'D'")).not.toContain(1001);
  });

  it.each([true, false])('P8.4 switch softDeleteBumps = %s', (softDeleteBumps) => {
    const workspace = testWorkspace();
    workspace.switches.crm.softDeleteBumps = softDeleteBumps;
    const before = contact(workspace).LastUpdatedTimestamp;
    crm(workspace, 'DELETE', '/Contacts(1001)');
    expect(contact(workspace).LastUpdatedTimestamp !== before).toBe(softDeleteBumps);
  });
});

describe('time stamps', () => {
  it.each([
    ['microsecond', /\.\d{6}Z$/],
    ['millisecond', /\.\d{3}Z$/],
    ['second', /:\d\dZ$/],
  ] as const)('P8.4 switch timestampPrecision = %s', (precision, pattern) => {
    const workspace = testWorkspace();
    workspace.switches.crm.timestampPrecision = precision;
    crm(workspace, 'PATCH', '/Divisions(1001)', { body: { Name: 'x' } });
    expect(division(workspace).LastUpdatedTimestamp).toMatch(pattern);
  });

  it.each([true, false])('P8.4 switch noopPatchBumps = %s', (noopPatchBumps) => {
    const workspace = testWorkspace();
    workspace.switches.crm.noopPatchBumps = noopPatchBumps;
    const before = division(workspace);
    const { status } = crm(workspace, 'PATCH', '/Divisions(1001)', { body: { Name: before.Name ?? null } });
    expect(status).toBe(204);
    expect(division(workspace).LastUpdatedTimestamp !== before.LastUpdatedTimestamp).toBe(noopPatchBumps);
  });

  it.each([true, false])('P3 switch addressChangeBumpsDivision = %s', (bumps) => {
    const workspace = testWorkspace();
    workspace.switches.crm.addressChangeBumpsDivision = bumps;
    const before = division(workspace);
    const answer = crm(workspace, 'PATCH', `/Addresses(${before.AddressId})`, { body: { AddressLine1: 'Moved' } });
    expect(division(workspace).LastUpdatedTimestamp !== before.LastUpdatedTimestamp).toBe(bumps);
    expect(answer.changes.map(({ entity }) => entity)).toEqual(bumps ? ['address', 'company'] : ['address']);
  });

  it.each([true, false])('P3 switch contactChangeBumpsDivision = %s', (bumps) => {
    const workspace = testWorkspace();
    workspace.switches.crm.contactChangeBumpsDivision = bumps;
    const before = division(workspace, Number(contact(workspace).DivisionId));
    crm(workspace, 'PATCH', '/Contacts(1001)', { body: { Surname: 'Changed' } });
    const after = division(workspace, Number(before.DivisionId));
    expect(after.LastUpdatedTimestamp !== before.LastUpdatedTimestamp).toBe(bumps);
  });

  it.each([0, 5000])(
    'P8.4 switch lateVisibleMs = %i: every seventh stamp is that old, no stamp of a row goes back',
    (late) => {
      const workspace = testWorkspace();
      workspace.switches.crm.lateVisibleMs = late;
      const ages: number[] = [];
      let last = 0;
      for (let write = 0; write < 14; write++) {
        const nowMs = startMs + write * 10_000;
        crm(workspace, 'PATCH', '/Divisions(1001)', { body: { Name: `n${write}` }, nowMs });
        const micros = parseMicros(String(division(workspace).LastUpdatedTimestamp)) ?? 0;
        expect(micros).toBeGreaterThan(last);
        last = micros;
        ages.push(nowMs - Math.floor(micros / 1000));
      }
      expect(ages.filter((age) => age === late)).toHaveLength(late === 0 ? 14 : 2);
    },
  );
});

describe('many writes in one millisecond', () => {
  it('have time stamps that rise all the same', () => {
    const workspace = testWorkspace();
    let last = 0;
    for (let write = 0; write < 60; write++) {
      crm(workspace, 'PATCH', '/Divisions(1001)', { body: { Name: `n${write}` } });
      const micros = parseMicros(String(division(workspace).LastUpdatedTimestamp)) ?? 0;
      expect(micros).toBeGreaterThan(last);
      last = micros;
    }
  });
});

describe('fields of the built-in integration', () => {
  it.each([true, false])('P8.6 switch contactAccountsIdWritable = %s', (contactAccountsIdWritable) => {
    const workspace = testWorkspace();
    workspace.switches.crm.contactAccountsIdWritable = contactAccountsIdWritable;
    expect(crm(workspace, 'PATCH', '/Contacts(1001)', { body: { AccountsId: 'mine' } }).status).toBe(204);
    expect(contact(workspace).AccountsId === 'mine').toBe(contactAccountsIdWritable);
  });

  it.each([true, false])('P8.6 switch ledgerAccountsIdWritable = %s', (ledgerAccountsIdWritable) => {
    const workspace = testWorkspace();
    workspace.switches.crm.ledgerAccountsIdWritable = ledgerAccountsIdWritable;
    const [ledger] = workspace.crm.tables.SalesLedgers.values();
    const path = `/SalesLedgers(OperatingCompanyCode='A',SalesLedgerId='${ledger?.SalesLedgerId}')`;
    crm(workspace, 'PATCH', path, { body: { AccountsId: 'mine' } });
    expect(record(crm(workspace, 'GET', path)).AccountsId === 'mine').toBe(ledgerAccountsIdWritable);
  });

  it.each([true, false])('P8.6 switch accountsIdWrittenByServer = %s', (accountsIdWrittenByServer) => {
    const workspace = testWorkspace();
    workspace.switches.crm.accountsIdWrittenByServer = accountsIdWrittenByServer;
    const [ledger] = workspace.crm.tables.SalesLedgers.values();
    const path = `/SalesLedgers(OperatingCompanyCode='A',SalesLedgerId='${ledger?.SalesLedgerId}')`;
    crm(workspace, 'PATCH', path, { body: { AccountsId: null } });
    expect(record(crm(workspace, 'GET', path)).AccountsId).toBe(accountsIdWrittenByServer ? ledger?.AccountsId : null);
  });

  it.each([true, false])('P8.6 switch syncFieldHashWritten = %s', (syncFieldHashWritten) => {
    const workspace = testWorkspace();
    workspace.switches.crm.syncFieldHashWritten = syncFieldHashWritten;
    const before = contact(workspace).SyncFieldHash;
    crm(workspace, 'PATCH', '/Contacts(1001)', { body: { Surname: 'Changed' } });
    expect(contact(workspace).SyncFieldHash !== before).toBe(syncFieldHashWritten);
  });
});

function stampsOf({ LastUpdated, LastUpdatedByUserId, LastUpdatedTimestamp, SyncFieldHash }: Row): Row {
  return {
    LastUpdated: LastUpdated ?? null,
    LastUpdatedByUserId: LastUpdatedByUserId ?? null,
    LastUpdatedTimestamp: LastUpdatedTimestamp ?? null,
    SyncFieldHash: SyncFieldHash ?? null,
  };
}
