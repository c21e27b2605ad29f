/** HTTP servers of one test each: they answer as they are told, over real sockets, and are gone after the test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** What answers; `body` is all of it, as text. */
export type Answering = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** Servers for the tests of a file, and whatever else is to be ended after a test, the last one first. */
export function useHttpServers() {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  return {
    atEnd: (end: () => unknown): void => void ends.push(end),
    /** Starts one on this machine; gives its address without a path. */
    async serve(answering: Answering): Promise<string> {
      const server = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk) => {
          body += String(chunk);
        });
        request.on('end', () => answering(request, response, body));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      ends.push(() => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
  };
}

/** Answers with JSON. */
export function answerJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}
