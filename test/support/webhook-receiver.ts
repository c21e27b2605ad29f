/** A receiver of alerts' notices as an operator has one: it takes them down as they come, and answers as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A notice within a POST. */
export interface Notice {
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  readonly state: 'firing' | 'resolved';
  readonly value: number;
  readonly threshold: number;
  readonly detail: string;
  readonly since: string;
  readonly firedAt: string;
  readonly resolvedAt: string | null;
}

/** One POST: as it came, and what it says. */
export interface Delivery {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly tenantId: string;
  readonly notices: readonly Notice[];
  /** Answered with this status; null while it is not answered, or when the caller gave up. */
  status: number | null;
}

/** A receiver that runs. */
export interface WebhookReceiver {
  /** Address of a path. */
  urlOf(path: string): string;
  /** All that came, in order. */
  readonly deliveries: readonly Delivery[];
  /** What came on a path. */
  on(path: string): Delivery[];
  /** How a path answers from now on: a status, or null for not at all. Default 204. */
  answer(path: string, status: number | null): void;
  close(): Promise<void>;
}

/** Starts one on this machine. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const deliveries: Delivery[] = [];
  const answers = new Map<string, number | null>();
  const silent = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const body = Buffer.concat(chunks);
      const answer = answers.get(path);
      const status = answer === undefined ? 204 : answer;
      deliveries.push({ path, headers: request.headers, body, status, ...JSON.parse(body.toString()) });
      if (status === null) silent.add(response);
      else response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (path) => `http://127.0.0.1:${port}${path}`,
    deliveries,
    on: (path) => deliveries.filter((one) => one.path === path),
    answer: (path, status) => void answers.set(path, status),
    async close() {
      for (const response of silent) response.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
