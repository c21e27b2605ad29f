/**
 * Client of Unleashed's REST API for one account. It signs, sends, limits and reads; it repeats nothing, because only its
 * callers know what a repetition costs and whether it is safe.
 */
import { type CallOptions, createCaller } from '#http-api';
import { guidOf, isRecord, type JsonRecord, type JsonValue } from '#runtime';
import { unleashedAnswers } from './answers.ts';
import { DEFAULT_CLIENT_TYPE, DEFAULT_TIMEOUT_MS, type UnleashedClientOptions } from './client-options.ts';
import { UnleashedApiError } from './errors.ts';
import { buildQuery, type QueryParameter, signQuery } from './signature.ts';

/** Largest page that the API gives (fact U3.3). */
export const MAX_PAGE_SIZE = 1000;

/** A record, and when the request that read it was sent. */
export interface ReadRecord {
  record: JsonRecord;
  /** Our clock when the request was sent, milliseconds. */
  readStartedAtMs: number;
}

/** A page of a list (fact U3.1). */
export interface Page {
  items: JsonRecord[];
  /** Number of the page that this really is: one past the end is answered with the last (fact U3.4). */
  pageNumber: number;
  /** Pages of the list; at least 1. */
  numberOfPages: number;
  /** Records of the list. */
  numberOfItems: number;
  /** Our clock when the request was sent, milliseconds. */
  readStartedAtMs: number;
}

/** What a list is asked for. */
export interface ListRequest {
  /** `Customers`, `Salespersons`, `Customers/{guid}/Contacts`. */
  resource: string;
  /** From 1. */
  pageNumber: number;
  /** Query parameters, in the order in which they are sent. */
  parameters: readonly QueryParameter[];
}

/** The calls of the API that this project uses. Every method rejects with UnleashedApiError or with what beforeCall threw. */
export interface UnleashedClient {
  /** One page of a list. The page number is a path segment (section 2 of the facts). */
  list(request: ListRequest, options?: CallOptions): Promise<Page>;
  /** A customer by GUID (fact U3.7). */
  getCustomer(guid: string, options?: CallOptions): Promise<ReadRecord>;
  /**
   * Creates or replaces a customer: every field that is left out is blanked (facts U6.1, U6.2). Gives the record that was answered,
   * null when none was (fact U6.9): what is stored, or only what was sent.
   */
  postCustomer(guid: string, body: JsonRecord, options?: CallOptions): Promise<JsonRecord | null>;
  /** Creates a contact of a customer. */
  postContact(customerGuid: string, body: JsonRecord, options?: CallOptions): Promise<void>;
  /** Replaces a contact (fact U6.13). Gives the record that was answered, as {@link UnleashedClient.postCustomer} does. */
  putContact(
    customerGuid: string,
    contactGuid: string,
    body: JsonRecord,
    options?: CallOptions,
  ): Promise<JsonRecord | null>;
  /** Webhook subscriptions of the account (U10.4). */
  listSubscriptions(options?: CallOptions): Promise<JsonRecord[]>;
  /** Makes a webhook subscription; the answer holds the signature key, shown only this once (U10.4). */
  createSubscription(body: JsonRecord, options?: CallOptions): Promise<JsonRecord>;
  /** Removes a webhook subscription. That the API has this call is not certain: NOT_FOUND may also mean that it has none. */
  deleteSubscription(subscriptionId: string, options?: CallOptions): Promise<void>;
  /** Closes all connections; calls under way end with an error. */
  close(): Promise<void>;
}

/** Makes a client for one account. */
export function createUnleashedClient(options: UnleashedClientOptions): UnleashedClient {
  const { apiId, apiKey, clientType = DEFAULT_CLIENT_TYPE } = options;
  /** Most calls have no query, and so the same signature. */
  const bareSignature = signQuery('', apiKey);
  const caller = createCaller(options, { answers: unleashedAnswers, timeoutMs: DEFAULT_TIMEOUT_MS, purpose: 'other' });

  const call = (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    operation: string,
    path: string,
    query: string,
    body: JsonRecord | null,
    callOptions?: CallOptions,
  ): Promise<{ json: JsonValue; sentAtMs: number }> => {
    const headers = {
      'api-auth-id': apiId,
      'api-auth-signature': query === '' ? bareSignature : signQuery(query, apiKey),
      'client-type': clientType,
    };
    const request = { method, operation, path, query: query === '' ? '' : `?${query}`, headers, body };
    return caller.call(request, callOptions);
  };

  return {
    async list({ resource, pageNumber, parameters }, callOptions) {
      const path = `/${resource}${pageNumber === 1 ? '' : `/${pageNumber}`}`;
      const operation = `GET ${resource.split('/').at(-1)?.toLowerCase()}`;
      const { json, sentAtMs } = await call('GET', operation, path, buildQuery(parameters), null, callOptions);
      return readPage(`GET ${path}`, json, sentAtMs);
    },
    async getCustomer(guid, callOptions) {
      const path = `/Customers/${segment(guid)}`;
      const { json, sentAtMs } = await call('GET', 'GET customer', path, '', null, callOptions);
      return { record: readRecord(`GET ${path}`, json), readStartedAtMs: sentAtMs };
    },
    async postCustomer(guid, body, callOptions) {
      const { json } = await call('POST', 'POST customer', `/Customers/${segment(guid)}`, '', body, callOptions);
      return answeredRecord(json, guid);
    },
    async postContact(customerGuid, body, callOptions) {
      await call('POST', 'POST contact', `/Customers/${segment(customerGuid)}/Contacts`, '', body, callOptions);
    },
    async putContact(customerGuid, contactGuid, body, callOptions) {
      const path = `/Customers/${segment(customerGuid)}/Contacts/${segment(contactGuid)}`;
      const { json } = await call('PUT', 'PUT contact', path, '', body, callOptions);
      return answeredRecord(json, contactGuid);
    },
    async listSubscriptions(callOptions) {
      const { json } = await call('GET', 'GET subscriptions', SUBSCRIPTIONS, '', null, callOptions);
      const list = isRecord(json) ? (json.Items ?? json.items) : json;
      return Array.isArray(list) ? list.filter(isRecord) : [];
    },
    async createSubscription(body, callOptions) {
      const { json } = await call('POST', 'POST subscription', SUBSCRIPTIONS, '', body, callOptions);
      return readRecord(`POST ${SUBSCRIPTIONS}`, json);
    },
    async deleteSubscription(subscriptionId, callOptions) {
      const path = `${SUBSCRIPTIONS}/${segment(subscriptionId)}`;
      await call('DELETE', 'DELETE subscription', path, '', null, callOptions);
    },
    close: () => caller.close(),
  };
}

const SUBSCRIPTIONS = '/webhooks/subscriptions';

const GUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of a GUID: anything else in a path could be taken for a page number (section 2 of the facts). */
export function isGuid(text: string): boolean {
  return GUID_PATTERN.test(text);
}

function segment(guid: string): string {
  if (!isGuid(guid)) throw new UnleashedApiError('NOT_FOUND', 'not a GUID', { call: 'identity' });
  return guid;
}

function readPage(call: string, json: JsonValue, readStartedAtMs: number): Page {
  const items = isRecord(json) ? json.Items : json;
  if (!Array.isArray(items)) throw new UnleashedApiError('NONSENSE_ANSWER', 'a list without Items', { call });
  const pagination = isRecord(json) && isRecord(json.Pagination) ? json.Pagination : {};
  const number = (key: string, fallback: number): number => {
    const value = pagination[key];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fallback;
  };
  return {
    items: items.filter(isRecord),
    pageNumber: number('PageNumber', 1),
    numberOfPages: Math.max(1, number('NumberOfPages', 1)),
    numberOfItems: number('NumberOfItems', items.length),
    readStartedAtMs,
  };
}

/** The record that a write answered; null when it answered none, or another. */
function answeredRecord(json: JsonValue, guid: string): JsonRecord | null {
  const record = unwrapped(json);
  return isRecord(record) && guidOf(record, 'Guid') === guid.toLowerCase() ? record : null;
}

/** Some servers wrap a single record in Items (fact U3.7). */
function unwrapped(json: JsonValue): JsonValue | undefined {
  return isRecord(json) && Array.isArray(json.Items) && json.Items.length === 1 ? json.Items[0] : json;
}

function readRecord(call: string, json: JsonValue): JsonRecord {
  const record = unwrapped(json);
  if (isRecord(record)) return record;
  throw new UnleashedApiError('NONSENSE_ANSWER', 'not a record', { call });
}
