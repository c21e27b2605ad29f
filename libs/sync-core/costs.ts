/** API calls that orders cost, with what is read for them, as `bench -- calls` counts them on a chain that has nothing else to do. */
import type { Side } from '#contracts';

/** Calls of one update of a record, at the side that is written. */
export const UPDATE_CALLS: Readonly<Record<Side, number>> = { crm: 2, unleashed: 2 };
/** Calls of making a record: in the CRM it is also searched twice, and marked. */
export const CREATE_CALLS: Readonly<Record<Side, number>> = { crm: 7, unleashed: 3 };
/** Calls of looking at a record. */
export const READ_CALLS = 1;
/** The CRM takes 1,200 calls in 600 seconds (fact 1.5 of the Prospect API); half of them are left to people. */
export const CRM_CALLS_PER_MINUTE = 60;
