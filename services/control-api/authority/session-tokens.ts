/**
 * Tokens that this service signs itself: for who signed in to the console, and for the panel of one contact. They are never
 * stored: any instance with the same key takes them, and they end by themselves. That of the console is renewed while a page
 * is open, until `SESSION_MAX_S` after the sign-in; then a person signs in again.
 */
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Secret } from '#runtime';
import { ROLES } from '../roles.ts';
import type { Principal } from './principal.ts';
import { expired, notTaken } from './refusals.ts';

/** Issuer of these tokens: how they are told from those of an identity provider. */
export const OWN_ISSUER = 'two-way-sync';
/** How long a token is good for, seconds. */
const TOKEN_S = 15 * 60;
/** How long after the sign-in it can be renewed, seconds. */
const SESSION_MAX_S = 12 * 60 * 60;
const AUDIENCE = 'control-api';
/** The only one: the key is ours alone, so nobody else has to be able to check. */
const ALGORITHM = 'HS256';

/** A token and when it ends. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** Gives and checks tokens. */
export interface SessionTokens {
  /** A token of who has just signed in, or may use the panel. */
  issue(who: Principal): Promise<IssuedToken>;
  /**
   * A new token for who has one that is still good.
   *
   * @throws Problem 401 when the time since the sign-in is over, 403 for a token that is no session's
   */
  renew(who: Principal): Promise<IssuedToken>;
  /** Who it is. Throws Problem 401. */
  verify(token: string): Promise<Principal>;
}

const claims = z.object({
  sub: z.string().min(1),
  role: z.enum(ROLES),
  tenants: z.array(z.string()).nullable(),
  panel: z.object({ tenantId: z.string(), contactId: z.string() }).optional(),
  /** When the person signed in, seconds. */
  auth_time: z.int(),
  exp: z.int(),
});

/** Makes them; `key` is 32 characters or more, the same for every instance. */
export function createSessionTokens(key: Secret, nowMs: () => number): SessionTokens {
  const secret = new TextEncoder().encode(key.reveal());

  async function sign(who: Principal, beganAtS: number): Promise<IssuedToken> {
    const nowS = Math.floor(nowMs() / 1_000);
    const expiresAtS = Math.min(nowS + TOKEN_S, beganAtS + SESSION_MAX_S);
    const { role, tenants, panel } = who;
    const payload = { role, tenants: tenants === null ? null : [...tenants], panel, auth_time: beganAtS };
    const token = await new SignJWT(payload)
      .setProtectedHeader({ alg: ALGORITHM })
      .setIssuer(OWN_ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(who.subject)
      .setIssuedAt(nowS)
      .setExpirationTime(expiresAtS)
      .sign(secret);
    return { token, expiresAtMs: expiresAtS * 1_000 };
  }

  return {
    issue: (who) => sign(who, Math.floor(nowMs() / 1_000)),
    async renew(who) {
      const { session } = who;
      if (session === undefined) throw notTaken('Only a session can be renewed; this token is none.', 403);
      if (nowMs() >= session.beganAtMs + SESSION_MAX_S * 1_000) throw expired();
      return await sign(who, Math.floor(session.beganAtMs / 1_000));
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, secret, {
          ...{ issuer: OWN_ISSUER, audience: AUDIENCE, algorithms: [ALGORITHM] },
          currentDate: new Date(nowMs()),
        });
        const { sub, role, tenants, panel, auth_time: beganAtS, exp } = claims.parse(payload);
        return {
          ...{ subject: sub, role, tenants: tenants === null ? null : new Set(tenants) },
          ...(panel === undefined ? {} : { panel }),
          session: { beganAtMs: beganAtS * 1_000 },
          expiresAtMs: exp * 1_000,
        };
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw expired();
        throw notTaken('The token was not made here, or with another key.');
      }
    },
  };
}
