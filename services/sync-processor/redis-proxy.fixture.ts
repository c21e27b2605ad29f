/** A proxy in front of Redis that can hold everything back for a while, or be slow, as a server or network can. */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running proxy. */
export interface RedisProxy {
  /** URL to give to the processor. */
  url: string;
  /** Holds back all that is said from now on. */
  stall(): void;
  /** Lets it through, in order. */
  resume(): void;
  /** Passes everything on so much later, milliseconds. */
  slow(delayMs: number): void;
  close(): Promise<void>;
}

/** Starts a proxy for the server at `redisUrl`. */
export async function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  const { hostname, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let stalled = false;
  let delayMs = 0;

  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    let before: Promise<unknown> = Promise.resolve();
    from.on('data', (data) => {
      const pass = (): void => {
        if (stalled) held.push(() => to.write(data));
        else to.write(data);
      };
      const waitMs = delayMs;
      before = before.then(() => (waitMs > 0 ? sleep(waitMs) : undefined)).then(pass);
    });
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
    slow(next) {
      delayMs = next;
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
