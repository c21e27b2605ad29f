/**
 * A CRM address has five free lines; an Unleashed one has five named slots. Both are kept in order: the lines that are not
 * blank, read from the top, are the address. So a town may stand in Suburb or in City (fact U5, quirk) and a blank line
 * may come or go without the address being another one, and a round trip changes nothing.
 */
import type { CrmAddress, UnleashedAddressParts } from '#contracts';

/** Lines in order, without the blank ones, trimmed. */
function spoken(lines: readonly string[]): string[] {
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

function crmLines(address: CrmAddress): string[] {
  return [address.line1, address.line2, address.line3, address.line4, address.line5];
}

function unleashedLines(address: UnleashedAddressParts): string[] {
  return [address.street, address.street2, address.suburb, address.city, address.region];
}

/** What two addresses must share to be the same: lines in order, postcode, country. */
function essence(lines: string[], postcode: string, country: string): string {
  return JSON.stringify([...spoken(lines), '', postcode.trim(), country.trim().toLowerCase()]);
}

/** Text that is equal for two CRM addresses, or a CRM and an Unleashed one, exactly when they say the same. */
export function crmEssence(address: CrmAddress): string {
  return essence(crmLines(address), address.postcode, address.country);
}

/** The same for an Unleashed address. */
export function unleashedEssence(address: UnleashedAddressParts): string {
  return essence(unleashedLines(address), address.postalCode, address.country);
}

/** The Unleashed form of a CRM address; the town goes where `current` keeps its town. */
export function toUnleashedAddress(address: CrmAddress, current: UnleashedAddressParts): UnleashedAddressParts {
  const rest = { postalCode: address.postcode, country: address.country };
  const { line1, line2, line3, line4, line5 } = address;
  if (line5.trim() !== '') return { street: line1, street2: line2, suburb: line3, city: line4, region: line5, ...rest };
  const townInSuburb = current.suburb.trim() !== '' && current.city.trim() === '';
  const town = townInSuburb ? { suburb: line3, city: '' } : { suburb: '', city: line3 };
  return { street: line1, street2: line2, ...town, region: line4, ...rest };
}

/** The CRM form of an Unleashed address: town on line 3 and region on line 4 where there is room (fact P3, Address). */
export function toCrmAddress(address: UnleashedAddressParts): CrmAddress {
  const rest = { postcode: address.postalCode, country: address.country };
  const { street, street2, suburb, city, region } = address;
  const bothTowns = suburb.trim() !== '' && city.trim() !== '';
  if (!bothTowns) {
    const town = suburb.trim() === '' ? city : suburb;
    return { line1: street, line2: street2, line3: town, line4: region, line5: '', ...rest };
  }
  if (street2.trim() === '') return { line1: street, line2: suburb, line3: city, line4: region, line5: '', ...rest };
  return { line1: street, line2: street2, line3: suburb, line4: city, line5: region, ...rest };
}
