/** What every question is asked with, and the words that answers share. */
import type { Codec, Lane, Setting } from '#contracts';
import { type Circumstances, createTenantState, reasonOf } from '#sync-core';
import type { Connection } from './database.ts';
import type { TenantRef } from './neighbourhood.ts';

/** Where a question is asked, and under which settings. */
export interface Asked {
  readonly connection: Connection;
  readonly codec: Codec;
  /** Changes when the file is begun anew: pages of an old one cannot be gone on with. */
  readonly generation: string;
  readonly tenant: TenantRef;
  readonly setting: Setting | null;
  readonly lanes: readonly Lane[];
}

/** A page: where to begin, and how many. */
export interface Page {
  /** Where the page before ended; undefined for the first. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A cursor that is none of ours, or that belongs to a file that is no more. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
}

/** What records are judged under. */
export function circumstancesOf({ tenant, setting, lanes }: Asked): Circumstances {
  return createTenantState(tenant.id, { links: [], setting, lanes: [...lanes] });
}

/** The cursor behind a row: its sort key, then its id. */
export function cursorAfter({ generation }: Asked, key: string | number, id: number): string {
  return Buffer.from(JSON.stringify([generation, key, id])).toString('base64url');
}

/** The sort key and id that a cursor stands for. `sample` is a key of the kind that is wanted. */
export function readCursor<K extends string | number>(
  { generation }: Asked,
  cursor: string | undefined,
  first: { readonly key: K; readonly id: number },
): { key: K; id: number } {
  if (cursor === undefined) return first;
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    parts = null;
  }
  const [of, key, id] = Array.isArray(parts) ? parts : [];
  if (typeof of !== 'string' || typeof key !== typeof first.key || !Number.isSafeInteger(id)) {
    throw new CursorError('is not a cursor of this list');
  }
  if (of !== generation) throw new CursorError('is of a list that was made anew since; begin at its first page');
  return { key: key as K, id: id as number };
}

/** A page of one row more than wanted: the rows wanted, and where to go on. */
export function cut<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (row: T) => string,
): { page: T[]; next: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** A reason and what it says. */
export function say(reason: string): { reason: string; sentence: string } {
  return { reason, sentence: reasonOf(reason).sentence };
}

/** How something stands, with what it says and what to do. */
export function sayStanding<S extends string>(one: { state: S; reason: string }) {
  return { state: one.state, reason: one.reason, ...reasonOf(one.reason) };
}

/** ISO 8601. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** ISO 8601, or null. */
export function isoTimeOrNull(atMs: number | null): string | null {
  return atMs === null ? null : isoTime(atMs);
}
