/** What stands before every route under /v1: how often somebody may ask, and headers that keep browsers from doing more than asked. */
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticator } from './auth.ts';
import type { Principal } from './authority/principal.ts';
import { Problem } from './problem.ts';

/** How often somebody may ask, requests in a minute. */
export interface RequestLimits {
  /** For each subject of a token. */
  readonly perSubject: number;
  /** For each address from which requests without a valid token come: enough for a mistake, too few for guessing. */
  readonly perStranger: number;
}

const STRANGER = 'stranger ';
/** Looked at once, however many ask: a signature costs time. */
const identified = new WeakMap<FastifyRequest, Promise<Principal>>();

/** Who asks. Throws as `Authenticator`. */
export function identify(request: FastifyRequest, auth: Authenticator): Promise<Principal> {
  const known = identified.get(request);
  if (known !== undefined) return known;
  const asked = Promise.resolve(auth.authenticate(request.headers.authorization));
  identified.set(request, asked);
  return asked;
}

/** Adds the guards to a scope. Whoever asks too often gets 429 with retry-after, before anything else is looked at. */
export function addGuards(app: FastifyInstance, auth: Authenticator, limits: RequestLimits): void {
  void app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: [`'none'`], frameAncestors: [`'none'`] } },
  });
  void app.register(rateLimit, {
    timeWindow: '1 minute',
    keyGenerator: (request) => whoAsks(request, auth),
    max: (_request, key) => (key.startsWith(STRANGER) ? limits.perStranger : limits.perSubject),
    errorResponseBuilder: (_request, { ttl }) =>
      new Problem(429, 'TOO_MANY_REQUESTS', 'You ask too often.', {
        hint: `Go on in ${Math.ceil(ttl / 1_000)} s.`,
        headers: { 'retry-after': `${Math.ceil(ttl / 1_000)}` },
      }),
  });
}

async function whoAsks(request: FastifyRequest, auth: Authenticator): Promise<string> {
  try {
    return `subject ${(await identify(request, auth)).subject}`;
  } catch {
    return STRANGER + request.ip;
  }
}
