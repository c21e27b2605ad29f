/** How far the feed of one tenant has come. Kept in Redis; when it is lost, the feed begins with a sweep. */
import { z } from 'zod';

const cursorSchema = z.object({
  sinceMs: z.number().nullable(),
  numberOfItems: z.number().nullable(),
  pageSize: z.number().int().min(1).max(1000),
  sweep: z
    .object({
      page: z.number().int().min(1),
      startedAtMs: z.number(),
      newestMs: z.number(),
      completeAtMs: z.number().default(0),
    })
    .nullable(),
  sweptAtMs: z.number().nullable(),
  salespersonsAtMs: z.number().nullable(),
  longLists: z.record(z.string(), z.number()),
  polledAtMs: z.number().nullable(),
  pageSizeAtMs: z.number().nullable(),
  completeAtMs: z.number().nullable().default(null),
});

/** Cursor of a tenant. All times are milliseconds since the epoch. */
export interface Cursor {
  /** Changes up to here are known, by Unleashed's clock as far as it was seen; null before the first sweep is through. */
  sinceMs: number | null;
  /** Customers of the account as last told; null before the first answer. */
  numberOfItems: number | null;
  /** Customers asked for in a page; made smaller when an answer is too big. */
  pageSize: number;
  /**
   * The walk over all customers that is under way: next page, when it began, newest LastModifiedOn so far, and from when all is
   * known that its pages show, as far as long lists of contacts were read; null for none.
   */
  sweep: { page: number; startedAtMs: number; newestMs: number; completeAtMs: number } | null;
  /** When the last complete sweep began; null when there was none. */
  sweptAtMs: number | null;
  /** When sales people were last read; null for never. */
  salespersonsAtMs: number | null;
  /** Customers with more contacts than a list shows (fact U7.9), and when their contacts were last read one by one. */
  longLists: Record<string, number>;
  /** When the last complete poll began, so that a restart keeps to the pace; null for never. */
  polledAtMs: number | null;
  /** When pageSize was last changed; null when it is as large as can be. */
  pageSizeAtMs: number | null;
  /** Everything that the API showed before this moment, our clock, was published; null before everything was read once. */
  completeAtMs: number | null;
}

/** The cursor of a tenant that was never read. */
export const NEW_CURSOR: Cursor = Object.freeze({
  sinceMs: null,
  numberOfItems: null,
  pageSize: 1000,
  sweep: null,
  sweptAtMs: null,
  salespersonsAtMs: null,
  longLists: {},
  polledAtMs: null,
  pageSizeAtMs: null,
  completeAtMs: null,
});

/** Smallest page that is asked for when answers are too big. */
export const SMALLEST_PAGE = 25;
/** Pages grow again after this time, milliseconds: what was too big may have been a passing nonsense. */
export const PAGE_GROWS_MS = 3_600_000;

/** The cursor with smaller pages, after an answer that was too big; a sweep begins anew, since its pages are others now. */
export function withSmallerPages(cursor: Cursor, nowMs: number): Cursor {
  const pageSize = Math.max(SMALLEST_PAGE, Math.floor(cursor.pageSize / 2));
  return { ...cursor, pageSize, pageSizeAtMs: nowMs, sweep: null };
}

/** The cursor with larger pages, when it is time to try; not in the middle of a sweep. */
export function withLargerPages(cursor: Cursor, nowMs: number): Cursor {
  const { pageSize, pageSizeAtMs, sweep } = cursor;
  if (pageSizeAtMs === null || sweep !== null || nowMs - pageSizeAtMs < PAGE_GROWS_MS) return cursor;
  const larger = Math.min(NEW_CURSOR.pageSize, pageSize * 2);
  return { ...cursor, pageSize: larger, pageSizeAtMs: larger === NEW_CURSOR.pageSize ? null : nowMs };
}

/** Reads a stored cursor; what cannot be read is as good as none. */
export function parseCursor(text: string | null): Cursor {
  if (text === null) return NEW_CURSOR;
  try {
    const parsed = cursorSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : NEW_CURSOR;
  } catch {
    return NEW_CURSOR;
  }
}
