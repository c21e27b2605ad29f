/** The shapes of `views.ts` and of the answers to orders, for the description of the API; checked against them by the compiler. */
import { z } from 'zod';
import { ROLES } from './roles.ts';
import type { SettingOptionView } from './setting-options.ts';
import type { LaneView, OvernightView, SettingsView, TenantView } from './views.ts';

const time = z.iso.datetime();

const overnight = z.object({
  startedAt: time,
  compared: z.int(),
  ordered: z.int(),
  stopped: z.int(),
}) satisfies z.ZodType<OvernightView>;

/** GET …/settings */
export const settingsAnswer = z.object({
  version: z.int().describe('Grows with every change; send it as seenVersion.'),
  enabled: z.boolean(),
  accountManagers: z.boolean(),
  accountManagersOvernight: z.boolean(),
  addresses: z.boolean(),
  contactRoleCode: z.string(),
  conflictPolicy: z.string(),
  fieldPolicies: z.record(z.string(), z.string()),
  alignment: z.string(),
  timeZone: z.string(),
  overnightHour: z.int(),
  overnightDueAt: time.nullable(),
  overnightLast: overnight.nullable(),
  holds: z.boolean().describe('True when no earlier command can write any more.'),
  pausedSides: z.array(z.string()),
  changedBy: z.string(),
  changedAt: time,
}) satisfies z.ZodType<SettingsView>;

const lane = z.object({
  side: z.string(),
  state: z.string().describe('open, deferred or probing'),
  code: z.string().describe('Stable reason code; ok when open.'),
  deferredUntil: time.nullable(),
  failures: z.int(),
  changedAt: time,
}) satisfies z.ZodType<LaneView>;

/** GET …/tenants/{tenantId} */
export const tenantAnswer = z.object({
  tenantId: z.string(),
  name: z.string(),
  timeZone: z.string(),
  prospectBaseUrl: z.string(),
  unleashedBaseUrl: z.string(),
  monthlyCalls: z.int(),
  pollSeconds: z.number(),
  settings: settingsAnswer.nullable(),
  lanes: z.array(lane),
}) satisfies z.ZodType<TenantView>;

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
