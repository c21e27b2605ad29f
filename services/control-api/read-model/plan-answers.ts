/** The shapes of what the API answers about plans. */
import { z } from 'zod';
import { said as saidShortly, time } from './answers.ts';

const said = { ...saidShortly, action: z.string() };

/** How a plan stands: draft (waits for approval), running, paused, cancelled, done (every order is given, and settled). */
export const PLAN_STATES = ['draft', 'running', 'paused', 'cancelled', 'done'] as const;

/**
 * How an item of a plan stands: planned, left-out (by whoever approved), excluded (it would lead to nothing, or is ambiguous),
 * ordered (waits for its turn, its write or its read-back), refused (by the state when its turn came), done, failing.
 */
export const ITEM_STATES = ['planned', 'left-out', 'excluded', 'ordered', 'refused', 'done', 'failing'] as const;

const both = z.object({ crm: z.int(), unleashed: z.int() });

const planRow = {
  planId: z.string(),
  /** Kind of its orders. */
  kind: z.string(),
  title: z.string(),
  by: z.string(),
  at: time,
  state: z.enum(PLAN_STATES),
  /** Who ordered the last thing about it (approved, paused, cancelled), and when. */
  changedBy: z.string(),
  changedAt: time,
  /** All its items. */
  items: z.int(),
  /** Orders given so far, and orders that will be given as things stand. */
  given: z.int(),
  toGive: z.int(),
};

/** GET …/plans: youngest first, and what a plan could be made of now. */
export const plansAnswer = z.object({
  plans: z.array(z.object(planRow)),
  next: z.string().nullable(),
  /** Records that wait for somebody to make a plan, by what the plan would be. */
  waiting: z.array(z.object({ kind: z.string(), count: z.int(), ...said })),
});

/** GET …/plans/{planId} */
export const planAnswer = z.object({
  ...planRow,
  counts: z.record(z.enum(ITEM_STATES), z.int()).describe('Items by how they stand.'),
  writes: both.describe('Fields that are written by what is not left out, by side, as it was planned.'),
  calls: both.describe('API calls that it takes, about.'),
  unleashedMonthShare: z.number().describe("Of the tenant's Unleashed calls per month, 0 to 1 and more."),
  minutes: z.int().describe('How long it takes beside the work of people, about.'),
  reasons: z
    .array(z.object({ state: z.enum(ITEM_STATES), ...said, count: z.int() }))
    .describe('Why items are excluded, were refused, fail or wait, and how many.'),
});

const write = z.object({ side: z.enum(['crm', 'unleashed']), field: z.string(), from: z.string(), to: z.string() });

/** GET …/plans/{planId}/items */
export const planItemsAnswer = z.object({
  items: z.array(
    z.object({
      number: z.int(),
      kind: z.string(),
      entity: z.enum(['company', 'contact']),
      /** Record id, as under …/records. */
      id: z.string(),
      name: z.string(),
      field: z.string().nullable(),
      state: z.enum(ITEM_STATES),
      ...said,
      writes: z.array(write).describe('What would be written if the order were given now; empty once it is given.'),
      calls: both,
    }),
  ),
  next: z.string().nullable(),
});

/** Answers by their types. */
export type PlansAnswer = z.infer<typeof plansAnswer>;
export type PlanAnswer = z.infer<typeof planAnswer>;
export type PlanItemsAnswer = z.infer<typeof planItemsAnswer>;
export type ItemState = (typeof ITEM_STATES)[number];
