/** A process's connection to the simulated Redis: the shape of our RedisStore, as far as our services use it. */
import { type RedisStore, toRedisError } from '#runtime';
import type { SimProcess } from './process.ts';
import type { Reply, SimRedis } from './redis.ts';

/** What lies between processes and the server. */
export interface RedisLink {
  redis: SimRedis;
  /** True while nobody can reach it. */
  isAway(): boolean;
  /** Travel of a command, milliseconds. */
  travelMs(): number;
  /** Channels and who listens. */
  channels: Map<string, Set<(message: string) => void>>;
  now(): number;
}

const NO_EXPIRY = Number.POSITIVE_INFINITY;
/** How long a command waits for a server that is away, milliseconds. */
const TIMEOUT_MS = 2_000;

/** A connection of one process. */
export function connectRedis(process: SimProcess, link: RedisLink): RedisStore {
  const { redis } = link;

  function command<T>(name: string, effect: () => T): Promise<Awaited<T>> {
    return link.isAway() ? timedOut() : process.step(`redis ${name}`, link.travelMs(), effect);
  }

  async function timedOut(): Promise<never> {
    await process.clock.sleep(TIMEOUT_MS);
    throw new Error('Command timed out');
  }

  const client = {
    set: (key: string, text: string, ...options: (string | number)[]) =>
      command('set', () => {
        if (options.includes('NX') && redis.text(key) !== null) return null;
        const seconds = options.indexOf('EX');
        const milliseconds = options.indexOf('PX');
        const ttlMs =
          seconds >= 0
            ? Number(options[seconds + 1]) * 1_000
            : milliseconds >= 0
              ? Number(options[milliseconds + 1])
              : NO_EXPIRY;
        redis.setText(key, String(text), link.now() + ttlMs);
        return 'OK';
      }),
    get: (key: string) => command('get', () => redis.text(key)),
    getdel: (key: string) =>
      command('getdel', () => {
        const text = redis.text(key);
        redis.values.delete(key);
        return text;
      }),
    exists: (key: string) => command('exists', () => (redis.text(key) === null ? 0 : 1)),
    incr: (key: string) => command('incr', () => added(redis, key, 1)),
    decrby: (key: string, amount: number) => command('decrby', () => added(redis, key, -amount)),
    del: (key: string) => command('del', () => (redis.values.delete(key) ? 1 : 0)),
    hset: (key: string, ...pairs: string[]) =>
      command('hset', () => {
        const hash = redis.hash(key, true);
        for (let at = 0; at + 1 < pairs.length; at += 2) hash.set(pairs[at] ?? '', pairs[at + 1] ?? '');
        return pairs.length / 2;
      }),
    hget: (key: string, field: string) => command('hget', () => textOf(redis.hash(key)?.get(field))),
    hmget: (key: string, ...fields: string[]) =>
      command('hmget', () => fields.map((field) => textOf(redis.hash(key)?.get(field)))),
    hgetall: (key: string) =>
      command('hgetall', () =>
        Object.fromEntries([...(redis.hash(key) ?? [])].map(([field, value]) => [field, String(value)])),
      ),
    hdel: (key: string, ...fields: string[]) =>
      command('hdel', () => {
        for (const field of fields) redis.hash(key)?.delete(field);
        return fields.length;
      }),
    expire: (key: string, seconds: number) =>
      command('expire', () => {
        const text = redis.text(key);
        if (text !== null) redis.setText(key, text, link.now() + seconds * 1_000);
        return 1;
      }),
    zcard: (key: string) => command('zcard', () => redis.scores(key)?.size ?? 0),
    zadd: (key: string, _nx: string, score: number, member: string) =>
      command('zadd', () => {
        const scores = redis.scores(key, true);
        if (scores.has(member)) return 0;
        scores.set(member, score);
        return 1;
      }),
    zrem: (key: string, ...members: string[]) =>
      command('zrem', () => {
        for (const member of members) redis.scores(key)?.delete(member);
        return members.length;
      }),
    zrange: (key: string, from: string, to: string) =>
      command('zrange', () =>
        ranked(redis, key)
          .slice(Number(from), Number(to) + 1)
          .flatMap(([member, score]) => [member, String(score)]),
      ),
    publish: (channel: string, message: string) =>
      command('publish', () => {
        for (const listener of link.channels.get(channel) ?? []) listener(message);
        return 1;
      }),
    duplicate: () => listenerOf(process, link),
    callBuffer: (name: string, args: (string | number | Buffer)[]) =>
      command(name === 'EVALSHA' ? 'script' : name, () => call(redis, name, args)),
  };

  return {
    client: client as unknown as RedisStore['client'],
    prefix: '',
    key: (...parts) => parts.filter((part) => part !== '').join(':'),
    async call(doing, work) {
      try {
        return await work(client as unknown as RedisStore['client']);
      } catch (error) {
        throw toRedisError(error, doing);
      }
    },
    script: () => {
      throw new Error('no service of the simulation runs this script');
    },
    ping: async () => undefined,
    close: async () => undefined,
  };
}

function added(redis: SimRedis, key: string, amount: number): number {
  const sum = Number(redis.text(key) ?? 0) + amount;
  redis.setText(key, String(sum), NO_EXPIRY);
  return sum;
}

function textOf(value: Buffer | string | undefined): string | null {
  return value === undefined ? null : String(value);
}

function ranked(redis: SimRedis, key: string): [string, number][] {
  return [...(redis.scores(key) ?? [])].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
}

/** Commands that the view sends as bytes. */
function call(redis: SimRedis, name: string, args: (string | number | Buffer)[]): Reply {
  if (name === 'EVALSHA') {
    const [sha, count, ...rest] = args;
    const keys = rest.slice(0, Number(count)).map(String);
    const values = rest.slice(Number(count)).map((value) => (Buffer.isBuffer(value) ? value : String(value)));
    return redis.script(String(sha), keys, values);
  }
  if (name === 'ZRANGE') {
    const [key, from, to] = args;
    const some = ranked(redis, String(key)).slice(Number(from), Number(to) + 1);
    return some.map(([member, score]) => [member, score === Number.POSITIVE_INFINITY ? 'inf' : String(score)]);
  }
  if (name === 'UNLINK') {
    for (const key of args) redis.values.delete(String(key));
    return args.length;
  }
  if (name === 'SCAN') {
    const start = String(args[2]).replace(/\*$/, '').replaceAll('\\', '');
    return ['0', [...redis.values.keys()].filter((key) => key.startsWith(start))];
  }
  if (name === 'HSCAN') return ['0', [...(redis.hash(String(args[0])) ?? [])].flat()];
  throw new Error(`ERR unknown command ${name}`);
}

function listenerOf(process: SimProcess, link: RedisLink) {
  const handlers = new Map<string, (...given: string[]) => void>();
  return {
    on(event: string, handler: (...given: string[]) => void) {
      handlers.set(event, handler);
      if (event === 'ready') process.later(1, () => handler());
    },
    async subscribe(channel: string) {
      const listeners = link.channels.get(channel) ?? new Set();
      link.channels.set(channel, listeners);
      listeners.add((message) => process.later(1, () => handlers.get('message')?.(channel, message)));
    },
    disconnect: () => undefined,
  };
}
