/**
 * The HTTP side that every service has: health, metrics and, where it has any, its own routes.
 *
 * - GET /health/live: 200 as long as the process answers.
 * - GET /health/ready: 200 when every check passes, else 503; JSON with each check and its reason. Open to everyone.
 * - GET /metrics: Prometheus text. With METRICS_TOKEN set it asks for `Authorization: Bearer <token>`; without, it answers
 *   only callers on this machine (loopback), since figures tell who the tenants are.
 */
import { once } from 'node:events';
import { isIP } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { RuntimeError } from './errors.ts';
import { createHealth, type HealthChecks } from './health.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { answerWithProblems, HttpProblem } from './problem.ts';
import type { Secret } from './secret.ts';

/** What a service's HTTP server is made of. */
export interface HttpServerOptions {
  /** Where to listen and what guards the metrics; a `ServiceConfig` fits. */
  readonly config: {
    /** Address to listen at. */
    readonly host: string;
    /** Port; 0 = any free one. */
    readonly port: number;
    /** Bearer token for GET /metrics; undefined = only callers on this machine. */
    readonly metricsToken?: Secret | undefined;
  };
  readonly log: Log;
  readonly metrics: Metrics;
  /** What has to work before this service counts as ready. */
  readonly checks: HealthChecks;
  /** Longest time for one check, milliseconds. Default 2,000. */
  readonly checkTimeoutMs?: number;
  /** Registers the service's own routes and plugins, before the server listens. */
  readonly routes?: (app: FastifyInstance) => void | Promise<void>;
  /** Largest body that is read, bytes. Default 1,048,576. */
  readonly bodyLimitBytes?: number;
  /** How long open requests may go on after `close`, milliseconds; then they are cut. Default 3,000. */
  readonly closeTimeoutMs?: number;
}

/** A running HTTP server. */
export interface HttpServer {
  /** Where it answers, `http://127.0.0.1:4711`. For 0.0.0.0 the loopback address is given. */
  readonly url: string;
  readonly port: number;
  /** Fastify itself, for `inject` in tests. */
  readonly app: FastifyInstance;
  /** Takes no new requests, lets open ones end (see `closeTimeoutMs`), then is gone. May be called twice. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
const CLOSE_TIMEOUT_MS = 3_000;
/** Whole request, headers and body, milliseconds: a caller that trickles bytes is cut. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Starts the server.
 * @throws RuntimeError PORT_TAKEN when it cannot listen there
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config, log, metrics } = options;
  const app = Fastify({
    bodyLimit: options.bodyLimitBytes ?? BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // Services log what matters about their requests themselves; one line for each would drown it.
    logger: false,
  });
  answerWithProblems(app, log);
  const health = createHealth({
    checks: options.checks,
    ...(options.checkTimeoutMs === undefined ? {} : { checkTimeoutMs: options.checkTimeoutMs }),
  });
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const report = await health.report();
    return reply
      .code(report.status === 'ready' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(report);
  });
  app.get('/metrics', async (request, reply) => {
    demandMetricsAuthority(request, config.metricsToken);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  await options.routes?.(app);
  await listen(app, config.host, config.port);
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  let closing: Promise<void> | undefined;
  return {
    app,
    port,
    url: `http://${hostInUrl(config.host)}:${port}`,
    close: () => (closing ??= closeWithin(app, options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS)),
  };
}

function demandMetricsAuthority(request: FastifyRequest, token: Secret | undefined): void {
  if (token === undefined) {
    if (isLoopback(request.socket.remoteAddress ?? '')) return;
    const hint = 'Set METRICS_TOKEN and send it as a bearer token.';
    throw new HttpProblem(403, 'METRICS_LOCAL_ONLY', 'Metrics are answered only on this machine.', { hint });
  }
  const [scheme, presented = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'bearer' && token.matches(presented)) return;
  throw new HttpProblem(401, 'METRICS_TOKEN_WRONG', 'Metrics need the bearer token of METRICS_TOKEN.');
}

/** Is this the address of a caller on the same machine? The socket's own address: headers can say anything. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIP(host) === 6 ? `[${host}]` : host;
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    const why =
      code === 'EADDRINUSE' ? 'it is taken' : code === 'EACCES' ? 'that is not allowed' : 'no such address here';
    throw new RuntimeError('PORT_TAKEN', `Cannot listen at ${host}:${port}: ${why}.`, {
      hint: 'Set PORT (and HOST) to a free one, or PORT=0 for any.',
      cause: error,
    });
  }
}

async function closeWithin(app: FastifyInstance, timeoutMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
  const gone = app.server.listening ? once(app.server, 'close') : Promise.resolve();
  try {
    await Promise.all([app.close(), gone]);
  } finally {
    clearTimeout(cut);
  }
}
