import { describe, expect, it } from 'vitest';
import { customerGuid, erp, items, sendable, startMs, testWorkspace } from '../test-kit.ts';
import type { Row } from '../types.ts';
import type { Workspace } from '../workspace-state.ts';

const pagination = (workspace: Workspace, path: string, query = ''): Row =>
  (erp(workspace, 'GET', path, { query }).body as { Pagination: Row }).Pagination;
const codes = (workspace: Workspace, query: string): unknown => {
  const answer = erp(workspace, 'GET', '/Customers', { query });
  return answer.status === 200 ? items(answer).map((row) => row.CustomerCode) : answer.status;
};

/** Customers A1 to A5, last modified one hour apart, the first at startMs + 1 h. */
function coded(): Workspace {
  const workspace = testWorkspace();
  workspace.switches.unleashed.codeChangeThroughPost = 'applied';
  for (let index = 0; index < 5; index++) {
    const guid = customerGuid(workspace, index);
    const fields = { CustomerCode: `A${index + 1}`, CustomerName: `Name ${'edcba'[index]}` };
    const body = sendable(workspace, guid, fields);
    erp(workspace, 'POST', `/Customers/${guid}`, { body, nowMs: startMs + (index + 1) * 3_600_000 });
  }
  return workspace;
}

describe('paging', () => {
  it('U3.1 to U3.3 envelope, pageSize 200 by default', () => {
    expect(pagination(testWorkspace(), '/Customers')).toEqual({
      NumberOfItems: 5,
      PageSize: 200,
      PageNumber: 1,
      NumberOfPages: 1,
    });
  });

  it('U3.3 switch pageSizeAboveMax: clamped to 1000, or 400', () => {
    const workspace = testWorkspace();
    expect(pagination(workspace, '/Customers', 'pageSize=5000').PageSize).toBe(1000);
    workspace.switches.unleashed.pageSizeAboveMax = '400';
    expect(erp(workspace, 'GET', '/Customers', { query: 'pageSize=1001' }).status).toBe(400);
    expect(pagination(workspace, '/Customers', 'pageSize=1000').PageSize).toBe(1000);
    expect(erp(workspace, 'GET', '/Customers', { query: 'pageSize=0' }).status).toBe(400);
  });

  it('U3.4 a page past the end is the last page again', () => {
    const workspace = coded();
    const page = (n: number) => items(erp(workspace, 'GET', `/Customers/${n}`, { query: 'pageSize=2' }));
    expect([1, 2, 3].map((n) => page(n).map((row) => row.CustomerCode))).toEqual([['A1', 'A2'], ['A3', 'A4'], ['A5']]);
    expect(page(4)).toEqual(page(3));
    expect(page(999)).toEqual(page(3));
    expect(pagination(workspace, '/Customers/9', 'pageSize=2').PageNumber).toBe(3);
    expect(pagination(workspace, '/Salespersons/9').PageNumber).toBe(1);
  });

  it('U3.5 pageSize=1 counts', () => {
    expect(pagination(coded(), '/Customers', 'pageSize=1&customerCode=A3').NumberOfItems).toBe(1);
  });

  it('U13.12 switch pageZero: first page, or 400', () => {
    const workspace = testWorkspace();
    expect(pagination(workspace, '/Customers/0').PageNumber).toBe(1);
    workspace.switches.unleashed.pageZero = '400';
    expect(erp(workspace, 'GET', '/Customers/0').status).toBe(400);
  });

  it.each([true, false])('U2 switch pageNumberQueryWorks = %s', (pageNumberQueryWorks) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.pageNumberQueryWorks = pageNumberQueryWorks;
    const { PageNumber } = pagination(workspace, '/Customers', 'pageSize=2&pageNumber=2');
    expect(PageNumber).toBe(pageNumberQueryWorks ? 2 : 1);
  });
});

describe('filters (U4)', () => {
  it.each([
    ['customerCode=a', ['A1', 'A2', 'A3', 'A4', 'A5']],
    ['customerCode=A3', ['A3']],
    ['customerName=name%20a', ['A5']],
    ['customer=e%20a', ['A5']],
    ['customer=E%20A', []],
    ['currency=AUD', []],
    ['stopCredit=true', []],
    ['orderBy=LastModifiedOn&sort=desc', ['A5', 'A4', 'A3', 'A2', 'A1']],
    ['orderBy=Nonsense', 400],
    ['modifiedSince=nonsense', 400],
    ['customerName=%zz', 400],
  ])('%s', (query, expected) => {
    expect(codes(coded(), query)).toEqual(expected);
  });

  it('contactEmail is a start of any contact e-mail', () => {
    const workspace = coded();
    const contact = [...workspace.unleashed.contacts.values()].at(-1);
    const start = String(contact?.EmailAddress).slice(0, 8);
    const found = items(erp(workspace, 'GET', '/Customers', { query: `contactEmail=${start}` }));
    expect(found.map((row) => row.Guid)).toContain(contact?.CustomerGuid);
  });

  it('U4.6 an obsolete customer shows only with includeObsolete=true', () => {
    const workspace = coded();
    const guid = customerGuid(workspace, 0);
    erp(workspace, 'POST', `/Customers/${guid}`, { body: sendable(workspace, guid, { Obsolete: true }) });
    expect(codes(workspace, '')).toEqual(['A2', 'A3', 'A4', 'A5']);
    expect(codes(workspace, 'includeObsolete=true')).toEqual(['A1', 'A2', 'A3', 'A4', 'A5']);
  });

  it('U7.9 includeAllContacts gives the first 100 contacts', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    for (let index = 0; index < 101; index++) {
      erp(workspace, 'POST', `/Customers/${guid}/Contacts`, { body: { FirstName: 'N', LastName: `${index}` } });
    }
    const query = 'includeAllContacts=true';
    const found = items(erp(workspace, 'GET', '/Customers', { query })).find((row) => row.Guid === guid);
    expect(found?.Contacts).toHaveLength(100);
    const listed = items(erp(workspace, 'GET', '/Customers', { query: 'includeAllContacts=false' }))[0];
    expect(listed && 'Contacts' in listed).toBe(false);
    expect(items(erp(workspace, 'GET', `/Customers/${guid}/Contacts`)).length).toBeGreaterThan(100);
  });

  it.each([true, false])('U3.6 switch contactListPaged = %s', (contactListPaged) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.contactListPaged = contactListPaged;
    const body = erp(workspace, 'GET', `/Customers/${customerGuid(workspace)}/Contacts`).body as Row;
    expect('Pagination' in body).toBe(contactListPaged);
  });
});

describe('modifiedSince', () => {
  const hour3 = '2026-01-15T15:00:00';

  it.each([
    [true, ['A3', 'A4', 'A5']],
    [false, ['A4', 'A5']],
  ])('U4.5 switch modifiedSinceInclusive = %s', (inclusive, expected) => {
    const workspace = coded();
    workspace.switches.unleashed.modifiedSinceInclusive = inclusive;
    expect(codes(workspace, `modifiedSince=${hour3}`)).toEqual(expected);
  });

  it.each([
    ['millisecond', true],
    ['second', false],
    ['day', false],
  ] as const)('U4.5 switch modifiedSincePrecision = %s', (precision, seen) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.modifiedSincePrecision = precision;
    const guid = customerGuid(workspace);
    const body = sendable(workspace, guid, { Notes: 'x' });
    erp(workspace, 'POST', `/Customers/${guid}`, { body, nowMs: startMs + 500 });
    const found = items(erp(workspace, 'GET', '/Customers', { query: 'modifiedSince=2026-01-15T12:00:00' }));
    expect(found.some((row) => row.Guid === guid)).toBe(seen);
  });

  it.each([true, false])('U13.1 switch modifiedSinceOffsetAccepted = %s', (modifiedSinceOffsetAccepted) => {
    const workspace = coded();
    workspace.switches.unleashed.modifiedSinceOffsetAccepted = modifiedSinceOffsetAccepted;
    const expected = modifiedSinceOffsetAccepted ? ['A4', 'A5'] : 400;
    expect(codes(workspace, `modifiedSince=${hour3}Z`)).toEqual(expected);
  });

  it('U4.1 takes a bare date, in UTC', () => {
    const workspace = coded();
    expect(codes(workspace, 'modifiedSince=2026-01-15')).toHaveLength(5);
    expect(codes(workspace, 'modifiedSince=2026-01-16')).toEqual([]);
  });

  it.each([0, 1000])('U4.4 switch lateVisibleMs = %i: every seventh write looks that much older', (lateVisibleMs) => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.lateVisibleMs = lateVisibleMs;
    const guid = customerGuid(workspace);
    const ages: number[] = [];
    for (let write = 1; write <= 14; write++) {
      const nowMs = startMs + write * 10_000;
      erp(workspace, 'POST', `/Customers/${guid}`, { body: sendable(workspace, guid, { Notes: `n${write}` }), nowMs });
      ages.push(nowMs - Number(workspace.unleashed.customers.get(guid)?.LastModifiedOn));
    }
    expect(ages.filter((age) => age === lateVisibleMs)).toHaveLength(lateVisibleMs === 0 ? 14 : 2);
  });

  it('also filters sales persons', () => {
    const workspace = testWorkspace();
    expect(items(erp(workspace, 'GET', '/Salespersons', { query: 'modifiedSince=2026-01-01' }))).toEqual([]);
    const guid = '11111111-1111-4111-8111-111111111111';
    erp(workspace, 'POST', `/Salespersons/${guid}`, { body: { FullName: 'New', Email: 'n@n.nz' } });
    expect(items(erp(workspace, 'GET', '/Salespersons', { query: 'modifiedSince=2026-01-01' }))).toHaveLength(1);
  });
});
