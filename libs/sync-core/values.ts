/**
 * What counts as the same value, and how a value of one side is written on the other.
 *
 * Values that mean the same (outer blanks, line ends, casing of an e-mail's domain, composed or decomposed accents) are
 * equal and cause no write. A value that the other side cannot hold is refused with a reason, never cut.
 */
import {
  crmAddressValue,
  type Field,
  parseCrmAddress,
  parseUnleashedAddress,
  type Side,
  unleashedAddressValue,
} from '#contracts';
import { crmEssence, toCrmAddress, toUnleashedAddress, unleashedEssence } from './address.ts';
import type { People } from './people.ts';
import type { ReasonCode } from './reasons.ts';

/** A value in the form of the target side, or why it has none. */
export type Translation = { ok: true; value: string } | { ok: false; code: ReasonCode };

/** Longest text per field and side, characters: prospect-api.md section 3 (SqlWidth), unleashed-api.md section 5. */
const LONGEST: Record<Side, Partial<Record<Field, number>>> = {
  crm: {
    name: 250,
    phone: 50,
    website: 250,
    firstName: 100,
    lastName: 100,
    email: 254,
    mobile: 50,
    fax: 50,
  },
  unleashed: { name: 500 },
};

/** Longest parts of a CRM address, characters (prospect-api.md section 3, Address). */
const LONGEST_CRM_LINE = 100;
const LONGEST_CRM_POSTCODE = 20;

const CARRIAGE_RETURN = 0x0d;

/** What of a value counts when two of one side are compared. */
function essenceOf(field: Field, side: Side, value: string): string {
  if (field === 'address') {
    return side === 'crm' ? crmEssence(parseCrmAddress(value)) : unleashedEssence(parseUnleashedAddress(value));
  }
  const text = isPlain(value) ? value.trim() : value.replaceAll('\r\n', '\n').trim().normalize('NFC');
  if (field !== 'email') return text;
  const at = text.lastIndexOf('@');
  return at < 0 ? text : text.slice(0, at) + text.slice(at).toLowerCase();
}

/** Whether a text has neither line ends nor anything beyond ASCII: nothing but its outer blanks can be written in two ways. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7e || code === CARRIAGE_RETURN) return false;
  }
  return true;
}

/** Whether two values that one side shows mean the same. */
export function sameAtSide(field: Field, side: Side, a: string, b: string): boolean {
  return a === b || essenceOf(field, side, a) === essenceOf(field, side, b);
}

/** Whether what the two sides show means the same. */
export function sameAcross(field: Field, crm: string, unleashed: string, people: People): boolean {
  if (field === 'accountManager') return sameManager(crm, unleashed, people);
  return essenceOf(field, 'crm', crm) === essenceOf(field, 'unleashed', unleashed);
}

function sameManager(code: string, guid: string, people: People): boolean {
  if (code === '' || guid === '') return code === guid;
  return people.unleashedOf(code)?.id === guid;
}

/** Whether a value read back may be what the target made of the one sent: outer and inner blanks and casing aside. */
export function plausibleReadBack(field: Field, side: Side, sent: string, shown: string): boolean {
  const loose = (value: string) => essenceOf(field, side, value).replace(/\s+/g, ' ').toLowerCase();
  return loose(sent) === loose(shown);
}

/** Whether a value says nothing. */
export function isBlank(field: Field, side: Side, value: string): boolean {
  return sameAtSide(field, side, value, '');
}

/**
 * The form that a value of the one side takes on `target`.
 * `current` is what the target shows now; it decides between forms that say the same.
 */
export function translate(field: Field, target: Side, value: string, current: string, people: People): Translation {
  if (field === 'accountManager') return translateManager(target, value, people);
  if (field === 'address') return translateAddress(target, value, current);
  const text = value.trim();
  const longest = LONGEST[target][field];
  if (longest !== undefined && text.length > longest) return { ok: false, code: 'too-long' };
  return { ok: true, value: text };
}

/** An account manager must be somebody on both sides, with the tick box in the CRM (rows 11 and 12, fact P6.8). */
function translateManager(target: Side, value: string, people: People): Translation {
  if (value === '') return { ok: true, value };
  const found = target === 'unleashed' ? people.unleashedOf(value) : people.crmOf(value);
  if (found === null) return { ok: false, code: people.whyAlone(target === 'unleashed' ? 'crm' : 'unleashed', value) };
  return found.reason === null ? { ok: true, value: found.id } : { ok: false, code: found.reason };
}

function translateAddress(target: Side, value: string, current: string): Translation {
  if (target === 'unleashed') {
    return {
      ok: true,
      value: unleashedAddressValue(toUnleashedAddress(parseCrmAddress(value), parseUnleashedAddress(current))),
    };
  }
  const address = toCrmAddress(parseUnleashedAddress(value));
  const { postcode, ...lines } = address;
  const fits =
    postcode.length <= LONGEST_CRM_POSTCODE && Object.values(lines).every((line) => line.length <= LONGEST_CRM_LINE);
  return fits ? { ok: true, value: crmAddressValue(address) } : { ok: false, code: 'too-long' };
}
