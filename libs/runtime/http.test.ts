import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpServer, type HttpServerOptions, isLoopback, startHttpServer } from './http.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { HttpProblem } from './problem.ts';
import { Secret } from './secret.ts';

const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: Partial<HttpServerOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({ service: 'test', destination: { write: (line) => void lines.push(line) } });
  const metrics = createMetrics('test');
  const config = { host: '127.0.0.1', port: 0 };
  const server = await startHttpServer({ config, log, metrics, checks: {}, ...options });
  servers.push(server);
  return { server, lines };
}

describe('health', () => {
  it('is live and ready, on a free port', async () => {
    const { server } = await start({ checks: { redis: () => undefined } });
    expect(server.port).toBeGreaterThan(0);
    const live = await fetch(`${server.url}/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { status: 'live' }]);
    const ready = await fetch(`${server.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', checks: { redis: { ok: true } } }]);
  });

  it('is live and not ready, with reasons, when a check fails', async () => {
    const { server } = await start({ checks: { kafka: () => Promise.reject(new Error('no broker')) } });
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${server.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'not-ready', checks: { kafka: { reason: 'no broker' } } });
  });
});

describe('metrics', () => {
  it('are given to this machine when there is no token, whatever a header claims', async () => {
    const { server } = await start();
    const own = await fetch(`${server.url}/metrics`);
    expect(own.status).toBe(200);
    expect(await own.text()).toContain('process_cpu_seconds_total');
    const far = await server.app.inject({
      url: '/metrics',
      remoteAddress: '10.1.2.3',
      headers: { 'x-forwarded-for': '127.0.0.1' },
    });
    expect(far.statusCode).toBe(403);
    expect(far.json()).toMatchObject({ code: 'METRICS_LOCAL_ONLY' });
  });

  it('ask for the token when there is one, this machine too', async () => {
    const config = { host: '127.0.0.1', port: 0, metricsToken: new Secret('t0ken') };
    const { server } = await start({ config });
    const ask = async (authorization?: string) =>
      (await fetch(`${server.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } })).status;
    expect(await ask()).toBe(401);
    expect(await ask('Bearer wrong')).toBe(401);
    expect(await ask('Basic t0ken')).toBe(401);
    expect(await ask('Bearer t0ken')).toBe(200);
    expect(await ask('bearer t0ken')).toBe(200);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['127.evil.example', false],
    ['', false],
  ])('%s is this machine: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});

describe('errors', () => {
  const routes: HttpServerOptions['routes'] = (app) => {
    app.post('/echo', (request) => request.body);
    app.get('/problem', () => {
      throw new HttpProblem(409, 'STALE', 'The page is older than the setting.', { hint: 'Reload it.' });
    });
    app.get('/broken', () => {
      throw new Error('no answer of redis://me:hunter2@host');
    });
  };
  const json = { 'content-type': 'application/json' };

  it('are problem+json', async () => {
    const { server, lines } = await start({ routes });
    const problem = await fetch(`${server.url}/problem`);
    expect(problem.headers.get('content-type')).toContain('application/problem+json');
    expect([problem.status, await problem.json()]).toEqual([
      409,
      { status: 409, code: 'STALE', title: 'The page is older than the setting.', detail: 'Reload it.' },
    ]);
    const nothing = await fetch(`${server.url}/nowhere?token=abc`);
    const body = await nothing.text();
    expect(nothing.status).toBe(404);
    expect(body).toContain('NOT_FOUND');
    expect(body).not.toContain('abc');
    expect(lines).toEqual([]);
  });

  it('from inside are logged and not shown', async () => {
    const { server, lines } = await start({ routes });
    const broken = await fetch(`${server.url}/broken`);
    const body = await broken.text();
    expect(broken.status).toBe(500);
    expect(body).not.toContain('no answer');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('/broken');
    expect(lines[0]).toContain('no answer');
    expect(lines[0]).not.toContain('hunter2');
  });

  it('of the caller are 4xx: bad JSON, too large, odd content type', async () => {
    const { server } = await start({ routes, bodyLimitBytes: 100 });
    const post = async (body: string, headers: Record<string, string> = json) =>
      (await fetch(`${server.url}/echo`, { method: 'POST', headers, body })).status;
    expect(await post('{"a":1}')).toBe(200);
    expect(await post('{"a":')).toBe(400);
    expect(await post(JSON.stringify('x'.repeat(200)))).toBe(413);
    expect(await post('<a/>', { 'content-type': 'application/xml' })).toBe(415);
    expect(await post('{"__proto__":{"x":1}}')).toBe(400);
  });
});

describe('listening and closing', () => {
  it('says that the port is taken and what to do', async () => {
    const { server } = await start();
    const again = start({ config: { host: '127.0.0.1', port: server.port } });
    await expect(again).rejects.toMatchObject({ code: 'PORT_TAKEN', hint: expect.stringContaining('PORT') });
  });

  it('lets an open request end, cuts one that does not, and may be closed twice', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { server } = await start({
      closeTimeoutMs: 100,
      routes: (app) => {
        app.get('/held', () => held.then(() => ({ ended: true })));
        app.get('/forever', () => new Promise(() => undefined));
      },
    });
    const ended = fetch(`${server.url}/held`);
    const cut = fetch(`${server.url}/forever`);
    cut.catch(() => undefined);
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await expect.poll(() => server.app.server.listening).toBe(true);
    await fetch(`${server.url}/health/live`);
    const closed = Promise.all([server.close(), server.close()]);
    release();
    expect(await (await ended).json()).toEqual({ ended: true });
    await closed;
    await expect(cut).rejects.toThrow();
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
    socket.destroy();
  });
});
