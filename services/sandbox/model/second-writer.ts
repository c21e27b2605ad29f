/** Another machine that writes into a record right after a client has read it (facts U6.6, U6.12, P2.15). */
import type { Fault } from './faults.ts';
import { parsePath } from './prospect/paths.ts';
import { updateRow } from './prospect/rows.ts';
import { schemas } from './prospect/schema.ts';
import { rowOf } from './prospect/state.ts';
import { rollInt } from './random.ts';
import { type ApiRequest, type Change, type Json, Refusal, type Side, type WriteContext } from './types.ts';
import { isGuid, replaceContact } from './unleashed/contacts.ts';
import { editCustomer } from './unleashed/customers.ts';
import { apiNowMs, type Workspace } from './workspace-state.ts';

/** Edits the record that a GET has just read; nothing when the GET was not of one record or the edit is refused. */
export function secondWrite(
  workspace: Workspace,
  side: Side,
  request: ApiRequest,
  fault: Fault,
  nowMs: number,
): Change[] {
  const context: WriteContext = { by: 'server', userId: 'SYS', nowMs: apiNowMs(workspace, side, nowMs) };
  try {
    return side === 'crm'
      ? writeCrm(workspace, request, fault, context)
      : writeUnleashed(workspace, request, fault, context);
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

function phone(workspace: Workspace): Json {
  return `+64 9 555 ${String(rollInt(workspace.dice, 10_000)).padStart(4, '0')}`;
}

function writeCrm(workspace: Workspace, request: ApiRequest, fault: Fault, context: WriteContext): Change[] {
  const resource = parsePath(request.path);
  if (resource.kind !== 'record') return [];
  const schema = schemas[resource.set];
  const row = rowOf(workspace.crm, resource.set, resource.key);
  const field = fault.field === '' ? 'PhoneNumber' : fault.field;
  if (!row || !(field in schema.properties)) return [];
  const values = { [field]: fault.value === undefined ? phone(workspace) : fault.value };
  return updateRow(workspace.crm, workspace.switches.crm, schema, row, values, context).changes;
}

function writeUnleashed(workspace: Workspace, request: ApiRequest, fault: Fault, context: WriteContext): Change[] {
  const { unleashed } = workspace;
  const rules = workspace.switches.unleashed;
  const segments = request.path
    .toLowerCase()
    .split('/')
    .filter((part) => part !== '');
  const [resource, customer, below, contactId = ''] = segments;
  if (resource !== 'customers' || !isGuid(customer)) return [];
  if (below === undefined) {
    const before = unleashed.customers.get(customer);
    const field = fault.field === '' ? 'Notes' : fault.field;
    const value = fault.value === undefined ? (field === 'Notes' ? null : phone(workspace)) : fault.value;
    return before ? editCustomer(unleashed, rules, before, { [field]: value }, context).changes : [];
  }
  const contact = unleashed.contacts.get(contactId);
  if (!contact || contact.CustomerGuid !== customer) return [];
  const field = fault.field === '' ? 'PhoneNumber' : fault.field;
  const value = fault.value === undefined ? phone(workspace) : fault.value;
  return replaceContact(unleashed, rules, contact, { [field]: value }, context).changes;
}
