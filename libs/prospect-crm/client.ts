/**
 * Client of the CRM's OData API for one workspace. It sends, limits and reads; it repeats nothing, because only its callers
 * know what a repetition costs and whether it is safe.
 */
import { createRequire } from 'node:module';
import type { Filter } from 'odata-query';
import { type Asked, type CallAnswer, type CallOptions, createCaller } from '#http-api';
import { isRecord, type JsonRecord, type JsonValue, textOf } from '#runtime';
import { crmAnswers, singleRecord } from './answers.ts';
import { type CrmClientOptions, DEFAULT_TIMEOUT_MS, DEFAULT_USER_AGENT } from './client-options.ts';
import { CrmApiError } from './errors.ts';

/** Its types say that the ES module has no default export and its CommonJS form has one; the latter is true of both. */
const buildQuery: typeof import('odata-query').default = createRequire(import.meta.url)('odata-query').default;

/** Entity sets that this project uses (section 3 of the facts). */
export type CrmSet = 'Divisions' | 'Contacts' | 'Addresses' | 'SalesLedgers' | 'Users' | 'HomeCurrencies';

/** Key of a record: a number, or text for a user's code. */
export type CrmKey = number | string;

/** What is asked for, as OData query options (fact P2.3). */
export interface CrmQuery {
  /** $filter as an object: { LastUpdatedTimestamp: { gt: date } }, { Email: 'text' }. Values are escaped. */
  filter?: Filter<JsonRecord>;
  /** Properties of $select. */
  select?: string[];
  /** Navigations of $expand. */
  expand?: string[];
  /** Properties of $orderby, ascending; `Name desc` turns one round. */
  orderBy?: string[];
  /** Records to leave out at the beginning of a list: how a walk that was cut short goes on. Default 0. */
  skip?: number;
  /** Records of a list at most. Default: all there are. */
  top?: number;
}

/** A record, and when the request that read it was sent. */
export interface CrmRead {
  record: JsonRecord;
  /** Our clock when the request was sent, milliseconds. */
  readStartedAtMs: number;
}

/** A page of a list. */
export interface CrmPage {
  records: JsonRecord[];
  /** Our clock when the request was sent, milliseconds. */
  readStartedAtMs: number;
  /** The API's clock when it answered (Date header), milliseconds; null when it gave none. */
  answeredAtMs: number | null;
}

/** The calls of the API that this project uses. Every method rejects with CrmApiError or with what beforeCall threw. */
export interface CrmClient {
  /** One record by key; null when there is none (fact P2.2). */
  get(set: CrmSet, key: CrmKey, query: CrmQuery, options?: CallOptions): Promise<CrmRead | null>;
  /**
   * Pages of a list, in order: by nextLink where the server gives one, else by $skip (fact P2.5). Order by something that
   * never changes, or a record that is edited during the walk makes another one slip through. The server is asked how many
   * there are ($count, fact P2.3), so that a list of one page takes one call.
   */
  pages(set: CrmSet, query: CrmQuery, options?: CallOptions): AsyncGenerator<CrmPage>;
  /** Changes the given properties only (fact P2.8). */
  patch(set: CrmSet, key: CrmKey, body: JsonRecord, options?: CallOptions): Promise<void>;
  /** Makes a record and gives it as the server made it (fact P2.9). */
  post(set: CrmSet, body: JsonRecord, options?: CallOptions): Promise<JsonRecord>;
  /** Closes all connections; calls under way end with an error. */
  close(): Promise<void>;
}

/** Records asked for per page (fact P2.5: two clients use 500). */
export const PAGE_SIZE = 500;
/** Pages walked at most in one list: 5 million records. */
const MAX_PAGES = 10_000;

/** Makes a client for one workspace. */
export function createCrmClient(options: CrmClientOptions): CrmClient {
  const { token, userAgent = DEFAULT_USER_AGENT } = options;
  const caller = createCaller(options, { answers: crmAnswers, timeoutMs: DEFAULT_TIMEOUT_MS, purpose: 'live' });
  const { url, basePath } = caller;

  const call = (
    method: 'GET' | 'POST' | 'PATCH',
    set: CrmSet,
    pathAndQuery: string,
    body: JsonRecord | null,
    callOptions?: CallOptions,
  ): Promise<CallAnswer> => {
    const [path = '', ...rest] = pathAndQuery.split('?');
    const query = rest.length === 0 ? '' : `?${rest.join('?')}`;
    const headers = { 'user-agent': userAgent, authorization: `Bearer ${token}` };
    return caller.call({ method, operation: `${method} ${set}`, path, query, headers, body }, callOptions);
  };

  return {
    async get(set, key, query, callOptions) {
      try {
        const path = `/${set}(${keyText(key)})${queryText(query)}`;
        const { json, sentAtMs, asked } = await call('GET', set, path, null, callOptions);
        const record = singleRecord(asked, json);
        return record === null ? null : { record, readStartedAtMs: sentAtMs };
      } catch (error) {
        if (error instanceof CrmApiError && error.code === 'NOT_FOUND') return null;
        throw error;
      }
    },
    async *pages(set, query, callOptions) {
      const { skip: first = 0, top: most = Number.POSITIVE_INFINITY, ...asks } = query;
      const pathAt = (given: number): string => {
        const page = { top: Math.min(PAGE_SIZE, most - given), skip: first + given };
        // Whoever wants only so many does not make the server count all.
        const count = Number.isFinite(most) ? {} : { count: true };
        return `/${set}${queryText({ ...asks, ...page, ...count })}`;
      };
      let path = pathAt(0);
      let given = 0;
      for (let number = 0; number < MAX_PAGES; number++) {
        const { json, sentAtMs, answeredAtMs, asked } = await call('GET', set, path, null, callOptions);
        const list = isRecord(json) ? json.value : null;
        if (!Array.isArray(list))
          throw new CrmApiError('NONSENSE_ANSWER', 'a list without value', { call: asked.call });
        const records = list.filter(isRecord);
        yield { records, readStartedAtMs: sentAtMs, answeredAtMs };
        given += records.length;
        const next = isRecord(json) ? textOf(json, '@odata.nextLink') : '';
        if (given >= most) return;
        if (next !== '') path = ownPath(next, url, basePath, asked);
        else if (records.length === 0 || first + given >= countOf(json)) return;
        // Without a link a short page may be the last one, or cut by the server's own limit. Its count says so; where it gives
        // none, asking once more does.
        else path = pathAt(given);
      }
    },
    async patch(set, key, body, callOptions) {
      await call('PATCH', set, `/${set}(${keyText(key)})`, body, callOptions);
    },
    async post(set, body, callOptions) {
      const { json, asked } = await call('POST', set, `/${set}`, body, callOptions);
      const record = singleRecord(asked, json);
      if (record !== null) return record;
      throw new CrmApiError('NONSENSE_ANSWER', 'nothing came back', { call: asked.call, fateKnown: false });
    },
    close: () => caller.close(),
  };
}

/** A number as it is, text in quotes (fact P3: users have codes for keys). */
function keyText(key: CrmKey): string {
  return typeof key === 'number' ? String(key) : `'${encodeURIComponent(key.replaceAll("'", "''"))}'`;
}

/** How many records a list has, by the server's word; infinity where it does not say. */
function countOf(json: JsonValue): number {
  const count = isRecord(json) ? json['@odata.count'] : undefined;
  return typeof count === 'number' ? count : Number.POSITIVE_INFINITY;
}

/** Query text with a question mark, as it goes on the wire. */
function queryText(query: CrmQuery & { count?: boolean }): string {
  const text = buildQuery(query);
  // The builder escapes what would end a value; blanks and letters beyond ASCII are left to us.
  return text === '' ? '' : new URL(text, 'http://encode.invalid').search;
}

/** The path of a nextLink, which must lead to the same server: a link elsewhere would carry our token there. */
function ownPath(link: string, base: URL, basePath: string, asked: Asked): string {
  const target = new URL(link, base);
  const isOwn = target.host === base.host && target.pathname.startsWith(`${basePath}/`);
  if (!isOwn) throw new CrmApiError('NONSENSE_ANSWER', 'a nextLink to another server', { call: asked.call });
  return `${target.pathname.slice(basePath.length)}${target.search}`;
}

/** Whether a text is a numeric key: anything else must not come into a path. */
export function isNumericKey(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}
