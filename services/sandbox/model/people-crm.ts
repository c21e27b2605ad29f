/** The CRM's pages: what people may do with its records. */
import type { PersonDesk } from './person-desk.ts';
import { refuse } from './prospect/answers.ts';
import { deleteRow, insertRow, updateRow, type Written } from './prospect/rows.ts';
import { type SetName, schemas } from './prospect/schema.ts';
import { follow, keyOf, rowOf } from './prospect/state.ts';
import { type Change, isObject, type Row, type WriteContext } from './types.ts';
import type { Workspace } from './workspace-state.ts';

const sets: Readonly<Record<string, SetName>> = {
  companies: 'Divisions',
  contacts: 'Contacts',
  addresses: 'Addresses',
  users: 'Users',
  ledgers: 'SalesLedgers',
  groups: 'Companies',
  operatingCompanies: 'HomeCurrencies',
};

/** Role that a contact is given when the person names none. */
const defaultRole = 'MAIN';

/** The desk of a CRM collection, or undefined. */
export function personCrm(workspace: Workspace, collection: string): PersonDesk | undefined {
  const set = sets[collection];
  if (!set) return undefined;
  const { crm } = workspace;
  const schema = schemas[set];
  return {
    list: () => [...crm.tables[set].values()],
    show: (row) => shown(workspace, set, row),
    get: (id) => {
      const row = rowOf(crm, set, id);
      return row && shown(workspace, set, row);
    },
    parentOf: (row) => (schema.parent ? String(row[schema.parent]) : ''),
    create: (fields, context) => create(workspace, set, fields, context),
    update: (id, fields, context) => update(workspace, set, id, fields, context),
    remove: (id, context) => {
      const row = rowOf(crm, set, id);
      return row ? deleteRow(crm, workspace.switches.crm, schema, row, context).changes : [];
    },
  };
}

/** A record with what its page shows beside it: Id, and for companies and contacts Address, ledger and company name. */
function shown(workspace: Workspace, set: SetName, row: Row): Row {
  const { crm } = workspace;
  const schema = schemas[set];
  const first = (name: string): Row | null => follow(crm, schema, row, name)[0] ?? null;
  const record: Row = { Id: keyOf(schema, row), ...row };
  if (set === 'Divisions') {
    record.Address = first('Address');
    record.SalesLedger = first('SalesLedger');
    record.AccountManagerName = first('AccountManagerUser')?.UserName ?? null;
  }
  if (set === 'Contacts') {
    record.Address = first('Address');
    record.DivisionName = first('Division')?.Name ?? null;
  }
  return record;
}

function write(
  workspace: Workspace,
  set: SetName,
  before: Row | undefined,
  fields: Row,
  context: WriteContext,
): Written {
  const { crm } = workspace;
  const rules = workspace.switches.crm;
  if (before) return updateRow(crm, rules, schemas[set], before, fields, context);
  return insertRow(crm, rules, schemas[set], fields, context);
}

function create(
  workspace: Workspace,
  set: SetName,
  given: Row,
  context: WriteContext,
): { id: string; changes: Change[] } {
  const { Address: address, ...fields } = given;
  const changes: Change[] = [];
  if (set === 'Divisions' && (fields.CompanyId ?? null) === null) {
    const group = write(workspace, 'Companies', undefined, { Name: fields.Name ?? null, TypeId: 'CUS' }, context);
    changes.push(...group.changes);
    fields.CompanyId = group.row.CompanyId ?? null;
  }
  const [operatingCompany = 'A'] = workspace.crm.tables.HomeCurrencies.keys();
  if (set === 'Divisions' || set === 'SalesLedgers') fields.OperatingCompanyCode ??= operatingCompany;
  if (set === 'Contacts') fields.RoleCode ??= defaultRole;
  const { row, changes: own } = write(workspace, set, undefined, fields, context);
  changes.unshift(...own);
  if (isObject(address)) changes.push(...writeAddress(workspace, row, address, context));
  return { id: keyOf(schemas[set], row), changes };
}

function update(workspace: Workspace, set: SetName, id: string, given: Row, context: WriteContext): Change[] {
  const { Address: address, ...fields } = given;
  const before = rowOf(workspace.crm, set, id);
  if (!before) return [];
  const changes: Change[] = [];
  if (Object.keys(fields).length > 0) changes.push(...write(workspace, set, before, fields, context).changes);
  if (isObject(address)) changes.push(...writeAddress(workspace, before, address, context));
  return changes;
}

function writeAddress(workspace: Workspace, owner: Row, fields: Row, context: WriteContext): Change[] {
  const before = rowOf(workspace.crm, 'Addresses', String(owner.AddressId));
  if (!before) return refuse(400, '-194', 'The record has no address.', 'Address');
  return write(workspace, 'Addresses', before, fields, context).changes;
}

/**
 * The CRM's own nightly job that overwrites every company's account manager with the one of its sales ledger
 * (fact P6.13), found through SalesLedger.UserAccountsId and User.AccountsId.
 */
export function runAccountManagerJob(workspace: Workspace, nowMs: number): Change[] {
  const { crm } = workspace;
  const context: WriteContext = { by: 'server', userId: 'SYS', nowMs };
  const codes = new Map([...crm.tables.Users.values()].map((user) => [user.AccountsId, user.UserCode]));
  const changes: Change[] = [];
  for (const division of [...crm.tables.Divisions.values()]) {
    const ledger = follow(crm, schemas.Divisions, division, 'SalesLedger')[0];
    const code = ledger && ledger.UserAccountsId !== null ? codes.get(ledger.UserAccountsId) : undefined;
    if (code === undefined || code === division.AccountManager) continue;
    changes.push(...write(workspace, 'Divisions', division, { AccountManager: code }, context).changes);
  }
  return changes;
}
