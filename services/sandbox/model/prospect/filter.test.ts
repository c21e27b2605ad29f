import { describe, expect, it } from 'vitest';
import { crm, testWorkspace, values } from '../test-kit.ts';
import type { Workspace } from '../workspace-state.ts';

function ids(workspace: Workspace, filter: string, set = 'Divisions', key = 'DivisionId'): unknown {
  const answer = crm(workspace, 'GET', `/${set}`, { query: `$filter=${encodeURIComponent(filter)}&$select=${key}` });
  return answer.status === 200 ? values(answer).map((row) => row[key]) : answer.status;
}

/** Five divisions named A to E, with phones 1 to 5 and one without a website. */
function named(): Workspace {
  const workspace = testWorkspace();
  for (const [index, name] of ['Alpha', 'Beta', "Gamma's", 'Delta', 'Epsilon (x)'].entries()) {
    const body = { Name: name, Employees: index, Website: index === 4 ? null : `www.${index}.nz` };
    crm(workspace, 'PATCH', `/Divisions(${1001 + index})`, { body });
  }
  return workspace;
}

describe('$filter (P2.3, P2.4)', () => {
  const workspace = named();
  it.each([
    ["Name eq 'Alpha'", [1001]],
    ["Name ne 'Alpha'", [1002, 1003, 1004, 1005]],
    ['Employees gt 2', [1004, 1005]],
    ['Employees ge 2 and Employees le 3', [1003, 1004]],
    ['Employees lt 1 or Employees eq 4', [1001, 1005]],
    ['not (Employees gt 0)', [1001]],
    ["contains(Name,'a''s')", [1003]],
    ["contains(Name,'(x)')", [1005]],
    ["startswith(Name,'Al') or endswith(Name,'ta')", [1001, 1002, 1004]],
    ["tolower(Name) eq 'beta'", [1002]],
    ["toupper(trim(Name)) eq 'BETA'", [1002]],
    ['length(Name) eq 4', [1002]],
    ['Website eq null', [1005]],
    ["Website ne null and Name eq 'Alpha'", [1001]],
    ["Website ne 'www.0.nz'", [1002, 1003, 1004, 1005]],
    ['IsB2C eq true', []],
    ['IsB2C', []],
    ["Employees eq 0 or Employees eq 1 and Name eq 'x'", [1001]],
    ["(Employees eq 0 or Employees eq 1) and Name eq 'Beta'", [1002]],
    ["(((Name eq 'Beta')))", [1002]],
  ])('%s', (filter, expected) => {
    expect(ids(workspace, filter)).toEqual(expected);
  });

  it('compares time stamps to the microsecond, whatever digits the literal has', () => {
    const [row] = values(crm(workspace, 'GET', '/Divisions', { query: '$orderby=LastUpdatedTimestamp%20desc&$top=1' }));
    const stamp = String(row?.LastUpdatedTimestamp);
    expect(ids(workspace, `LastUpdatedTimestamp gt ${stamp}`)).toEqual([]);
    expect(ids(workspace, `LastUpdatedTimestamp ge ${stamp}`)).toEqual([row?.DivisionId]);
    expect(ids(workspace, 'LastUpdatedTimestamp lt 2026-01-15T12:00:00.001Z')).toHaveLength(5);
    expect(ids(workspace, 'LastUpdatedTimestamp lt 2000-01-01T00:00:00Z')).toEqual([]);
    expect(ids(workspace, 'LastUpdatedTimestamp gt 2026-01-15T12:00:00+13:00')).toHaveLength(5);
  });

  it('follows paths over single navigation', () => {
    const ledger = [...workspace.crm.tables.SalesLedgers.values()][2];
    expect(ids(workspace, `SalesLedger/AccountsId eq '${ledger?.AccountsId}'`)).toEqual([1003]);
    const contacts = ids(workspace, "Division/Name eq 'Alpha'", 'Contacts', 'ContactId');
    expect(contacts).toEqual(expect.arrayContaining([1001]));
    expect(ids(workspace, "Division/SalesLedger/CustomerCode eq 'nope'", 'Contacts', 'ContactId')).toEqual([]);
  });

  it.each([
    'Name eq',
    "Name eq 'open",
    'Name eq Alpha',
    '(Name eq null',
    "Name eq 'x')",
    "Name = 'x'",
    "Employees eq 'one'",
    "Name in ('a','b')",
    "Contacts/any(c:c/Surname eq 'x')",
    "Contacts/Surname eq 'x'",
    "magic(Name,'x')",
    'contains(Name)',
    "LastUpdatedTimestamp gt '2026-01-01T00:00:00Z'",
    'LastUpdatedTimestamp gt 2026-01-01T00:00:00',
    'Name',
    `${'('.repeat(80)}Name eq 'x'${')'.repeat(80)}`,
  ])('refuses %s', (filter) => {
    expect(ids(workspace, filter)).toBe(400);
  });

  it('P2.6 switch stringCompare: without case, or exact', () => {
    const own = named();
    expect(ids(own, "Name eq 'ALPHA'")).toEqual([1001]);
    expect(ids(own, "contains(Name,'LPH')")).toEqual([1001]);
    own.switches.crm.stringCompare = 'exact';
    expect(ids(own, "Name eq 'ALPHA'")).toEqual([]);
    expect(ids(own, "contains(Name,'LPH')")).toEqual([]);
  });

  it.each([true, false])('P2.6 switch filterNamesIgnoreCase = %s', (filterNamesIgnoreCase) => {
    const own = named();
    own.switches.crm.filterNamesIgnoreCase = filterNamesIgnoreCase;
    expect(ids(own, "name eq 'Alpha'")).toEqual(filterNamesIgnoreCase ? [1001] : 400);
  });
});
