/**
 * People who sign in with the identity provider (OpenID Connect, authorization code with PKCE). The provider's tokens are
 * looked at here and dropped: what a browser gets is a session of this service's own.
 */
import * as client from 'openid-client';
import type { Secret } from '#runtime';
import { Problem } from '../problem.ts';
import type { OidcTokens } from './oidc.ts';
import type { Principal } from './principal.ts';
import type { SignInAttempts } from './sign-in-attempts.ts';
import { away, notAllowed, notValid, problemOfProvider, stale } from './sign-in-problems.ts';

/** This service as a client of the provider. */
export interface OidcSignInOptions {
  /** How people call the provider. */
  readonly name: string;
  /** Address of the provider, as its tokens spell it. */
  readonly issuer: string;
  readonly clientId: string;
  /** None for a public client: PKCE alone then ties the code to us. */
  readonly clientSecret?: Secret | undefined;
  /** Scopes that are asked for, `openid` among them. */
  readonly scopes: readonly string[];
  /** Where the provider sends the browser back to, to the letter as it is registered there. */
  readonly redirectUri: string;
  /** How far the provider's clock may differ from ours, seconds. */
  readonly clockToleranceS: number;
  /** Longest wait for each answer of the provider, milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

/** The way to the provider and back. */
export interface OidcSignIn {
  readonly name: string;
  /** Whether browsers reach this service over TLS. */
  readonly secure: boolean;
  /** Where to send the browser, and what it has to bring back. Throws SignInProblem. */
  begin(): Promise<{ readonly url: string; readonly sealed: string }>;
  /**
   * Who came back.
   *
   * @param query what stands behind the ? of the address to which the provider sent the browser
   * @param sealed what `begin` gave; undefined when the browser has nothing
   * @throws SignInProblem
   */
  finish(query: string, sealed: string | undefined): Promise<Principal>;
}

const TIMEOUT_MS = 5_000;
/** How long the provider's description of itself is kept, milliseconds. */
const DESCRIPTION_MS = 60 * 60_000;
/** Longest answer that is read, bytes. */
const ANSWER_BYTES_MAX = 1_048_576;
/** Answers that have no body. */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/**
 * Makes it; the provider is asked for its description when the first person signs in.
 *
 * @param tokens the check of bearer tokens with this client as the audience: roles and tenants come out of the same claims
 */
export function createOidcSignIn(
  options: OidcSignInOptions,
  tokens: Pick<OidcTokens, 'verify'>,
  attempts: SignInAttempts,
): OidcSignIn {
  const { clientId, clientSecret, redirectUri, clockToleranceS, timeoutMs = TIMEOUT_MS } = options;
  const issuer = new URL(options.issuer);
  let described: { readonly provider: Promise<client.Configuration>; readonly untilMs: number } | undefined;

  /** The provider's description; asked for once by all who wait, and again after it failed. */
  function provider(): Promise<client.Configuration> {
    if (described !== undefined && performance.now() < described.untilMs) return described.provider;
    const asked = client
      .discovery(issuer, clientId, { [client.clockTolerance]: clockToleranceS }, authenticationWith(clientSecret), {
        ...{ timeout: timeoutMs / 1_000, [client.customFetch]: fetchBounded },
        // Configuration lets plain HTTP through for this machine only.
        execute: issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [],
      })
      .catch((error) => {
        throw away(problemOfProvider(error).reason);
      });
    const kept = { provider: asked, untilMs: performance.now() + DESCRIPTION_MS };
    described = kept;
    asked.catch(() => {
      if (described === kept) described = undefined;
    });
    return asked;
  }

  return {
    name: options.name,
    secure: redirectUri.startsWith('https:'),
    async begin() {
      try {
        const verifier = client.randomPKCECodeVerifier();
        const attempt = { state: client.randomState(), nonce: client.randomNonce(), verifier };
        const url = client.buildAuthorizationUrl(await provider(), {
          ...{ redirect_uri: redirectUri, scope: options.scopes.join(' ') },
          ...{ state: attempt.state, nonce: attempt.nonce, response_mode: 'query' },
          ...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
        });
        return { url: url.href, sealed: await attempts.seal(attempt) };
      } catch (error) {
        throw problemOfProvider(error);
      }
    },
    async finish(query, sealed) {
      if (sealed === undefined) throw stale('no-attempt');
      const { state, nonce, verifier } = await attempts.open(sealed);
      // Never what the browser says it asked for: only what is behind the ? is the provider's.
      const came = new URL(redirectUri);
      came.search = query;
      try {
        const given = await client.authorizationCodeGrant(await provider(), came, {
          ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
        });
        return await principalOf(given.id_token ?? '');
      } catch (error) {
        throw problemOfProvider(error);
      }
    },
  };

  /** Who an ID token is about; its signature, claims and mapping are checked as those of a bearer token. */
  async function principalOf(idToken: string): Promise<Principal> {
    try {
      const { subject, role, tenants } = await tokens.verify(idToken);
      // Without its end: that of an ID token is about the token. The session has an end of its own.
      return { subject, role, tenants };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 503) throw away('keys');
      // With a cause the token itself is not as it must be; without, it is, and names nobody who is let in.
      throw error.cause === undefined ? notAllowed(error) : notValid('id-token');
    }
  }
}

/** How this service shows who it is: in the header, as every provider must take it, unless it says that it takes the form only. */
function authenticationWith(secret: Secret | undefined): client.ClientAuth {
  if (secret === undefined) return client.None();
  const [basic, post] = [client.ClientSecretBasic(secret.reveal()), client.ClientSecretPost(secret.reveal())];
  return (server, ...rest) => {
    const takes = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const isFormOnly = takes.includes('client_secret_post') && !takes.includes('client_secret_basic');
    (isFormOnly ? post : basic)(server, ...rest);
  };
}

/** fetch with an end to what is read; its time is limited by the signal that the library gives. */
const fetchBounded: client.CustomFetch = async (url, options) => {
  const response = await fetch(url, options as RequestInit);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) throw away('answer-too-large');
    chunks.push(chunk);
  }
  const { status, headers } = response;
  return new Response(WITHOUT_BODY.includes(status) ? null : Buffer.concat(chunks), { status, headers });
};
