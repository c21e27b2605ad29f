/**
 * Calls to Redis that wait instead of guessing.
 *
 * A call that gets no answer, or an error that passes (a server that loads its data, a replica that was just promoted, no
 * memory, wrong credentials), is tried again with growing pauses until it works or the caller's signal says stop. Every
 * script is written so that a repetition after an answer that got lost changes nothing.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#runtime';
import type { StateViewOptions } from './options.ts';
import { StateError } from './state-error.ts';

/** An argument of a command. */
export type RedisArgument = string | number | Buffer;

/** What Redis answers: lists of byte strings, as deep as the command makes them. */
export type RedisReply = Buffer | string | number | null | RedisReply[];

/** A Lua script, read once. */
export interface Script {
  /** Name of the file, for messages. */
  name: string;
  /** Source. */
  source: string;
  /** SHA-1 of the source, by which Redis knows it. */
  sha: string;
}

/** Reads a script of `lua/`. */
export function loadScript(name: string): Script {
  const source = readFileSync(join(import.meta.dirname, 'lua', `${name}.lua`), 'utf8');
  return { name, source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Calls that wait. */
export interface Connection {
  /** Runs a command until it is answered. Throws StateError UNAVAILABLE when `signal` fires first. */
  command(name: string, args: RedisArgument[], signal?: AbortSignal): Promise<RedisReply>;
  /** Runs a script until it is answered. Throws like `command`. */
  script(script: Script, keys: string[], args: RedisArgument[], signal?: AbortSignal): Promise<RedisReply>;
  /** Ends the waiting: pending and later calls fail with UNAVAILABLE. */
  close(): void;
}

/** Makes calls on the caller's connection. */
export function connect(options: StateViewOptions): Connection {
  const { redis } = options;
  const firstPauseMs = options.firstPauseMs ?? 50;
  const maxPauseMs = options.maxPauseMs ?? 2_000;
  const clock = options.clock ?? systemClock;
  const closing = new AbortController();

  async function until(what: string, signal: AbortSignal | undefined, once: () => Promise<RedisReply>) {
    const isStopped = (): boolean => closing.signal.aborted || signal?.aborted === true;
    let pauseMs = firstPauseMs;
    for (let attempt = 1; ; attempt++) {
      try {
        if (isStopped()) throw new StateError('UNAVAILABLE', `${what}: stopped before Redis answered`);
        const reply = await once();
        if (attempt > 1) options.events?.onRecovered?.({ what, attempts: attempt - 1 });
        return reply;
      } catch (cause) {
        if (cause instanceof StateError) throw cause;
        const code = codeOf(cause);
        if (code === 'WRONGTYPE') throw new StateError('OTHER_LAYOUT', `${what}: the keys hold something else`, cause);
        options.events?.onRetry?.({ what, code, attempt, pauseMs });
        const stop = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
        await clock.sleep(pauseMs, stop).catch(() => {});
        if (isStopped()) throw new StateError('UNAVAILABLE', `${what}: no answer from Redis (${code})`, cause);
        pauseMs = Math.min(2 * pauseMs, maxPauseMs);
      }
    }
  }

  const send = async (name: string, args: RedisArgument[]): Promise<RedisReply> =>
    (await redis.client.callBuffer(name, args)) as RedisReply;

  async function runScript(script: Script, keys: string[], args: RedisArgument[]): Promise<RedisReply> {
    const rest = [keys.length, ...keys, ...args];
    try {
      return await send('EVALSHA', [script.sha, ...rest]);
    } catch (error) {
      if (codeOf(error) !== 'NOSCRIPT') throw error;
      return await send('EVAL', [script.source, ...rest]);
    }
  }

  return {
    command: (name, args, signal) => until(name, signal, () => send(name, args)),
    script: (script, keys, args, signal) => until(script.name, signal, () => runScript(script, keys, args)),
    close: () => closing.abort(),
  };
}

/** First word of Redis' own error (WRONGTYPE, OOM, NOAUTH …), else the kind of failure. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  // Inside a script's error the word stands after the place in the script.
  if (error.message.includes('WRONGTYPE')) return 'WRONGTYPE';
  const word = /^(?:ERR )?([A-Z]{2,})\b/.exec(error.message)?.[1];
  if (word !== undefined) return word;
  if (error.message.includes('timed out')) return 'TIMEOUT';
  return 'code' in error && typeof error.code === 'string' ? error.code : 'CONNECTION';
}
