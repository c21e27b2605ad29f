import { describe, expect, it } from 'vitest';
import { crm, record, startMs, testWorkspace, values } from '../test-kit.ts';
import type { Row } from '../types.ts';
import { windowCalls, windowMs } from './api.ts';

const errorOf = (body: unknown): Row => (body as { error: Row }).error;

describe('access and limits', () => {
  it('P1.5 takes 1,200 calls in a sliding 10 minutes, then 429 until the first one is out of the window', () => {
    const workspace = testWorkspace();
    for (let call = 0; call < windowCalls; call++) {
      expect(crm(workspace, 'GET', '/Info()', { nowMs: startMs + call }).status).toBe(200);
    }
    expect(crm(workspace, 'GET', '/Info()', { nowMs: startMs + windowMs - 1 }).status).toBe(429);
    expect(crm(workspace, 'GET', '/Info()', { nowMs: startMs + windowMs }).status).toBe(200);
    expect(crm(workspace, 'GET', '/Info()', { nowMs: startMs + windowMs }).status).toBe(429);
    expect(crm(workspace, 'GET', '/Info()', { nowMs: startMs + windowMs + 1 }).status).toBe(200);
  });

  it.each([true, false])('P1.6 switch retryAfterOn429 = %s', (retryAfterOn429) => {
    const workspace = testWorkspace();
    workspace.switches.crm.retryAfterOn429 = retryAfterOn429;
    workspace.crm.callTimes = Array.from({ length: windowCalls }, () => startMs - 1000);
    const answer = crm(workspace, 'GET', '/Users');
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe(retryAfterOn429 ? '599' : undefined);
  });

  it('P1.7 answers 401 for a wrong, missing or revoked token', () => {
    const workspace = testWorkspace();
    expect(crm(workspace, 'GET', '/Users', { headers: { authorization: 'Bearer nobody' } }).status).toBe(401);
    expect(crm(workspace, 'GET', '/Users', { headers: { authorization: '' } }).status).toBe(401);
    const [token] = workspace.crm.tokens;
    if (token) token.revoked = true;
    expect(crm(workspace, 'GET', '/Users').status).toBe(401);
  });

  it.each([true, false])('P1.8 switch boundActionsWork = %s: Restore answers 200 either way', (boundActionsWork) => {
    const workspace = testWorkspace();
    workspace.switches.crm.boundActionsWork = boundActionsWork;
    crm(workspace, 'DELETE', '/Contacts(1001)');
    const answer = crm(workspace, 'POST', '/Contacts(1001)/Restore');
    expect(answer.status).toBe(200);
    expect((answer.body as Row).value).toBe(boundActionsWork ? 1 : 0);
    expect(record(crm(workspace, 'GET', '/Contacts(1001)')).StatusFlag).toBe(boundActionsWork ? 'A' : 'D');
  });

  it('P1.8 PushToExternalSystem answers 0 and does nothing', () => {
    const workspace = testWorkspace();
    const answer = crm(workspace, 'POST', '/Contacts(1001)/PushToExternalSystem');
    expect([answer.status, (answer.body as Row).value, answer.changes.length]).toEqual([200, 0, 0]);
  });

  it('P1.4 and P1.9 the token carries a user, named by Info() and by LastUpdatedByUserId', () => {
    const workspace = testWorkspace();
    expect((crm(workspace, 'GET', '/Info()').body as Row).UserId).toBe('API');
    crm(workspace, 'PATCH', '/Divisions(1001)', { body: { Name: 'By us' } });
    expect(record(crm(workspace, 'GET', '/Divisions(1001)')).LastUpdatedByUserId).toBe('API');
  });
});

describe('reading', () => {
  it('P2.1 lists are {value:[…]} with a context and, when asked, a count', () => {
    const answer = crm(testWorkspace(), 'GET', '/Divisions', { query: '$count=true&$top=2' });
    expect(Object.keys(answer.body as Row)).toEqual(['@odata.context', '@odata.count', 'value']);
    expect((answer.body as Row)['@odata.count']).toBe(5);
    expect(values(answer)).toHaveLength(2);
  });

  it('P2.2 switch keyGetShape: array, or the bare record', () => {
    const workspace = testWorkspace();
    expect(values(crm(workspace, 'GET', '/Divisions(1001)'))).toHaveLength(1);
    workspace.switches.crm.keyGetShape = 'object';
    const bare = crm(workspace, 'GET', '/Divisions(1001)').body as Row;
    expect([bare.value, bare.DivisionId]).toEqual([undefined, 1001]);
  });

  it('P2.2 switch keyGetAbsent: an empty array, or 404', () => {
    const workspace = testWorkspace();
    expect(values(crm(workspace, 'GET', '/Divisions(9999)'))).toEqual([]);
    workspace.switches.crm.keyGetAbsent = '404';
    expect(crm(workspace, 'GET', '/Divisions(9999)').status).toBe(404);
  });

  it('P2.3 select, expand with nested options, orderby, top, skip', () => {
    const query =
      '$select=Name&$expand=Contacts($select=Surname;$top=1),SalesLedger($select=CustomerCode)&$orderby=Name%20desc&$skip=1&$top=2';
    const found = values(crm(testWorkspace(), 'GET', '/Divisions', { query }));
    expect(found).toHaveLength(2);
    expect(Object.keys(found[0] ?? {})).toEqual(['Name', 'Contacts', 'SalesLedger']);
    expect(found[0]?.Contacts).toEqual([{ Surname: expect.any(String) }]);
    expect(String(found[0]?.Name) > String(found[1]?.Name)).toBe(true);
  });

  it('P2.3 reads keys of every form: number, text, composite, with quotes and percent-encoding', () => {
    const workspace = testWorkspace();
    expect(record(crm(workspace, 'GET', '/Divisions(DivisionId=1001)')).DivisionId).toBe(1001);
    expect(record(crm(workspace, 'GET', "/Users('API')")).UserCode).toBe('API');
    const code = String([...workspace.crm.tables.SalesLedgers.values()][0]?.SalesLedgerId);
    const path = `/SalesLedgers(OperatingCompanyCode='A',SalesLedgerId='${code}')`;
    expect(record(crm(workspace, 'GET', path)).SalesLedgerId).toBe(code);
    expect(record(crm(workspace, 'GET', path.replaceAll("'", '%27'))).SalesLedgerId).toBe(code);
    const odd = { OperatingCompanyCode: 'A', SalesLedgerId: "O'N|X" };
    crm(workspace, 'POST', '/SalesLedgers', { body: odd });
    const oddPath = "/SalesLedgers(OperatingCompanyCode='A',SalesLedgerId='O''N|X')";
    expect(record(crm(workspace, 'GET', oddPath)).SalesLedgerId).toBe("O'N|X");
    expect(crm(workspace, 'GET', "/Divisions('1001')").status).toBe(400);
    expect(crm(workspace, 'GET', "/SalesLedgers('X')").status).toBe(400);
  });

  it('P2.3 follows navigation in the path and counts', () => {
    const workspace = testWorkspace();
    const contacts = values(crm(workspace, 'GET', '/Divisions(1001)/Contacts'));
    expect(contacts.length).toBeGreaterThan(0);
    expect(record(crm(workspace, 'GET', '/Divisions(1001)/SalesLedger')).OperatingCompanyCode).toBe('A');
    expect(crm(workspace, 'GET', '/Divisions/$count').body).toBe(5);
    expect(crm(workspace, 'GET', '/Nothing').status).toBe(404);
  });

  it('P2.5 maxPageSize cuts what $top asks for, and nextLink leads through the rest', () => {
    const workspace = testWorkspace();
    workspace.switches.crm.maxPageSize = 2;
    const first = crm(workspace, 'GET', '/Divisions', { query: '$top=1000&$select=DivisionId' });
    const link = String((first.body as Row)['@odata.nextLink']);
    expect(link).toBe('http://sandbox/crm/Divisions?$select=DivisionId&$top=998&$skip=2');
    const second = crm(workspace, 'GET', '/Divisions', { query: new URL(link).search.slice(1) });
    const third = crm(workspace, 'GET', '/Divisions', { query: '$top=1000&$skip=4&$select=DivisionId' });
    const ids = [first, second, third].flatMap((page) => values(page).map((row) => row.DivisionId));
    expect(ids).toEqual([1001, 1002, 1003, 1004, 1005]);
    expect((third.body as Row)['@odata.nextLink']).toBeUndefined();
  });

  it('P2.5 defaultPageSize holds without $top; a page that $top made short has no nextLink', () => {
    const workspace = testWorkspace();
    workspace.switches.crm.defaultPageSize = 3;
    const page = crm(workspace, 'GET', '/Divisions');
    expect([values(page).length, (page.body as Row)['@odata.nextLink'] !== undefined]).toEqual([3, true]);
    workspace.switches.crm.defaultPageSize = 5;
    const whole = crm(workspace, 'GET', '/Divisions');
    expect([values(whole).length, (whole.body as Row)['@odata.nextLink']]).toEqual([5, undefined]);
    const asked = crm(workspace, 'GET', '/Divisions', { query: '$top=2' });
    expect((asked.body as Row)['@odata.nextLink']).toBeUndefined();
  });

  it('P2.5 switch nextLink off: only $skip finds the rest', () => {
    const workspace = testWorkspace();
    workspace.switches.crm.nextLink = false;
    workspace.switches.crm.maxPageSize = 3;
    expect((crm(workspace, 'GET', '/Divisions').body as Row)['@odata.nextLink']).toBeUndefined();
    expect(values(crm(workspace, 'GET', '/Divisions', { query: '$skip=3' }))).toHaveLength(2);
  });

  it('P2.11 unknown properties and options are 400, wherever they stand', () => {
    const workspace = testWorkspace();
    for (const query of ['$select=Nme', '$filter=Nme eq 1', '$orderby=Nme', '$expand=Nme', '$magic=1', '$top=-1']) {
      const answer = crm(workspace, 'GET', '/Divisions', { query: query.replaceAll(' ', '%20') });
      expect([query, answer.status]).toEqual([query, 400]);
    }
    const { message } = errorOf(crm(workspace, 'GET', '/Divisions', { query: '$select=Nme' }).body);
    expect(message).toMatch(/could not find a property/i);
  });
});

describe('records that are there', () => {
  it('1.10 carries a RecordLink', () => {
    const link = record(crm(testWorkspace(), 'GET', '/Divisions(1001)')).RecordLink;
    expect(link).toBe('https://crm.prospect365.com/view/Division/1001');
  });

  it('P3 Operating company, roles and types exist and are enforced', () => {
    const workspace = testWorkspace();
    expect(values(crm(workspace, 'GET', '/HomeCurrencies'))).toHaveLength(1);
    const contact = { DivisionId: 1001, RoleCode: 'NOPE', Surname: 'X' };
    expect(errorOf(crm(workspace, 'POST', '/Contacts', { body: contact }).body).code).toBe('-194');
  });
});
