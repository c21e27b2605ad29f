/**
 * Fills an empty workspace with a lifelike data set. Most companies are in both systems and equal; some differ in how
 * a phone number or an address is written; some are known to one system only, closed, linked by code alone, or share
 * one account. The same seed gives the same records.
 */
import { insertRow, updateRow } from '../model/prospect/rows.ts';
import { type SetName, schemas } from '../model/prospect/schema.ts';
import { putRow, rowOf } from '../model/prospect/state.ts';
import { createDice, type Dice, pick, roll, rollInt } from '../model/random.ts';
import type { Row, WriteContext } from '../model/types.ts';
import { createContact } from '../model/unleashed/contacts.ts';
import { editCustomer } from '../model/unleashed/customers.ts';
import { createWorkspace } from '../model/workspace.ts';
import type { Workspace } from '../model/workspace-state.ts';
import { type CompanyPlan, planCompanies } from './companies.ts';
import { type Manager, seedStaff, slug } from './staff.ts';
import type { TenantSeed } from './tenants.ts';
import { familyNames, givenNames, jobTitles, type Region, regions, roles } from './words.ts';

const dayMs = 86_400_000;

type Filling = { workspace: Workspace; dice: Dice; region: Region; managers: Manager[]; nowMs: number };

/** The workspace of a tenant without records, for those that were saved. */
export function emptyWorkspace(tenant: TenantSeed, seed: string): Workspace {
  const { id, name, timeZone, monthlyCalls, pollSeconds } = tenant;
  const { currency } = regions[tenant.region];
  return createWorkspace({ id, name, timeZone, seed, currency, monthlyCalls, pollSeconds });
}

/**
 * A workspace with its data.
 * @param seed seed of the whole sandbox; each tenant derives its own
 * @param nowMs time at which it starts; records are dated in the two years before
 */
export function seedWorkspace(tenant: TenantSeed, seed: string, nowMs: number): Workspace {
  const region = regions[tenant.region];
  const { name } = tenant;
  const workspace = emptyWorkspace(tenant, seed);
  const dice = createDice(`${workspace.seed} data`);
  seedTables(workspace, name, region);
  const staff = Math.min(8, 5 + rollInt(dice, 4));
  const domain = `${slug(name)}.${region.domain}`;
  const managers = seedStaff(workspace, dice, domain, Math.max(staff, 6), nowMs - 730 * dayMs);
  const filling: Filling = { workspace, dice, region, managers, nowMs };
  for (const plan of planCompanies(dice, region, tenant)) addCompany(filling, plan);
  return workspace;
}

/** Code tables and the operating company. */
function seedTables(workspace: Workspace, name: string, region: Region): void {
  const put = (set: SetName, row: Row): void => putRow(workspace.crm, schemas[set], row);
  put('HomeCurrencies', { OperatingCompanyCode: 'A', CompanyName: name, CurrencyCode: region.currency });
  for (const [RoleCode, Description] of roles) put('Roles', { RoleCode, Description });
  for (const TypeId of ['CUS', 'PRO', 'SUP']) put('CompanyTypes', { TypeId, Description: TypeId });
  for (const Code of ['Insert', 'Update', 'Delete']) put('WebhookActions', { Code, Description: Code });
}

function contextAt(filling: Filling, userId: string): WriteContext {
  const atMs = filling.nowMs - dayMs - Math.floor(roll(filling.dice) * 729 * dayMs);
  return { by: 'person', userId, nowMs: atMs };
}

function addCompany(filling: Filling, plan: CompanyPlan): void {
  const manager = filling.managers.length > 0 ? pick(filling.dice, filling.managers) : { code: '', guid: '' };
  const guid = plan.inUnleashed ? addCustomer(filling, plan, manager) : '';
  if (plan.ledger) addLedger(filling, plan, guid, manager);
  const divisions = plan.inCrm
    ? Array.from({ length: plan.divisions }, (_, i) => addDivision(filling, plan, manager, i))
    : [];
  const [main] = divisions;
  if (plan.ledger && main !== undefined) {
    const ledger = rowOf(filling.workspace.crm, 'SalesLedgers', `A|${plan.code}`);
    if (ledger) putRow(filling.workspace.crm, schemas.SalesLedgers, { ...ledger, DefaultDivisionId: main });
  }
  addContacts(filling, plan, main, guid);
}

function addCustomer(filling: Filling, plan: CompanyPlan, manager: Manager): string {
  const { workspace } = filling;
  const fields: Row = {
    CustomerCode: plan.code,
    CustomerName: plan.name,
    PhoneNumber: plan.unleashedPhone,
    Website: plan.website,
    CustomerType: pick(filling.dice, ['Retail', 'Wholesale', 'Distributor']),
    PaymentTerm: '20th Month Following',
    SellPriceTier: pick(filling.dice, ['Tier 1', 'Tier 2']),
    Taxable: true,
    TaxCode: 'GST',
    TaxRate: 0.15,
    DiscountRate: pick(filling.dice, [0, 0.05, 0.1]),
    Notes: pick(filling.dice, [null, 'Deliver before noon.\r\nRing the bell twice.', 'Pallets only']),
    GSTVATNumber: `${100_000_000 + rollInt(filling.dice, 899_999_999)}`,
    BankName: pick(filling.dice, [null, 'Example Bank']),
    Obsolete: plan.closed,
    SalesPersonGuid: manager.guid === '' ? null : manager.guid,
    WarehouseCode: 'MAIN',
    DeliveryMethod: 'Courier',
    XeroContactId: null,
    Reminder: pick(filling.dice, [null, 'Check credit first']),
    SourceId: null,
    Addresses: plan.unleashedAddresses(workspace.unleashed),
  };
  const context = contextAt(filling, 'Import');
  const { customer } = editCustomer(workspace.unleashed, workspace.switches.unleashed, undefined, fields, context);
  return String(customer.Guid);
}

function addLedger(filling: Filling, plan: CompanyPlan, guid: string, manager: Manager): void {
  const { workspace, region } = filling;
  const { Description: _none, ...address } = plan.crmAddress;
  const fields: Row = {
    OperatingCompanyCode: 'A',
    SalesLedgerId: plan.code,
    Name: plan.name.slice(0, 250),
    ...address,
    CountryCode: region.countryCode,
    Telephone: plan.unleashedPhone,
    Website: plan.website,
    CurrencyCode: region.currency,
    Closed: plan.closed,
    IsB2C: plan.b2c,
    AccountsId: plan.byCodeOnly || guid === '' ? null : guid,
    UserAccountsId: manager.guid === '' ? null : manager.guid,
    CustomerCode: plan.code,
  };
  insertRow(workspace.crm, workspace.switches.crm, schemas.SalesLedgers, fields, contextAt(filling, 'SYS'));
}

function addDivision(filling: Filling, plan: CompanyPlan, manager: Manager, index: number): number {
  const { workspace } = filling;
  const { crm } = workspace;
  const rules = workspace.switches.crm;
  const context = contextAt(filling, manager.code === '' ? 'SYS' : manager.code);
  const Name = index === 0 ? plan.name : `${plan.name} (${index + 1})`;
  const group = insertRow(crm, rules, schemas.Companies, { Name, TypeId: plan.ledger ? 'CUS' : 'PRO' }, context).row;
  const fields: Row = {
    Name,
    CompanyId: group.CompanyId ?? null,
    OperatingCompanyCode: 'A',
    SalesLedgerId: plan.ledger ? plan.code : null,
    PhoneNumber: plan.crmPhone,
    Website: plan.website,
    AccountManager: manager.code === '' ? null : manager.code,
    IsB2C: plan.b2c,
  };
  const division = insertRow(crm, rules, schemas.Divisions, fields, context).row;
  const address = rowOf(crm, 'Addresses', String(division.AddressId));
  if (address) updateRow(crm, rules, schemas.Addresses, address, plan.crmAddress, context);
  return Number(division.DivisionId);
}

function addContacts(filling: Filling, plan: CompanyPlan, division: number | undefined, customer: string): void {
  const { dice, region, workspace } = filling;
  const names = new Set<string>();
  for (let index = 0; index < plan.contacts; index++) {
    const first = pick(dice, givenNames);
    const last = pick(dice, familyNames);
    if (names.has(`${first} ${last}`)) continue;
    names.add(`${first} ${last}`);
    const phone = digits(dice);
    const where = roll(dice);
    const person = {
      email: `${slug(first)}.${slug(last)}@${plan.domain}`,
      phone: index === 0 ? plan.crmPhone : region.phone(phone),
      mobile: region.mobile(phone),
      fax: where < 0.1 ? region.phone(digits(dice)) : null,
    };
    let guid: string | null = null;
    if (customer !== '' && (where < 0.85 || division === undefined)) {
      const fields: Row = {
        FirstName: first,
        LastName: last,
        EmailAddress: person.email,
        PhoneNumber: person.phone,
        MobilePhone: person.mobile,
        FaxNumber: person.fax,
      };
      const context = contextAt(filling, 'Import');
      const { unleashed, switches } = workspace;
      guid = String(createContact(unleashed, switches.unleashed, customer, fields, context).contact.Guid);
    }
    if (division === undefined || (guid !== null && where > 0.8)) continue;
    const fields: Row = {
      DivisionId: division,
      RoleCode: index === 0 ? 'MAIN' : pick(dice, roles)[0],
      Forename: first,
      Surname: last,
      Email: person.email,
      PhoneNumber: person.phone,
      MobilePhoneNumber: person.mobile,
      Fax: person.fax,
      JobTitle: pick(dice, jobTitles),
      AccountsId: guid !== null && where < 0.7 ? guid : null,
    };
    insertRow(workspace.crm, workspace.switches.crm, schemas.Contacts, fields, contextAt(filling, 'SYS'));
  }
}

/** Eight random digits that do not begin with 0. */
export function digits(dice: Dice): string {
  return String(10_000_000 + rollInt(dice, 89_999_999));
}
