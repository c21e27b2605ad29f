/** An identity provider on a free port: it signs for real, and checks what a careful one checks. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What it knows of this client. */
export const CLIENT_ID = 'two-way';
/** Has what a form would change. */
export const CLIENT_SECRET = 'a secret/of+the=client';

/** How it behaves; a test changes what it is about. */
export interface Manner {
  /** Claims of the ID token beside, or in the place of, the usual ones. */
  claims: Record<string, unknown>;
  /** Does it take a code again? */
  takesCodesAgain: boolean;
  /** Does it know a client by its secret, or is the client a public one? */
  isPublic: boolean;
  /** Paths that are never answered. */
  silent: string[];
  /** Paths that are answered with more than anybody wants to read. */
  endless: string[];
  /** Members of its description that are otherwise. */
  description: Record<string, unknown>;
  /** Signs with a key that it does not publish. */
  forges: boolean;
  /** What it says instead of giving a code. */
  error: Record<string, string> | null;
}

const USUAL: Manner = {
  ...{ claims: {}, takesCodesAgain: false, isPublic: false, silent: [], endless: [], description: {} },
  ...{ forges: false, error: null },
};

/** A provider that runs. */
export interface TestProvider {
  readonly issuer: string;
  readonly manner: Manner;
  /** Paths that were asked, in order. */
  readonly asked: string[];
  /** Every token and code that it gave, and verifier that it was shown, to be looked for where they must not be. */
  readonly given: string[];
  /** As it was in the beginning. */
  reset(): void;
  close(): Promise<void>;
}

interface Grant {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

/** Starts one. */
export async function startProvider(): Promise<TestProvider> {
  const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'own', use: 'sig', alg: 'ES256' };
  const grants = new Map<string, Grant>();
  const [asked, given]: [string[], string[]] = [[], []];
  const manner: Manner = { ...USUAL };

  async function tokensFor(grant: Grant) {
    const seconds = Math.floor(Date.now() / 1_000);
    const claims = {
      ...{ iss: issuer, aud: CLIENT_ID, sub: '1', iat: seconds, exp: seconds + 300, nonce: grant.nonce },
      ...{ email: 'ann@example.com', roles: ['viewer', 'operator'], tenants: ['acme', 'bolt'], ...manner.claims },
    };
    const key = manner.forges ? foreign : own;
    const idToken = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'own' }).sign(key.privateKey);
    const tokens = {
      access_token: `access-${randomUUID()}`,
      refresh_token: `refresh-${randomUUID()}`,
      id_token: idToken,
    };
    given.push(...Object.values(tokens));
    return { ...tokens, token_type: 'Bearer', expires_in: 300 };
  }

  function authorize(url: URL, response: ServerResponse): void {
    const asks = (name: string): string => url.searchParams.get(name) ?? '';
    const isRight =
      asks('client_id') === CLIENT_ID &&
      asks('response_type') === 'code' &&
      asks('code_challenge_method') === 'S256' &&
      asks('scope').split(' ').includes('openid');
    if (!isRight) {
      answer(response, 400, { error: 'invalid_request' });
      return;
    }
    const back = new URL(asks('redirect_uri'));
    const code = randomUUID();
    const grant = { nonce: asks('nonce'), challenge: asks('code_challenge'), redirectUri: back.href };
    grants.set(code, grant);
    given.push(code);
    const words = { ...(manner.error ?? { code }), state: asks('state') };
    for (const [name, value] of Object.entries(words)) back.searchParams.set(name, value);
    response.writeHead(302, { location: back.href }).end();
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const form = new URLSearchParams(text);
    const shown = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    const [id = '', secret = ''] = shown.split(':').map((part) => new URLSearchParams(`v=${part}`).get('v') ?? '');
    const isKnown = manner.isPublic
      ? form.get('client_id') === CLIENT_ID && request.headers.authorization === undefined
      : id === CLIENT_ID && secret === CLIENT_SECRET;
    if (!isKnown) {
      answer(response, 401, { error: 'invalid_client' });
      return;
    }
    const grant = grants.get(form.get('code') ?? '');
    given.push(form.get('code_verifier') ?? 'no verifier');
    if (!manner.takesCodesAgain) grants.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (grant?.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
      answer(response, 400, { error: 'invalid_grant', error_description: '<script>alert(1)</script>' });
      return;
    }
    answer(response, 200, await tokensFor(grant));
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://provider');
    asked.push(url.pathname);
    if (manner.silent.includes(url.pathname)) return;
    if (manner.endless.includes(url.pathname)) answer(response, 200, { text: 'x'.repeat(2_000_000) });
    else if (url.pathname === '/.well-known/openid-configuration') {
      answer(response, 200, {
        ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
        ...{ jwks_uri: `${issuer}/keys`, id_token_signing_alg_values_supported: ['ES256'] },
        ...manner.description,
      });
    } else if (url.pathname === '/keys') answer(response, 200, { keys: [jwk] });
    else if (url.pathname === '/authorize') authorize(url, response);
    else if (url.pathname === '/token') void exchange(request, response);
    else answer(response, 404, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ issuer, manner, asked, given },
    reset() {
      Object.assign(manner, USUAL);
      asked.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
