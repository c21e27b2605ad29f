/** What the HTTP tests share: a sandbox on a real port, raw requests, a receiver of events. */
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog, createMetrics, startHttpServer } from '#runtime';
import { sign } from '../model/unleashed/signature.ts';
import type { SandboxOptions } from '../options.ts';
import { createSandbox, type Sandbox } from '../sandbox.ts';

/** A sandbox that listens. */
export type Running = { readonly url: string; readonly sandbox: Sandbox; readonly close: () => Promise<void> };

/** A sandbox with two small made-up tenants, tenant-001 and tenant-002. */
export async function startTestSandbox(options: Partial<SandboxOptions> = {}): Promise<Running> {
  const log = createLog({ service: 'sandbox-test', level: 'silent' });
  const settings: SandboxOptions = {
    dataDir: undefined,
    seed: 'test',
    tenants: 2,
    companies: 5,
    crmHookBaseUrl: undefined,
    unleashedHookBaseUrl: undefined,
    panel: undefined,
    ...options,
  };
  const sandbox = createSandbox(settings, log, Date.now);
  const http = await startHttpServer({
    config: { host: '127.0.0.1', port: 0 },
    log,
    metrics: createMetrics('sandbox-test'),
    checks: {},
    routes: sandbox.routes,
  });
  return {
    url: http.url,
    sandbox,
    close: async () => {
      sandbox.endStreams();
      await http.close();
      sandbox.close();
    },
  };
}

/** An answer of a raw request; `error` is the code of a connection that broke. */
export type RawAnswer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  error?: string;
};

/** Sends exactly this path and query, byte for byte; no client library in between. */
export function rawRequest(
  url: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve({ status: 0, headers: {}, text: '', error: error.code ?? error.message });
    const { method = 'GET', headers = {}, body } = options;
    const sent = httpRequest({ hostname, port, path, method, headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', failed);
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(parts).toString() });
      });
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

/** Headers of a signed Unleashed request of tenant-001. */
export function signedHeaders(query: string): Record<string, string> {
  return {
    'api-auth-id': 'sandbox-tenant-001-id',
    'api-auth-signature': sign('sandbox-tenant-001-key', query),
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'test/1',
  };
}

/** Headers of a CRM request of tenant-001. */
export const crmHeaders = {
  authorization: 'Bearer sandbox-tenant-001-token',
  'content-type': 'application/json',
  'user-agent': 'test/1',
};

/** Something that takes events; `status` is what it answers. */
export type Receiver = {
  readonly url: string;
  readonly taken: { path: string; headers: Record<string, string | string[] | undefined>; body: string }[];
  status: number;
  readonly close: () => Promise<void>;
};

/** A receiver on a free port. */
export async function startReceiver(): Promise<Receiver> {
  const taken: Receiver['taken'] = [];
  const server = createServer((incoming, answer) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      taken.push({ path: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(parts).toString() });
      answer.writeHead(receiver.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    status: 200,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return receiver;
}
