/** What the model tests share: a small workspace and calls to its two APIs at a chosen time. */
import { seedWorkspace } from '../seed/fill.ts';
import { cloneWorkspace } from './clone.ts';
import type { Change, Json, Row, Side } from './types.ts';
import { sign } from './unleashed/signature.ts';
import { type CallResult, planCall, runCall } from './workspace.ts';
import type { Workspace } from './workspace-state.ts';

/** Time at which tests begin: 15 January 2026, 12:00 UTC, in ms. */
export const startMs = Date.UTC(2026, 0, 15, 12);

const template = seedWorkspace(
  {
    id: 'test',
    name: 'Test',
    timeZone: 'Pacific/Auckland',
    region: 'NZ',
    trade: 'food',
    companies: 5,
    monthlyCalls: 1000,
    pollSeconds: 5,
  },
  'seed',
  startMs,
);

/** A workspace with five plain companies; late time stamps and absence after create are off until a test sets them. */
export function testWorkspace(): Workspace {
  const workspace = cloneWorkspace(template, 'dice');
  workspace.switches.crm.lateVisibleMs = 0;
  workspace.switches.unleashed.lateVisibleMs = 0;
  workspace.switches.unleashed.absentAfterCreateMs = 0;
  return workspace;
}

/** One call in a test. */
export type TestCall = {
  readonly query?: string;
  readonly body?: Json;
  readonly text?: string;
  readonly nowMs?: number;
  readonly headers?: Record<string, string>;
};

/** An answer as tests look at it. */
export type TestAnswer = {
  status: number;
  body: Json | undefined;
  headers: Readonly<Record<string, string>>;
  changes: Change[];
};

/** Calls one side, faults included; a destroyed connection gives status 0. */
export function call(workspace: Workspace, side: Side, method: string, path: string, given: TestCall = {}): TestAnswer {
  const rawQuery = given.query ?? '';
  const headers = {
    authorization: 'Bearer sandbox-test-token',
    'api-auth-id': 'sandbox-test-id',
    'api-auth-signature': sign('sandbox-test-key', rawQuery),
    accept: 'application/json',
    ...given.headers,
  };
  const body = given.text ?? (given.body === undefined ? '' : JSON.stringify(given.body));
  const request = { method, path, rawQuery, headers, body, baseUrl: `http://sandbox/${side}` };
  const nowMs = given.nowMs ?? startMs;
  const plan = planCall(workspace, side, request, nowMs);
  const { response, changes }: CallResult = runCall(workspace, side, request, plan, nowMs);
  return { status: response?.status ?? 0, body: response?.body, headers: response?.headers ?? {}, changes };
}

/** Calls the CRM. */
export const crm = (workspace: Workspace, method: string, path: string, given?: TestCall): TestAnswer =>
  call(workspace, 'crm', method, path, given);
/** Calls Unleashed. */
export const erp = (workspace: Workspace, method: string, path: string, given?: TestCall): TestAnswer =>
  call(workspace, 'unleashed', method, path, given);

/** `value` of a CRM answer. */
export function values(answer: TestAnswer): Row[] {
  return (answer.body as { value: Row[] }).value;
}

/** The one record in `value` of a CRM answer, or the bare record. */
export function record(answer: TestAnswer): Row {
  const body = answer.body as Row;
  return Array.isArray(body.value) ? ((body.value[0] ?? {}) as Row) : body;
}

/** `Items` of an Unleashed answer. */
export function items(answer: TestAnswer): Row[] {
  return (answer.body as { Items: Row[] }).Items;
}

/** GUID of the n-th customer of the test workspace, oldest first. */
export function customerGuid(workspace: Workspace, index = 0): string {
  return [...workspace.unleashed.customers.keys()][index] ?? '';
}

/** The body of a safe update of a customer: every sendable field as it is, changed by `fields`. */
export function sendable(workspace: Workspace, guid: string, fields: Row = {}): Row {
  const row = erp(workspace, 'GET', `/Customers/${guid}`).body as Row;
  const unsendable = ['Contacts', 'XeroContactId', 'SourceId', 'Reminder', 'SellPriceTierReference', 'CurrencyId'];
  const readOnly = ['CreatedOn', 'CreatedBy', 'LastModifiedOn', 'LastModifiedBy'];
  const body = Object.fromEntries(Object.entries(row).filter(([key]) => ![...unsendable, ...readOnly].includes(key)));
  const only = (name: string, keys: string[]): void => {
    const inner = body[name] as Row | null;
    if (inner) body[name] = Object.fromEntries(keys.map((key) => [key, inner[key] ?? null]));
  };
  only('SalesPerson', ['Guid', 'Email', 'FullName']);
  only('Currency', ['CurrencyCode', 'Description', 'Guid']);
  only('DefaultWarehouse', ['Guid', 'WarehouseCode']);
  body.Addresses = (body.Addresses as Row[]).map(({ Guid: _guid, ...address }) => address);
  return { ...body, ...fields };
}
