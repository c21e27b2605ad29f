/** What may be said about a tenant's configuration, and what is answered. */
import { z } from 'zod';
import { tenantSchema } from '#runtime';

const text = z.string().max(8_192);

/** Body of POST /v1/tenant-checks: a tenant as the tenants file would have it, to be tried and not stored. */
export const checkBody = z.strictObject({ tenant: tenantSchema });

/** Whether it is stored although something does not work yet. */
const despiteProblems = z.boolean().default(false);

/** Body of POST /v1/tenants: as for a check; it is stored when nothing speaks against it. */
export const addBody = z.strictObject({ tenant: tenantSchema, despiteProblems });

const hours = z.strictObject({ from: z.int(), to: z.int() });

/** What of a tenant changes; what is left out stays, null takes away. Values are checked with all the rest of the tenant. */
const changedTenant = z.strictObject({
  name: text.optional(),
  timeZone: text.optional(),
  prospect: z
    .strictObject({ baseUrl: text, token: text, webhookSecret: text, advancedLedgers: z.boolean() })
    .partial()
    .optional(),
  unleashed: z
    .strictObject({
      ...{ baseUrl: text, apiId: text, apiKey: text, monthlyCalls: z.int(), pollSeconds: z.int() },
      ...{ workingHours: hours.nullable(), quietPollSeconds: z.int().nullable(), webhookSignatureKey: text.nullable() },
    })
    .partial()
    .optional(),
  alerts: z.strictObject({ webhookUrl: text, webhookSecret: text }).partial().nullable().optional(),
});

/** Body of PUT …/configuration. */
export const changeBody = z.strictObject({
  tenant: changedTenant,
  /** Revision that the person saw; refused with 409 when it is not the newest. */
  seenRevision: z.int().min(1),
  despiteProblems,
});

/** Body of POST …/removal. */
export const removalBody = z.strictObject({
  /** The tenant's id once more, so that nobody removes one by a slip. */
  confirm: z.string().max(100),
  seenRevision: z.int().min(1),
});

export type AddBody = z.infer<typeof addBody>;
export type ChangeBody = z.infer<typeof changeBody>;
export type RemovalBody = z.infer<typeof removalBody>;

const finding = z.object({
  level: z.enum(['ok', 'note', 'problem']).describe('problem: two-way sync will not work like this.'),
  side: z.enum(['CRM', 'Unleashed']),
  message: z.string(),
});

/** What was found with the credentials. */
export const checkAnswer = z.object({ findings: z.array(finding) });

/** See {@link checkAnswer}. */
export type TenantFindings = z.infer<typeof checkAnswer>;

const change = z.object({ at: z.iso.datetime(), by: z.string(), what: z.string(), fields: z.array(z.string()) });

/** A tenant's configuration without its credentials. */
export const configurationAnswer = z.object({
  tenantId: z.string(),
  name: z.string(),
  timeZone: z.string(),
  managedBy: z.enum(['file', 'console']).describe('file: the tenants file has it, and it is changed there.'),
  standing: z
    .enum(['in-force', 'removed', 'unreadable', 'same-account'])
    .describe(
      'unreadable: what was last good stays in force. same-account: another tenant has the account; not served.',
    ),
  trouble: z.string().describe('What is wrong and what to do; empty when nothing is.'),
  revision: z.int().nullable().describe('Send it as seenRevision; null for a tenant of the file.'),
  prospect: z.object({ baseUrl: z.string(), advancedLedgers: z.boolean() }),
  unleashed: z.object({
    ...{ baseUrl: z.string(), monthlyCalls: z.int(), pollSeconds: z.int() },
    ...{ workingHours: hours.nullable(), quietPollSeconds: z.int().nullable() },
  }),
  alerts: z
    .object({ webhookUrl: z.string() })
    .nullable()
    .describe('Where notices of its incidents go; null: where those of all tenants go.'),
  credentials: z
    .array(z.string())
    .describe('Credentials that are set, such as prospect.token. Their values are never shown.'),
  history: z.array(change).describe('Who changed what, oldest first; of tenants that were added here.'),
});

/** See {@link configurationAnswer}. */
export type ConfigurationView = z.infer<typeof configurationAnswer>;

/** GET /v1/tenant-configurations */
export const configurationsAnswer = z.object({
  canStore: z.boolean().describe('Tenants can be added here.'),
  whyNot: z.string().describe('What to do so that they can; empty when they can.'),
  configurations: z.array(configurationAnswer),
});

/** See {@link configurationsAnswer}. */
export type ConfigurationsAnswer = z.infer<typeof configurationsAnswer>;

/** What became of an order. */
export const storedAnswer = z.object({
  status: z.enum(['accepted', 'pending']).describe('pending: stored, and not yet known to every service.'),
  findings: z.array(finding).describe('What was found with the credentials; empty when they were not tried.'),
  configuration: configurationAnswer,
});

/** See {@link storedAnswer}. */
export type StoredAnswer = z.infer<typeof storedAnswer>;
