/** What every write to Unleashed shares: time stamps, changes, the bump of a contact's customer. */
import { type Change, differences, type FieldChange, type Row, type WriteContext } from '../types.ts';
import type { UnleashedRules } from './answers.ts';
import { putCustomer, type UnleashedState } from './state.ts';

/** Every this-many-th write takes an old time stamp when `lateVisibleMs` is set. */
const lateWriteEvery = 7;
const ownFields = ['LastModifiedOn', 'LastModifiedBy', 'CreatedOn', 'CreatedBy'];

/** Next LastModifiedOn; never earlier than the record's last one, never before its creation (fact U4.7). */
export function nextStamp(
  state: UnleashedState,
  rules: UnleashedRules,
  before: Row | undefined,
  nowMs: number,
): number {
  state.writes += 1;
  const late = state.writes % lateWriteEvery === 0 ? rules.lateVisibleMs : 0;
  const last = typeof before?.LastModifiedOn === 'number' ? before.LastModifiedOn : 0;
  return Math.max(Math.floor(nowMs) - late, last);
}

/** The fields that a write changed, time stamps and authors apart. */
export function changedFields(before: Row | undefined, after: Row): FieldChange[] {
  const fields = differences(before ?? {}, after).filter(({ field }) => !ownFields.includes(field));
  return before ? fields : fields.filter(({ after: value }) => value !== null);
}

/** A change record of this side. */
export function changeOf(
  entity: Change['entity'],
  id: string,
  parentId: string,
  action: Change['action'],
  fields: readonly FieldChange[],
  context: WriteContext,
): Change {
  const { by, userId, nowMs } = context;
  return { side: 'unleashed', entity, id, parentId, action, by, userId, fields, atMs: nowMs };
}

/**
 * Stores a customer that was created or changed; stamps it unless nothing changed and the switch
 * `noopPostBumpsLastModified` is off.
 * @param also fields of the customer that are stored elsewhere and changed with it
 */
export function storeCustomer(
  state: UnleashedState,
  rules: UnleashedRules,
  before: Row | undefined,
  row: Row,
  also: readonly FieldChange[],
  context: WriteContext,
): Change {
  const fields = [...changedFields(before, row), ...also];
  if (!before || fields.length > 0 || rules.noopPostBumpsLastModified || context.by !== 'api') {
    const stamp = nextStamp(state, rules, before, context.nowMs);
    row.CreatedOn ??= stamp;
    row.CreatedBy ??= context.userId;
    row.LastModifiedOn = stamp;
    row.LastModifiedBy = context.userId;
  }
  putCustomer(state, row);
  return changeOf('company', String(row.Guid), '', before ? 'update' : 'insert', fields, context);
}

/** Moves a customer's LastModifiedOn after a contact edit, when the switch `contactEditBumpsCustomer` says so (U4.8). */
export function bumpCustomer(state: UnleashedState, rules: UnleashedRules, guid: string, context: WriteContext): void {
  const before = state.customers.get(guid);
  if (!before || !rules.contactEditBumpsCustomer) return;
  const LastModifiedOn = nextStamp(state, rules, before, context.nowMs);
  putCustomer(state, { ...before, LastModifiedOn, LastModifiedBy: context.userId });
}
