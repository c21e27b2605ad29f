import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';
import { serveConsole } from './console.ts';

const folder = mkdtempSync(join(tmpdir(), 'console-'));
writeFileSync(join(folder, 'index.html'), 'the console');
writeFileSync(join(folder, 'panel.html'), 'the panel');
afterAll(() => rmSync(folder, { recursive: true }));

async function policyOf(url: string, origins: readonly string[]) {
  const app = fastify();
  serveConsole(app, folder, origins);
  const { headers, body } = await app.inject({ url });
  await app.close();
  return { body, policy: String(headers['content-security-policy']), frame: headers['x-frame-options'] };
}

describe('pages', () => {
  it('the panel is framed by the origins that are named, and by nobody when none is', async () => {
    const named = await policyOf('/embed/contact/acme/5', ['https://crm.example', 'https://crm2.example']);
    expect(named).toMatchObject({ body: 'the panel', frame: undefined });
    expect(named.policy).toContain('frame-ancestors https://crm.example https://crm2.example');
    const none = await policyOf('/embed/contact/acme/5', []);
    expect(none.policy).toContain(`frame-ancestors 'none'`);
    expect(none.frame).toBe('SAMEORIGIN');
  });

  it.each(['/', '/t/acme/overview', '/panel.html'])('%s is framed by nobody', async (url) => {
    const { policy, frame } = await policyOf(url, ['https://crm.example']);
    expect(policy).toContain(`frame-ancestors 'none'`);
    expect(frame).toBe('SAMEORIGIN');
  });
});
