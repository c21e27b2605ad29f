/** Lists: query parameters, modifiedSince, order and clamped pages (sections 3 and 4). */
import type { ApiRequest, Json, Row } from '../types.ts';
import { refuseInput, type UnleashedRules } from './answers.ts';
import { primaryFields } from './show.ts';
import { contactsOfCustomer, type UnleashedState } from './state.ts';

/** Decoded query parameters by lower-case name. */
export type Parameters = ReadonlyMap<string, string>;

const defaultPageSize = 200;
const maxPageSize = 1000;

/** Splits and decodes a raw query. */
export function readParameters(rules: UnleashedRules, request: ApiRequest): Parameters {
  const parameters = new Map<string, string>();
  for (const pair of request.rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    try {
      const name = decodeURIComponent(equals < 0 ? pair : pair.slice(0, equals));
      parameters.set(name.toLowerCase(), equals < 0 ? '' : decodeURIComponent(pair.slice(equals + 1)));
    } catch {
      return refuseInput(rules, 'Query', 'The query string is not valid percent-encoding.');
    }
  }
  return parameters;
}

/**
 * One page: {Pagination, Items}. A page past the end is clamped to the last one (fact U3.4).
 * @param page page number of the path; undefined: the first
 */
export function paginate(
  rules: UnleashedRules,
  rows: readonly Row[],
  page: number | undefined,
  parameters: Parameters,
  show: (row: Row) => Json,
): Json {
  const size = pageSizeOf(rules, parameters);
  const asked = page ?? queryPage(rules, parameters) ?? 1;
  if (asked < 1 && rules.pageZero === '400') refuseInput(rules, 'PageNumber', 'The page number must be at least 1.');
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const number = Math.min(Math.max(asked, 1), pages);
  return {
    Pagination: { NumberOfItems: rows.length, PageSize: size, PageNumber: number, NumberOfPages: pages },
    Items: rows.slice((number - 1) * size, number * size).map(show),
  };
}

function pageSizeOf(rules: UnleashedRules, parameters: Parameters): number {
  const text = parameters.get('pagesize');
  if (text === undefined) return defaultPageSize;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1) return refuseInput(rules, 'PageSize', 'pageSize must be 1 to 1000.');
  if (size > maxPageSize && rules.pageSizeAboveMax === '400') {
    return refuseInput(rules, 'PageSize', 'pageSize must be 1 to 1000.');
  }
  return Math.min(size, maxPageSize);
}

function queryPage(rules: UnleashedRules, parameters: Parameters): number | undefined {
  const text = parameters.get('pagenumber');
  if (!rules.pageNumberQueryWorks || text === undefined || !/^\d{1,9}$/.test(text)) return undefined;
  return Number(text);
}

/** Customers that the parameters of section 4 ask for, in their order. */
export function listCustomers(state: UnleashedState, rules: UnleashedRules, parameters: Parameters): Row[] {
  const tests: ((row: Row) => boolean)[] = [];
  const obsolete = parameters.get('includeobsolete')?.toLowerCase() === 'true';
  if (!obsolete) tests.push((row) => row.Obsolete !== true);
  const text = (row: Row, field: string): string => String(row[field] ?? '');
  const startsWith = (name: string, field: string): void => {
    const wanted = parameters.get(name)?.toLowerCase();
    if (wanted) tests.push((row) => text(row, field).toLowerCase().startsWith(wanted));
  };
  const equals = (name: string, field: string): void => {
    const wanted = parameters.get(name)?.toLowerCase();
    if (wanted) tests.push((row) => text(row, field).toLowerCase() === wanted);
  };
  startsWith('customercode', 'CustomerCode');
  startsWith('customername', 'CustomerName');
  equals('customertype', 'CustomerType');
  equals('currency', 'CurrencyCode');
  equals('sellpricetier', 'SellPriceTier');
  equals('salesordergroup', 'SalesOrderGroup');
  equals('stopcredit', 'StopCredit');
  equals('xerocontactid', 'XeroContactId');
  const part = parameters.get('customer');
  if (part) tests.push((row) => text(row, 'CustomerCode').includes(part) || text(row, 'CustomerName').includes(part));
  const email = parameters.get('contactemail')?.toLowerCase();
  if (email) tests.push((row) => emailsOf(state, row).some((each) => each.toLowerCase().startsWith(email)));
  const since = modifiedSince(rules, parameters);
  if (since) tests.push((row) => since(Number(row.LastModifiedOn)));
  const rows = [...state.customers.values()].filter((row) => tests.every((test) => test(row)));
  return sortCustomers(rules, rows, parameters);
}

function emailsOf(state: UnleashedState, row: Row): string[] {
  const contacts = contactsOfCustomer(state, String(row.Guid)).map((contact) => String(contact.EmailAddress ?? ''));
  return [...contacts, String(primaryFields(state, row).Email ?? '')];
}

function sortCustomers(rules: UnleashedRules, rows: Row[], parameters: Parameters): Row[] {
  const orderBy = parameters.get('orderby')?.toLowerCase();
  const byCode = (a: Row, b: Row): number => compareText(String(a.CustomerCode), String(b.CustomerCode));
  if (orderBy === undefined || orderBy === '' || orderBy === 'customercode') return rows.sort(byCode);
  const field = orderBy === 'lastmodifiedon' ? 'LastModifiedOn' : 'CreatedOn';
  if (orderBy !== 'lastmodifiedon' && orderBy !== 'createdon') {
    return refuseInput(rules, 'OrderBy', 'orderBy must be LastModifiedOn or CreatedOn.');
  }
  const sign = /^desc/i.test(parameters.get('sort') ?? '') ? -1 : 1;
  return rows.sort((a, b) => sign * (Number(a[field]) - Number(b[field])) || byCode(a, b));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The test of modifiedSince, or undefined without the parameter (facts U4.1 to U4.5).
 * @throws Refusal 400 for a text that is no date, or has an offset while the switch says no
 */
export function modifiedSince(
  rules: UnleashedRules,
  parameters: Parameters,
): ((modifiedMs: number) => boolean) | undefined {
  const text = parameters.get('modifiedsince');
  if (!text) return undefined;
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?)(Z|[+-]\d\d:\d\d)?)?$/i.exec(text);
  const [, day, time, zone] = match ?? [];
  const ms = match ? Date.parse(`${day}T${time ?? '00:00'}${zone ?? 'Z'}`) : Number.NaN;
  if (Number.isNaN(ms) || (zone !== undefined && !rules.modifiedSinceOffsetAccepted)) {
    return refuseInput(rules, 'ModifiedSince', `'${text}' is not a valid date.`);
  }
  const units = { millisecond: 1, second: 1000, day: 86_400_000 };
  const unit = units[rules.modifiedSincePrecision];
  const least = Math.floor(ms / unit);
  return (modifiedMs) => {
    const modified = Math.floor(modifiedMs / unit);
    return rules.modifiedSinceInclusive ? modified >= least : modified > least;
  };
}
