/** Errors as answers over HTTP: problem+json (RFC 9457), the same for every service. */
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { describeError, TwoWayError } from './errors.ts';
import type { Log } from './log.ts';
import { redactSecrets } from './redact.ts';

/** A request that cannot be served; thrown by a route, answered as problem+json with this status. */
export class HttpProblem extends TwoWayError {
  /** HTTP status, 400 to 599. */
  readonly status: number;

  /**
   * @param status HTTP status, 400 to 599
   * @param code stable code, upper case with underscores
   * @param message what is wrong, one sentence; shown to the caller
   */
  constructor(status: number, code: string, message: string, details: { hint?: string; cause?: unknown } = {}) {
    super(code, message, { retriable: status >= 500 || status === 429, ...details });
    this.name = 'HttpProblem';
    this.status = status;
  }
}

/** Body of an error answer. */
export interface ProblemBody {
  /** HTTP status, repeated. */
  readonly status: number;
  /** Stable code. */
  readonly code: string;
  /** What is wrong, one sentence. */
  readonly title: string;
  /** What to do; absent when there is nothing to say. */
  readonly detail?: string;
}

/** Sends an error answer. */
export function sendProblem(reply: FastifyReply, body: ProblemBody): FastifyReply {
  return reply.code(body.status).type('application/problem+json').send(JSON.stringify(body));
}

/** Makes every error and every unknown address of this server a problem. What went wrong inside is logged, not shown. */
export function answerWithProblems(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    const title = `There is nothing at ${request.method} ${request.url.split('?')[0]}.`;
    return sendProblem(reply, { status: 404, code: 'NOT_FOUND', title });
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof HttpProblem) {
      if (error.status >= 500)
        log.error({ err: error, method: request.method, route: routeOf(request) }, 'request failed');
      const detail = error.hint === '' ? {} : { detail: error.hint };
      return sendProblem(reply, { status: error.status, code: error.code, title: error.message, ...detail });
    }
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) {
      // Fastify's own refusals: too large a body, JSON that is none, a content type that no route takes.
      const { code, message } = describeError(error);
      return sendProblem(reply, { status, code, title: redactSecrets(message) });
    }
    log.error({ err: error, method: request.method, route: routeOf(request) }, 'request failed');
    return sendProblem(reply, { status: 500, code: 'INTERNAL', title: 'The request failed inside; the log says why.' });
  });
}

/** The route's pattern, because the address itself may hold ids and query strings that belong to the caller. */
function routeOf(request: { routeOptions: { url?: string | undefined } }): string {
  return request.routeOptions.url ?? 'unknown';
}
