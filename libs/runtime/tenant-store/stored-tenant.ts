/** A tenant as it lies in the store: what may be seen in plain text, credentials in a sealed box, and who changed what. */
import { z } from 'zod';
import { RuntimeError } from '../errors.ts';
import { deepFreeze } from '../freeze.ts';
import { Secret } from '../secret.ts';
import { SECRET_FIELDS, TENANT_ID, type Tenant, tenantSchema } from '../tenant-schema.ts';
import type { KeyRing } from './key-ring.ts';
import { seal, unseal } from './sealed-box.ts';

/** Changes that are remembered; the topics have all of them. */
export const HISTORY_MAX = 50;

const change = z.strictObject({
  /** When, ISO 8601. */
  at: z.iso.datetime(),
  /** Who. */
  by: z.string().max(200),
  /** What: added, changed, removed, encrypted anew. */
  what: z.string().max(40),
  /** Fields that were given; never a value of a credential. */
  fields: z.array(z.string().max(100)).max(100),
});

/** Who changed what, and when. */
export type StoredChange = z.infer<typeof change>;

const section = z.looseObject({ baseUrl: z.string() });
const alertsSection = z.looseObject({ webhookUrl: z.string() });

/** One revision of a stored tenant. */
export const storedTenant = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(TENANT_ID),
  /** Grows by one with each change. */
  revision: z.int().min(1),
  state: z.enum(['active', 'removed']),
  /** The tenant without its credentials. */
  plain: z.looseObject({ name: z.string(), prospect: section, unleashed: section, alerts: alertsSection.optional() }),
  /** Credentials, sealed; null once it is removed. */
  sealed: z.string().max(200_000).nullable(),
  history: z.array(change).max(HISTORY_MAX),
});

/** See {@link storedTenant}. */
export type StoredTenant = z.infer<typeof storedTenant>;

/** Credentials by their path inside a tenant, such as `prospect.token`. */
export type Credentials = Readonly<Record<string, string>>;

type Sections = Record<string, unknown>;

/** Takes the credentials out of a tenant. */
export function partTenant(tenant: Tenant): { plain: StoredTenant['plain']; credentials: Credentials } {
  const credentials: Record<string, string> = {};
  const copy: Sections = { ...tenant, prospect: { ...tenant.prospect }, unleashed: { ...tenant.unleashed } };
  if (tenant.alerts !== undefined) copy.alerts = { ...tenant.alerts };
  delete copy.id;
  for (const path of SECRET_FIELDS) {
    const [place, name] = placeOf(copy, path);
    if (place === undefined) continue;
    const value = place[name];
    if (value !== undefined) credentials[path] = value instanceof Secret ? value.reveal() : String(value);
    delete place[name];
  }
  return { plain: JSON.parse(JSON.stringify(copy)) as StoredTenant['plain'], credentials };
}

/** Names of the credentials that a tenant has, such as prospect.token. */
export function credentialsOf(tenant: Tenant): string[] {
  return Object.keys(partTenant(tenant).credentials);
}

/** Puts the two together again, as a plain value that is still to be checked. */
export function joinTenant(id: string, plain: StoredTenant['plain'], credentials: Credentials): unknown {
  const copy: Sections = { id, ...structuredClone(plain) };
  for (const [path, value] of Object.entries(credentials)) {
    if (!SECRET_FIELDS.has(path)) continue;
    const [place, name] = placeOf(copy, path);
    if (place !== undefined) place[name] = value;
  }
  return copy;
}

function placeOf(tenant: Sections, path: string): [Sections | undefined, string] {
  const [sectionName = '', name = ''] = path.split('.');
  return [tenant[sectionName] as Sections | undefined, name];
}

/** What a box is bound to: its tenant and where the credentials are sent. */
function belongsTo(id: string, plain: StoredTenant['plain']): string {
  const { prospect, unleashed, alerts } = plain;
  return JSON.stringify([
    id,
    prospect.baseUrl,
    unleashed.baseUrl,
    ...(alerts === undefined ? [] : [alerts.webhookUrl]),
  ]);
}

/** Seals credentials for a tenant. */
export function sealCredentials(
  keys: KeyRing,
  id: string,
  plain: StoredTenant['plain'],
  credentials: Credentials,
): string {
  return seal(keys, JSON.stringify(credentials), belongsTo(id, plain));
}

/** Opens the box of a stored tenant. Throws RuntimeError as {@link unseal}; TENANTS_SEAL_BROKEN when it has none. */
export function openCredentials(keys: KeyRing, { id, plain, sealed }: StoredTenant): Credentials {
  return z.record(z.string(), z.string()).parse(JSON.parse(unseal(keys, sealed ?? '', belongsTo(id, plain))));
}

/** The tenant of a stored one, checked and frozen. Throws RuntimeError. */
export function openTenant(keys: KeyRing, stored: StoredTenant): Tenant {
  const result = tenantSchema.safeParse(joinTenant(stored.id, stored.plain, openCredentials(keys, stored)));
  if (result.success) return deepFreeze(result.data);
  const places = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new RuntimeError(
    'TENANTS_STORE_DAMAGED',
    `What is stored of ${stored.id} is not a tenant: ${places.join('; ')}`,
    {
      hint: 'Give the configuration anew, or put the file back from a copy.',
    },
  );
}
