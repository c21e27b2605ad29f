import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Secret } from '#runtime';
import { createTokenAuth, requireTenant } from './auth.ts';

const folder = mkdtempSync(join(tmpdir(), 'auth-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LONG = 'a-token-that-is-long-enough-1';

function file(content: string): string {
  const path = join(folder, `${Math.random()}.yaml`);
  writeFileSync(path, content);
  return path;
}

describe('createTokenAuth', () => {
  it('refuses to be made without a token, and says what to set', () => {
    expect(() => createTokenAuth({})).toThrow('set it, or CONTROL_API_TOKENS_FILE');
    expect(() => createTokenAuth({ tokensFile: file('[]') })).toThrow('CONTROL_API_TOKEN: is not set');
  });

  it('refuses a token that can be guessed, without repeating it', () => {
    expect(() => createTokenAuth({ token: new Secret('secret') })).toThrow(/too short/);
    expect(() => createTokenAuth({ tokensFile: file('- { subject: a, role: admin, token: hunter2 }') })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it.each([
    ['not YAML', 'a: [hunter2'],
    ['not a list', 'subject: hunter2'],
    ['an unknown role', `- { subject: a, role: root, token: ${LONG} }`],
  ])('refuses a file that is %s, without repeating what it holds', (_name, content) => {
    expect(() => createTokenAuth({ tokensFile: file(content) })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('knows a viewer of certain tenants', async () => {
    const auth = createTokenAuth({
      tokensFile: file(`- { subject: vic, role: viewer, token: ${LONG}, tenants: [acme] }`),
    });
    const vic = await auth.authenticate(`Bearer ${LONG}`);
    expect(vic).toMatchObject({ subject: 'vic', role: 'viewer' });
    expect(() => requireTenant(vic, 'acme')).not.toThrow();
    expect(() => requireTenant(vic, 'other')).toThrow(expect.objectContaining({ status: 404 }));
  });
});
