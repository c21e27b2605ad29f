/**
 * The view in Redis of the processor's changelogs: what a task needs to know about a tenant, without reading the log.
 *
 * The changelog topics are the authority. A batch is applied here only after its transaction was committed, offsets and
 * entries in one script. So the view is never ahead of the log; when it is behind (a crash between commit and apply, an
 * old copy, an emptied server) its stored offsets say so, and the task replays the difference.
 *
 * Keys of task n, all with the hash tag {t<n>}: `offsets` (how far the view is), `tenants` (index with wake-up times) and
 * `tenant:<id>` (entries of one tenant, record key → the same Avro bytes as on the topic).
 */
import { type Connection, connect, loadScript, type RedisArgument, type RedisReply } from './connection.ts';
import type { StateViewOptions } from './options.ts';
import { type ChangedEntry, packEntries, type SortedEntries, type StateEntry, sortEntries } from './packed.ts';
import { StateError } from './state-error.ts';

/** Where a changelog partition ends: the offset after the last record. */
export type ChangelogEnds = Readonly<Record<string, bigint>>;

/** What changes for one tenant. */
export interface TenantChange {
  /** Changed entries; the last one wins where a key comes twice. May be empty when only the wake-up time changes. */
  entries: readonly ChangedEntry[];
  /** When the tenant wants to be looked at, our clock; null for never; undefined leaves it as it is. */
  wakeAtMs?: number | null;
}

/** One committed (or replayed) batch of a task. */
export interface StateChange {
  /** Task number. */
  task: number;
  /** Per changelog: where the view must be, and where it is afterwards. */
  changelogs: Readonly<Record<string, { previousEnd: bigint; newEnd: bigint }>>;
  /** What changes, by tenant id. */
  tenants: ReadonlyMap<string, TenantChange>;
  /** Time to note as that of the last change, our clock. */
  nowMs: number;
}

/** How far the view of a task is, or why it is of no use. */
export type StoredState =
  | { usable: true; ends: ChangelogEnds; appliedAtMs: number }
  | { usable: false; why: 'empty' | 'other-layout' | 'incomplete' };

/** A tenant in the index. */
export interface IndexedTenant {
  /** Tenant id. */
  tenantId: string;
  /** When it wants to be looked at; 0 when not known yet (then look); null for never. */
  wakeAtMs: number | null;
}

/** The view. Every call waits for Redis; `signal` ends the waiting with StateError UNAVAILABLE. */
export interface StateView {
  /** How far the view of a task is. */
  stored(task: number, signal?: AbortSignal): Promise<StoredState>;
  /**
   * Applies a batch: 'already' when the view has it. Throws StateError GAP when the view is elsewhere, OTHER_LAYOUT or
   * INCOMPLETE when it is of no use; nothing was changed then.
   */
  apply(change: StateChange, signal?: AbortSignal): Promise<'applied' | 'already'>;
  /**
   * All entries of a tenant, of a view that is exactly at `ends`; empty when the tenant has none. Throws StateError GAP,
   * OTHER_LAYOUT or INCOMPLETE like `apply`: what cannot be trusted is not given.
   */
  loadTenant(task: number, tenantId: string, ends: ChangelogEnds, signal?: AbortSignal): Promise<StateEntry[]>;
  /** The task's tenants, in pieces of at most 1,000. */
  tenantsOf(task: number, signal?: AbortSignal): AsyncGenerator<IndexedTenant[]>;
  /** Removes all that is under the task's keys, whoever wrote it. Afterwards the view is empty. */
  clear(task: number, signal?: AbortSignal): Promise<void>;
  /** Ends the waiting: pending and later calls fail with UNAVAILABLE. The connection stays the caller's. */
  close(): void;
}

/** Version of the keys and values that this version of the project writes. */
const LAYOUT = '1';
const DEFAULT_LOAD_CHUNK = 500;
const INDEX_CHUNK = 1_000;
const CLEAR_CHUNK = 500;

const APPLY = loadScript('apply-n');
const LOAD = loadScript('load-3');
const OFFSETS = loadScript('offsets-2');

/** A view on the server behind `options.redis`. */
export function createStateView(options: StateViewOptions): StateView {
  const connection: Connection = connect(options);
  const layout = options.layout ?? LAYOUT;
  const loadChunk = options.loadChunk ?? DEFAULT_LOAD_CHUNK;

  const keyOf = (task: number, ...parts: string[]) => options.redis.key(`{t${task}}`, ...parts);
  const offsetsKey = (task: number) => keyOf(task, 'offsets');
  const indexKey = (task: number) => keyOf(task, 'tenants');
  const tenantKey = (task: number, tenantId: string) => keyOf(task, 'tenant', tenantId);

  /** Calls the load script: the checks, and the entries when they are few. */
  async function check(task: number, tenantId: string, ends: ChangelogEnds, limit: number, signal?: AbortSignal) {
    const expected = Object.entries(ends).flatMap(([name, end]) => [name, String(end)]);
    const keys = [offsetsKey(task), indexKey(task), tenantKey(task, tenantId)];
    const args = [layout, tenantId, limit, expected.length / 2, ...expected];
    const reply = listOf(await connection.script(LOAD, keys, args, signal));
    if (textOf(reply[0]) !== 'ok') throw refusal(task, reply);
    return { count: Number(textOf(reply[1])), entries: entriesOf(reply.slice(2)) };
  }

  /** Entries of a tenant with many, in pieces; HSCAN may give one twice, so they are collected by key. */
  async function scan(task: number, tenantId: string, signal?: AbortSignal): Promise<StateEntry[]> {
    const found = new Map<string, StateEntry>();
    let cursor = '0';
    do {
      const args = [tenantKey(task, tenantId), cursor, 'COUNT', loadChunk];
      const [next, piece] = listOf(await connection.command('HSCAN', args, signal));
      for (const entry of entriesOf(listOf(piece ?? []))) found.set(entry.key, entry);
      cursor = textOf(next);
    } while (cursor !== '0');
    return [...found.values()];
  }

  return {
    async stored(task, signal) {
      const keys = [offsetsKey(task), indexKey(task)];
      let reply: RedisReply[];
      try {
        reply = listOf(await connection.script(OFFSETS, keys, [layout], signal));
      } catch (error) {
        if (error instanceof StateError && error.code === 'OTHER_LAYOUT') return { usable: false, why: 'other-layout' };
        throw error;
      }
      const status = textOf(reply[0]);
      if (status === 'empty') return { usable: false, why: 'empty' };
      if (status === 'incomplete') return { usable: false, why: 'incomplete' };
      if (status !== 'ok') return { usable: false, why: 'other-layout' };
      const fields = new Map(pairsOf(reply.slice(1)).map(([name, value]) => [textOf(name), textOf(value)]));
      const ends = [...fields].filter(([name]) => name.startsWith('offset:'));
      return {
        usable: true,
        ends: Object.fromEntries(ends.map(([name, value]) => [name.slice('offset:'.length), BigInt(value)])),
        appliedAtMs: Number(fields.get('appliedAtMs') ?? 0),
      };
    },

    async apply(change, signal) {
      const keys = [offsetsKey(change.task), indexKey(change.task)];
      const changelogs = Object.entries(change.changelogs);
      const args: RedisArgument[] = [layout, change.nowMs, changelogs.length];
      for (const [name, { previousEnd, newEnd }] of changelogs) args.push(name, String(previousEnd), String(newEnd));
      const sorted: SortedEntries[] = [];
      for (const [tenantId, { entries, wakeAtMs }] of change.tenants) {
        const own = sortEntries(entries);
        sorted.push(own);
        keys.push(tenantKey(change.task, tenantId));
        args.push(tenantId, scoreOf(wakeAtMs), own.puts.length, own.removals.length);
      }
      args.push(packEntries(sorted));
      const reply = listOf(await connection.script(APPLY, keys, args, signal));
      const status = textOf(reply[0]);
      if (status === 'applied' || status === 'already') return status;
      throw refusal(change.task, reply);
    },

    async loadTenant(task, tenantId, ends, signal) {
      const { count, entries } = await check(task, tenantId, ends, loadChunk, signal);
      if (count <= loadChunk) return entries;
      const scanned = await scan(task, tenantId, signal);
      // Nobody else writes here; but the server may have been emptied or replaced while it was read.
      const after = await check(task, tenantId, ends, 0, signal);
      if (after.count !== scanned.length || after.count !== count) {
        throw new StateError('INCOMPLETE', `task ${task}: ${scanned.length} of ${count} entries of ${tenantId}`);
      }
      return scanned;
    },

    async *tenantsOf(task, signal) {
      for (let from = 0; ; from += INDEX_CHUNK) {
        const args = [indexKey(task), from, from + INDEX_CHUNK - 1, 'WITHSCORES'];
        const reply = listOf(await connection.command('ZRANGE', args, signal));
        if (reply.length === 0) return;
        // RESP3 gives a list of pairs, RESP2 one flat list.
        yield pairsOf(reply.flat()).map(([id, score]) => ({ tenantId: textOf(id), wakeAtMs: wakeOf(textOf(score)) }));
      }
    },

    async clear(task, signal) {
      // Offsets first: a half-cleared view must not look usable.
      await connection.command('UNLINK', [offsetsKey(task)], signal);
      let cursor = '0';
      do {
        const pattern = `${keyOf(task, '').replace(/[\\*?[\]]/g, '\\$&')}:*`;
        const args = [cursor, 'MATCH', pattern, 'COUNT', CLEAR_CHUNK];
        const [next, found] = listOf(await connection.command('SCAN', args, signal));
        const keys = listOf(found ?? []).map(textOf);
        if (keys.length > 0) await connection.command('UNLINK', keys, signal);
        cursor = textOf(next);
      } while (cursor !== '0');
    },

    close: () => connection.close(),
  };
}

function refusal(task: number, reply: RedisReply[]): StateError {
  const [status, ...details] = reply.map(textOf);
  if (status === 'gap') {
    const [changelog, stored, expected] = details;
    return new StateError('GAP', `task ${task}: the view has ${changelog} up to ${stored}, expected ${expected}`);
  }
  if (status === 'layout') return new StateError('OTHER_LAYOUT', `task ${task}: the view has layout ${details[0]}`);
  return new StateError('INCOMPLETE', `task ${task}: parts of the view are missing`);
}

function scoreOf(wakeAtMs: number | null | undefined): string {
  if (wakeAtMs === undefined) return '';
  return wakeAtMs === null ? '+inf' : String(wakeAtMs);
}

function wakeOf(score: string): number | null {
  return score === 'inf' || score === '+inf' || score === 'Infinity' ? null : Number(score);
}

function listOf(reply: RedisReply): RedisReply[] {
  if (!Array.isArray(reply)) throw new StateError('REFUSED', 'Redis answered something that is no list');
  return reply;
}

function textOf(reply: RedisReply | undefined): string {
  return Buffer.isBuffer(reply) ? reply.toString('utf8') : String(reply ?? '');
}

function pairsOf(flat: RedisReply[]): [RedisReply, RedisReply][] {
  const pairs: [RedisReply, RedisReply][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] ?? null, flat[at + 1] ?? null]);
  return pairs;
}

function entriesOf(flat: RedisReply[]): StateEntry[] {
  return pairsOf(flat).map(([key, value]) => ({ key: textOf(key), value: Buffer.isBuffer(value) ? value : null }));
}
