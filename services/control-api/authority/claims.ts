/** What an identity provider says about somebody → who that is here. */
import type { JWTPayload } from 'jose';
import { ROLES, type Role } from '../roles.ts';
import type { Principal } from './principal.ts';
import { notTaken } from './refusals.ts';

/** Where a provider's tokens say what; dots lead into nested claims, unless a claim has that very name. */
export interface ClaimNames {
  /** The name that requests and settings carry. */
  readonly subject: string;
  /** A role, or a list of roles and groups of which the highest that is known counts. */
  readonly role: string;
  /** Ids of tenants, as a list or separated by spaces; `*` is all of them. */
  readonly tenants: string;
}

const SUBJECT_CHARS_MAX = 100;

/** Who it is. Throws Problem 401 that names the claim which does not say it. */
export function principalOfClaims(payload: JWTPayload, names: ClaimNames): Principal {
  const subject = claimOf(payload, names.subject);
  if (typeof subject !== 'string' || subject === '') throw lacks(names.subject, 'who it is');
  const said = wordsOf(claimOf(payload, names.role));
  const role: Role | undefined = ROLES.findLast((one) => said.includes(one));
  if (role === undefined) throw lacks(names.role, `a role of this API (${ROLES.join(', ')})`);
  const tenants = wordsOf(claimOf(payload, names.tenants));
  if (tenants.length === 0) throw lacks(names.tenants, 'any tenant, or * for all');
  return {
    subject: subject.slice(0, SUBJECT_CHARS_MAX),
    role,
    tenants: tenants.includes('*') ? null : new Set(tenants),
  };
}

function lacks(claim: string, what: string) {
  return notTaken(`The token does not say ${what}: claim ${JSON.stringify(claim)}.`);
}

/** A claim by its name, or by the path that its dots make. */
function claimOf(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let at: unknown = payload;
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return at;
}

function wordsOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((word) => word !== '');
  return Array.isArray(claim) ? claim.filter((one) => typeof one === 'string') : [];
}
