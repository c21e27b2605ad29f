/** Reads of single records and of the companies that hang on a changed row, one call each where the API allows. */

import type { CallOptions } from '#http-api';
import type { CrmClient, CrmQuery, CrmRead } from './client.ts';
import { COMPANY_EXPAND } from './snapshots.ts';

/** The calls that reading needs. */
export type CrmReadApi = Pick<CrmClient, 'get' | 'pages'>;

/** Key of a SalesLedger; the operating company may be unknown. */
export interface LedgerKey {
  operatingCompanyCode: string | null;
  salesLedgerId: string;
}

/** Addresses or ledgers that one filter names at most: a URL stays below 2,000 characters. */
export const KEYS_PER_FILTER = 20;

/** A company with its account and address; null when there is none. */
export function readCompany(api: CrmReadApi, divisionId: string, options: CallOptions): Promise<CrmRead | null> {
  return api.get('Divisions', Number(divisionId), { expand: COMPANY_EXPAND }, options);
}

/** A contact; null when there is none. */
export function readContact(api: CrmReadApi, contactId: string, options: CallOptions): Promise<CrmRead | null> {
  return api.get('Contacts', Number(contactId), {}, options);
}

/** A user; null when there is none. */
export function readUser(api: CrmReadApi, userCode: string, options: CallOptions): Promise<CrmRead | null> {
  return api.get('Users', userCode, {}, options);
}

/** The companies whose main address is one of these rows; contacts have addresses too, so there may be none. */
export function companiesAt(api: CrmReadApi, addressIds: readonly string[], options: CallOptions) {
  return companiesWhere(
    api,
    addressIds.map((id) => ({ AddressId: Number(id) })),
    options,
  );
}

/** The companies that are connected to one of these accounts. */
export function companiesOf(api: CrmReadApi, ledgers: readonly LedgerKey[], options: CallOptions) {
  return companiesWhere(
    api,
    ledgers.map(({ operatingCompanyCode, salesLedgerId }) => ({
      SalesLedgerId: salesLedgerId,
      ...(operatingCompanyCode === null ? {} : { OperatingCompanyCode: operatingCompanyCode }),
    })),
    options,
  );
}

async function companiesWhere(
  api: CrmReadApi,
  filters: readonly Record<string, string | number>[],
  options: CallOptions,
): Promise<CrmRead[]> {
  const found: CrmRead[] = [];
  for (let at = 0; at < filters.length; at += KEYS_PER_FILTER) {
    const filter = { or: filters.slice(at, at + KEYS_PER_FILTER) };
    const query: CrmQuery = { filter, expand: COMPANY_EXPAND, orderBy: ['DivisionId'] };
    for await (const { records, readStartedAtMs } of api.pages('Divisions', query, options)) {
      found.push(...records.map((record) => ({ record, readStartedAtMs })));
    }
  }
  return found;
}

/** Reads the key predicate of a ledger, `OperatingCompanyCode='A',SalesLedgerId='X'`; any other text is the id alone. */
export function parseLedgerKey(text: string): LedgerKey {
  const parts = new Map<string, string>();
  for (const match of text.matchAll(/(\w+)\s*=\s*'((?:[^']|'')*)'/g)) {
    parts.set((match[1] ?? '').toLowerCase(), (match[2] ?? '').replaceAll("''", "'"));
  }
  const salesLedgerId = parts.get('salesledgerid');
  if (salesLedgerId === undefined) return { operatingCompanyCode: null, salesLedgerId: text };
  return { operatingCompanyCode: parts.get('operatingcompanycode') ?? null, salesLedgerId };
}
