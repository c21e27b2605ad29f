/** When reading the CRM is tried again: servers stumble, and a row that was just made may not be there yet. */
import { CrmApiError } from '#prospect-crm';
import type { Patience } from '#sink';

/** Time-outs are left out: they have taken long enough. */
export const PATIENCE: Patience = {
  waitsMs: [200, 800],
  isPassing: (error) =>
    error instanceof CrmApiError && ['NOT_FOUND', 'UNAVAILABLE', 'CONNECTION_LOST'].includes(error.code),
};
