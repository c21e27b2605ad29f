/** The CRM's OData API as a pure function: (state, request, now) → answer and changes. */
import type { CrmSwitches } from '../switches-crm.ts';
import {
  type ApiRequest,
  type ApiResponse,
  answer,
  type Change,
  isObject,
  type Json,
  Refusal,
  type Row,
  type WriteContext,
} from '../types.ts';
import { odataError, refuse } from './answers.ts';
import { parseQuery, type QueryOptions } from './options.ts';
import { keyPredicate, parsePath, type Resource } from './paths.ts';
import { present, queryRows } from './query.ts';
import { deleteRow, insertRow, updateRow } from './rows.ts';
import { type SetName, type SetSchema, schemas } from './schema.ts';
import { type AccessToken, type CrmState, follow, rowOf } from './state.ts';

/** An answer and what changed on the way to it. */
export type Served = { response: ApiResponse; changes: Change[] };

type Call = {
  state: CrmState;
  switches: CrmSwitches;
  request: ApiRequest;
  context: WriteContext;
};

/** Calls taken in the sliding window of a workspace (fact P1.5). */
export const windowCalls = 1200;
/** Length of the sliding window in ms (fact P1.5). */
export const windowMs = 600_000;

/**
 * Serves one request. Errors become answers of fact P2.11; nothing is thrown for bad input.
 * @param nowMs clock of the API in ms
 */
export function serveCrm(state: CrmState, switches: CrmSwitches, request: ApiRequest, nowMs: number): Served {
  try {
    const token = authenticate(state, request);
    admit(state, switches, nowMs);
    const context: WriteContext = { by: 'api', userId: token.userCode, nowMs };
    return route({ state, switches, request, context }, token);
  } catch (error) {
    if (error instanceof Refusal) return { response: error.response, changes: [] };
    throw error;
  }
}

function authenticate(state: CrmState, request: ApiRequest): AccessToken {
  const given = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = state.tokens.find((known) => known.token === given);
  if (!token || token.revoked)
    throw new Refusal(odataError(401, '401', 'Authorization has been denied for this request.'));
  return token;
}

/** Counts the call against the sliding window (fact P1.5); calls answered 429 are not counted. */
function admit(state: CrmState, switches: CrmSwitches, nowMs: number): void {
  const from = nowMs - windowMs;
  const stale = state.callTimes.findIndex((time) => time > from);
  if (stale > 0) state.callTimes.splice(0, stale);
  else if (stale < 0) state.callTimes.length = 0;
  if (state.callTimes.length >= windowCalls) {
    const freeInMs = (state.callTimes[0] ?? nowMs) + windowMs - nowMs;
    const headers: Record<string, string> = {};
    if (switches.retryAfterOn429) headers['retry-after'] = String(Math.max(1, Math.ceil(freeInMs / 1000)));
    const { body } = odataError(429, '429', 'API calls quota exceeded: 1200 per 10 minutes.');
    throw new Refusal(answer(429, body, headers));
  }
  state.callTimes.push(nowMs);
}

function route(call: Call, token: AccessToken): Served {
  const resource = parsePath(call.request.path);
  const { method } = call.request;
  if (resource.kind === 'info') return { response: answer(200, info(call, token)), changes: [] };
  if (method === 'GET') return { response: read(call, resource), changes: [] };
  if (resource.kind === 'set' && method === 'POST') return post(call, resource.set);
  if (resource.kind === 'record' && method === 'PATCH') return patch(call, resource.set, resource.key);
  if (resource.kind === 'record' && method === 'DELETE') return remove(call, resource.set, resource.key);
  if (resource.kind === 'below' && method === 'POST') return act(call, resource.set, resource.key, resource.name);
  return refuse(405, '', `The requested resource does not support http method '${method}'.`);
}

function info(call: Call, token: AccessToken): Json {
  return {
    '@odata.context': `${call.request.baseUrl}/$metadata#Prospect.Data.Info`,
    ProfileId: `profile-${call.state.seed}`,
    UserId: token.userCode,
    State: 'Active',
  };
}

function read(call: Call, resource: Exclude<Resource, { kind: 'info' }>): ApiResponse {
  const { state, switches, request } = call;
  const schema = schemas[resource.set];
  const options = parseQuery(request.rawQuery);
  if (resource.kind === 'set') return list(call, schema, state.tables[schema.set].values(), options);
  if (resource.kind === 'count') {
    const rows = state.tables[schema.set].values();
    const counted = queryRows(state, schema, switches, rows, { ...options, top: 0, skip: 0 }, false);
    return answer(200, counted.total);
  }
  const row = rowOf(state, resource.set, resource.key);
  if (resource.kind === 'record') return one(call, schema, row, options);
  const navigation = schema.navigation[resource.name];
  if (!navigation || !row) return refuse(404, '', `Resource not found for the segment '${resource.name}'.`);
  const target = schemas[navigation.set];
  const found = follow(state, schema, row, resource.name);
  return navigation.many ? list(call, target, found, options) : one(call, target, found[0], options);
}

function list(call: Call, schema: SetSchema, candidates: Iterable<Row>, options: QueryOptions): ApiResponse {
  const { state, switches, request } = call;
  const page = queryRows(state, schema, switches, candidates, options, true);
  const body: { [key: string]: Json } = { '@odata.context': `${request.baseUrl}/$metadata#${schema.set}` };
  if (options.count) body['@odata.count'] = page.total;
  body.value = page.rows.map((row) => present(state, schema, switches, row, options));
  if (page.nextSkip !== undefined && switches.nextLink) {
    body['@odata.nextLink'] = nextLink(request, page.nextSkip, options.top, page.rows.length);
  }
  return answer(200, body);
}

/** The same request with $skip moved on and $top lowered by what was already given. */
function nextLink(request: ApiRequest, skip: number, top: number | undefined, given: number): string {
  const kept = request.rawQuery.split('&').filter((pair) => pair !== '' && !/^(\$|%24)(skip|top)=/i.test(pair));
  if (top !== undefined) kept.push(`$top=${top - given}`);
  kept.push(`$skip=${skip}`);
  return `${request.baseUrl}${request.path}?${kept.join('&')}`;
}

/** A GET by key; its shape is a switch (fact P2.2). */
function one(call: Call, schema: SetSchema, row: Row | undefined, options: QueryOptions): ApiResponse {
  const { state, switches, request } = call;
  const context = `${request.baseUrl}/$metadata#${schema.set}`;
  if (!row) {
    if (switches.keyGetAbsent === '404') return refuse(404, '', `No ${schema.type} has this key.`);
    return answer(200, { '@odata.context': context, value: [] });
  }
  const record = present(state, schema, switches, row, options);
  if (switches.keyGetShape === 'object') return answer(200, { '@odata.context': `${context}/$entity`, ...record });
  return answer(200, { '@odata.context': context, value: [record] });
}

function post(call: Call, set: SetName): Served {
  const { state, switches, request, context } = call;
  const schema = schemas[set];
  const { row, changes } = insertRow(state, switches, schema, readBody(request), context);
  const record = present(state, schema, switches, row, parseQuery(''));
  const link = `${request.baseUrl}/$metadata#${set}`;
  const body =
    switches.postShape === 'array' ? { value: [record] } : { '@odata.context': `${link}/$entity`, ...record };
  const location = `${request.baseUrl}/${set}(${keyPredicate(schema, schema.keys.map((key) => String(row[key])).join('|'))})`;
  return { response: answer(201, body, { location: encodeURI(location) }), changes };
}

function patch(call: Call, set: SetName, key: string): Served {
  const { state, switches, request, context } = call;
  const schema = schemas[set];
  const values = readBody(request);
  const { changes } = updateRow(state, switches, schema, existing(state, set, key), values, context);
  return { response: answer(204), changes };
}

function remove(call: Call, set: SetName, key: string): Served {
  const { state, switches, context } = call;
  const { changes } = deleteRow(state, switches, schemas[set], existing(state, set, key), context);
  return { response: answer(204), changes };
}

/** A bound action; without effect unless the switch `boundActionsWork` is on (fact P1.8). */
function act(call: Call, set: SetName, key: string, name: string): Served {
  const { state, switches, context } = call;
  const schema = schemas[set];
  const row = existing(state, set, key);
  const restorable = name === 'Restore' && schema.deleteMark === 'StatusFlag';
  if (!restorable && !(set === 'Contacts' && name === 'PushToExternalSystem')) {
    return refuse(404, '', `Resource not found for the segment '${name}'.`);
  }
  const body = { '@odata.context': `${call.request.baseUrl}/$metadata#Edm.Int32`, value: 0 };
  if (!switches.boundActionsWork || !restorable) return { response: answer(200, body), changes: [] };
  const { changes } = updateRow(state, switches, schema, row, { StatusFlag: 'A' }, context);
  return { response: answer(200, { ...body, value: 1 }), changes };
}

function existing(state: CrmState, set: SetName, key: string): Row {
  return rowOf(state, set, key) ?? refuse(404, '', `No ${schemas[set].type} has this key.`);
}

function readBody(request: ApiRequest): Row {
  let body: unknown;
  try {
    body = JSON.parse(request.body);
  } catch {
    return refuse(400, '', 'The request body is not valid JSON.');
  }
  if (!isObject(body)) return refuse(400, '', 'The request body is not an object.');
  return body;
}
