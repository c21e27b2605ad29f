/** The stream over HTTP, as a browser reads it. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tenant } from '#contracts';
import { createLog, createMetrics, type HttpServer, startHttpServer } from '#runtime';
import { until } from '#test/support/until.ts';
import type { Principal } from '../authority/principal.ts';
import { type RouteServices, registerRoutes } from '../routes.ts';
import { type Changes, createChanges } from './changes.ts';

let http: HttpServer;
let changes: Changes;
let who: Principal;
const open: AbortController[] = [];

beforeEach(async () => {
  changes = createChanges('life');
  who = { subject: 'vic', role: 'viewer', tenants: new Set(['acme']) };
  http = await startHttpServer({
    ...{ config: { host: '127.0.0.1', port: 0 }, log: createLog({ service: 'test', level: 'silent' }) },
    ...{ metrics: createMetrics('test'), checks: {} },
    routes: (app) =>
      registerRoutes(app, {
        auth: { authenticate: async () => who },
        limits: { perSubject: 1_000, perStranger: 1_000 },
        tenants: { all: () => [], get: (tenantId: string) => ({ tenantId }) as Tenant },
        changes,
        nowMs: Date.now,
      } as unknown as RouteServices),
  });
}, 60_000);
afterEach(async () => {
  for (const one of open.splice(0)) one.abort();
  await http.close();
});

/** Reads a stream; what came so far is in `text`. */
async function listen(headers: Record<string, string> = {}, tenant = 'acme') {
  const abort = new AbortController();
  open.push(abort);
  const response = await fetch(`${http.url}/v1/tenants/${tenant}/events`, { headers, signal: abort.signal });
  const heard = { status: response.status, headers: response.headers, text: '', ended: false, abort };
  void (async () => {
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) heard.text += part;
    heard.ended = true;
  })().catch(() => undefined);
  return heard;
}

describe('the stream of changes', () => {
  it('greets, and tells what changes of its tenant, gathered', async () => {
    const heard = await listen();
    expect(heard.headers.get('content-type')).toContain('text/event-stream');
    expect(heard.headers.get('cache-control')).toContain('no-store');
    await until(() => heard.text.includes('event: hello\nid: life-0\n'));
    changes.note('bolt', 'setting');
    changes.note('acme', 'link', 'company/u:1');
    changes.note('acme', 'lane');
    await until(() => heard.text.includes('event: change'));
    expect(heard.text).toContain('id: life-2\ndata: {"kinds":["lane","link"],"records":["company/u:1"]}\n\n');
    expect(heard.text).not.toContain('setting');
  });

  it('goes on where the reader was, and says that anything may have changed when it cannot know', async () => {
    changes.note('acme', 'link', 'company/u:1');
    changes.note('acme', 'setting');
    const resumed = await listen({ 'last-event-id': 'life-1' });
    await until(() => resumed.text.includes('"kinds":["setting"],"records":[]'));
    for (const id of ['another-1', 'life-x', 'nonsense', '-', 'life-999']) {
      const other = await listen({ 'last-event-id': id });
      await until(() => other.text.includes('event: change\nid: life-2\ndata: {"kinds":null,"records":null}'));
    }
  });

  it('ends with the token, and with the server', async () => {
    who = { ...who, expiresAtMs: Date.now() + 300 };
    const short = await listen();
    await until(() => short.ended);
    who = { ...who, expiresAtMs: Date.now() + 3_600_000 };
    const long = await listen();
    await until(() => long.text.includes('hello'));
    const closing = http.close();
    await closing;
    await until(() => long.ended || long.abort.signal.aborted || !http.app.server.listening);
  });

  it('is not for another tenant', async () => {
    expect((await listen({}, 'bolt')).status).toBe(404);
  });

  it('is open so often for one subject, and again when one is closed', async () => {
    const streams = await Promise.all(Array.from({ length: 30 }, () => listen()));
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await fetch(`${http.url}/v1/tenants/acme/events`);
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'TOO_MANY_REQUESTS' }]);
    streams[0]!.abort.abort();
    await until(async () => {
      const again = await listen();
      return again.status === 200;
    });
  });
});
