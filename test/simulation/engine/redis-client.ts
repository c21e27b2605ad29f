/** A process's connection to the simulated Redis: the shape of our RedisStore, as far as our services use it. */
import { type RedisStore, toRedisError } from '#runtime';
import type { SimProcess } from './process.ts';
import type { Reply, SimRedis } from './redis.ts';
import { ranked, redisCommands } from './redis-commands.ts';

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

  const commands = redisCommands({
    redis,
    now: () => link.now(),
    publish(channel, message) {
      const listeners = link.channels.get(channel) ?? new Set();
      for (const listener of listeners) listener(message);
      return listeners.size;
    },
  });
  const single: Record<string, (...args: never[]) => Promise<unknown>> = {};
  /** What MULTI gives: it keeps commands until `exec`, which is one step. */
  const queueing: Record<string, unknown> = {};
  for (const [name, effect] of Object.entries(commands) as [string, (...args: never[]) => unknown][]) {
    single[name] = (...args) => command(name, () => effect(...args));
    queueing[name] = function (this: Queue, ...args: never[]) {
      this.queued.push(() => effect(...args));
      return this;
    };
  }
  queueing.exec = function (this: Queue) {
    return command('multi', () => this.queued.map(answered));
  };
  const client = {
    ...single,
    multi: () => Object.assign(Object.create(queueing), { queued: [] }),
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

/** Commands that wait for EXEC. */
interface Queue {
  queued: (() => unknown)[];
}

/** What EXEC says of a command: one that fails keeps none of the others from taking effect. */
function answered(effect: () => unknown): [unknown, unknown] {
  try {
    return [null, effect()];
  } catch (error) {
    return [error, undefined];
  }
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
    const some = ranked(redis, String(key), Number(from), Number(to));
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
