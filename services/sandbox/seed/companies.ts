/** Plans made-up companies: what each is called, where it is, and what is odd about it. */
import { type Dice, pick, roll, rollInt } from '../model/random.ts';
import type { Json, Row } from '../model/types.ts';
import { makeGuid, type UnleashedState } from '../model/unleashed/state.ts';
import { slug } from './staff.ts';
import type { TenantSeed } from './tenants.ts';
import { awkwardNames, firstWords, legalForms, type Region, trades } from './words.ts';

/** One company to be made on one or both sides. */
export type CompanyPlan = {
  readonly code: string;
  readonly name: string;
  readonly domain: string;
  readonly website: string | null;
  readonly crmPhone: string;
  readonly unleashedPhone: string;
  readonly crmAddress: Row;
  readonly unleashedAddresses: (state: UnleashedState) => Json;
  readonly inCrm: boolean;
  readonly inUnleashed: boolean;
  /** The CRM has a sales ledger for it. */
  readonly ledger: boolean;
  /** The ledger knows the customer's code but not its GUID. */
  readonly byCodeOnly: boolean;
  readonly closed: boolean;
  readonly b2c: boolean;
  /** CRM companies on its account. */
  readonly divisions: number;
  readonly contacts: number;
};

/** Plans for all companies of a tenant. */
export function planCompanies(dice: Dice, region: Region, tenant: TenantSeed): CompanyPlan[] {
  const names = new Set<string>();
  return Array.from({ length: tenant.companies }, (_, index) => planCompany(dice, region, tenant, index, names));
}

function planCompany(dice: Dice, region: Region, tenant: TenantSeed, index: number, names: Set<string>): CompanyPlan {
  const name = freeName(dice, tenant, index, names);
  const slugged = slug(name) || `company${index}`;
  const domain = `${slugged.slice(0, 30)}${index}.${region.domain}`;
  const kind = kindOf(dice, index);
  const number = String(index + 1).padStart(4, '0');
  const digits = String(10_000_000 + rollInt(dice, 89_999_999));
  const [town, area, postcode] = pick(dice, region.towns);
  const street = `${1 + rollInt(dice, 240)} ${pick(dice, region.streets)}`;
  const unit = roll(dice) < 0.25 ? `Unit ${1 + rollInt(dice, 20)}` : null;
  const townInCity = roll(dice) < 0.5;
  return {
    code: `${(slugged.toUpperCase() || 'X').slice(0, 4).padEnd(4, 'X')}${number}`,
    name,
    domain,
    website: roll(dice) < 0.15 ? null : roll(dice) < 0.5 ? `https://www.${domain}` : `www.${domain}`,
    crmPhone: region.phone(digits),
    unleashedPhone: roll(dice) < 0.1 ? region.otherPhone(digits) : region.phone(digits),
    crmAddress: {
      AddressLine1: unit ?? street,
      AddressLine2: unit === null ? null : street,
      AddressLine3: town,
      AddressLine4: area,
      Country: region.country,
      Postcode: postcode,
      Description: 'Main',
    },
    unleashedAddresses: (state) => [
      address(
        state,
        'Physical',
        'Main',
        true,
        [unit ?? street, unit === null ? null : street],
        [town, area, postcode, townInCity],
        region,
      ),
      ...(index % 4 === 0
        ? [
            address(
              state,
              'Shipping',
              'Warehouse',
              false,
              [`${index} Dock Road`, null],
              [town, area, postcode, true],
              region,
            ),
          ]
        : []),
    ],
    ...kind,
    divisions: index % 40 === 7 ? 2 : 1,
    contacts: kind.b2c ? 1 : 1 + rollInt(dice, 4),
  };
}

type Kind = Pick<CompanyPlan, 'inCrm' | 'inUnleashed' | 'ledger' | 'byCodeOnly' | 'closed' | 'b2c'>;

function kindOf(dice: Dice, index: number): Kind {
  const usual: Kind = { inCrm: true, inUnleashed: true, ledger: true, byCodeOnly: false, closed: false, b2c: false };
  if (index < 5) return usual; // the first few are plain, for tours and first tries
  const chance = roll(dice);
  if (chance < 0.12) return { ...usual, inUnleashed: false, ledger: false };
  if (chance < 0.17) return { ...usual, closed: true };
  if (chance < 0.27) return { ...usual, byCodeOnly: true };
  if (chance < 0.29) return { ...usual, inCrm: false };
  if (chance < 0.31) return { ...usual, inCrm: false, ledger: false };
  if (chance < 0.34) return { ...usual, b2c: true };
  return usual;
}

function freeName(dice: Dice, tenant: TenantSeed, index: number, names: Set<string>): string {
  const awkward = index % 12 === 9 ? awkwardNames[Math.floor(index / 12) % awkwardNames.length] : undefined;
  let name = awkward ?? '';
  while (name === '' || names.has(name)) {
    const form = pick(dice, legalForms);
    name = `${pick(dice, firstWords)} ${pick(dice, trades[tenant.trade])}${form === '' ? '' : ` ${form}`}`;
    if (names.size > 1000) name = `${name} ${index}`;
  }
  names.add(name);
  return name;
}

function address(
  state: UnleashedState,
  AddressType: string,
  AddressName: string,
  IsDefault: boolean,
  [line1, line2]: readonly [string, string | null],
  [town, area, postcode, inCity]: readonly [string, string, string, boolean],
  region: Region,
): Row {
  return {
    Guid: makeGuid(state),
    AddressType,
    AddressName,
    StreetAddress: line1,
    StreetAddress2: line2,
    Suburb: inCity ? null : town,
    City: inCity ? town : null,
    Region: area,
    Country: region.country,
    PostalCode: postcode,
    DeliveryInstruction: null,
    IsDefault,
  };
}
