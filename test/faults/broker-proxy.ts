/**
 * A bad network between a process and its broker. The process is what users run and is only given another address: whatever answer
 * tells where the broker is tells where the proxy is instead. Requests and answers are taken as wholes, so that it can be said
 * which answers are lost: the request has reached the broker and has had its effect, and the process sees a connection that ends.
 */
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls by their number in Kafka's protocol, as far as tests name them. */
export const CALLS = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  findCoordinator: 10,
  heartbeat: 12,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const;

/** What becomes of an answer: it is passed on, lost, broken off in its midst, or held back so long with all that follow it, milliseconds. */
export type Fate = 'pass' | 'cut' | 'torn' | number;

/** A proxy for one broker. */
export interface BrokerProxy {
  /** Where it listens: what the process is given as its broker. */
  readonly address: string;
  /** From now on `fateOf` decides about each answer; `call` is the number of the call that it answers. */
  setFate(fateOf: (call: number) => Fate): void;
  /**
   * With the next such request, which is held up itself, nothing passes any more on the connections that are there, in either
   * direction, and neither end hears that the other gave up. New ones work. Resolves when it has happened.
   */
  freezeAt(call: number): Promise<void>;
  /** The network heals: what was sent on those connections arrives now, also that of connections that were given up meanwhile. */
  thaw(): void;
  /** How many answers to a call were lost or broken off. */
  lost(call: number): number;
  /** Connections that were made since the last freeze. */
  fresh(): number;
  /** Requests that arrived late, with a thaw. */
  late(): number;
  close(): Promise<void>;
}

/** Bytes in front of each request and answer: its length. */
const LENGTH_BYTES = 4;

/** Gives every whole request or answer, its length in front. */
function inFrames(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= LENGTH_BYTES && rest.length >= LENGTH_BYTES + rest.readInt32BE(0)) {
      const bytes = LENGTH_BYTES + rest.readInt32BE(0);
      onFrame(rest.subarray(0, bytes));
      rest = rest.subarray(bytes);
    }
  };
}

interface Connection {
  frozen: boolean;
  /** Sends on what was held back while it was frozen; gives how many requests that were. */
  thaw(): number;
  end(): void;
}

/** Starts a proxy in front of `broker` (host:port), which has to be the only one. */
export async function startBrokerProxy(broker: string): Promise<BrokerProxy> {
  const [host = '', port = ''] = broker.split(':');
  const target = { host, port: Number(port) };
  let fateOf: (call: number) => Fate = () => 'pass';
  let freezing: { call: number; resolve: () => void } | null = null;
  let fresh = 0;
  let late = 0;
  const lost = new Map<number, number>();
  const connections = new Set<Connection>();

  const server = net.createServer((client) => {
    fresh += 1;
    connections.add(connect(client));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const own = (server.address() as net.AddressInfo).port;

  /** Host and port as an answer has them, however long it says the host is. */
  const addressOf = (of: number): Buffer => {
    const bytes = Buffer.alloc(host.length + 4);
    bytes.write(host);
    bytes.writeInt32BE(of, host.length);
    return bytes;
  };
  const [there, here] = [addressOf(target.port), addressOf(own)];
  const tellsAddress = (call: number): boolean => call === CALLS.metadata || call === CALLS.findCoordinator;
  const redirected = (answer: Buffer): Buffer => {
    const told = Buffer.from(answer);
    for (let at = told.indexOf(there); at !== -1; at = told.indexOf(there, at + there.length)) here.copy(told, at);
    return told;
  };

  function freeze(): void {
    for (const connection of connections) connection.frozen = true;
    fresh = 0;
    freezing?.resolve();
    freezing = null;
  }

  function connect(client: net.Socket): Connection {
    const upstream = net.connect(target);
    const asked: number[] = [];
    const held: Buffer[] = [];
    let passedOn: Promise<void> = Promise.resolve();
    const connection: Connection = {
      frozen: false,
      thaw() {
        connection.frozen = false;
        for (const request of held) upstream.write(request);
        // The end of who gave up arrives after all that it said.
        if (client.destroyed) upstream.end();
        return held.splice(0).length;
      },
      end() {
        client.destroy();
        upstream.destroy();
        connections.delete(connection);
      },
    };
    const pass = (answer: Buffer, call: number): void => {
      const fate = fateOf(call);
      if (fate === 'cut' || fate === 'torn') {
        lost.set(call, (lost.get(call) ?? 0) + 1);
        if (fate === 'torn') client.write(answer.subarray(0, Math.ceil(answer.length / 2)), () => connection.end());
        else connection.end();
        return;
      }
      const delayed = fate === 'pass' ? passedOn : passedOn.then(() => sleep(fate));
      passedOn = delayed.then(() => void (client.destroyed || connection.frozen || client.write(answer)));
    };
    client.on(
      'data',
      inFrames((request) => {
        const call = request.readInt16BE(LENGTH_BYTES);
        if (call === freezing?.call) freeze();
        asked.push(call);
        if (connection.frozen) held.push(request);
        else upstream.write(request);
      }),
    );
    upstream.on(
      'data',
      inFrames((answer) => {
        const call = asked.shift() ?? -1;
        if (!connection.frozen) pass(tellsAddress(call) ? redirected(answer) : answer, call);
      }),
    );
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (!connection.frozen) connection.end();
      });
    }
    return connection;
  }

  return {
    address: `${host}:${own}`,
    setFate(next) {
      fateOf = next;
    },
    freezeAt: (call) => new Promise((resolve) => (freezing = { call, resolve })),
    thaw() {
      for (const connection of connections) if (connection.frozen) late += connection.thaw();
    },
    lost: (call) => lost.get(call) ?? 0,
    fresh: () => fresh,
    late: () => late,
    async close() {
      for (const connection of connections) connection.end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
