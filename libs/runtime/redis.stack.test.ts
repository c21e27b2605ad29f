import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { loadConfig } from './config.ts';
import { redisConfig } from './config-pieces.ts';
import { createLog } from './log.ts';
import { createRedis, type RedisOptions } from './redis.ts';
import { together } from './redis-together.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const folder = mkdtempSync(join(tmpdir(), 'redis-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function open(url: string, options: RedisOptions = {}) {
  const lines: string[] = [];
  const log = createLog({ service: 'test', destination: { write: (line) => void lines.push(line) } });
  const { redis: settings } = loadConfig(
    { redis: redisConfig },
    { REDIS_URL: url, REDIS_PREFIX: uniquePrefix('redis') },
  );
  const redis = createRedis(settings, log, options);
  cleanups.push(() => redis.close());
  return { redis, lines };
}

function script(source: string): URL {
  const file = join(folder, `s${Math.random()}.lua`);
  writeFileSync(file, source);
  return pathToFileURL(file);
}

/** A way to Redis that can be cut, made deaf, and opened again at the same port. */
async function gateway() {
  const target = new URL(useStack().redisUrl);
  const sockets = new Set<Socket>();
  const { connect } = await import('node:net');
  let deaf = false;
  const onConnection = (client: Socket) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => upstream.write(bytes)).on('close', () => upstream.destroy());
    upstream.on('data', (bytes) => !deaf && client.write(bytes)).on('close', () => client.destroy());
  };
  let server: Server = createServer(onConnection);
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  cleanups.push(() => close());
  return {
    url: `redis://127.0.0.1:${address.port}`,
    close,
    async open() {
      server = createServer(onConnection);
      await listen(address.port);
    },
    setDeaf(value: boolean) {
      deaf = value;
    },
  };
}

describe('createRedis', () => {
  it('makes keys with its prefix, runs commands, answers pings', async () => {
    const { redis } = open(useStack().redisUrl);
    const key = redis.key('{acme}', 'links', 7);
    expect(key).toBe(`${redis.prefix}:{acme}:links:7`);
    await redis.call('write', (client) => client.set(key, 'v', 'PX', 5_000));
    expect(await redis.call('read', (client) => client.get(key))).toBe('v');
    await redis.ping();
    await redis.client.del(key);
  });

  it('runs scripts from files, also after Redis forgot them', async () => {
    const { redis } = open(useStack().redisUrl);
    const run = redis.script(script("return { KEYS[1], ARGV[1], redis.call('INCR', KEYS[1]) }"));
    const key = redis.key('n');
    expect(await run([key], ['a'])).toEqual([key, 'a', 1]);
    // Only this script is made unknown: a flush would disturb others on the same server.
    const forgetful = { ...redis.client, evalsha: () => Promise.reject(new Error('NOSCRIPT No matching script.')) };
    expect(forgetful).toBeDefined();
    const { evalsha } = redis.client;
    redis.client.evalsha = forgetful.evalsha as unknown as typeof evalsha;
    expect(await run([key], ['b'])).toEqual([key, 'b', 2]);
    await redis.client.del(key);
  });

  it('types what goes wrong inside Redis as not to be tried again', async () => {
    const { redis } = open(useStack().redisUrl);
    const key = redis.key('text');
    await redis.client.set(key, 'v', 'PX', 5_000);
    await expect(redis.call('count', (client) => client.hlen(key))).rejects.toMatchObject({
      code: 'REDIS_SCRIPT_FAILED',
      retriable: false,
      message: expect.stringMatching(/^Redis, count: WRONGTYPE/),
    });
    await expect(redis.script(script('return nonsense('))([key], [])).rejects.toMatchObject({
      code: 'REDIS_SCRIPT_FAILED',
    });
  });

  it('says that the password is refused, and shows it nowhere', async () => {
    const url = useStack().redisUrl.replace('redis://', 'redis://nobody:hunter2@');
    const { redis, lines } = open(url, { commandTimeoutMs: 500 });
    const error = await redis.ping().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    await expect.poll(() => lines.join('')).toContain('REDIS_REFUSED');
    expect(lines.join('') + String(error)).not.toContain('hunter2');
  });

  it('says once that Redis is away and once that it is back, and works again', async () => {
    const way = await gateway();
    const { redis, lines } = open(way.url, { commandTimeoutMs: 300 });
    await redis.ping();
    await way.close();
    await expect(redis.ping()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', retriable: true });
    await expect(redis.ping()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await way.open();
    await expect
      .poll(
        () =>
          redis.ping().then(
            () => 'pong',
            () => 'away',
          ),
        { timeout: 20_000 },
      )
      .toBe('pong');
    expect(lines.filter((line) => line.includes('Redis is away'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('Redis is back'))).toHaveLength(1);
  });

  it('limits how many commands wait while Redis is away, and how long', async () => {
    const way = await gateway();
    await way.close();
    const { redis } = open(way.url, { commandTimeoutMs: 300, queueMax: 5 });
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        redis.ping().then(
          () => 'pong',
          (error: Error) => error.message,
        ),
      ),
    );
    expect(outcomes.filter((text) => text.includes('wait for it already'))).toHaveLength(3);
    expect(outcomes.filter((text) => text.includes('timed out'))).toHaveLength(5);
  });

  it('does not send a command again whose answer was lost', async () => {
    const way = await gateway();
    const { redis } = open(way.url, { commandTimeoutMs: 2_000 });
    const direct = open(useStack().redisUrl).redis;
    await redis.ping();
    way.setDeaf(true);
    const key = redis.key('n');
    const lost = redis.call('count', (client) => client.incr(key)).catch((error: unknown) => error);
    await expect.poll(() => direct.client.get(key)).toBe('1');
    await way.close();
    way.setDeaf(false);
    await way.open();
    expect(await lost).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await expect
      .poll(
        () =>
          redis.ping().then(
            () => 'pong',
            () => 'away',
          ),
        { timeout: 20_000 },
      )
      .toBe('pong');
    expect(await direct.client.get(key)).toBe('1');
    await direct.client.del(key);
  });

  it('closes while Redis is away, and twice', async () => {
    const way = await gateway();
    await way.close();
    const { redis } = open(way.url);
    await Promise.all([redis.close(), redis.close()]);
    await expect(redis.ping()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  });
});

describe('together', () => {
  it('gives the answers in order', async () => {
    const { redis } = open(useStack().redisUrl);
    const key = redis.key('together');
    const answers = await together<[string, string, number, null]>(redis, 'try', (commands) =>
      commands.set(key, '1', 'PX', 5_000).get(key).incr(key).get(`${key}:none`),
    );
    expect(answers).toEqual(['OK', '1', 2, null]);
  });

  it('throws what one of them answered; the others had their effect', async () => {
    const { redis } = open(useStack().redisUrl);
    const key = redis.key('one-fails');
    const failed = together(redis, 'try', (commands) => commands.set(key, 'x', 'PX', 5_000).incr(key).append(key, 'y'));
    await expect(failed).rejects.toMatchObject({
      code: 'REDIS_SCRIPT_FAILED',
      message: expect.stringContaining('try: ERR value is not an int'),
    });
    expect(await redis.client.get(key)).toBe('xy');
  });

  it('says why nothing was run', async () => {
    const { redis } = open(useStack().redisUrl);
    const key = redis.key('not-run');
    const failed = together(redis, 'try', (commands) => commands.set(key, 'x').call('NOSUCHCOMMAND'));
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining('unknown command') });
    expect(await redis.client.get(key)).toBeNull();
  });

  it('waits no longer than one command for a Redis that is away, or does not answer', async () => {
    const way = await gateway();
    const { redis } = open(way.url, { commandTimeoutMs: 200 });
    await redis.ping();
    const ask = () => together(redis, 'try', (commands) => commands.get('a').get('b'));
    way.setDeaf(true);
    await expect(ask()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', retriable: true });
    way.setDeaf(false);
    await way.close();
    await expect(ask()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', retriable: true });
  });
});
