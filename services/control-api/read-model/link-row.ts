/** A link as columns: what it is found, joined and listed by. */
import type { Link } from '#contracts';
import { fromRecord, type LinkState } from '#sync-core';
import { fold, searchText } from './search-text.ts';

/** Columns that say whom else a link concerns. */
export interface LinkKeys {
  readonly crm_id: string | null;
  readonly unleashed_id: string | null;
  readonly crm_parent: string | null;
  readonly unleashed_parent: string | null;
  /** Account code of a company of the CRM that has no customer. */
  readonly crm_code: string | null;
  readonly unleashed_code: string | null;
  /** The customer that such a company names. */
  readonly accounts_id: string | null;
  readonly crm_manager: string | null;
  readonly unleashed_manager: string | null;
}

/** A link as columns, apart from what it is judged to be. */
export interface LinkColumns extends LinkKeys {
  readonly name: string;
  readonly email: string;
  readonly name_key: string;
  readonly search: string;
  /** Fields with an open question, each with a blank on both sides. */
  readonly asking: string;
  readonly changed_ms: number;
  /** Since when it waits for a command, our clock; 0 when that is not known. */
  readonly dirty_ms: number;
}

/** The columns of a link. */
export function columnsOf(record: Link): LinkColumns {
  const link = fromRecord(record);
  const { entity, crm, unleashed } = link;
  const name = nameOf(link);
  const email = shown(link, 'email');
  const codes = [crm?.code ?? '', unleashed?.code ?? ''];
  const values = ['name', 'email'].flatMap((field) => [valueAt(link, field, 'crm'), valueAt(link, field, 'unleashed')]);
  const names = entity === 'contact' ? [fullName(link, 'crm'), fullName(link, 'unleashed')] : [];
  const unpaired = entity === 'company' && unleashed === null;
  const asked = link.fields.filter(({ settled }) => settled?.winner === 'none');
  return {
    crm_id: crm?.id ?? null,
    unleashed_id: unleashed?.id ?? null,
    crm_parent: entity === 'contact' ? text(crm?.parentId) : null,
    unleashed_parent: entity === 'contact' ? text(unleashed?.parentId) : null,
    crm_code: unpaired ? text(crm?.code) : null,
    unleashed_code: entity === 'company' ? text(unleashed?.code) : null,
    accounts_id: unpaired ? text(crm?.accountsId) : null,
    crm_manager: text(valueAt(link, 'accountManager', 'crm')),
    unleashed_manager: text(valueAt(link, 'accountManager', 'unleashed')),
    name,
    email,
    name_key: fold(name),
    search: entity === 'person' ? '' : searchText([...names, ...values, ...codes]),
    asking: asked.map(({ field }) => ` ${field} `).join(''),
    changed_ms: link.updatedAtMs,
    dirty_ms: link.dirtySinceMs ?? 0,
  };
}

/** What people call a record: its name in the CRM, else in Unleashed. */
function nameOf(link: LinkState): string {
  if (link.entity !== 'contact') return shown(link, 'name');
  return fullName(link, 'crm') || fullName(link, 'unleashed');
}

function fullName(link: LinkState, side: 'crm' | 'unleashed'): string {
  return `${valueAt(link, 'firstName', side)} ${valueAt(link, 'lastName', side)}`.trim();
}

function shown(link: LinkState, field: string): string {
  return valueAt(link, field, 'crm') || valueAt(link, field, 'unleashed');
}

function valueAt(link: LinkState, name: string, side: 'crm' | 'unleashed'): string {
  return link.fields.find(({ field }) => field === name)?.[side] ?? '';
}

function text(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
