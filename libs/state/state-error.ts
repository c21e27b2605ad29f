/** What goes wrong between a task and its view in Redis. */

/**
 * Stable codes of a StateError.
 * - GAP: the view is not where the task believes: emptied, back in time, or written by another owner. Restore the task.
 * - OTHER_LAYOUT: another version's data, or another program's. Clear the task's part, then restore it.
 * - INCOMPLETE: parts of the view are missing (a server that evicts keys). Clear, then restore.
 * - UNAVAILABLE: no answer in time, and the caller did not want to wait any longer.
 * - REFUSED: the server answers every try with an error.
 */
export type StateErrorCode = 'GAP' | 'OTHER_LAYOUT' | 'INCOMPLETE' | 'UNAVAILABLE' | 'REFUSED';

/** A failed call on the view. All are retriable after what the code asks for: nothing but the view is ever affected. */
export class StateError extends Error {
  /** Stable code. */
  readonly code: StateErrorCode;
  /** Always true: the view can be rebuilt from the changelogs at any time. */
  readonly retriable = true;

  constructor(code: StateErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'StateError';
    this.code = code;
  }
}
