import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#runtime';
import { createTokenAuth } from './auth.ts';
import { type RouteServices, registerRoutes } from './routes.ts';

const TOKEN = 'admin-token-of-the-tests-0123456789';
const AS_ADMIN = { authorization: `Bearer ${TOKEN}` };
let server: FastifyInstance;

beforeEach(async () => {
  server = fastify();
  await registerRoutes(server, {
    auth: createTokenAuth({ token: new Secret(TOKEN) }),
    limits: { perSubject: 5, perStranger: 2 },
    tenants: { all: () => [], get: () => undefined },
  } as unknown as RouteServices);
});
afterEach(() => server.close());

const ask = (headers = {}, url = '/v1/me', remoteAddress = '10.0.0.1') =>
  server.inject({ url, headers, remoteAddress });
const times = async (count: number, headers = {}, address = '10.0.0.1') => {
  const codes: number[] = [];
  for (let n = 0; n < count; n++) codes.push((await ask(headers, '/v1/me', address)).statusCode);
  return codes;
};

describe('the guards', () => {
  it('let a subject ask so often in a minute, from wherever, and say when to go on', async () => {
    expect(await times(3, AS_ADMIN)).toEqual([200, 200, 200]);
    expect(await times(3, AS_ADMIN, '10.0.0.2')).toEqual([200, 200, 429]);
    const refused = await ask(AS_ADMIN);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.json()).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('let strangers try less often, without standing in anybody’s way', async () => {
    const wrong = { authorization: 'Bearer not-a-token-of-anybody-0123456789' };
    expect(await times(2, wrong)).toEqual([401, 401]);
    expect(await times(1)).toEqual([429]);
    expect(await times(1, {}, '10.0.0.9')).toEqual([401]);
    expect(await times(1, AS_ADMIN)).toEqual([200]);
  });

  it('count addresses that lead nowhere, too', async () => {
    const codes: number[] = [];
    for (let n = 0; n < 6; n++) codes.push((await ask(AS_ADMIN, '/v1/nowhere')).statusCode);
    expect(codes).toEqual([404, 404, 404, 404, 404, 429]);
  });

  it('send headers that keep browsers from framing, sniffing and running anything', async () => {
    const { headers } = await ask(AS_ADMIN);
    expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'strict-transport-security': expect.stringContaining('max-age='),
    });
    expect((await ask()).headers['content-security-policy']).toContain("'none'");
  });
});
