/** Calls to the sandbox's control API: what people do with records, and what operators set. */

/**
 * @typedef {string | number | boolean | null} Plain
 * @typedef {{ Id: string } & { [field: string]: unknown }} Row A record as the control API gives it.
 * @typedef {'crm' | 'unleashed'} Side
 * @typedef {{ search?: string, parent?: string, sort?: string, limit?: number, offset?: number }} ListQuery
 */

/** A call is given up after this time. */
const timeoutMs = 15_000;

/** A call that was refused or never answered; `fields` says which fields are to blame. */
export class CallError extends Error {
  /**
   * @param {number} status HTTP status; 0: no answer
   * @param {string} message for people
   * @param {Record<string, string>} fields complaint per field name
   */
  constructor(status, message, fields = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/**
 * Calls the control API.
 * @param {string} method
 * @param {string} path below /control
 * @param {unknown} [body]
 * @returns {Promise<unknown>} the answer's body, undefined when it has none
 * @throws {CallError}
 */
export async function call(method, path, body) {
  /** @type {RequestInit} */
  const options = { method, signal: AbortSignal.timeout(timeoutMs) };
  if (body !== undefined) {
    options.headers = { 'content-type': 'application/json' };
    options.body = JSON.stringify(body);
  }
  let response;
  let text;
  try {
    response = await fetch(`/control/${path}`, options);
    text = await response.text();
  } catch {
    throw new CallError(0, 'The sandbox does not answer. Is it running?');
  }
  const answer = parsed(text);
  if (response.ok) return answer;
  throw refusal(response.status, answer);
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The words of a refusal: an OData error of the CRM, Unleashed's own form, or a problem of the sandbox.
 * @param {number} status
 * @param {unknown} answer
 */
function refusal(status, answer) {
  const body = /** @type {Record<string, any>} */ (typeof answer === 'object' && answer !== null ? answer : {});
  /** @type {Record<string, string>} */
  const fields = {};
  for (const { target, message } of body.error?.details ?? []) if (target) fields[target] = String(message);
  for (const [field, messages] of Object.entries(body.errors ?? {})) fields[field] = [messages].flat().join(' ');
  const message = body.error?.message ?? body.Description ?? body.detail ?? body.title ?? body.Message ?? body.message;
  return new CallError(status, String(message || `Refused without a reason (status ${status}).`), fields);
}

/**
 * Where a collection of a tenant is.
 * @param {{ tenant: string, side: Side, collection: string }} place
 * @param {string} [id]
 */
function pathOf({ tenant, side, collection }, id) {
  const path = `tenants/${encodeURIComponent(tenant)}/${side}/${collection}`;
  return id === undefined ? path : `${path}/${encodeURIComponent(id)}`;
}

/**
 * A page of records.
 * @param {{ tenant: string, side: Side, collection: string }} place
 * @param {ListQuery} query
 * @returns {Promise<{ total: number, items: Row[] }>}
 */
export async function listRecords(place, query) {
  const words = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const answer = await call('GET', `${pathOf(place)}?${new URLSearchParams(Object.fromEntries(words))}`);
  return /** @type {{ total: number, items: Row[] }} */ (answer);
}

/**
 * One record, or undefined when there is no such record.
 * @param {{ tenant: string, side: Side, collection: string }} place
 * @param {string} id
 * @returns {Promise<Row | undefined>}
 */
export async function getRecord(place, id) {
  try {
    return /** @type {Row} */ (await call('GET', pathOf(place, id)));
  } catch (error) {
    if (error instanceof CallError && error.status === 404) return undefined;
    throw error;
  }
}

/** Records written from this page a moment ago, to tell own changes from those of others. @type {Map<string, number>} */
const ownWrites = new Map();
/** How long after a write its change may come in. */
const ownForMs = 4_000;

/** @param {Side} side @param {string} id @returns {boolean} Was this record written from this page a moment ago? */
export function writtenHere(side, id) {
  return Date.now() - (ownWrites.get(`${side} ${id}`) ?? 0) < ownForMs;
}

/**
 * Writes a record as a person.
 * @param {'POST' | 'PATCH' | 'DELETE'} method
 * @param {{ tenant: string, side: Side, collection: string }} place
 * @param {string | undefined} id undefined for a new one
 * @param {Record<string, unknown>} [fields]
 * @returns {Promise<Row>} the record as it is now
 * @throws {CallError}
 */
export async function writeRecord(method, place, id, fields) {
  if (id !== undefined) ownWrites.set(`${place.side} ${id}`, Date.now());
  return /** @type {Row} */ (await call(method, pathOf(place, id), fields));
}
