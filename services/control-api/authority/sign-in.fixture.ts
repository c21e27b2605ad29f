/** Signing in with the provider of the tests, as the service is set up for it. */
import { Secret } from '#runtime';
import { createOidcTokens } from './oidc.ts';
import { createOidcSignIn, type OidcSignIn } from './oidc-sign-in.ts';
import { CLIENT_ID, CLIENT_SECRET } from './provider.fixture.ts';
import { createSignInAttempts } from './sign-in-attempts.ts';

/** How people call it. */
export const PROVIDER_NAME = 'Acme Login';

/** What a test wants otherwise. */
interface TestSignIn {
  readonly issuer: string;
  /** Where the provider sends the browser back to. */
  readonly redirectUri: string;
  /** Of attempts. */
  readonly key: Secret;
  /** Of this client; null for a public one. */
  readonly secret?: string | null;
  readonly roleClaim?: string;
  readonly timeoutMs?: number;
  readonly nowMs?: () => number;
}

/** The way to it and back. */
export function createTestSignIn(options: TestSignIn): OidcSignIn {
  const { issuer, redirectUri, key, secret = CLIENT_SECRET, roleClaim = 'roles', nowMs = Date.now } = options;
  const claims = { subject: 'email', role: roleClaim, tenants: 'tenants' };
  const tokens = createOidcTokens(
    {
      ...{ issuer, audience: CLIENT_ID, jwksUrl: `${issuer}/keys`, algorithms: ['ES256'], claims, clockToleranceS: 30 },
    },
    nowMs,
  );
  return createOidcSignIn(
    {
      ...{ name: PROVIDER_NAME, issuer, clientId: CLIENT_ID, scopes: ['openid', 'email'], redirectUri },
      clientSecret: secret === null ? undefined : new Secret(secret),
      ...{ clockToleranceS: 30, timeoutMs: options.timeoutMs ?? 5_000 },
    },
    tokens,
    createSignInAttempts(key, nowMs),
  );
}
