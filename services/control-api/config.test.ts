/** What is told about an identity provider that is not set up as it must be. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '#runtime';
import { controlApiConfig } from './config.ts';

const TOKENS = {
  ...{ OIDC_ISSUER: 'https://login.example.com/', OIDC_AUDIENCE: 'api' },
  OIDC_JWKS_URL: 'https://login.example.com/keys',
};
const PEOPLE = { ...TOKENS, OIDC_CLIENT_ID: 'two-way', CONSOLE_URL: 'https://sync.example.com' };
const signInOf = (env: Record<string, string>) => loadConfig({ own: controlApiConfig }, env).own.signIn;

describe('signing in with an identity provider', () => {
  it('needs a client and the address of the console; its secret cannot be printed', () => {
    expect(signInOf({})).toBeNull();
    expect(signInOf(TOKENS)).toBeNull();
    const signIn = signInOf({ ...PEOPLE, OIDC_CLIENT_SECRET: 'hunter2-of-the-client' });
    expect(signIn).toMatchObject({
      ...{ issuer: 'https://login.example.com/', clientId: 'two-way', name: 'login.example.com' },
      ...{ redirectUri: 'https://sync.example.com/sign-in/callback', scopes: ['openid', 'profile', 'email'] },
    });
    expect(JSON.stringify(signIn)).not.toContain('hunter2');
    expect(signInOf(PEOPLE)?.clientSecret).toBeUndefined();
    const local = { ...PEOPLE, CONSOLE_URL: 'http://localhost:4700', OIDC_ISSUER: 'http://127.0.0.1:8080/realms/a' };
    expect(signInOf({ ...local, OIDC_NAME: 'Acme', OIDC_SCOPES: 'openid groups' })).toMatchObject({
      ...{ name: 'Acme', scopes: ['openid', 'groups'], redirectUri: 'http://localhost:4700/sign-in/callback' },
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['a client without a provider', { OIDC_CLIENT_ID: 'a', CONSOLE_URL: 'https://a.example' }, 'OIDC_CLIENT_ID: needs'],
    ['no address of the console', { ...TOKENS, OIDC_CLIENT_ID: 'two-way' }, 'CONSOLE_URL: is not set'],
    ['a secret without a client', { ...TOKENS, OIDC_CLIENT_SECRET: 'hunter2' }, 'OIDC_CLIENT_SECRET: has no effect'],
    ['an address without a client', { CONSOLE_URL: 'https://a.example' }, 'CONSOLE_URL: has no effect'],
    [
      'an address with a path',
      { ...PEOPLE, CONSOLE_URL: 'https://a.example/console' },
      'CONSOLE_URL: Give the address',
    ],
    [
      'an address that can be read along',
      { ...PEOPLE, CONSOLE_URL: 'http://a.example' },
      'CONSOLE_URL: Give the address',
    ],
    [
      'a provider that can be read along',
      { ...PEOPLE, OIDC_ISSUER: 'http://login.example.com' },
      'OIDC_ISSUER: must be',
    ],
    ['a provider without an address', { ...PEOPLE, OIDC_ISSUER: 'login' }, 'OIDC_ISSUER: must be'],
    ['scopes without openid', { ...PEOPLE, OIDC_SCOPES: 'email' }, 'OIDC_SCOPES: Give scopes'],
  ])('is refused with %s, and says what to set', (_what, env, words) => {
    const message = expect.stringContaining(words);
    expect(() => signInOf(env)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message }));
    expect(() => signInOf(env)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
  });
});
