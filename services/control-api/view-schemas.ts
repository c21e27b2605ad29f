/** The shapes of what the API shows: its types, and its description. `views.ts` makes them. */
import { z } from 'zod';
import { ROLES } from './roles.ts';
import type { SettingOptionView } from './setting-options.ts';

const time = z.iso.datetime();

const overnight = z.object({
  startedAt: time,
  compared: z.int().describe('Companies that take part.'),
  ordered: z.int().describe("Companies whose account manager is set to Unleashed's."),
  stopped: z.int().describe('Companies whose account manager differs and cannot be set.'),
});

/** A run of the overnight fix as the API shows it. */
export type OvernightView = z.infer<typeof overnight>;

const pause = z.object({
  what: z.string().describe('The side, or the kind of record.'),
  by: z.string().describe('Who paused it: a user name, or alert-rule; empty when that was not noted.'),
  since: time.nullable().describe('Null when it was not noted.'),
  reason: z.string().describe('Why, in the words of who paused it; empty when they gave none.'),
  sentence: z.string().describe('Why it is paused.'),
  action: z.string().describe('What to do about it.'),
});

/** A pause of writing as the API shows it. */
export type PauseView = z.infer<typeof pause>;

/** GET …/settings */
export const settingsAnswer = z.object({
  version: z.int().describe('Grows with every change; send it as seenVersion.'),
  enabled: z.boolean(),
  accountManagers: z.boolean(),
  accountManagersOvernight: z.boolean(),
  addresses: z.boolean(),
  contactRoleCode: z.string(),
  conflictPolicy: z.string(),
  fieldPolicies: z
    .record(z.string(), z.string())
    .describe('Policies of single fields where they differ: company.phone to a policy.'),
  alignmentPolicies: z
    .record(z.string(), z.string())
    .describe('Whose value stays at the first alignment, of single fields.'),
  alignment: z.string().describe('auto, or hold: nothing is written to records that were never the same.'),
  alertRules: z.record(z.string(), z.string()).describe('Rules of the alerts where they differ from their defaults.'),
  breakerShare: z
    .int()
    .describe('Percentage of linked records that may begin to be written to one side at once; 100: no breaker.'),
  timeZone: z.string().describe('IANA time zone; empty counts as UTC.'),
  overnightHour: z.int().describe("Hour of the tenant's day at which the overnight fix begins."),
  driftHour: z
    .union([z.int(), z.enum(['off', 'default'])])
    .describe(
      "Hour of the tenant's day at which both sides are compared; off: on request only; default: as configured.",
    ),
  overnightDueAt: time.nullable().describe('Null when the fix is off.'),
  overnightLast: overnight.nullable().describe('What the last run found; null before the first.'),
  holds: z
    .boolean()
    .describe('The state is in force: after a switch-off or a pause, when no earlier command can write any more.'),
  pausedSides: z.array(z.string()),
  pausedEntities: z.array(z.string()).describe('Kinds of record that are written to neither side.'),
  pauses: z.array(pause).describe('Why these are paused, one for each of both.'),
  changedBy: z.string(),
  changedAt: time.describe('When it was decided.'),
});

/** Settings of a tenant as the API shows them. */
export type SettingsView = z.infer<typeof settingsAnswer>;

const lane = z.object({
  side: z.string(),
  state: z.string().describe('open, deferred or probing'),
  code: z.string().describe('Stable reason code; ok when open.'),
  deferredUntil: time.nullable().describe('Null unless deferred.'),
  failures: z.int().describe('Consecutive deferrals.'),
  changedAt: time,
});

/** GET …/tenants/{tenantId} */
export const tenantAnswer = z.object({
  tenantId: z.string(),
  name: z.string(),
  timeZone: z.string(),
  prospectBaseUrl: z.string(),
  unleashedBaseUrl: z.string(),
  monthlyCalls: z.int().describe('Unleashed calls per calendar month.'),
  pollSeconds: z.number(),
  settings: settingsAnswer.nullable().describe('Null until the processor has seen the tenant.'),
  lanes: z.array(lane).describe('How writing to each side stands; a side that is not listed is open.'),
});

/** A tenant as the API shows it. */
export type TenantView = z.infer<typeof tenantAnswer>;

/** GET …/tenants */
export const tenantsAnswer = z.object({ tenants: z.array(tenantAnswer) });

/** GET …/settings/options */
export const optionsAnswer = z.object({
  options: z.array(
    z.object({
      setting: z.enum(['enabled', 'accountManagers', 'accountManagersOvernight', 'addresses']),
      title: z.string(),
      description: z.string(),
      value: z.boolean(),
    }) satisfies z.ZodType<SettingOptionView>,
  ),
});

/** PUT …/settings, POST …/requests */
export const carriedOut = z.object({
  requestId: z.string(),
  status: z.enum(['accepted', 'accepted-not-in-force', 'pending']),
  detail: z.string().optional(),
  settings: settingsAnswer.optional(),
});

/** GET /v1/me */
export const me = z.object({
  subject: z.string(),
  role: z.enum(ROLES),
  tenants: z.array(z.string()).nullable().describe('Tenants that may be seen; null means all.'),
  may: z.array(z.string()).describe('Kinds of orders, and settings, that may be sent.'),
});

/** Who asks, as GET /v1/me answers. */
export type MeAnswer = z.infer<typeof me>;
