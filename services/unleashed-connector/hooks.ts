/**
 * Receives webhook deliveries of Unleashed: `POST /hooks/unleashed/{tenantId}` (facts, section 10). A delivery is a hint that
 * a customer is worth a look, and never a source of values: it is checked, noted, and answered at once.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Clock, HttpProblem, type Tenant } from '#runtime';
import { checkDelivery, isGuid, parseWebhookEvent } from '#unleashed';
import type { Hints } from './hints.ts';
import type { ConnectorMetrics } from './metrics.ts';

/** Largest body that is read, bytes. */
const BODY_LIMIT_BYTES = 256 * 1024;

/** What the receiver needs. */
export interface HooksOptions {
  tenant: (tenantId: string) => Tenant | undefined;
  hints: Hints;
  /** Wait before the customer is read, milliseconds. */
  debounceMs: number;
  clock: Clock;
  metrics: ConnectorMetrics;
}

/** Registers the route. */
export async function registerHooks(app: FastifyInstance, options: HooksOptions): Promise<void> {
  await app.register((scope, _options, done) => {
    // The signature covers the bytes as they came, so nothing may parse them before.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, parsed) =>
      parsed(null, body),
    );
    scope.post<{ Params: { tenantId: string } }>('/hooks/unleashed/:tenantId', async (request, reply) => {
      const result = await receive(options, request.params.tenantId, request);
      return reply.code(200).send({ result });
    });
    done();
  });
}

/** For tenants without a key: checking against it takes as long as against a real one, and never succeeds. */
const NO_KEY = randomBytes(32).toString('base64');

/** Takes a delivery: gives what became of it, or throws HttpProblem when it is refused or could not be noted. */
export async function receive(
  options: HooksOptions,
  tenantId: string,
  request: Pick<FastifyRequest, 'headers' | 'body'>,
): Promise<string> {
  const { hints, clock, metrics } = options;
  const tenant = options.tenant(tenantId);
  const key = tenant?.unleashed.webhookSignatureKey?.reveal();
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const delivery = {
    signature: header(request, 'x-unleashed-signature'),
    timestamp: header(request, 'x-unleashed-timestamp'),
    rawBody,
  };
  const refusal = checkDelivery(delivery, key ?? NO_KEY, clock.now());
  if (tenant === undefined || key === undefined || refusal !== null) {
    metrics.delivery(tenant === undefined ? 'unknown' : tenantId, 'refused');
    throw new HttpProblem(401, 'DELIVERY_REFUSED', 'The delivery is not signed as it must be.');
  }
  const event = parseWebhookEvent(rawBody);
  if (event === null) {
    metrics.delivery(tenantId, 'refused');
    throw new HttpProblem(400, 'DELIVERY_UNREADABLE', 'The body is no webhook delivery.');
  }
  const { customerGuid } = event;
  if (!event.eventType.startsWith('customer.') || customerGuid === null || !isGuid(customerGuid)) {
    metrics.delivery(tenantId, 'other');
    return 'other';
  }
  // Without an id of its own, a delivery is known again by its content.
  const id = event.eventNotificationId || createHmac('sha256', 'delivery').update(rawBody).digest('base64url');
  try {
    const isNew = await hints.addDelivered(tenantId, id, customerGuid, clock.now() + options.debounceMs);
    const became = isNew ? 'taken' : 'repeated';
    metrics.delivery(tenantId, became);
    return became;
  } catch {
    metrics.delivery(tenantId, 'not-ready');
    throw new HttpProblem(503, 'NOT_READY', 'The delivery could not be noted; send it again.');
  }
}

function header(request: Pick<FastifyRequest, 'headers'>, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
