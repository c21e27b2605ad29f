import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { Secret } from '#runtime';
import type { Principal } from './principal.ts';
import { createSessionTokens } from './session-tokens.ts';
import { createSignInCodes } from './sign-in-codes.ts';

const KEY = 'key-of-the-sessions-of-the-tests-0123456789';
const MINUTE_MS = 60_000;
const vic: Principal = { subject: 'vic', role: 'viewer', tenants: new Set(['acme']) };

function clocked() {
  const clock = { nowMs: Date.parse('2026-11-30T10:00:00Z') };
  return {
    clock,
    tokens: createSessionTokens(new Secret(KEY), () => clock.nowMs),
    codes: createSignInCodes(() => clock.nowMs),
  };
}

describe('a session', () => {
  it('is who signed in, for a quarter of an hour', async () => {
    const { clock, tokens } = clocked();
    const { token, expiresAtMs } = await tokens.issue(vic);
    expect(expiresAtMs - clock.nowMs).toBe(15 * MINUTE_MS);
    expect(await tokens.verify(token)).toMatchObject({ ...vic, expiresAtMs });
    clock.nowMs = expiresAtMs;
    await expect(tokens.verify(token)).rejects.toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
  });

  it('is renewed while it is used, for half a day and not longer', async () => {
    const { clock, tokens } = clocked();
    const beganAtMs = clock.nowMs;
    let { token } = await tokens.issue({ ...vic, tenants: null, panel: { tenantId: 'acme', contactId: '5' } });
    for (let minutes = 0; minutes < 12 * 60; minutes += 10) {
      const who = await tokens.verify(token);
      expect(who).toMatchObject({ tenants: null, panel: { contactId: '5' }, session: { beganAtMs } });
      token = (await tokens.renew(who)).token;
      clock.nowMs += 10 * MINUTE_MS;
    }
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    await expect(tokens.renew({ ...vic, session: { beganAtMs } })).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    await expect(tokens.renew(vic)).rejects.toMatchObject({ status: 403 });
  });

  it('is nobody else’s to make: another key, another audience, a changed role', async () => {
    const { clock, tokens } = clocked();
    const { token } = await tokens.issue(vic);
    const [head, payload, signature] = token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const raised = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
    const signedWith = (key: string, changed: object) =>
      new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key));
    const elsewhere = createSessionTokens(new Secret(`${KEY}x`), () => clock.nowMs);
    for (const forged of [
      `${head}.${raised}.${signature}`,
      (await elsewhere.issue(vic)).token,
      await signedWith(KEY, { aud: 'another' }),
      await signedWith(KEY, { role: 'root' }),
      await signedWith(`${KEY}x`, {}),
    ]) {
      await expect(tokens.verify(forged)).rejects.toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    }
    expect(await tokens.verify(await signedWith(KEY, {}))).toMatchObject({ role: 'viewer' });
  });
});

describe('a sign-in code', () => {
  it('works once', () => {
    const { codes } = clocked();
    const { code } = codes.issue(vic);
    expect(codes.redeem(code)).toEqual(vic);
    expect(() => codes.redeem(code)).toThrow(expect.objectContaining({ status: 401 }));
  });

  it('waits a quarter of an hour, and nobody guesses it', () => {
    const { codes, clock } = clocked();
    const { code } = codes.issue(vic);
    expect(Buffer.from(code, 'base64url').length).toBe(32);
    clock.nowMs += 15 * MINUTE_MS;
    expect(() => codes.redeem(code)).toThrow(/used, or is too old/);
    expect(() => codes.redeem('')).toThrow(expect.objectContaining({ status: 401 }));
  });
});
