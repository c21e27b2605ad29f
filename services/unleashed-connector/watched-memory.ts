/**
 * Notices that the memory went back: Redis came back from an older copy, or from none. What it then holds to be told may not have been
 * told, so everything that is read is told again, until the whole account was read once. It is noticed by the cursor, which is older
 * than the one that this feed wrote last; a feed that began after that has nothing to compare with.
 */
import type { Cursor } from './core/cursor.ts';
import { doubtAll } from './core/known.ts';
import type { TenantMemory } from './memory.ts';

/** Wraps the memory of one feed. `onOld` is told when it went back. Times are of the feed's clock. */
export function watchMemory(memory: TenantMemory, now: () => number, onOld: () => void): TenantMemory {
  let noted: Cursor | null = null;
  let doubtedSinceMs: number | null = null;

  function compare(stored: Cursor): void {
    if (noted !== null && isOlder(stored, noted)) {
      doubtedSinceMs = now();
      noted = stored;
      onOld();
    }
  }

  function believed(known: Map<string, string>): Map<string, string> {
    return doubtedSinceMs === null ? known : doubtAll(known);
  }

  return {
    store: {
      ...memory.store,
      read: async (keys) => believed(await memory.store.read(keys)),
      async recall(...given) {
        const { known, shown } = await memory.store.recall(...given);
        return { known: believed(known), shown };
      },
    },
    async readCursor() {
      const stored = await memory.readCursor();
      compare(stored);
      if (doubtedSinceMs === null || begunAtMs(stored) >= doubtedSinceMs) return stored;
      return { ...stored, sweep: null, sweptAtMs: null };
    },
    async writeCursor(cursor) {
      // What was read meanwhile was compared with what had come back.
      const stored = await memory.writeCursor(cursor);
      compare(stored);
      noted = cursor;
      if (doubtedSinceMs !== null && cursor.sweep === null && (cursor.sweptAtMs ?? 0) >= doubtedSinceMs)
        doubtedSinceMs = null;
      return stored;
    },
  };
}

function isOlder(stored: Cursor, noted: Cursor): boolean {
  return (stored.polledAtMs ?? 0) < (noted.polledAtMs ?? 0);
}

/** When the reading of the whole account began that is under way, or was the last. */
function begunAtMs({ sweep, sweptAtMs }: Cursor): number {
  return sweep?.startedAtMs ?? sweptAtMs ?? 0;
}
