/** Server-sent events: a ring's entries, those already there and those to come. */
import type { FastifyReply } from 'fastify';
import type { Ring } from './call-log.ts';

/** Open streams; ended together at shutdown. */
export type Streams = {
  /**
   * Answers with a stream of the ring's entries that `wanted` takes; first those after `since`.
   * Each event has the entry's seq as its id and the entry as JSON in its data.
   */
  readonly open: <T extends { seq: number }>(
    reply: FastifyReply,
    ring: Ring<T>,
    since: number,
    wanted: (entry: T) => boolean,
  ) => void;
  readonly close: () => void;
};

/** Streams open at once at most. */
const maxStreams = 200;
/** A comment is sent this often, ms, so that dead connections are noticed. */
const heartbeatMs = 15_000;
/** A reader that lets this many bytes pile up is cut off; it may come back with its last id. */
const maxPendingBytes = 4 * 1024 * 1024;

/** Nothing open yet. */
export function createStreams(): Streams {
  const open = new Set<() => void>();
  return {
    open: (reply, ring, since, wanted) => {
      if (open.size >= maxStreams) {
        void reply.code(503).send({ message: 'Too many open streams.' });
        return;
      }
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        connection: 'keep-alive',
      });
      const end = (): void => {
        stop();
        clearInterval(heartbeat);
        open.delete(end);
        raw.end();
      };
      const write = (text: string): void => {
        raw.write(text);
        if (raw.writableLength > maxPendingBytes) raw.destroy();
      };
      const show = (entry: { seq: number }): void => write(`id: ${entry.seq}\ndata: ${JSON.stringify(entry)}\n\n`);
      const heartbeat = setInterval(() => write(': still here\n\n'), heartbeatMs);
      write(': open\n\n');
      for (const entry of ring.after(since)) if (wanted(entry)) show(entry);
      const stop = ring.listen((entry) => {
        if (wanted(entry)) show(entry);
      });
      open.add(end);
      raw.on('close', end);
    },
    close: () => {
      for (const end of [...open]) end();
    },
  };
}
