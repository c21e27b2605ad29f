/** Signing in with an identity provider, all the way through real HTTP: who gets in, who does not, and what nobody gets to see. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLog, createMetrics, type HttpServer, Secret, startHttpServer } from '#runtime';
import { createTokenAuth } from './auth.ts';
import { CLIENT_SECRET, startProvider, type TestProvider } from './authority/provider.fixture.ts';
import { createSessionTokens } from './authority/session-tokens.ts';
import { createTestSignIn } from './authority/sign-in.fixture.ts';
import { createSignInCodes } from './authority/sign-in-codes.ts';
import { addEntranceRoutes } from './entrance-routes.ts';
import { addSignInRoutes } from './sign-in-routes.ts';

const KEY = new Secret('key-of-the-sessions-of-the-tests-0123456789');
const CALLBACK = 'http://127.0.0.1:9/sign-in/callback';
const auth = createTokenAuth({ token: new Secret('a-token-that-is-long-enough-1') });
const sessions = createSessionTokens(KEY, Date.now);
let provider: TestProvider;
/** Everything that browsers and the log got to see. */
const seen: string[] = [];
const open: HttpServer[] = [];

beforeAll(async () => {
  provider = await startProvider();
});
afterEach(async () => {
  provider.reset();
  await Promise.all(open.splice(0).map((http) => http.close()));
});
afterAll(() => provider.close());

interface Options {
  readonly secret?: string | null;
  readonly redirectUri?: string;
  readonly roleClaim?: string;
  readonly perStranger?: number;
  readonly timeoutMs?: number;
  readonly isSetUp?: boolean;
  readonly issuer?: string;
}

/** This service as far as signing in goes, and how far its clock is ahead. */
async function start(options: Options = {}) {
  const { redirectUri = CALLBACK, perStranger = 1_000, issuer = provider.issuer } = options;
  const clock = { aheadMs: 0 };
  const nowMs = (): number => Date.now() + clock.aheadMs;
  const signIn = createTestSignIn({ ...options, issuer, redirectUri, key: KEY, nowMs });
  const codes = createSignInCodes(nowMs);
  const log = createLog({ service: 'test', destination: { write: (line) => void seen.push(line) } });
  const http = await startHttpServer({
    ...{ config: { host: '127.0.0.1', port: 0 }, log, metrics: createMetrics('test'), checks: {} },
    routes: async (app) => {
      const limits = { perSubject: 1_000, perStranger };
      addSignInRoutes(app, { provider: options.isSetUp === false ? null : signIn, codes, auth, limits, log });
      await app.register(
        async (api) => addEntranceRoutes(api, { entrance: { sessions, codes }, tenants: { get: () => undefined } }),
        { prefix: '/v1' },
      );
    },
  });
  open.push(http);
  return { http, clock };
}

/** A browser: it keeps the cookie as told, and goes nowhere by itself. */
function browserOf({ http }: { readonly http: HttpServer }) {
  let jar = '';
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const cookie: Record<string, string> = path.startsWith('/sign-in/callback') && jar !== '' ? { cookie: jar } : {};
    const response = await fetch(http.url + path, { redirect: 'manual', headers: { ...cookie, ...headers } });
    const text = await response.text();
    const set = response.headers.get('set-cookie');
    if (set !== null) jar = /Max-Age=0/.test(set) ? '' : set.split(';', 1)[0]!;
    seen.push(JSON.stringify([...response.headers]), text);
    return {
      status: response.status,
      text,
      location: response.headers.get('location') ?? '',
      set: set ?? '',
      response,
    };
  };
  return {
    ask,
    cookie: () => jar,
    /** Leaves for the provider and gets as far as the address to which that sends it back. */
    async leave(): Promise<string> {
      const { location, status } = await ask('/sign-in/start');
      expect(status).toBe(303);
      const there = await fetch(location, { redirect: 'manual' });
      const back = new URL(there.headers.get('location')!);
      expect(back.origin + back.pathname).toBe(CALLBACK);
      return back.pathname + back.search;
    },
    /** Exchanges the code that it got in the end, as the console does. */
    async enter(location: string) {
      const code = /^\/#code=([\w-]+)$/.exec(location)?.[1];
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${http.url}/v1/sign-in`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ code }),
      });
      const { token = '' } = (await response.json()) as { token?: string };
      return { status: response.status, who: response.ok ? await sessions.verify(token) : null };
    },
  };
}

/** With another value of one parameter of an address. */
function withParameter(path: string, name: string, value: string): string {
  const url = new URL(path, 'http://x');
  url.searchParams.set(name, value);
  return url.pathname + url.search;
}
const last = (): string => seen.findLast((line) => line.includes('was not completed')) ?? '';

describe('signing in with the identity provider', () => {
  it.each([
    ['with a secret', CLIENT_SECRET],
    ['as a public client', null],
  ])('%s ends in a session with the role and tenants of its claims', async (_how, secret) => {
    provider.manner.isPublic = secret === null;
    const browser = browserOf(await start({ secret }));
    const { status, location, text } = await browser.ask(await browser.leave());
    expect([status, text]).toEqual([303, '']);
    const { who } = await browser.enter(location);
    expect(who).toMatchObject({ subject: 'ann@example.com', role: 'operator', tenants: new Set(['acme', 'bolt']) });
    expect(who?.session).toBeDefined();
    // Its code works once.
    expect((await browser.enter(location)).status).toBe(401);
  });

  it('asks the provider for its description once', async () => {
    const browser = browserOf(await start());
    for (let n = 0; n < 3; n++) expect((await browser.ask(await browser.leave())).status).toBe(303);
    expect(provider.asked.filter((path) => path.startsWith('/.well-known'))).toHaveLength(1);
  });

  it('keeps what it needs in a cookie for the way back alone, which is gone afterwards', async () => {
    const browser = browserOf(await start());
    const { set, response } = await browser.ask('/sign-in/start');
    expect(set).toMatch(/^twoway-sign-in=[\w.-]+; Max-Age=600; Path=\/sign-in\/callback; HttpOnly; SameSite=Lax$/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    await browser.ask(await browser.leave());
    expect(browser.cookie()).toBe('');
    const secure = browserOf(await start({ redirectUri: 'https://sync.example/sign-in/callback' }));
    expect((await secure.ask('/sign-in/start')).set).toMatch(
      /^__Secure-twoway-sign-in=.*; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it('goes to the provider and to the console, whatever a request asks for', async () => {
    const browser = browserOf(await start());
    const evil = { host: 'evil.example', 'x-forwarded-host': 'evil.example', referer: 'https://evil.example/' };
    const { location } = await browser.ask(
      '/sign-in/start?return=https://evil.example&redirect_uri=//evil.example',
      evil,
    );
    const asked = new URL(location);
    expect([asked.origin, asked.searchParams.get('redirect_uri')]).toEqual([provider.issuer, CALLBACK]);
    const back = withParameter(await browser.leave(), 'return', 'https://evil.example');
    expect((await browser.ask(back, evil)).location).toMatch(/^\/#code=[\w-]+$/);
  });

  it('tells the console what the provider is called; without one there is nothing', async () => {
    const browser = browserOf(await start());
    expect(JSON.parse((await browser.ask('/sign-in/provider')).text)).toEqual({ name: 'Acme Login' });
    const without = browserOf(await start({ isSetUp: false }));
    expect(JSON.parse((await without.ask('/sign-in/provider')).text)).toEqual({ name: null });
    for (const path of ['/sign-in/start', '/sign-in/callback']) expect((await without.ask(path)).status).toBe(404);
  });
});

describe('nobody gets in', () => {
  /** The page says what and why, and there is no way in on it. */
  function expectPage(answer: { status: number; text: string; location: string; response: Response }, status: number) {
    expect([answer.status, answer.location]).toEqual([status, '']);
    expect(answer.text).toContain('<h1>Not signed in</h1>');
    expect(answer.text).not.toContain('<script');
    const { headers } = answer.response;
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';style-src 'sha256-/);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  }

  it('with another state', async () => {
    const browser = browserOf(await start());
    const back = await browser.leave();
    expectPage(await browser.ask(withParameter(back, 'state', 'another')), 401);
    expect(last()).toContain('OAUTH_INVALID_RESPONSE');
    // The code was not even shown to the provider.
    expect(provider.asked).not.toContain('/token');
  });

  it('in a browser that did not leave, or left for another attempt', async () => {
    const service = await start();
    const [attacker, victim] = [browserOf(service), browserOf(service)];
    const back = await attacker.leave();
    expectPage(await victim.ask(back), 400);
    await victim.leave();
    expectPage(await victim.ask(back), 401);
    expect(provider.asked).not.toContain('/token');
  });

  it('a second time, even where the provider takes its code again', async () => {
    provider.manner.takesCodesAgain = true;
    const browser = browserOf(await start());
    const back = await browser.leave();
    const cookie = browser.cookie();
    expect((await browser.ask(back)).status).toBe(303);
    expectPage(await browser.ask(back, { cookie }), 400);
    expect(last()).toContain('attempt-used');
  });

  it('with the code of somebody else, who has another verifier', async () => {
    const service = await start();
    const [attacker, victim] = [browserOf(service), browserOf(service)];
    const code = new URL(await victim.leave(), 'http://x').searchParams.get('code')!;
    expectPage(await attacker.ask(withParameter(await attacker.leave(), 'code', code)), 401);
    expect(last()).toContain('invalid_grant');
  });

  it('too late', async () => {
    const service = await start();
    const browser = browserOf(service);
    const back = await browser.leave();
    service.clock.aheadMs = 10 * 60_000;
    expectPage(await browser.ask(back), 400);
    expect(last()).toContain('attempt-not-valid');
  });

  it('with a cookie that was not made here', async () => {
    const browser = browserOf(await start());
    const back = await browser.leave();
    const [name, sealed] = browser.cookie().split('=') as [string, string];
    const parts = sealed.split('.');
    parts[3] = `${parts[3]!.startsWith('A') ? 'B' : 'A'}${parts[3]!.slice(1)}`;
    for (const value of [parts.join('.'), '', 'x', `${sealed}.x`]) {
      expectPage(await browser.ask(back, { cookie: `${name}=${value}` }), 400);
    }
    expect(provider.asked).not.toContain('/token');
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ['with another nonce', { nonce: 'another' }, 401, 'does not belong to this sign-in'],
    ['without a nonce', { nonce: undefined }, 401, 'does not belong to this sign-in'],
    ['for another audience', { aud: 'another' }, 401, 'does not belong to this sign-in'],
    ['from another issuer', { iss: 'https://another.example' }, 401, 'does not belong to this sign-in'],
    ['that has expired', { exp: 1_000_000_000 }, 401, 'does not belong to this sign-in'],
    ['without a role of ours', { roles: ['root'] }, 403, 'a role of this API'],
    ['without tenants', { tenants: [] }, 403, 'any tenant'],
    ['about nobody', { email: undefined }, 403, 'who it is'],
  ])('by a token %s', async (_what, claims, status, words) => {
    provider.manner.claims = claims;
    const browser = browserOf(await start());
    const answer = await browser.ask(await browser.leave());
    expectPage(answer, status);
    expect(answer.text).toContain(words);
    expect(answer.text).toMatch(status === 403 ? /Ask whoever runs the identity provider/ : /Sign in again/);
  });

  it('by a token that somebody else signed', async () => {
    provider.manner.forges = true;
    const browser = browserOf(await start());
    expectPage(await browser.ask(await browser.leave()), 401);
    expect(last()).toContain('id-token');
  });

  it('whom the provider refuses; its words are not repeated', async () => {
    provider.manner.error = { error: 'access_denied', error_description: '<img src=x onerror=alert(1)>' };
    const browser = browserOf(await start());
    const answer = await browser.ask(await browser.leave());
    expectPage(answer, 403);
    expect(answer.text).not.toContain('onerror');
    expect(last()).toContain('access_denied');
    provider.manner.error = { error: '\u001b[31m<b>' };
    expectPage(await browser.ask(await browser.leave()), 403);
    expect(last()).toContain('"reason":"unknown"');
  });

  it('and names of claims are shown as text', async () => {
    const browser = browserOf(await start({ roleClaim: '<b>roles</b>' }));
    const answer = await browser.ask(await browser.leave());
    expectPage(answer, 403);
    expect(answer.text).toContain('&lt;b&gt;roles&lt;/b&gt;');
  });

  it('while the provider does not know this system', async () => {
    const browser = browserOf(await start({ secret: 'another secret' }));
    const answer = await browser.ask(await browser.leave());
    expectPage(answer, 503);
    expect(answer.text).toContain('OIDC_CLIENT_SECRET');
  });

  it.each([
    ['/.well-known/openid-configuration', 'silent', 'OAUTH_TIMEOUT'],
    ['/.well-known/openid-configuration', 'endless', 'answer-too-large'],
    ['/token', 'silent', 'OAUTH_TIMEOUT'],
    ['/token', 'endless', 'answer-too-large'],
    ['/keys', 'endless', 'keys'],
  ] as const)('while the provider is not well at %s (%s), and afterwards again', async (path, how, reason) => {
    const browser = browserOf(await start({ timeoutMs: 2_000 }));
    const atStart = path.startsWith('/.well-known');
    const back = atStart ? '/sign-in/start' : await browser.leave();
    provider.manner[how] = [path];
    const answer = await browser.ask(back);
    expectPage(answer, 503);
    expect(answer.text).toContain('does not answer');
    expect(last()).toContain(reason);
    expect(atStart ? answer.set : 'gone').not.toContain('twoway-sign-in=ey');
    provider.manner[how] = [];
    expect((await browser.ask('/sign-in/start')).status).toBe(303);
  });

  it('while nobody is there', async () => {
    const gone = await startProvider();
    await gone.close();
    const browser = browserOf(await start({ issuer: gone.issuer }));
    expectPage(await browser.ask('/sign-in/start'), 503);
    expect(last()).toContain('ECONNREFUSED');
  });

  it.each([
    ['sends people elsewhere than over the web', { authorization_endpoint: 'javascript:alert(1)' }],
    ['is another than is set up', { issuer: 'https://another.example' }],
  ])('through a provider that %s', async (_what, description) => {
    provider.manner.description = description;
    const browser = browserOf(await start());
    const answer = await browser.ask('/sign-in/start');
    expectPage(answer, 503);
    expect(answer.set).toBe('');
  });

  it('who asks too often', async () => {
    const browser = browserOf(await start({ perStranger: 3 }));
    for (let n = 0; n < 3; n++) expect((await browser.ask('/sign-in/start')).status).toBe(303);
    const answer = await browser.ask('/sign-in/start');
    expectPage(answer, 429);
    expect(Number(answer.response.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('of what the provider gives', () => {
  it('nothing is in any answer, header, address or line of the log', () => {
    // All tests above have run: there were many tokens, and much was seen.
    expect(provider.given.length).toBeGreaterThan(30);
    expect(seen.length).toBeGreaterThan(100);
    const all = seen.join('\n');
    for (const token of provider.given) expect(all).not.toContain(token);
    for (const secret of [CLIENT_SECRET, encodeURIComponent(CLIENT_SECRET), KEY.reveal()]) {
      expect(all).not.toContain(secret);
    }
    expect(all).not.toContain('ann@example.com');
  });
});
