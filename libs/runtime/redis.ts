/**
 * A Redis connection that never lets a caller wait without limit.
 *
 * While Redis is away, commands wait in a queue of limited length and each fails after its deadline, with an error that
 * says so; the connection itself is tried again for ever. A command whose answer was lost is not sent again by itself: it
 * may have had its effect, and only the caller knows whether once more is right.
 */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { RedisSettings } from './config-pieces.ts';
import { RuntimeError } from './errors.ts';
import type { Log } from './log.ts';
import { toRedisError } from './redis-error.ts';

/** How a connection behaves. */
export interface RedisOptions {
  /** Longest wait for the answer of one command, milliseconds, time in the queue included. Default 2,000. */
  readonly commandTimeoutMs?: number;
  /** Commands that may wait for a connection; more fail at once. Default 1,000. */
  readonly queueMax?: number;
  /** One connection attempt, milliseconds. Default 3,000. */
  readonly connectTimeoutMs?: number;
  /** Longest pause between attempts, milliseconds. Default 2,000. */
  readonly reconnectMaxMs?: number;
  /** Name shown by CLIENT LIST. Default `twoway`. */
  readonly name?: string;
}

/** A Lua script that was registered: its keys (whole, see `key`), its arguments; gives what the script returns. */
export type RedisScript = (keys: readonly string[], args: readonly (string | number | Buffer)[]) => Promise<unknown>;

/** A connection to Redis. */
export interface RedisStore {
  /** ioredis itself. What it throws is raw: wrap calls in `call`. */
  readonly client: Redis;
  /** First part of every key. */
  readonly prefix: string;
  /** A key: prefix and parts joined by colons. `key('{t1}', 'links')` keeps all keys of `{t1}` on one node. */
  key(...parts: readonly (string | number)[]): string;
  /** Runs a command with errors made typed: `call('read the offset', (redis) => redis.get(key))`. */
  call<T>(doing: string, command: (client: Redis) => Promise<T>): Promise<T>;
  /** Reads a script from its file (`new URL('./acquire-budget.lua', import.meta.url)`), to be run by its hash. */
  script(file: URL): RedisScript;
  /** Resolves when Redis answers; for health checks. */
  ping(): Promise<void>;
  /** Ends the connection, also while it is being made. May be called twice. */
  close(): Promise<void>;
}

const COMMAND_TIMEOUT_MS = 2_000;
const QUEUE_MAX = 1_000;
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_FIRST_MS = 50;
const RECONNECT_MAX_MS = 2_000;
/** Waiting for QUIT's answer at the end, milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Opens a connection; returns at once. Until it stands, commands wait as described above. */
export function createRedis(config: RedisSettings, log: Log, options: RedisOptions = {}): RedisStore {
  const commandTimeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
  const queueMax = options.queueMax ?? QUEUE_MAX;
  const reconnectMaxMs = options.reconnectMaxMs ?? RECONNECT_MAX_MS;
  const client = new Redis({
    host: config.host,
    port: config.port,
    db: config.db,
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(config.password === undefined ? {} : { password: config.password.reveal() }),
    ...(config.tls ? { tls: { servername: config.host } } : {}),
    connectionName: options.name ?? 'twoway',
    connectTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: null,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(attempt - 1, 10), reconnectMaxMs),
    // A replica that was a master until a moment ago: connect again, to whoever is now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  reportConnection(client, log, `${config.host}:${config.port}`);

  async function call<T>(doing: string, command: (redis: Redis) => Promise<T>): Promise<T> {
    if (client.status !== 'ready' && queued(client) >= queueMax) {
      throw new RuntimeError(
        'REDIS_UNAVAILABLE',
        `${doing}: Redis is away and ${queueMax} commands wait for it already.`,
      );
    }
    try {
      return await command(client);
    } catch (error) {
      throw toRedisError(error, doing);
    }
  }

  let closing: Promise<void> | undefined;
  return {
    client,
    prefix: config.prefix,
    call,
    key: (...parts) => [config.prefix, ...parts].filter((part) => part !== '').join(':'),
    script(file) {
      const source = readFileSync(file, 'utf8');
      const name = file.pathname.split('/').at(-1) ?? 'script';
      return createScript(call, name, source);
    },
    async ping() {
      await call('ping', (redis) => redis.ping());
    },
    close: () => (closing ??= closeClient(client)),
  };
}

/** Commands waiting for the connection. ioredis keeps them in a field that its types do not show. */
function queued(client: Redis): number {
  const { offlineQueue } = client as unknown as { offlineQueue?: { length: number } };
  return offlineQueue?.length ?? 0;
}

function createScript(call: RedisStore['call'], name: string, source: string): RedisScript {
  let hash: string | undefined;
  return (keys, args) =>
    call(name, async (redis) => {
      hash ??= (await redis.script('LOAD', source)) as string;
      try {
        return await redis.evalsha(hash, keys.length, ...keys, ...args);
      } catch (error) {
        // Redis was restarted or flushed its scripts: nothing ran yet.
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return await redis.eval(source, keys.length, ...keys, ...args);
      }
    });
}

/** One line when the connection is lost and one when it is back, however many attempts lie between. */
function reportConnection(client: Redis, log: Log, address: string): void {
  let state: 'new' | 'up' | 'down' = 'new';
  client.on('ready', () => {
    if (state === 'down') log.info({ address }, 'Redis is back');
    state = 'up';
  });
  client.on('error', (error: Error) => {
    if (state !== 'down') log.warn({ address, err: toRedisError(error, 'connect') }, 'Redis is away, trying again');
    state = 'down';
  });
}

async function closeClient(client: Redis): Promise<void> {
  if (client.status === 'ready') {
    const timer = setTimeout(() => client.disconnect(), CLOSE_TIMEOUT_MS);
    await client.quit().catch(() => undefined);
    clearTimeout(timer);
  }
  client.disconnect();
}
