/** When reading Unleashed is tried again: a record that was just made may not be there yet (fact U6.11), and servers stumble. */
import type { Patience } from '#sink';
import { UnleashedApiError } from '#unleashed';

/** Time-outs are left out: they have taken long enough. */
export const PATIENCE: Patience = {
  waitsMs: [300, 1_000],
  isPassing: (error) =>
    error instanceof UnleashedApiError &&
    ['NOT_FOUND', 'EMPTY_SERVER_ERROR', 'UNAVAILABLE', 'CONNECTION_LOST'].includes(error.code),
};
