/**
 * The sockets of one kafkajs instance, so that they can be ended for good.
 *
 * kafkajs' `disconnect` is not the end: a retry that is still under way opens a new connection, and a broker that was
 * dropped from the metadata keeps its own. Such a socket keeps the process alive, and such a retry may write long after
 * its caller has given up. Here every socket is known, `close` destroys them all, and from then on none is made.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

/** Sockets that can be ended together. */
export interface Sockets {
  factory: ISocketFactory;
  /** Destroys all sockets and refuses new ones. */
  close(): void;
}

const KEEP_ALIVE_DELAY_MS = 60_000;
/** In kafkajs' errors when somebody still uses a closed client; `log-router.ts` knows it as harmless. */
export const CLOSED_MESSAGE = 'this Kafka client was closed';

/** Like kafkajs' own, and without Nagle's delay: requests are small and wait for answers. */
const defaultFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  socket.setNoDelay(true);
  return socket;
};

/** @param factory makes the sockets; for tests */
export function createSockets(factory: ISocketFactory = defaultFactory): Sockets {
  const open = new Set<net.Socket>();
  let closed = false;
  return {
    factory: (args) => {
      if (closed) throw new Error(CLOSED_MESSAGE);
      const socket = factory(args);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      return socket;
    },
    close() {
      closed = true;
      for (const socket of open) socket.destroy(new Error(CLOSED_MESSAGE));
    },
  };
}
