/**
 * A simulated Redis: values, the few commands that our services use, and the scripts of the view once more in TypeScript.
 * It may be emptied, or put back to what it was some time ago, at any moment.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Stored = Buffer | string;
/** A value: text, a hash, or a sorted set. */
export type Value = { text: string; untilMs: number } | { hash: Map<string, Stored> } | { scores: Map<string, number> };

/** What a script or command answers. */
export type Reply = Buffer | string | number | null | Reply[];

/** The server's data. */
export interface SimRedis {
  readonly values: Map<string, Value>;
  /** A copy of everything, to go back to. */
  copy(): Map<string, Value>;
  /** Forgets everything, or goes back to a copy. */
  replace(copy: ReadonlyMap<string, Value>): void;
  hash(key: string, make: true): Map<string, Stored>;
  hash(key: string): Map<string, Stored> | undefined;
  scores(key: string, make: true): Map<string, number>;
  scores(key: string): Map<string, number> | undefined;
  text(key: string): string | null;
  /** When a text expires; infinity for never, and for what is not there. */
  untilMs(key: string): number;
  setText(key: string, text: string, untilMs: number): void;
  /** Runs one of the view's scripts, by the hash of its source. */
  script(sha: string, keys: readonly string[], args: readonly Stored[]): Reply;
}

/** Name of each script of the view by the hash of its source. */
function scriptNames(): Map<string, string> {
  const folder = join(import.meta.dirname, '..', '..', '..', 'libs', 'state', 'lua');
  return new Map(
    readdirSync(folder).map((file) => {
      const source = readFileSync(join(folder, file), 'utf8');
      return [createHash('sha1').update(source).digest('hex'), file.replace('.lua', '')];
    }),
  );
}

const SCRIPTS = scriptNames();

/** An empty server. */
export function createSimRedis(now: () => number): SimRedis {
  const values = new Map<string, Value>();

  function copyOf(from: ReadonlyMap<string, Value>): Map<string, Value> {
    const copy = new Map<string, Value>();
    for (const [key, value] of from) {
      if ('hash' in value) copy.set(key, { hash: new Map(value.hash) });
      else if ('scores' in value) copy.set(key, { scores: new Map(value.scores) });
      else copy.set(key, { ...value });
    }
    return copy;
  }

  function hash(key: string, make?: true): Map<string, Stored> | undefined {
    const value = values.get(key);
    if (value !== undefined && 'hash' in value) return value.hash;
    if (make === undefined) return undefined;
    const made = new Map<string, Stored>();
    values.set(key, { hash: made });
    return made;
  }

  function scores(key: string, make?: true): Map<string, number> | undefined {
    const value = values.get(key);
    if (value !== undefined && 'scores' in value) return value.scores;
    if (make === undefined) return undefined;
    const made = new Map<string, number>();
    values.set(key, { scores: made });
    return made;
  }

  const redis = {
    values,
    copy: () => copyOf(values),
    replace(copy: ReadonlyMap<string, Value>) {
      values.clear();
      for (const [key, value] of copyOf(copy)) values.set(key, value);
    },
    hash,
    scores,
    text(key: string) {
      const value = values.get(key);
      if (value === undefined || !('text' in value)) return null;
      if (value.untilMs > now()) return value.text;
      values.delete(key);
      return null;
    },
    untilMs(key: string) {
      const value = values.get(key);
      return value !== undefined && 'text' in value ? value.untilMs : Number.POSITIVE_INFINITY;
    },
    setText: (key: string, text: string, untilMs: number) => void values.set(key, { text, untilMs }),
    script(sha: string, keys: readonly string[], args: readonly Stored[]): Reply {
      const name = SCRIPTS.get(sha);
      if (name === 'apply-n') return apply(redis as SimRedis, keys, args);
      if (name === 'load-3') return load(redis as SimRedis, keys, args);
      if (name === 'offsets-2') return offsets(redis as SimRedis, keys, args);
      throw new Error(`NOSCRIPT no such script: ${name ?? sha}`);
    },
  };
  return redis as SimRedis;
}

function isIncomplete(redis: SimRedis, offsetsKey: string, indexKey: string): boolean {
  const counted = Number(redis.hash(offsetsKey)?.get('tenants') ?? '0');
  return (redis.scores(indexKey)?.size ?? 0) !== counted;
}

/** apply-n.lua. */
function apply(redis: SimRedis, keys: readonly string[], args: readonly Stored[]): Reply {
  const [offsetsKey = '', indexKey = ''] = keys;
  // The last argument is all entries in one: not to be made a text.
  const [layout = '', nowMs = '', count = '0'] = args.slice(0, 3).map(String);
  const stored = redis.hash(offsetsKey);
  const storedLayout = stored?.get('layout');
  if (storedLayout !== undefined && String(storedLayout) !== layout) return ['layout', storedLayout];
  if (isIncomplete(redis, offsetsKey, indexKey)) return ['incomplete'];
  let at = 3;
  let gap: Reply[] | null = null;
  let past = true;
  const next: [string, string][] = [];
  for (let index = 0; index < Number(count); index++, at += 3) {
    const [name = '', previous = '', reached = ''] = args.slice(at, at + 3).map(String);
    const had = String(stored?.get(`offset:${name}`) ?? '0');
    if (Number(had) !== Number(previous)) gap ??= ['gap', name, had, previous];
    if (Number(had) < Number(reached)) past = false;
    next.push([`offset:${name}`, reached]);
  }
  if (gap !== null) return past ? ['already'] : gap;
  const index = redis.scores(indexKey, true);
  const nextPart = unpack(args.at(-1) as Buffer);
  for (const key of keys.slice(2)) {
    const id = String(args[at]);
    const wake = String(args[at + 1]);
    const puts = Number(args[at + 2]);
    const removals = Number(args[at + 3]);
    at += 4;
    const entries = redis.hash(key, true);
    for (let put = 0; put < puts; put++) entries.set(String(nextPart()), nextPart());
    for (let removal = 0; removal < removals; removal++) entries.delete(String(nextPart()));
    if (entries.size === 0) {
      redis.values.delete(key);
      index.delete(id);
    } else if (wake !== '') index.set(id, scoreOf(wake));
    else if (!index.has(id)) index.set(id, Number.POSITIVE_INFINITY);
  }
  const hash = redis.hash(offsetsKey, true);
  for (const [name, value] of next) hash.set(name, value);
  hash.set('layout', layout);
  hash.set('appliedAtMs', nowMs);
  hash.set('tenants', String(index.size));
  if (index.size === 0) redis.values.delete(indexKey);
  return ['applied'];
}

/** Reads packed entries: a length, so many bytes, and so on. */
function unpack(packed: Buffer): () => Buffer {
  let at = 0;
  return () => {
    const from = at + 4;
    at = from + packed.readUInt32BE(at);
    return packed.subarray(from, at);
  };
}

/** load-3.lua. */
function load(redis: SimRedis, keys: readonly string[], args: readonly Stored[]): Reply {
  const [offsetsKey = '', indexKey = '', entriesKey = ''] = keys;
  const [layout = '', tenantId = '', most = '0', count = '0'] = args.map(String);
  const stored = redis.hash(offsetsKey);
  const storedLayout = stored?.get('layout');
  if (storedLayout !== undefined && String(storedLayout) !== layout) return ['layout', storedLayout];
  for (let index = 0; index < Number(count); index++) {
    const name = String(args[4 + 2 * index]);
    const expected = String(args[5 + 2 * index]);
    const had = String(stored?.get(`offset:${name}`) ?? '0');
    if (Number(had) !== Number(expected)) return ['gap', name, had, expected];
  }
  const entries = redis.hash(entriesKey);
  const size = entries?.size ?? 0;
  const indexed = redis.scores(indexKey)?.has(tenantId) === true;
  if (isIncomplete(redis, offsetsKey, indexKey) || size > 0 !== indexed) return ['incomplete'];
  if (size > Number(most)) return ['ok', String(size)];
  return ['ok', String(size), ...[...(entries ?? [])].flat()];
}

/** offsets-2.lua. */
function offsets(redis: SimRedis, keys: readonly string[], args: readonly Stored[]): Reply {
  const [offsetsKey = '', indexKey = ''] = keys;
  const stored = redis.hash(offsetsKey);
  const indexed = redis.scores(indexKey)?.size ?? 0;
  if (stored === undefined || stored.size === 0) return [indexed === 0 ? 'empty' : 'incomplete'];
  const layout = stored.get('layout');
  if (String(layout) !== String(args[0])) return ['layout', layout ?? ''];
  if (isIncomplete(redis, offsetsKey, indexKey)) return ['incomplete'];
  return ['ok', ...[...stored].flat()];
}

function scoreOf(text: string): number {
  return text === '+inf' ? Number.POSITIVE_INFINITY : Number(text);
}
