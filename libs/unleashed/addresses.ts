/**
 * Which address of a customer is synced, and how it is replaced. Unleashed replaces the list of addresses as a whole, so all
 * others have to be sent back exactly as they were, except for their Guid, which it refuses (section 5 of the facts).
 */
import {
  parseUnleashedAddress,
  type UnleashedAddress,
  type UnleashedAddressParts,
  unleashedAddressValue,
} from '#contracts';
import { type JsonRecord, nullable, recordsOf, textOf } from '#runtime';

/** How the address was chosen. */
export type AddressChoice = 'default' | 'only' | 'type' | 'ambiguous' | 'none';

/** The address of a customer that is synced. */
export interface ChosenAddress {
  choice: AddressChoice;
  /** Place in the list; -1 when there is none. For `ambiguous` the first of those in question. */
  index: number;
}

/** Part of an address in the pipeline, and its key in the API. */
const PART_KEYS = [
  ['street', 'StreetAddress'],
  ['street2', 'StreetAddress2'],
  ['suburb', 'Suburb'],
  ['city', 'City'],
  ['region', 'Region'],
  ['postalCode', 'PostalCode'],
  ['country', 'Country'],
] as const satisfies readonly (readonly [keyof UnleashedAddressParts, string])[];

/**
 * The one marked IsDefault; else the only one; else the Physical; else the Postal one. Two that are marked, or two of the type
 * that would decide, are ambiguous. Shipping addresses alone, several of them and none marked, give none.
 */
export function chooseAddress(customer: JsonRecord): ChosenAddress {
  const addresses = recordsOf(customer, 'Addresses') ?? [];
  const placesWhere = (test: (address: JsonRecord) => boolean): number[] =>
    addresses.flatMap((address, index) => (test(address) ? [index] : []));
  const marked = placesWhere((address) => address.IsDefault === true);
  if (marked.length > 0) return choose('default', marked);
  if (addresses.length === 1) return { choice: 'only', index: 0 };
  for (const type of ['physical', 'postal']) {
    const ofType = placesWhere((address) => textOf(address, 'AddressType').toLowerCase() === type);
    if (ofType.length > 0) return choose('type', ofType);
  }
  return { choice: 'none', index: -1 };
}

function choose(choice: AddressChoice, places: number[]): ChosenAddress {
  return { choice: places.length === 1 ? choice : 'ambiguous', index: places[0] ?? -1 };
}

/** The chosen address as it stands in a snapshot; null when there is none. */
export function chosenAddress(customer: JsonRecord): UnleashedAddress | null {
  const address = recordsOf(customer, 'Addresses')?.[chooseAddress(customer).index];
  if (address === undefined) return null;
  return {
    addressType: textOf(address, 'AddressType'),
    addressName: textOf(address, 'AddressName'),
    ...partsOf(address),
  };
}

/** Value of the chosen address in the pipeline; blank when there is none. */
export function chosenAddressValue(customer: JsonRecord): string {
  return unleashedAddressValue(chosenAddress(customer));
}

/**
 * The list of addresses to send, with the chosen one showing `value`. Where there is none, one is added: Physical and marked
 * default. Must not be asked to change an ambiguous choice.
 */
export function replaceChosenAddress(customer: JsonRecord, value: string): JsonRecord[] {
  const { choice, index } = chooseAddress(customer);
  const addresses = sendableAddresses(customer) ?? [];
  const current = addresses[index];
  if (current !== undefined && unleashedAddressValue(partsOf(current)) === value) return addresses;
  if (choice === 'ambiguous') throw new RangeError('an ambiguous address cannot be written');
  const parts = parseUnleashedAddress(value);
  if (current === undefined) {
    return [...addresses, withParts({ AddressType: 'Physical', AddressName: 'Main', IsDefault: true }, parts)];
  }
  return addresses.with(index, withParts(current, parts));
}

/** All addresses without their Guid, else untouched; null when the customer shows no list. */
export function sendableAddresses(customer: JsonRecord): JsonRecord[] | null {
  const addresses = recordsOf(customer, 'Addresses');
  if (addresses === null) return null;
  return addresses.map((address) => Object.fromEntries(Object.entries(address).filter(([key]) => key !== 'Guid')));
}

/** Sets the parts that differ; a part that shows the wanted text already keeps its very form (null or empty). */
function withParts(address: JsonRecord, parts: UnleashedAddressParts): JsonRecord {
  const changed = PART_KEYS.filter(([part, key]) => textOf(address, key) !== parts[part]);
  return { ...address, ...Object.fromEntries(changed.map(([part, key]) => [key, nullable(parts[part])])) };
}

function partsOf(address: JsonRecord): UnleashedAddressParts {
  return {
    street: textOf(address, 'StreetAddress'),
    street2: textOf(address, 'StreetAddress2'),
    suburb: textOf(address, 'Suburb'),
    city: textOf(address, 'City'),
    region: textOf(address, 'Region'),
    postalCode: textOf(address, 'PostalCode'),
    country: textOf(address, 'Country'),
  };
}
