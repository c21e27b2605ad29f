/**
 * One reader's stream of server-sent events (text/event-stream): what changed of a tenant, soon after it did.
 *
 * There is nothing to hold for a reader who is slow: it has a number up to which it was told, and is told what came since
 * when it takes more. A reader who takes nothing for `STALLED_MS` is cut off.
 */
import { Readable } from 'node:stream';
import type { Changes } from './changes.ts';

/** Changes within this time are told together, milliseconds: a page asks again at most so often. */
const GATHER_MS = 500;
/** A sign of life, milliseconds: keeps connections open on the way, and tells a page that the line is not dead. */
const HEARTBEAT_MS = 15_000;
/** Longest time that a reader may take nothing, milliseconds. */
const STALLED_MS = 60_000;
/** How long a browser waits before it comes back, milliseconds. */
const RETRY_MS = 2_000;

/** One stream. */
export interface EventStreamOptions {
  readonly changes: Changes;
  readonly tenantId: string;
  /** The last id that the reader has, from an earlier connection; null at the first. */
  readonly lastEventId: string | null;
  /** How long it may go on, milliseconds: the reader's token ends then. Null: without end. */
  readonly endsInMs: number | null;
}

/** Opens a stream; it lets go of everything when it is destroyed or at its end. */
export function openEventStream({ changes, tenantId, lastEventId, endsInMs }: EventStreamOptions): Readable {
  /** Up to where the reader was told; an id of another life stands before everything. */
  let told = heardOf(changes.life, lastEventId);
  let wanted = false;
  let stalledSinceMs: number | null = null;
  let gathering: NodeJS.Timeout | undefined;
  let greeted = false;

  const stream = new Readable({
    highWaterMark: 16 * 1024,
    read() {
      wanted = true;
      stalledSinceMs = null;
      if (!greeted) {
        greeted = true;
        say(`retry: ${RETRY_MS}\n${tell(true)}`);
      } else if (gathering === undefined) tellLater();
    },
    destroy(error, callback) {
      clearInterval(heartbeat);
      clearTimeout(gathering);
      clearTimeout(end);
      stopListening();
      callback(error);
    },
  });

  function say(text: string): void {
    wanted = stream.push(text);
  }

  /** News since the reader was told last; `hello` also when there are none. */
  function tell(first = false): string {
    const { upTo, kinds, records } = changes.since(tenantId, told);
    told = upTo;
    if (kinds?.length === 0 && !first) return '';
    const data = JSON.stringify({ kinds, records });
    return `event: ${kinds?.length === 0 ? 'hello' : 'change'}\nid: ${changes.life}-${upTo}\ndata: ${data}\n\n`;
  }

  function tellLater(): void {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      if (!wanted) return;
      const news = tell();
      if (news !== '') say(news);
    }, GATHER_MS);
  }

  const stopListening = changes.listen(tenantId, tellLater);
  const heartbeat = setInterval(() => {
    if (wanted) return say('event: here\ndata: {}\n\n');
    stalledSinceMs ??= performance.now();
    if (performance.now() - stalledSinceMs >= STALLED_MS) stream.destroy();
  }, HEARTBEAT_MS);
  const end = endsInMs === null ? undefined : setTimeout(() => stream.push(null), Math.min(endsInMs, 2 ** 31 - 1));
  return stream;
}

/** The number in an id of this life; -1 for one of another, of which everything may have changed; null for none. */
function heardOf(life: string, lastEventId: string | null): number | null {
  if (lastEventId === null) return null;
  const [from, number] = [lastEventId.slice(0, lastEventId.lastIndexOf('-')), lastEventId.split('-').at(-1)];
  return from === life && /^\d{1,15}$/.test(number ?? '') ? Number(number) : -1;
}
