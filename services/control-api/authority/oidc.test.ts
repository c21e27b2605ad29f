/** Tokens of an identity provider, by keys that it really publishes over HTTP: what is taken, and what is refused with which words. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenAuth } from '../auth.ts';
import { createOidcTokens, type OidcOptions } from './oidc.ts';

const NOW_MS = Date.parse('2026-11-30T10:00:00Z');
const ISSUER = 'https://login.example.com/';
let server: Server;
let jwksUrl: string;
let keys: object[];
let fetches = 0;
let own: CryptoKeyPair;
let rotated: CryptoKeyPair;
let stranger: CryptoKeyPair;

type CryptoKeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
const published = async (pair: CryptoKeyPair, kid: string) => ({
  ...(await exportJWK(pair.publicKey)),
  ...{ kid, use: 'sig', alg: 'ES256' },
});

beforeAll(async () => {
  [own, rotated, stranger] = (await Promise.all([0, 1, 2].map(() => generateKeyPair('ES256')))) as [
    CryptoKeyPair,
    CryptoKeyPair,
    CryptoKeyPair,
  ];
  keys = [await published(own, 'own')];
  server = createServer((_request, response) => {
    fetches += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
});
afterAll(() => void server.close());

function authOf(more: Partial<OidcOptions> = {}, nowMs = NOW_MS) {
  const oidc = createOidcTokens(
    {
      ...{ issuer: ISSUER, audience: 'two-way', jwksUrl, algorithms: ['ES256', 'RS256'], clockToleranceS: 30 },
      claims: { subject: 'email', role: 'realm_access.roles', tenants: 'https://example.com/tenants' },
      ...more,
    },
    () => nowMs,
  );
  return createTokenAuth({}, { oidc });
}

interface Token {
  readonly claims?: Record<string, unknown>;
  readonly key?: CryptoKeyPair;
  readonly kid?: string;
}

/** A token that is taken, or with one thing about it changed; a claim that is undefined is left out. */
async function tokenWith({ claims = {}, key = own, kid = 'own' }: Token = {}): Promise<string> {
  const seconds = NOW_MS / 1_000;
  const payload = {
    ...{ iss: ISSUER, aud: ['two-way', 'another'], sub: '1', iat: seconds, exp: seconds + 300 },
    ...{ email: 'ann@example.com', realm_access: { roles: ['offline', 'viewer', 'operator'] } },
    'https://example.com/tenants': ['acme', 'bolt'],
    ...claims,
  };
  const kept = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return await new SignJWT(kept).setProtectedHeader({ alg: 'ES256', kid }).sign(key.privateKey);
}
const bearer = async (token?: Token): Promise<string> => `Bearer ${await tokenWith(token)}`;

describe('a token of the identity provider', () => {
  it('says who it is, with the highest of its roles, where the claims are said to be', async () => {
    expect(await authOf().authenticate(await bearer())).toEqual({
      ...{ subject: 'ann@example.com', role: 'operator', tenants: new Set(['acme', 'bolt']) },
      expiresAtMs: NOW_MS + 300_000,
    });
    const all = await authOf().authenticate(await bearer({ claims: { 'https://example.com/tenants': '*' } }));
    expect(all.tenants).toBeNull();
  });

  it.each<[string, Token, string, string?]>([
    ['has expired', { claims: { exp: NOW_MS / 1_000 - 31 } }, 'has expired', 'TOKEN_EXPIRED'],
    ['never ends', { claims: { exp: undefined } }, '"exp"'],
    ['is not good yet', { claims: { nbf: NOW_MS / 1_000 + 31 } }, '"nbf"'],
    ['is for somebody else', { claims: { aud: 'another' } }, '"aud"'],
    ['comes from another issuer', { claims: { iss: 'https://login.example.com' } }, 'issuer'],
    ['pretends to be our own', { claims: { iss: 'two-way-sync' } }, 'issuer'],
    ['says nothing of its issuer', { claims: { iss: undefined } }, 'issuer'],
    ['is about nobody', { claims: { email: undefined } }, '"email"'],
    ['has no role of ours', { claims: { realm_access: { roles: ['root'] } } }, '"realm_access.roles"'],
    ['has no tenant', { claims: { 'https://example.com/tenants': [] } }, '"https://example.com/tenants"'],
    ['is signed by somebody else under the same key id', { key: 0 as never }, 'signature is wrong'],
    ['is signed with a key that is not published', { kid: 'gone' }, 'does not publish'],
  ])('that %s is refused, and says why', async (_what, token, words, code = 'UNAUTHORIZED') => {
    const given = await bearer(token.key === undefined ? token : { ...token, key: stranger });
    await expect(authOf().authenticate(given)).rejects.toMatchObject({
      status: 401,
      code,
      message: expect.stringContaining(words),
    });
    await expect(authOf().authenticate(given)).rejects.not.toMatchObject({
      message: expect.stringContaining(given.slice(-20)),
    });
  });

  it('is taken as long as clocks may differ', async () => {
    const exp = NOW_MS / 1_000 - 29;
    expect(await authOf().authenticate(await bearer({ claims: { exp } }))).toMatchObject({ role: 'operator' });
  });

  it('that is not signed, or with the public key as if it were a secret, is refused', async () => {
    const [, payload] = (await tokenWith()).split('.');
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const secret = new TextEncoder().encode(JSON.stringify(keys[0]));
    const symmetric = await new SignJWT(JSON.parse(Buffer.from(payload!, 'base64url').toString()))
      .setProtectedHeader({ alg: 'HS256', kid: 'own' })
      .sign(secret);
    for (const token of [`${part({ alg: 'none' })}.${payload}.`, symmetric]) {
      await expect(authOf().authenticate(`Bearer ${token}`)).rejects.toMatchObject({
        status: 401,
        message: expect.stringContaining('OIDC_ALGORITHMS'),
      });
    }
  });

  it('is taken when the provider changes its keys, which are otherwise fetched once', async () => {
    const auth = authOf({}, NOW_MS);
    const before = fetches;
    for (let n = 0; n < 5; n++) await auth.authenticate(await bearer());
    expect(fetches - before).toBe(1);
    keys = [...keys, await published(rotated, 'rotated')];
    // A stranger who makes key ids up does not make us ask the provider each time.
    await expect(auth.authenticate(await bearer({ kid: 'made-up' }))).rejects.toMatchObject({ status: 401 });
    expect(fetches - before).toBeLessThanOrEqual(2);
    const later = authOf();
    expect(await later.authenticate(await bearer({ key: rotated, kid: 'rotated' }))).toMatchObject({
      role: 'operator',
    });
  });

  it('cannot be checked while the provider does not answer: 503, and not 401', async () => {
    const auth = authOf({ jwksUrl: 'http://127.0.0.1:1/keys' });
    await expect(auth.authenticate(await bearer())).rejects.toMatchObject({ status: 503, code: 'NOT_READY' });
  });
});
