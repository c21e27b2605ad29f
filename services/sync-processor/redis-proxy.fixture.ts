/** A proxy in front of Redis that can hold everything back for a while, as a stalled server or network does. */
import { connect, createServer, type Socket } from 'node:net';

/** A running proxy. */
export interface RedisProxy {
  /** URL to give to the processor. */
  url: string;
  /** Holds back all that is said from now on. */
  stall(): void;
  /** Lets it through, in order. */
  resume(): void;
  close(): Promise<void>;
}

/** Starts a proxy for the server at `redisUrl`. */
export async function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  const { hostname, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let stalled = false;

  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('data', (data) => (stalled ? held.push(() => to.write(data)) : to.write(data)));
  }

  const server = createServer((client) => {
    const upstream = connect(Number(port || 6379), hostname);
    join(client, upstream);
    join(upstream, client);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return {
    url: `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    stall() {
      stalled = true;
    },
    resume() {
      stalled = false;
      for (const pass of held.splice(0)) pass();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
