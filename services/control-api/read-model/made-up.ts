/** Made-up links in any number: companies with contacts, most in sync. The same number gives the same link. */
import { EXAMPLES, type Link } from '#contracts';

const FIRST = ['Ann', 'Bo', 'Cléo', 'Dai', 'Eve', 'Finn', 'Gus', 'Hana', 'Ivo', 'Jun'];
const LAST = ['Lee', 'Ray', 'Müller', 'Kaur', 'Ōtani', 'Smith', 'Rossi', 'Novák', 'Silva', 'Brown'];
const TRADE = ['Boats', 'Tools', 'Foods', 'Steel', 'Books', 'Glass', 'Paper', 'Farms', 'Print', 'Bikes'];
/** Of this many links one is a company, the rest are its contacts. */
const PER_COMPANY = 5;

/** Spreads numbers, so that neighbours have nothing in common. */
function spread(number: number): number {
  return Math.imul(number ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
}

function guidOf(kind: number, number: number): string {
  const hex = (value: number) => value.toString(16).padStart(8, '0');
  return `${hex(spread(number))}-${kind}000-4000-8000-0000${hex(number)}`;
}

/** Link number `number` of a tenant. */
export function madeUpLink(tenantId: string, number: number): Link {
  const company = number - (number % PER_COMPANY);
  const mixed = spread(number);
  const pick = (words: readonly string[], by: number) => words[Math.floor(mixed / by) % words.length]!;
  return number === company ? companyLink(tenantId, number, pick, mixed) : contactLink(tenantId, number, pick, mixed);
}

type Pick = (words: readonly string[], by: number) => string;

function companyLink(tenantId: string, number: number, pick: Pick, mixed: number): Link {
  const name = `${pick(LAST, 1)} ${pick(TRADE, 10)} ${mixed.toString(36)}`;
  const values = { name, phone: `+64 9 ${mixed}`, website: `https://${mixed.toString(36)}.example` };
  return link(tenantId, 'company', number, { code: `CODE${number}`, parentId: '' }, values, mixed);
}

function contactLink(tenantId: string, number: number, pick: Pick, mixed: number): Link {
  const [firstName, lastName] = [pick(FIRST, 1), pick(LAST, 10)];
  const email = `${firstName}.${mixed.toString(36)}@mail.example`.toLowerCase();
  return link(tenantId, 'contact', number, { code: '', parentId: '' }, { firstName, lastName, email }, mixed);
}

/** One in a hundred waits for a write, one in five hundred has a value that the other side does not take. */
function link(
  tenantId: string,
  entity: 'company' | 'contact',
  number: number,
  keys: { code: string; parentId: string },
  values: Record<string, string>,
  mixed: number,
): Link {
  const example = EXAMPLES['sync.link.v1'];
  const company = number - (number % PER_COMPANY);
  const guid = guidOf(entity === 'company' ? 1 : 2, number);
  const parents =
    entity === 'company' ? { crm: '', unleashed: '' } : { crm: `${company}`, unleashed: guidOf(1, company) };
  const half = { ...example.crm!, ...keys, accountsId: '', marker: '', defaultId: null, unclear: [] };
  const active = { deleted: false, active: true, inactiveReason: 'ok' };
  const fields = Object.entries(values).map(([field, value], index) => {
    const edited = index > 0 && mixed % 100 === 0;
    const refused = edited && mixed % 500 === 0;
    return {
      field,
      agreed: { crm: value, unleashed: null },
      crm: edited ? `${value}1` : null,
      unleashed: null,
      crmEditedAtMs: edited ? example.updatedAtMs - number : null,
      unleashedEditedAtMs: null,
      settled: null,
      blocked: refused ? { side: 'unleashed', value: `${value}1`, code: 'invalid-value', message: '' } : null,
      restore: null,
    };
  });
  return {
    ...example,
    tenantId,
    entity,
    linkId: `u:${guid}`,
    crm: { ...half, ...active, id: `${number}`, parentId: parents.crm, operatingCompany: '' },
    unleashed: { ...half, ...active, id: guid, parentId: parents.unleashed, operatingCompany: '' },
    fields,
    inFlight: null,
    ownWrites: [],
    retry: null,
    readSide: null,
    readAfter: 0,
    createWanted: false,
    lookalikes: [],
    paused: false,
    dirtySinceMs: null,
    updatedAtMs: example.updatedAtMs + number,
  };
}
