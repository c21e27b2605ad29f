/** The commands of Redis that our services use, as effects on the simulated server. */
import type { SimRedis } from './redis.ts';

const NO_EXPIRY = Number.POSITIVE_INFINITY;

/** What commands have to do with besides the data. */
export interface CommandWorld {
  redis: SimRedis;
  now(): number;
  /** Tells whoever listens; gives how many there are. */
  publish(channel: string, message: string): number;
}

/** The commands by name; each takes effect at once and gives Redis's answer. */
export function redisCommands({ redis, now, publish }: CommandWorld) {
  /** A count keeps its expiry. */
  function added(key: string, amount: number): number {
    const sum = Number(redis.text(key) ?? 0) + amount;
    redis.setText(key, String(sum), redis.untilMs(key));
    return sum;
  }

  return {
    set(key: string, text: string, ...options: (string | number)[]) {
      const before = redis.text(key);
      if (options.includes('NX') && before !== null) return null;
      redis.setText(key, String(text), now() + ttlMs(options));
      return options.includes('GET') ? before : 'OK';
    },
    get: (key: string) => redis.text(key),
    getdel(key: string) {
      const text = redis.text(key);
      redis.values.delete(key);
      return text;
    },
    exists: (key: string) => (redis.text(key) === null ? 0 : 1),
    incrby: (key: string, amount: number) => added(key, amount),
    decrby: (key: string, amount: number) => added(key, -amount),
    del: (key: string) => (redis.values.delete(key) ? 1 : 0),
    hset(key: string, ...pairs: string[]) {
      const hash = redis.hash(key, true);
      const sizeBefore = hash.size;
      for (let at = 0; at + 1 < pairs.length; at += 2) hash.set(pairs[at] ?? '', pairs[at + 1] ?? '');
      return hash.size - sizeBefore;
    },
    hmget: (key: string, ...fields: string[]) => fields.map((field) => textOf(redis.hash(key)?.get(field))),
    hgetall: (key: string) =>
      Object.fromEntries([...(redis.hash(key) ?? [])].map(([field, value]) => [field, String(value)])),
    hlen: (key: string) => redis.hash(key)?.size ?? 0,
    hdel: (key: string, ...fields: string[]) => fields.filter((field) => redis.hash(key)?.delete(field)).length,
    /** Texts only: hashes of ours outlive every schedule. */
    expire(key: string, seconds: number) {
      const text = redis.text(key);
      if (text !== null) redis.setText(key, text, now() + seconds * 1_000);
      return redis.values.has(key) ? 1 : 0;
    },
    zadd(key: string, _nx: string, score: number, member: string) {
      const scores = redis.scores(key, true);
      if (scores.has(member)) return 0;
      scores.set(member, score);
      return 1;
    },
    zrem: (key: string, ...members: string[]) => members.filter((member) => redis.scores(key)?.delete(member)).length,
    zremrangebyrank: (key: string, from: number, to: number) =>
      ranked(redis, key, from, to).filter(([member]) => redis.scores(key)?.delete(member)).length,
    zrange: (key: string, from: string, to: string) =>
      ranked(redis, key, Number(from), Number(to)).flatMap(([member, score]) => [member, String(score)]),
    publish,
  };
}

/** Members of a sorted set from one rank to another, both included; a negative one counts from the end. */
export function ranked(redis: SimRedis, key: string, from: number, to: number): [string, number][] {
  const all = [...(redis.scores(key) ?? [])].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  return all.slice(from, to === -1 ? undefined : to + 1);
}

function ttlMs(options: readonly (string | number)[]): number {
  const seconds = options.indexOf('EX');
  if (seconds >= 0) return Number(options[seconds + 1]) * 1_000;
  const milliseconds = options.indexOf('PX');
  return milliseconds >= 0 ? Number(options[milliseconds + 1]) : NO_EXPIRY;
}

function textOf(value: Buffer | string | undefined): string | null {
  return value === undefined ? null : String(value);
}
