/**
 * Who may ask what: bearer tokens, each for one person or program with a role and, if wished, certain tenants only.
 * Signed tokens, of this service's own and of an identity provider, are checked in `authority/`.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError, type Secret } from '#runtime';
import type { OidcTokens } from './authority/oidc.ts';
import type { Principal } from './authority/principal.ts';
import { notTaken } from './authority/refusals.ts';
import { OWN_ISSUER, type SessionTokens } from './authority/session-tokens.ts';
import { Problem } from './problem.ts';
import { ROLES } from './roles.ts';

/** Finds out who asks. */
export interface Authenticator {
  /**
   * The principal of an `Authorization` header.
   *
   * @throws Problem 401 when there is none, 503 while the keys of an identity provider cannot be had
   */
  authenticate(authorization: string | undefined): Promise<Principal>;
}

/** Who else gives tokens, beside the file. */
export interface TokenIssuers {
  /** This service itself: sessions and panels. */
  readonly own?: Pick<SessionTokens, 'verify'>;
  /** An identity provider. */
  readonly oidc?: OidcTokens | null;
}

/** Where tokens come from. */
export interface TokenSource {
  /** YAML or JSON file: a list of `{ subject, role, token, tenants? }` (CONTROL_API_TOKENS_FILE). Default: none. */
  readonly tokensFile?: string | undefined;
  /** One token with the role admin for all tenants (CONTROL_API_TOKEN). Default: none. */
  readonly token?: Secret | undefined;
}

/** Shorter tokens can be guessed. */
const TOKEN_CHARS_MIN = 24;
/** Longer ones are not looked into. */
const TOKEN_CHARS_MAX = 16_384;
/** More would make every request slow, as each token is compared. */
const TOKENS_MAX = 1_000;

const tokensFile = z
  .array(
    z.strictObject({
      subject: z.string().min(1).max(100),
      role: z.enum(ROLES),
      token: z.string().min(TOKEN_CHARS_MIN).max(1_000),
      tenants: z.array(z.string()).optional(),
    }),
  )
  .max(TOKENS_MAX);

/** The service must not start without a way to tell who asks, or with one that is too weak. */
function refuseToStart(variable: string, message: string): never {
  throw new ConfigError([{ variable, message }]);
}

/**
 * Reads the tokens of the file and of the environment; those of `issuers` are checked by their signature.
 *
 * @throws ConfigError when there is no way in at all, or when the file cannot be used; never with a token's text
 */
export function createTokenAuth(source: TokenSource, issuers: TokenIssuers = {}): Authenticator {
  const entries = [...fromFile(source.tokensFile), ...fromEnv(source.token)];
  if (entries.length === 0 && issuers.oidc == null) {
    refuseToStart(
      'CONTROL_API_TOKEN',
      'is not set. Nothing but health is open to everybody: set it, or CONTROL_API_TOKENS_FILE, or OIDC_ISSUER.',
    );
  }
  return {
    async authenticate(authorization) {
      const given = /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
      if (given === undefined) throw unauthorized('A bearer token is needed: Authorization: Bearer <token>.');
      const digest = digestOf(given);
      let found: Principal | null = null;
      // All are compared, the first match does not end it: the time tells nothing about which token was close.
      for (const entry of entries) if (timingSafeEqual(entry.digest, digest)) found = entry.principal;
      return found ?? (await signed(given, issuers));
    },
  };
}

/** Who a signed token is for. What it says about its issuer only chooses who checks it. */
async function signed(token: string, { own, oidc }: TokenIssuers): Promise<Principal> {
  const issuer = issuerOf(token);
  if (issuer === null) throw unauthorized('The bearer token is not known.');
  if (own !== undefined && issuer === OWN_ISSUER) return await own.verify(token);
  if (oidc != null && issuer === oidc.issuer) return await oidc.verify(token);
  throw notTaken('The token comes from an issuer that is not known here.');
}

/** What a token that looks like a JWT says about its issuer; null for any other text. */
function issuerOf(token: string): string | null {
  if (token.length > TOKEN_CHARS_MAX || token.split('.').length !== 3) return null;
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    return null;
  }
}

/** Refuses a tenant that the principal may not know of; the answer is the same as for one that does not exist. */
export function requireTenant(principal: Principal, tenantId: string): void {
  if (principal.tenants === null || principal.tenants.has(tenantId)) return;
  throw noSuchTenant(tenantId);
}

/** The answer for a tenant that is not there, or not for this principal. */
export function noSuchTenant(tenantId: string): Problem {
  return new Problem(404, 'NO_SUCH_TENANT', `There is no tenant ${JSON.stringify(tenantId)}.`);
}

interface Entry {
  readonly digest: Buffer;
  readonly principal: Principal;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

function unauthorized(message: string): Problem {
  return new Problem(401, 'UNAUTHORIZED', message, { headers: { 'www-authenticate': 'Bearer' } });
}

function fromEnv(secret: Secret | undefined): Entry[] {
  if (secret === undefined) return [];
  const token = secret.reveal();
  if (token.length < TOKEN_CHARS_MIN) {
    refuseToStart('CONTROL_API_TOKEN', `is too short: it needs ${TOKEN_CHARS_MIN} characters or more.`);
  }
  return [{ digest: digestOf(token), principal: { subject: 'admin', role: 'admin', tenants: null } }];
}

function fromFile(file: string | undefined): Entry[] {
  if (file === undefined) return [];
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch {
    // The cause may quote the file, and the file holds tokens.
    refuseToStart('CONTROL_API_TOKENS_FILE', `${file} cannot be read, or is not YAML.`);
  }
  const result = tokensFile.safeParse(content ?? []);
  if (!result.success) {
    const places = result.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
    refuseToStart('CONTROL_API_TOKENS_FILE', `${file} is not as it must be: ${places.join('; ')}.`);
  }
  return result.data.map(({ subject, role, token, tenants }) => ({
    digest: digestOf(token),
    principal: { subject, role, tenants: tenants === undefined ? null : new Set(tenants) },
  }));
}
