import { describe, expect, it } from 'vitest';
import { redactSecrets, redactValue } from './redact.ts';
import { Secret } from './secret.ts';

describe('redactSecrets', () => {
  it.each([
    ['connect redis://user:pa55@host:6379/0 failed', 'connect redis://[secret]@host:6379/0 failed'],
    ['https://u:p@ss@host/x?y', 'https://[secret]@host/x?y'],
    ['authorization: Bearer abcDEF123.x-y_z', 'authorization: Bearer [secret]'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [secret]'],
    ['{"apiKey":"k-12345","a":1}', '{"apiKey":"[secret]","a":1}'],
    ['{\\"api_key\\":\\"k-12345\\"}', '{\\"api_key\\":\\"[secret]\\"}'],
    ['GET /x?access_token=abc123&page=2', 'GET /x?access_token=[secret]&page=2'],
    ['api-auth-signature: c2lnbmF0dXJl', 'api-auth-signature: [secret]'],
    ['password=[secret]', 'password=[secret]'],
  ])('%s', (text, expected) => {
    expect(redactSecrets(text)).toBe(expected);
  });

  it.each([
    'Basic authentication is not supported',
    'see https://host/path?mail=a@b.c and http://host/@scope',
    'tokens: 3, the password is wrong',
    'mail me at jane@example.com',
  ])('leaves "%s" alone', (text) => {
    expect(redactSecrets(text)).toBe(text);
  });

  it('takes out the secrets that it is given, also URL-encoded, and ignores trifles', () => {
    const text = 'key a+b/c= and a%2Bb%2Fc%3D of me';
    expect(redactSecrets(text, [new Secret('a+b/c='), 'me', undefined])).toBe('key [secret] and [secret] of me');
  });
});

describe('redactValue', () => {
  it('replaces what stands under the name of a secret, at any depth and in any case', () => {
    const value = {
      headers: { Authorization: 'Bearer x', 'api-auth-signature': 's', accept: 'json', Cookie: ['a'] },
      tenants: [{ prospect: { token: 't', webhookSecret: new Secret('w') }, apiId: 'shown' }],
      hasToken: true,
      password: '',
    };
    expect(redactValue(value)).toEqual({
      headers: {
        Authorization: '[secret]',
        'api-auth-signature': '[secret]',
        accept: 'json',
        Cookie: '[secret]',
      },
      tenants: [{ prospect: { token: '[secret]', webhookSecret: '[secret]' }, apiId: 'shown' }],
      hasToken: true,
      password: '',
    });
  });

  it('is limited in depth and length, so that a circle ends', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(JSON.stringify(redactValue(circle))).toContain('[deeper]');
    expect(redactValue(Array.from({ length: 900 }, (_, index) => index))).toHaveLength(200);
  });

  it('keeps dates, buffers and errors for those who format them', () => {
    const values = { at: new Date(0), bytes: Buffer.from('x'), err: new Error('e') };
    expect(redactValue(values)).toEqual(values);
  });
});
