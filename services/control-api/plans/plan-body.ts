/** What a plan can be made of, and ordered about it. */
import { z } from 'zod';
import { SHOWN_ITEMS } from '../read-model/plans.ts';
import { driftPath, recordsQuery } from '../read-queries.ts';

/** Bodies of plans may name many records, bytes. */
export const PLAN_BODY_BYTES_MAX = 256 * 1024;
/** Records that one body may name one by one; a filter takes more. */
const NAMED_MAX = 1_000;
/** Items of one plan. */
export const PLAN_ITEMS_MAX = 10_000;

/** Kinds of plans: what every item of them orders. */
export const PLAN_KINDS = [
  'retry',
  'restore',
  'release',
  'refuse',
  'align',
  'run-overnight',
  'pause',
  'resume',
  'read',
  'sync-contact',
  'repair-drift',
] as const;

/** Kinds that can be ordered for any records that somebody names or filters. */
const OF_ANY: readonly string[] = ['retry', 'pause', 'resume', 'read', 'sync-contact', 'release', 'refuse', 'align'];

const { entity, state, reason, search } = recordsQuery.shape;

/**
 * Body of POST /v1/tenants/{tenantId}/plans. Without records, filter or conflicts: all that fails (retry; with `reason` one group
 * of it), all settled conflicts (restore), all that the breaker holds (release, refuse), all that waits for the first alignment
 * (align), all companies whose account managers differ (run-overnight), all that a check found and that can be ordered (repair-drift).
 */
export const planBody = z
  .strictObject({
    kind: z.enum(PLAN_KINDS),
    /** For retry: the group of this reason code. */
    reason: reason,
    /** These records. */
    records: z
      .array(z.strictObject({ entity: z.enum(['company', 'contact']), id: z.string().regex(/^[cu]:.{1,200}$/u) }))
      .min(1)
      .max(NAMED_MAX)
      .optional(),
    /** All records of a list. */
    filter: z.strictObject({ entity, state, reason, search }).optional(),
    /** For restore: these conflicts. */
    conflictIds: z.array(z.string().min(1).max(300)).min(1).max(NAMED_MAX).optional(),
    /** For repair-drift: what this check found. */
    checkId: driftPath.shape.checkId.optional(),
    /** For repair-drift: only the differences of these numbers. */
    numbers: z.array(z.int().min(1)).min(1).max(NAMED_MAX).optional(),
  })
  .refine(({ kind, records, filter }) => (records === undefined && filter === undefined) || OF_ANY.includes(kind), {
    message: 'records and filter do not go with this kind',
  })
  .refine(({ records, filter }) => records === undefined || filter === undefined, {
    message: 'names records and a filter: only one of them',
  })
  .refine(({ kind, conflictIds }) => conflictIds === undefined || kind === 'restore', {
    message: 'conflictIds go with restore',
  })
  .refine(({ kind, checkId, numbers }) => kind === 'repair-drift' || (checkId ?? numbers) === undefined, {
    message: 'checkId and numbers go with repair-drift',
  })
  .refine(({ kind, checkId }) => kind !== 'repair-drift' || checkId !== undefined, { message: 'names no checkId' })
  .refine(({ kind, reason: code }) => code === undefined || kind === 'retry', { message: 'reason goes with retry' })
  .refine(
    ({ kind, records, filter }) =>
      !['pause', 'resume', 'read', 'sync-contact'].includes(kind) || records !== undefined || filter !== undefined,
    { message: 'names no records' },
  );

/** A checked body of a plan. */
export type PlanBody = z.infer<typeof planBody>;

/** Body of POST /v1/tenants/{tenantId}/plans/{planId}/orders */
export const planOrderBody = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('approve'),
    /** Numbers of the items that are left out; left out itself: the whole plan is approved. */
    leaveOut: z.array(z.int().min(0).max(PLAN_ITEMS_MAX)).max(PLAN_ITEMS_MAX).optional(),
  }),
  /** No further order is given; those that were given go on. */
  z.strictObject({ kind: z.literal('pause') }),
  z.strictObject({ kind: z.literal('resume') }),
  /** No further order is given, ever; those that were given go on. */
  z.strictObject({ kind: z.literal('cancel') }),
]);

/** Path of a plan. */
export const planPath = z.object({ planId: z.uuid() });

const page = recordsQuery.pick({ cursor: true, limit: true }).shape;

/** GET …/plans/{planId}/items */
export const planItemsQuery = z.strictObject({
  ...page,
  /** Which items: planned (not given yet), excluded (will not be given), given. */
  show: z.enum(SHOWN_ITEMS).default('all'),
});
