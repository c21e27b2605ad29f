import type { lookup } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { Pool } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { ExchangeError, exchange } from './exchange.ts';
import {
  guardedConnector,
  guardedLookup,
  mayReach,
  OutboundError,
  type OutboundPolicy,
  PUBLIC_ONLY,
  parseOutbound,
  requireReachable,
} from './outbound.ts';

describe('addresses', () => {
  it.each([
    ...['127.0.0.1', '127.8.8.8', '0.0.0.0', '10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.169.254'],
    ...['224.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1', '::1', '::', 'fe80::1', 'fe80::1%eth0', 'fd00::1'],
    ...['::ffff:10.0.0.1', '::ffff:169.254.169.254', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1', 'ff02::1', 'x'],
  ])('%s is not public', (address) => {
    expect(mayReach(PUBLIC_ONLY, address)).toBe(false);
  });

  it.each(['8.8.8.8', '20.5.6.7', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(mayReach(PUBLIC_ONLY, address)).toBe(true);
  });

  it('are allowed by range, address and host, and no further', () => {
    const policy = parseOutbound('10.1.0.0/16, 192.168.7.7 ::1,gateway.internal');
    expect(['10.1.255.1', '192.168.7.7', '::1', '::ffff:10.1.0.9'].map((one) => mayReach(policy, one))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['10.2.0.1', '192.168.7.8', '127.0.0.1'].map((one) => mayReach(policy, one))).toEqual([false, false, false]);
    expect([...policy.hosts]).toEqual(['gateway.internal']);
    expect(() => parseOutbound('10.0.0.0/8, https://x/y')).toThrow('"https://x/y" is neither');
    expect(parseOutbound(' ')).toEqual(PUBLIC_ONLY);
  });
});

describe('URLs', () => {
  it.each([
    ...[
      'http://127.0.0.1/',
      'https://127.1/',
      'https://0x7f.1/',
      'https://2130706433/',
      'https://[::1]:8/',
      'https://localhost/',
    ],
    ...[
      'https://LOCALHOST./',
      'https://a.localhost/',
      'https://[::ffff:7f00:1]/',
      'http://169.254.169.254/latest/meta-data/',
    ],
  ])('%s is refused, however it is written', (url) => {
    expect(() => requireReachable(PUBLIC_ONLY, url)).toThrow(OutboundError);
  });

  it('with a public address, a name or what is allowed are taken', () => {
    for (const url of ['https://8.8.8.8/', 'https://api.example.com/']) requireReachable(PUBLIC_ONLY, url);
    requireReachable(parseOutbound('localhost'), 'http://localhost:4700/');
    requireReachable(parseOutbound('127.0.0.0/8'), 'http://localhost:4700/');
  });
});

/** A name server that says each time what comes next. */
function names(...answers: string[][]): { resolve: typeof lookup; asked: () => number } {
  let asked = 0;
  const resolve = (_host: string, _options: object, done: (error: null, all: object[]) => void): void => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? [];
    done(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { resolve: resolve as unknown as typeof lookup, asked: () => asked };
}

function ask(policy: OutboundPolicy, resolve: typeof lookup, all: boolean): Promise<unknown> {
  const lookUp: LookupFunction = guardedLookup(policy, resolve);
  return new Promise((done, fail) => {
    lookUp('crm.example.com', { all }, (error, address) => (error === null ? done(address) : fail(error)));
  });
}

describe('names', () => {
  it('that mean a private address are refused, with what they mean', async () => {
    const { resolve } = names(['10.0.0.7', 'fd00::7']);
    await expect(ask(PUBLIC_ONLY, resolve, true)).rejects.toThrow('crm.example.com is 10.0.0.7, fd00::7, which');
  });

  it('that mean both are connected to the public address only', async () => {
    const { resolve } = names(['169.254.169.254', '20.1.1.1']);
    expect(await ask(PUBLIC_ONLY, resolve, true)).toEqual([{ address: '20.1.1.1', family: 4 }]);
    expect(await ask(PUBLIC_ONLY, resolve, false)).toBe('20.1.1.1');
  });

  it('that are allowed may mean anything', async () => {
    const { resolve } = names(['10.0.0.7']);
    expect(await ask(parseOutbound('crm.example.com'), resolve, false)).toBe('10.0.0.7');
  });

  it('are looked up once for a connection: there is no moment between check and use', async () => {
    const { resolve, asked } = names(['20.1.1.1'], ['127.0.0.1']);
    expect(await ask(PUBLIC_ONLY, resolve, false)).toBe('20.1.1.1');
    expect(asked()).toBe(1);
  });
});

describe('connections', () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });

  async function listening(location?: string): Promise<{ port: number; requests: () => number }> {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests++;
      response.writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location }).end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    return { port: (server.address() as AddressInfo).port, requests: () => requests };
  }

  function get(origin: string, policy: OutboundPolicy) {
    const pool = new Pool(origin, { connect: guardedConnector(policy) });
    cleanups.push(() => pool.destroy());
    const rest = { headers: {}, body: null, timeoutMs: 5_000, maxAnswerBytes: 1_000, signal: null, guard: null };
    return exchange(pool, { method: 'GET', path: '/', ...rest });
  }

  it.each(['127.0.0.1', 'localhost'])(
    'to %s are made when it is allowed, and nothing is sent when not',
    async (host) => {
      const { port, requests } = await listening();
      const failed: unknown = await get(`http://${host}:${port}`, PUBLIC_ONLY).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(ExchangeError);
      expect(failed).toMatchObject({ failure: 'network', phase: 'not-sent', cause: { code: 'OUTBOUND_REFUSED' } });
      expect(requests()).toBe(0);
      expect((await get(`http://${host}:${port}`, parseOutbound('127.0.0.0/8'))).status).toBe(200);
    },
  );

  it('are not made to where a redirect points', async () => {
    const inner = await listening();
    const outer = await listening(`http://127.0.0.1:${inner.port}/`);
    expect((await get(`http://127.0.0.1:${outer.port}`, parseOutbound('127.0.0.1'))).status).toBe(302);
    expect(inner.requests()).toBe(0);
  });
});
