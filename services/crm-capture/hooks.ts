/**
 * Receives change events of the CRM: `POST /hooks/crm/{tenantId}`. An event says that a record is worth a look, and never what
 * it shows: records are read before anything is published. It is answered as soon as it is noted in memory; an event that is
 * lost with the process costs the time until the next catch-up.
 *
 * The secret comes in the header `x-hook-secret` or as `Authorization: Bearer`. The CRM's webhooks are configured by a URL
 * alone (fact P5: no headers), so `?secret=` is taken too; URLs stand in logs of proxies, so prefer a header where one can.
 */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ACCEPTED_SHAPES, parseChangeEvents } from '#prospect-crm';
import { HttpProblem, inSpan, type JsonValue, parseJson, Secret, type Tenant } from '#runtime';
import type { ChangeReader } from './change-reader.ts';
import type { CaptureMetrics } from './metrics.ts';

/** Largest body that is read, bytes. */
export const BODY_LIMIT_BYTES = 256 * 1024;

/** What the receiver needs. */
export interface HooksOptions {
  tenant: (tenantId: string) => Tenant | undefined;
  reader: Pick<ChangeReader, 'note'>;
  metrics: CaptureMetrics;
}

/** The answer to a delivery that is taken. */
export interface DeliveryAnswer {
  /** Records that will be read. */
  accepted: number;
  /** Events of entities that do not matter here. */
  ignored: number;
}

type HookRequest = FastifyRequest<{ Params: { tenantId: string }; Querystring: { secret?: string | string[] } }>;
/** What of a request counts. */
export type HookDelivery = Pick<HookRequest, 'params' | 'query' | 'headers' | 'body'>;

/** Registers the route. */
export async function registerHooks(app: FastifyInstance, options: HooksOptions): Promise<void> {
  await app.register((scope, _options, registered) => {
    // Nobody knows which content type the CRM says (fact P8.5), so the bytes are read whatever it is.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    scope.post('/hooks/crm/:tenantId', async (request: HookRequest, reply) => {
      return reply
        .code(202)
        .send(inSpan('change event', { kind: 'server', from: {} }, () => receive(options, request)));
    });
    registered();
  });
}

/** For tenants that do not exist: comparing takes as long as with a real one, and never succeeds. */
const NO_SECRET = new Secret(randomBytes(32).toString('base64'));

/** Takes a delivery; throws HttpProblem when it is refused, not readable, or too many wait already. */
export function receive({ tenant: tenantOf, reader, metrics }: HooksOptions, request: HookDelivery): DeliveryAnswer {
  const tenant = tenantOf(request.params.tenantId);
  const isSecret = (tenant?.prospect.webhookSecret ?? NO_SECRET).matches(presentedSecret(request));
  if (tenant === undefined || !isSecret) {
    metrics.delivery(tenant?.id ?? 'unknown', 'refused');
    throw new HttpProblem(401, 'HOOK_REFUSED', 'The tenant or its secret is not known here.', {
      hint: 'Send the secret of the tenants file in the header x-hook-secret.',
    });
  }
  const body = bodyOf(request);
  const events =
    body === undefined ? ({ ok: false, message: 'The body is not JSON.' } as const) : parseChangeEvents(body);
  if (!events.ok) {
    metrics.delivery(tenant.id, 'unreadable');
    throw new HttpProblem(body === undefined ? 400 : 422, 'EVENT_UNREADABLE', events.message, {
      hint: ACCEPTED_SHAPES,
    });
  }
  if (!events.changes.every((change) => reader.note(tenant.id, change))) {
    metrics.delivery(tenant.id, 'full');
    throw new HttpProblem(
      503,
      'TOO_MANY_EVENTS',
      'Too many changes of this tenant wait to be read; send it again later.',
    );
  }
  metrics.delivery(tenant.id, 'taken');
  return { accepted: events.changes.length, ignored: events.ignored };
}

function presentedSecret(request: HookDelivery): string {
  const header = request.headers['x-hook-secret'];
  if (typeof header === 'string') return header;
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  return typeof request.query.secret === 'string' ? request.query.secret : '';
}

/** JSON, or the fields of a form; undefined when it is neither. */
function bodyOf(request: HookDelivery): JsonValue | undefined {
  if (!Buffer.isBuffer(request.body)) return undefined;
  const isForm = request.headers['content-type']?.includes('x-www-form-urlencoded') === true;
  return isForm ? Object.fromEntries(new URLSearchParams(request.body.toString('utf8'))) : parseJson(request.body);
}
