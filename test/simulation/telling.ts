/** Keeps the story of a run while it happens. */
import type { Codec } from '#contracts';
import type { LogCopy, SimLog } from './engine/log.ts';
import type { WireCall } from './engine/wire.ts';
import type { Line } from './ran.ts';
import type { Tell } from './services/parts.ts';

/** Longest text of a record or order in the story, characters. */
const MAX_CHARACTERS = 1_500;

/** A story that is being told. */
export interface Telling {
  readonly lines: readonly Line[];
  /** Adds a line. */
  readonly tell: Tell;
  /** Tells of a call that changes something or that a fault struck. */
  tellCall(call: WireCall): void;
  /** Tells from now on what is written to the log, beyond what was there. */
  follow(log: SimLog, was: LogCopy | undefined, codec: Codec): void;
}

/** Begins the story; `now` in milliseconds, lines are timed from this moment on. */
export function createTelling(now: () => number): Telling {
  const startMs = now();
  const lines: Line[] = [];
  const tell: Tell = (who, text) => {
    lines.push({ atMs: now() - startMs, who, text: typeof text === 'string' ? text : text() });
  };
  return {
    lines,
    tell,
    tellCall({ process, method, side, path, body, status, faults }) {
      if (method === 'GET' && faults.length === 0) return;
      const struck = faults.length === 0 ? '' : ` [${faults.join(', ')}]`;
      tell(process, `${method} ${side}${path} ${body} → ${status}${struck}`);
    },
    follow(log, was, codec) {
      const told = new Map([...(was?.topics ?? [])].map(([topic, entries]) => [topic, entries.length]));
      log.onNews((topic) => {
        const { records, next } = log.read(topic, told.get(topic) ?? 0);
        told.set(topic, next);
        for (const { key, value, offset } of records) {
          const decoded = value === null ? null : codec.decodeKnown(topic as 'sync.link.v1', value);
          tell(`${topic}/${offset}`, `${String(key)} ${brief(decoded ?? null)}`);
        }
      });
    },
  };
}

/** No story: its texts would be a tenth of the time of a run. */
export const NO_TELLING: Telling = {
  lines: [],
  tell: () => undefined,
  tellCall: () => undefined,
  follow: () => undefined,
};

/** An object on one line, without what is null or empty; null is a tombstone. */
export function brief(value: object | null): string {
  if (value === null) return 'removed';
  const text = JSON.stringify(value, (_key, inner: unknown) => (inner === null || inner === '' ? undefined : inner));
  return text.slice(0, MAX_CHARACTERS);
}
