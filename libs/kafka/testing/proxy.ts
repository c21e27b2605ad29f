/**
 * A TCP proxy between a client and the broker that loses and delays answers on request: the request has reached the broker and has
 * had its effect, the client sees a lost connection. Kafka brokers tell clients their own address, so the client is led
 * through the proxy by its socket factory.
 */
import net from 'node:net';
import type { ISocketFactory } from 'kafkajs';

/** A proxy with a fault switch. */
export interface TestProxy {
  socketFactory: ISocketFactory;
  /** Asked for each chunk of answer: true loses it and cuts the connection. */
  setCut(cut: (answer: Buffer) => boolean): void;
  /** Asked for each chunk of answer: holds it, and what follows it on that connection, back for so long. */
  setDelay(delayMs: (answer: Buffer) => number): void;
  /** Cuts every connection now. */
  cutAll(): void;
  /** Refuses new connections, or accepts them again. */
  setRefusing(refusing: boolean): void;
  cuts(): number;
  close(): Promise<void>;
}

export async function startProxy(): Promise<TestProxy> {
  let cut: (answer: Buffer) => boolean = () => false;
  let delayOf: (answer: Buffer) => number = () => 0;
  let refusing = false;
  let cuts = 0;
  const sockets = new Set<net.Socket>();
  /** Local port of a client's connection → where it wants to go. */
  const targets = new Map<string, { host: string; port: number }>();
  const waiting = new Map<string, (target: { host: string; port: number }) => void>();

  const serve = (client: net.Socket, target: { host: string; port: number }): void => {
    const broker = net.connect(target);
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    client.on('data', (chunk) => broker.write(chunk));
    let passedOn: Promise<unknown> = Promise.resolve();
    let held = 0;
    broker.on('data', (chunk) => {
      if (cut(chunk)) {
        cuts += 1;
        client.destroy();
        return;
      }
      const delayMs = delayOf(chunk);
      if (delayMs === 0 && held === 0) return void client.write(chunk);
      held += 1;
      passedOn = passedOn
        .then(() => new Promise((resolve) => setTimeout(resolve, delayMs)))
        .then(() => {
          held -= 1;
          if (!client.destroyed) client.write(chunk);
        });
    });
  };

  const server = net.createServer((client) => {
    const id = String(client.remotePort);
    if (refusing) return void client.destroy();
    const target = targets.get(id);
    if (target !== undefined) serve(client, target);
    else waiting.set(id, (found) => serve(client, found));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: proxyPort } = server.address() as net.AddressInfo;

  return {
    socketFactory: ({ host, port, onConnect }) => {
      const socket = net.connect({ host: '127.0.0.1', port: proxyPort }, () => {
        const id = String(socket.localPort);
        const target = { host, port };
        targets.set(id, target);
        waiting.get(id)?.(target);
        waiting.delete(id);
        socket.on('close', () => targets.delete(id));
        onConnect();
      });
      return socket;
    },
    setCut(next) {
      cut = next;
    },
    setDelay(next) {
      delayOf = next;
    },
    cutAll() {
      for (const socket of sockets) socket.destroy();
    },
    setRefusing(next) {
      refusing = next;
    },
    cuts: () => cuts,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
