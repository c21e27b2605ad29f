/** Unleashed's REST API as a pure function: (state, request, now) → answer and changes. */
import {
  type ApiRequest,
  type ApiResponse,
  answer,
  type Change,
  type Json,
  Refusal,
  type Row,
  type WriteContext,
} from '../types.ts';
import { bodyObject, refuseForbidden, refuseInput, refuseMissing, type UnleashedRules } from './answers.ts';
import { createContact, deleteContact, findContact, isGuid, replaceContact } from './contacts.ts';
import { postCustomer } from './customers.ts';
import { listCustomers, modifiedSince, paginate, readParameters } from './listing.ts';
import { writeSalesperson } from './salespersons.ts';
import { showContact, showCustomer, showSalesperson } from './show.ts';
import { signatureFits } from './signature.ts';
import { contactsOfCustomer, type UnleashedState } from './state.ts';
import { createSubscription, deleteSubscription, listSubscriptions } from './subscriptions.ts';

/** An answer and what changed on the way to it. */
export type Served = { response: ApiResponse; changes: Change[] };

type Call = { state: UnleashedState; rules: UnleashedRules; request: ApiRequest; context: WriteContext };

/** Name that Unleashed notes as the author of API writes. */
export const apiAuthor = 'API user';

/**
 * Serves one request: signature, quota, then the resource. Errors become answers; nothing is thrown for bad input.
 * @param nowMs clock of the API in ms
 */
export function serveUnleashed(
  state: UnleashedState,
  rules: UnleashedRules,
  request: ApiRequest,
  nowMs: number,
): Served {
  try {
    const { headers } = request;
    const signature = headers['api-auth-signature'];
    if (state.revoked || headers['api-auth-id'] !== state.apiId) refuseForbidden();
    if (!signatureFits(rules, state.apiKey, request.rawQuery, signature)) refuseForbidden();
    admit(state, rules, nowMs);
    if (/xml/i.test(headers.accept ?? '')) throw new Refusal(answer(406, { Description: 'Only JSON is served.' }));
    return route({ state, rules, request, context: { by: 'api', userId: apiAuthor, nowMs } });
  } catch (error) {
    if (error instanceof Refusal) return { response: error.response, changes: [] };
    throw error;
  }
}

/** Month of a time as YYYY-MM in UTC. */
export function monthOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 7);
}

/** Counts the call against the monthly quota (facts U9.5, U9.7) and the switched per-minute limit (U9.8). */
function admit(state: UnleashedState, rules: UnleashedRules, nowMs: number): void {
  const month = monthOf(nowMs);
  if (state.quotaMonth !== month) {
    state.quotaMonth = month;
    state.usedCalls = 0;
  }
  if (state.usedCalls >= state.monthlyCalls) throw new Refusal(quotaBlock(rules, nowMs));
  if (rules.perMinuteLimit > 0) admitInMinute(state, rules, nowMs);
  state.usedCalls += 1;
}

/** The answer while the monthly quota is used up (facts U9.5, U9.7). */
export function quotaBlock(rules: UnleashedRules, nowMs: number): ApiResponse {
  const headers: Record<string, string> = {};
  if (rules.quotaBlockStatus === 429 && rules.retryAfterOn429) {
    headers['retry-after'] = String(Math.ceil((nextMonth(nowMs) - nowMs) / 1000));
  }
  const text = { Description: 'The monthly API call limit has been reached.' };
  return answer(rules.quotaBlockStatus, rules.quotaBlockBody === 'empty' ? undefined : text, headers);
}

function admitInMinute(state: UnleashedState, rules: UnleashedRules, nowMs: number): void {
  state.callTimes = state.callTimes.filter((time) => time > nowMs - 60_000);
  if (state.callTimes.length >= rules.perMinuteLimit) {
    const headers: Record<string, string> = {};
    const freeInMs = (state.callTimes[0] ?? nowMs) + 60_000 - nowMs;
    if (rules.retryAfterOn429) headers['retry-after'] = String(Math.max(1, Math.ceil(freeInMs / 1000)));
    throw new Refusal(answer(429, { Description: 'Too many requests.' }, headers));
  }
  state.callTimes.push(nowMs);
}

function nextMonth(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
}

function route(call: Call): Served {
  const segments = call.request.path.split('/').filter((segment) => segment !== '');
  const [resource = '', ...rest] = segments;
  switch (resource.toLowerCase()) {
    case 'customers':
      return routeCustomers(call, rest);
    case 'salespersons':
      return routeSalespersons(call, rest);
    case 'webhooks':
      return routeWebhooks(call, rest);
    default:
      return refuseMissing('Resource');
  }
}

/** Page number of `/n` or `/Page/n`; 'none' without one, undefined when the segments are something else (section 2). */
function pageOf(segments: readonly string[]): number | 'none' | undefined {
  if (segments.length === 0) return 'none';
  const [first = '', second] = segments;
  const text = segments.length === 1 ? first : first.toLowerCase() === 'page' && segments.length === 2 ? second : '';
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function routeCustomers(call: Call, segments: readonly string[]): Served {
  const { method } = call.request;
  const page = pageOf(segments);
  if (page !== undefined && method === 'GET') return { response: customerList(call, page), changes: [] };
  const [id, below, contactId, ...more] = segments;
  if (method === 'POST' && segments.length === 0) return customerPost(call, undefined);
  if (!isGuid(id) || more.length > 0) return refuseMissing('Resource');
  const guid = id.toLowerCase();
  if (below === undefined) {
    if (method === 'GET') return { response: customerGet(call, guid), changes: [] };
    if (method === 'POST') return customerPost(call, guid);
    return methodNotAllowed();
  }
  if (below.toLowerCase() !== 'contacts') return refuseMissing('Resource');
  if (!call.state.customers.has(guid)) return refuseMissing('Customer');
  return contactId === undefined ? routeContacts(call, guid) : routeContact(call, guid, contactId);
}

function customerList(call: Call, page: number | 'none'): ApiResponse {
  const { state, rules, request } = call;
  const parameters = readParameters(rules, request);
  const rows = listCustomers(state, rules, parameters);
  const withContacts = parameters.get('includeallcontacts')?.toLowerCase() === 'true';
  const number = page === 'none' ? undefined : page;
  return answer(
    200,
    paginate(rules, rows, number, parameters, (row) => showCustomer(state, rules, row, withContacts)),
  );
}

function customerGet(call: Call, guid: string): ApiResponse {
  const { state, rules, request, context } = call;
  const row = state.customers.get(guid);
  if (!row) return refuseMissing('Customer');
  if (context.nowMs < Number(row.CreatedOn) + rules.absentAfterCreateMs) return refuseMissing('Customer');
  const asked = readParameters(rules, request).get('includeallcontacts')?.toLowerCase();
  const withContacts = asked === 'true' || (asked === undefined && rules.singleGetIncludesContacts);
  return answer(200, showCustomer(state, rules, row, withContacts));
}

function customerPost(call: Call, guid: string | undefined): Served {
  const { state, rules, request, context } = call;
  const { customer, created, changes } = postCustomer(state, rules, guid, request.body, context);
  const shown = showCustomer(state, rules, customer, false);
  return { response: written(call, created, shown), changes };
}

/** The answer to a write (fact U6.9). */
function written({ rules, request }: Call, created: boolean, stored: Json): ApiResponse {
  const status = created ? 201 : rules.updateStatus;
  if (!rules.updateReturnsBody) return answer(status);
  if (rules.updateBodyShows === 'stored') return answer(status, stored);
  return answer(status, { ...(stored as Row), ...bodyObject(rules, request.body) });
}

function routeContacts(call: Call, customer: string): Served {
  const { state, rules, request, context } = call;
  if (request.method === 'GET') {
    const contacts = contactsOfCustomer(state, customer);
    const parameters = readParameters(rules, request);
    const body = rules.contactListPaged
      ? paginate(rules, contacts, undefined, parameters, showContact)
      : { Items: contacts.map(showContact) };
    return { response: answer(200, body), changes: [] };
  }
  if (request.method !== 'POST') return methodNotAllowed();
  const { contact, changes } = createContact(state, rules, customer, bodyObject(rules, request.body), context);
  const created = changes[0]?.action === 'insert';
  return { response: written(call, created, showContact(contact)), changes };
}

function routeContact(call: Call, customer: string, id: string): Served {
  const { state, rules, request, context } = call;
  const before = findContact(state, customer, id.toLowerCase());
  switch (request.method) {
    case 'GET':
      return { response: answer(200, showContact(before)), changes: [] };
    case 'PUT': {
      const { contact, changes } = replaceContact(state, rules, before, bodyObject(rules, request.body), context);
      return { response: written(call, false, showContact(contact)), changes };
    }
    case 'DELETE':
      return { response: answer(200), changes: deleteContact(state, rules, before, context) };
    default:
      return methodNotAllowed();
  }
}

function routeSalespersons(call: Call, segments: readonly string[]): Served {
  const { state, rules, request, context } = call;
  const page = pageOf(segments);
  if (page !== undefined && request.method === 'GET') {
    const parameters = readParameters(rules, request);
    const since = modifiedSince(rules, parameters);
    const obsolete = parameters.get('includeobsolete')?.toLowerCase() !== 'false';
    const people = [...state.salespersons.values()]
      .filter((person) => (obsolete || person.Obsolete !== true) && (!since || since(Number(person.LastModifiedOn))))
      .sort((a, b) => (String(a.FullName) < String(b.FullName) ? -1 : 1));
    const number = page === 'none' ? undefined : page;
    return { response: answer(200, paginate(rules, people, number, parameters, showSalesperson)), changes: [] };
  }
  const [id, ...more] = segments;
  if (!isGuid(id) || more.length > 0) {
    if (request.method === 'POST' && segments.length === 0) return refuseInput(rules, 'Guid', 'Guid is required.');
    return refuseMissing('Resource');
  }
  const guid = id.toLowerCase();
  if (request.method === 'GET') {
    const person = state.salespersons.get(guid);
    return person ? { response: answer(200, showSalesperson(person)), changes: [] } : refuseMissing('Salesperson');
  }
  if (request.method !== 'POST') return methodNotAllowed();
  const result = writeSalesperson(state, rules, guid, bodyObject(rules, request.body), context);
  return { response: written(call, result.created, showSalesperson(result.person)), changes: result.changes };
}

function routeWebhooks(call: Call, segments: readonly string[]): Served {
  const { state, rules, request, context } = call;
  const [what, id, ...more] = segments;
  if (what?.toLowerCase() !== 'subscriptions' || more.length > 0) return refuseMissing('Resource');
  if (id === undefined && request.method === 'GET') {
    return { response: answer(200, listSubscriptions(state, rules)), changes: [] };
  }
  if (id === undefined && request.method === 'POST') {
    const { reply, changes } = createSubscription(state, rules, request.body, context);
    return { response: answer(201, reply), changes };
  }
  if (id === undefined || request.method !== 'DELETE') return methodNotAllowed();
  return { response: answer(200), changes: deleteSubscription(state, id, context) };
}

function methodNotAllowed(): never {
  throw new Refusal(answer(405, { Description: 'The method is not allowed.' }));
}
