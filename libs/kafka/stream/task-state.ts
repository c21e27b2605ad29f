/**
 * The states of a stream task, as a table that does not compile with a missing cell.
 *
 * - *unassigned*: somebody else's, or nobody's.
 * - *fenced*: this instance holds the transactional id; older owners are shut out, their open transaction is settled.
 * - *restoring*: the state is being brought up to the end of the changelog.
 * - *running*: waiting for records or for the next timer.
 * - *committing*: a transaction is open.
 * - *failed*: something went wrong; after a pause the task begins again with the fence.
 */

export type TaskState = 'unassigned' | 'fenced' | 'restoring' | 'running' | 'committing' | 'failed';

/** What can happen to a task. */
export type TaskEvent = 'fenced' | 'restore' | 'restored' | 'begin' | 'committed' | 'failure' | 'revoked';

/** Next state, or null where the event cannot happen: that is a mistake in the program. */
export const TRANSITIONS: Record<TaskState, Record<TaskEvent, TaskState | null>> = {
  unassigned: {
    fenced: 'fenced',
    restore: null,
    restored: null,
    begin: null,
    committed: null,
    failure: 'failed',
    revoked: 'unassigned',
  },
  fenced: {
    fenced: null,
    restore: 'restoring',
    restored: null,
    begin: null,
    committed: null,
    failure: 'failed',
    revoked: 'unassigned',
  },
  restoring: {
    fenced: null,
    restore: null,
    restored: 'running',
    begin: null,
    committed: null,
    failure: 'failed',
    revoked: 'unassigned',
  },
  running: {
    fenced: null,
    restore: null,
    restored: null,
    begin: 'committing',
    committed: null,
    failure: 'failed',
    revoked: 'unassigned',
  },
  committing: {
    fenced: null,
    restore: null,
    restored: null,
    begin: null,
    committed: 'running',
    failure: 'failed',
    revoked: 'unassigned',
  },
  failed: {
    fenced: 'fenced',
    restore: null,
    restored: null,
    begin: null,
    committed: null,
    failure: 'failed',
    revoked: 'unassigned',
  },
};

/** @throws Error when the event cannot happen in this state */
export function nextState(state: TaskState, event: TaskEvent): TaskState {
  const next = TRANSITIONS[state][event];
  if (next === null) throw new Error(`a task that is ${state} knows no event "${event}"`);
  return next;
}
