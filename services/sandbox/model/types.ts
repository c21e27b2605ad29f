/** Words shared by the simulated systems: requests, answers, rows and changes. No clock, no random, no I/O here. */

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** One stored record; property names are those of the API that serves it. */
export type Row = { [field: string]: Json };

/** The two simulated systems. */
export type Side = 'crm' | 'unleashed';

/** Entity words used in changes, call log and control API. A CRM `company` is the API's Division, a `group` its Company. */
export type EntityName =
  | 'company'
  | 'contact'
  | 'address'
  | 'user'
  | 'ledger'
  | 'group'
  | 'salesperson'
  | 'subscription'
  | 'other';

/** Who made a change: an API client, a person on a page, or another machine writer (a connector, a nightly job). */
export type Author = 'api' | 'person' | 'server';

/** One request as it came over the wire, before anything was decoded. */
export type ApiRequest = {
  /** Upper-case HTTP method. */
  readonly method: string;
  /** Path below the side's base URL, percent-encoded as on the wire, with a leading slash. */
  readonly path: string;
  /** Query string as on the wire, without the question mark; '' when absent. */
  readonly rawQuery: string;
  /** Header values by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Body text; '' when absent. */
  readonly body: string;
  /** URL at which this side answers, without a trailing slash; used in links of answers. */
  readonly baseUrl: string;
};

/** One answer. `body` undefined means no body at all (204, bare 403, empty 500). */
export type ApiResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
};

/** One field before and after a write. */
export type FieldChange = { readonly field: string; readonly before: Json; readonly after: Json };

/** One record that was inserted, updated or deleted. An update that changed nothing has no fields. */
export type Change = {
  readonly side: Side;
  readonly entity: EntityName;
  /** Record id as text: number, user code, GUID, or `A|code` for a ledger. */
  readonly id: string;
  /** Id of the record this one hangs on (customer GUID of a contact, division of a contact), or ''. */
  readonly parentId: string;
  readonly action: 'insert' | 'update' | 'delete';
  readonly by: Author;
  /** API user or person that wrote, or ''. */
  readonly userId: string;
  readonly fields: readonly FieldChange[];
  /** Clock of the API that took the write, in ms since the epoch. */
  readonly atMs: number;
};

/** Who writes and when; handed to every writing function. */
export type WriteContext = {
  readonly by: Author;
  readonly userId: string;
  /** Clock of the API in ms since the epoch (fault `clockSkew` included). */
  readonly nowMs: number;
};

/** A refusal that carries its answer; thrown inside a model and turned into that answer at its edge. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly response: ApiResponse;

  /** @param response what the API answers */
  constructor(response: ApiResponse) {
    super(`answered ${response.status}`);
    this.response = response;
  }
}

/** Builds an answer with a JSON body (undefined: none). */
export function answer(status: number, body?: Json, headers: Record<string, string> = {}): ApiResponse {
  return { status, headers, body };
}

/** The fields in which two rows differ, in the order of the later row. */
export function differences(before: Row, after: Row): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const field of Object.keys(after)) {
    const was = before[field] ?? null;
    const is = after[field] ?? null;
    if (!sameJson(was, is)) changes.push({ field, before: was, after: is });
  }
  return changes;
}

/** True when two JSON values are equal, objects compared in their key order. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** True for a JSON object (not null, not an array). */
export function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
