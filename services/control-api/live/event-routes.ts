/** The route on which pages hear what changed. */
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problem.ts';
import { principalOf, type TenantLookup, tenantOf } from '../request-scope.ts';
import type { Changes } from './changes.ts';
import { openEventStream } from './event-stream.ts';

/** What this route needs of the rest of the service. */
export interface EventServices extends TenantLookup {
  readonly changes: Changes;
  nowMs(): number;
}

/** Streams that are open at a time: of one subject (pages of one person), and of all. */
const STREAMS_PER_SUBJECT = 30;
const STREAMS_MAX = 2_000;

/** Adds the route. */
export function addEventRoutes(app: FastifyInstance, services: EventServices): void {
  const open = new Map<NodeJS.ReadableStream & { destroy(): unknown }, string>();
  // A stream has no end of its own; without this the server would wait for each.
  app.addHook('preClose', (done) => {
    for (const stream of open.keys()) stream.destroy();
    done();
  });
  app.get('/tenants/:tenantId/events', (request, reply) => {
    const { subject, expiresAtMs } = principalOf(request);
    const { tenantId } = tenantOf(request, services);
    const own = [...open.values()].filter((one) => one === subject).length;
    if (own >= STREAMS_PER_SUBJECT || open.size >= STREAMS_MAX) {
      throw new Problem(429, 'TOO_MANY_REQUESTS', 'Too many live pages are open.', {
        hint: 'Close some of them; the others go on.',
        headers: { 'retry-after': '30' },
      });
    }
    const last = request.headers['last-event-id'];
    const stream = openEventStream({
      changes: services.changes,
      tenantId,
      lastEventId: typeof last === 'string' ? last : null,
      endsInMs: expiresAtMs === undefined ? null : Math.max(0, expiresAtMs - services.nowMs()),
    });
    open.set(stream, subject);
    stream.once('close', () => open.delete(stream));
    // Whatever stands between must hand every line on at once.
    return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
  });
}
