/** Tokens of an identity provider (OpenID Connect, or OAuth with JWT access tokens), checked by the keys that it publishes. */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { Problem } from '../problem.ts';
import { type ClaimNames, principalOfClaims } from './claims.ts';
import type { Principal } from './principal.ts';
import { expired, notTaken } from './refusals.ts';

/** Whose tokens are taken. */
export interface OidcOptions {
  /** `iss` of its tokens, to the letter. */
  readonly issuer: string;
  /** `aud` that has to be among those of a token. */
  readonly audience: string;
  /** Address of its keys (JWKS). */
  readonly jwksUrl: string;
  /** Signature algorithms that are taken; only such with a public key. */
  readonly algorithms: readonly string[];
  /** How far the provider's clock may differ from ours, seconds. */
  readonly clockToleranceS: number;
  readonly claims: ClaimNames;
}

/** Checks tokens of one provider. */
export interface OidcTokens {
  readonly issuer: string;
  /** Who it is. Throws Problem 401 with what is wrong, 503 when the provider's keys cannot be had. */
  verify(token: string): Promise<Principal>;
}

/** Longest wait for the keys, milliseconds. */
const KEYS_TIMEOUT_MS = 5_000;
/** Keys are fetched again this long after, milliseconds, and for one that is not among them at most as often as the second. */
const KEYS_MAX_AGE_MS = 10 * 60_000;
const KEYS_COOLDOWN_MS = 30_000;

/** Makes the check; the keys are fetched when the first token comes. */
export function createOidcTokens(options: OidcOptions, nowMs: () => number): OidcTokens {
  const { issuer, audience, algorithms, clockToleranceS } = options;
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), {
    timeoutDuration: KEYS_TIMEOUT_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
  });
  return {
    issuer,
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keys, {
          ...{ issuer, audience, algorithms: [...algorithms], clockTolerance: clockToleranceS },
          // One that never ends, or is about nobody, is not taken.
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(nowMs()),
        });
        return { ...principalOfClaims(payload, options.claims), expiresAtMs: payload.exp! * 1_000 };
      } catch (error) {
        throw problemOf(error);
      }
    },
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof errors.JWTExpired) return expired();
  if (error instanceof errors.JWTClaimValidationFailed) {
    return notTaken(`The token's claim ${JSON.stringify(error.claim)} is not as it must be.`, 401, error);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return notTaken('The token is signed in a way that is not taken here (OIDC_ALGORITHMS).', 401, error);
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return notTaken('The token is signed with a key that the identity provider does not publish.', 401, error);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return notTaken("The token's signature is wrong.", 401, error);
  }
  if (
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JOSENotSupported
  ) {
    return notTaken('The token is not a token that can be read.', 401, error);
  }
  return new Problem(503, 'NOT_READY', 'The keys of the identity provider cannot be had.', {
    hint: 'Check OIDC_JWKS_URL, and that it can be reached from here.',
    headers: { 'retry-after': '5' },
    cause: error,
  });
}
