/** What a request's body and path may hold. Everything else is refused. */
import { z } from 'zod';
import { ALERT_PAUSE, ALERT_RULES, type AlertRuleName } from '#sync-core';
import { Problem } from './problem.ts';

/** Larger bodies are refused, bytes. */
export const BODY_BYTES_MAX = 64 * 1024;

/** Identity of a tenant, as in the tenants file. */
export const tenantIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is not the id of a tenant');

/** Idempotency-Key: what one caller repeats for one tenant with the same key has the same request id. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,100}$/, 'must be 1 to 100 letters, digits or . _ : -');

/** Query of GET /v1/tenants/{tenantId}/settings/options: words that are all to occur; left out: all options. */
export const optionsQuery = z.strictObject({ search: z.string().max(200).default('') });

const fieldPolicies = z
  .record(z.string().max(50), z.enum(['latest', 'crm', 'unleashed', 'ask', 'default']))
  .refine((policies) => Object.keys(policies).length <= 20, { message: 'names more fields than there are' });

const alertRules = z.partialRecord(
  z.enum([...(Object.keys(ALERT_RULES) as AlertRuleName[]), ALERT_PAUSE]),
  z.string().regex(/^(default|off|on|\d{1,6})$/, 'must be off, on, default or a whole number'),
);

/** Body of PUT /v1/tenants/{tenantId}/settings: what is left out stays as it is. */
export const settingsBody = z
  .strictObject({
    /** Enable Syncing between the CRM and your ERP system. */
    enabled: z.boolean().optional(),
    /** Enable the syncing of Account Managers. */
    accountManagers: z.boolean().optional(),
    /** Fix incorrect Account Managers overnight. */
    accountManagersOvernight: z.boolean().optional(),
    /** Enable Syncing of Company Addresses between the CRM and your ERP system. */
    addresses: z.boolean().optional(),
    /** RoleCode given to contacts that are made in the CRM, at most 6 characters. */
    contactRoleCode: z.string().min(1).max(6).optional(),
    /** Who wins when both sides changed a field. */
    conflictPolicy: z.enum(['latest', 'crm', 'unleashed', 'ask']).optional(),
    /** Policies of single fields where they differ: company.phone to a policy, or default. */
    fieldPolicies: fieldPolicies.optional(),
    /** Whose value stays at the first alignment, of single fields: company.phone to a policy, or default. Blanks are filled anyway. */
    alignmentPolicies: fieldPolicies.optional(),
    /** Rules of the alerts: each to off, default or a threshold; pauseWhenFailing to on or default. */
    alertRules: alertRules.optional(),
    /** Hour of the tenant's day at which the overnight fix begins. */
    overnightHour: z.int().min(0).max(23).optional(),
    /** Hour of the tenant's day at which both sides are compared; off: on request only; default: as configured. */
    driftHour: z.union([z.int().min(0).max(23), z.enum(['off', 'default'])]).optional(),
    /** hold: nothing is written to records that were never the same, until it is set to auto. */
    alignment: z.enum(['auto', 'hold']).optional(),
    /**
     * The breaker: percentage of the linked records, and more than 50, that may begin to be written to one side within 15 minutes
     * before the rest waits for approval; 100: no breaker.
     */
    breakerShare: z.int().min(1).max(100).optional(),
    /** Version of the settings that the person saw; refused with 409 when it is out of date. Left out: whatever it is. */
    seenVersion: z.int().min(0).optional(),
  })
  .refine(({ seenVersion: _, ...settings }) => Object.values(settings).some((value) => value !== undefined), {
    message: 'names no setting to change',
  });

/** Body of POST /v1/tenants/{tenantId}/settings/preview: a change of settings, or nothing for how things are. */
export const previewBody = z.union([settingsBody, z.strictObject({})]);

/** A checked body of a change of settings. */
export type SettingsBody = z.infer<typeof settingsBody>;

const side = z.enum(['crm', 'unleashed']);
const entity = z.enum(['company', 'contact']);
const recordId = z.string().min(1).max(100);
const field = z.string().min(1).max(50);

/** A side, a kind of record, or one record at a side. */
const whatIsPaused = { side: side.optional(), entity: entity.optional(), recordId: recordId.optional() };
type Paused = { side?: string | undefined; entity?: string | undefined; recordId?: string | undefined };
const isOneThing = (body: Paused): boolean =>
  body.recordId === undefined
    ? (body.side === undefined) !== (body.entity === undefined)
    : body.side !== undefined && body.entity !== undefined;
/** Why, in the asker's words. */
const reason = z.string().trim().min(1).max(200);
const oneThing = { message: 'give a side, or an entity, or side, entity and recordId' };

/**
 * Body of POST /v1/tenants/{tenantId}/requests. recordId is the id at the side named, or in the CRM where none is named.
 */
export const requestBody = z.discriminatedUnion('kind', [
  /** Stop writing to a side, stop writing a kind of record to both, or stop syncing one record; a reason is kept for the first two. */
  z
    .strictObject({ kind: z.literal('pause'), ...whatIsPaused, reason: reason.optional() })
    .refine(isOneThing, oneThing)
    .refine((body) => body.recordId === undefined || body.reason === undefined, {
      message: 'goes with a side or a kind of record, not with one record',
      path: ['reason'],
    }),
  /** Go on. */
  z.strictObject({ kind: z.literal('resume'), ...whatIsPaused }).refine(isOneThing, oneThing),
  /** Try again now what failed for a record. */
  z.strictObject({ kind: z.literal('retry'), side, entity, recordId }),
  /** Write what the breaker holds of a record. */
  z.strictObject({ kind: z.literal('release'), side, entity, recordId }),
  /** Leave unwritten what the breaker holds of a record. */
  z.strictObject({ kind: z.literal('refuse'), side, entity, recordId }),
  /** Align this record, although the first alignment waits for approval. */
  z.strictObject({ kind: z.literal('align'), side, entity, recordId }),
  /** Look at a record now. */
  z.strictObject({ kind: z.literal('read'), side, entity, recordId }),
  /** Make this contact of the CRM in Unleashed: the button. */
  z.strictObject({ kind: z.literal('sync-contact'), recordId }),
  /** Take an Unleashed contact that is there already for this contact of the CRM. */
  z.strictObject({ kind: z.literal('use-existing'), recordId, targetId: z.guid() }),
  /** Make this contact of Unleashed in the CRM although others there look like it. */
  z.strictObject({ kind: z.literal('make-in-crm'), recordId: z.guid() }),
  /** Bring a value that lost back, on the side where it stood. */
  z.strictObject({ kind: z.literal('restore'), side, entity, recordId, field, value: z.string().max(10_000) }),
  /** Answer an open question: the value that this side shows stays. */
  z.strictObject({ kind: z.literal('answer'), side, entity, recordId, field }),
  /** Set account managers to those of Unleashed now. */
  z.strictObject({ kind: z.literal('run-overnight') }),
  /** Compare both sides with what the sync knows; the id of the request is the id of the check. */
  z.strictObject({ kind: z.literal('check-drift') }),
  /** Read a record and publish it, whether it is known or not; a contact of Unleashed is read with its company. */
  z.strictObject({ kind: z.literal('observe'), side, entity, recordId }),
]);

/** A checked body of an order. */
export type RequestBody = z.infer<typeof requestBody>;

/** Checks a value. Throws Problem 400 that names each field. */
export function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({
    field: issue.path.join('.') || what,
    message: issue.code === 'unrecognized_keys' ? unknownNames(issue, schema) : issue.message,
  }));
  const message = errors.map((error) => `${error.field}: ${error.message}`).join('; ');
  throw new Problem(400, 'INVALID_REQUEST', message, { members: { errors } });
}

/** Which names are not known and, of what was checked as a whole, which are. */
function unknownNames({ keys, path }: z.core.$ZodIssueUnrecognizedKeys, schema: z.ZodType): string {
  const unknown = `not known: ${keys.join(', ')}.`;
  if (path.length > 0 || !(schema instanceof z.ZodObject)) return unknown;
  return `${unknown} Known are ${Object.keys(schema.shape).join(', ')}.`;
}
