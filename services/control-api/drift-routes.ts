/** The route that orders repairs of drift: each is an order for one record, as if somebody had made it by hand. */
import type { FastifyInstance } from 'fastify';
import type { Decision, Request } from '#contracts';
import { BODY_BYTES_MAX, check, repairsBody } from './bodies.ts';
import { checkOf, differencesFrom, type FoundDifference, standingOf } from './read-model/drift.ts';
import type { DriftRepairsAnswer } from './read-model/drift-answers.ts';
import { type Asked, cursorAfter, readCursor, say } from './read-model/question.ts';
import { driftPath } from './read-queries.ts';
import { noSuchCheck, problemOf, type ReadServices } from './read-routes.ts';
import { requestIdOf } from './request-id.ts';
import { orderRequest } from './request-record.ts';
import { principalOf, tenantOf } from './request-scope.ts';
import { requireMay } from './roles.ts';

/** What the route needs of the rest of the service. */
export interface DriftServices extends ReadServices {
  submit(request: Request, timeoutMs: number): Promise<Decision | null>;
  readonly answerTimeoutMs: number;
}

/** Repairs that one call orders at most; whoever wants all goes on with `next`. */
const REPAIRS_PER_CALL = 20;

const NEEDS_PERSON = {
  reason: 'needs-person',
  sentence: 'Which of the records is to stay, a person has to decide; merge them in the CRM.',
};
const TAKEN_IN = { reason: 'taken-in', sentence: 'The sync has seen it since; nothing has to be done.' };

/** Adds the route. */
export function addDriftRoutes(app: FastifyInstance, services: DriftServices): void {
  const path = '/tenants/:tenantId/drift/:checkId/repairs';
  app.post(path, { bodyLimit: BODY_BYTES_MAX }, async (request) => {
    const { tenantId } = tenantOf(request, services);
    const { checkId } = check(driftPath, request.params, 'path');
    const body = check(repairsBody, request.body, 'body');
    const principal = principalOf(request);
    requireMay(principal, 'repair-drift');
    try {
      const asked = services.ask(tenantId);
      const known = await checkOf(asked, checkId);
      if (known === null) return noSuchCheck(checkId);
      const from = 'numbers' in body ? 0 : readCursor(asked, body.cursor, { key: 0, id: 0 }).id;
      const limit = 'numbers' in body ? known.differences : REPAIRS_PER_CALL;
      const found = await differencesFrom(asked, known, from, limit);
      const wanted = 'numbers' in body ? found.filter(({ number }) => body.numbers.includes(number)) : found;
      const answer = await orderAll(asked, wanted, (one) => orderOf(one, checkId, tenantId, principal.subject));
      const last = found.at(-1);
      const isMore = !('numbers' in body) && last !== undefined && last.number < known.differences;
      return { ...answer, next: isMore ? cursorAfter(asked, 0, last.number) : null };
    } catch (error) {
      throw problemOf(error);
    }
  });

  async function orderAll(
    asked: Asked,
    wanted: readonly FoundDifference[],
    order: (one: FoundDifference) => Request,
  ): Promise<Omit<DriftRepairsAnswer, 'next'>> {
    const answer: Omit<DriftRepairsAnswer, 'next'> = { ordered: 0, calls: 0, left: [] };
    for (const one of wanted) {
      const { number, repair, repairCalls } = one;
      if (repair === 'none') answer.left.push({ number, ...NEEDS_PERSON });
      else if ((await standingOf(asked, one)) === 'taken-in') answer.left.push({ number, ...TAKEN_IN });
      else {
        const decision = await services.submit(order(one), services.answerTimeoutMs);
        if (decision?.verdict === 'refused' && decision.reason !== 'request-repeated') {
          answer.left.push({ number, ...say(decision.reason) });
        } else {
          answer.ordered += 1;
          answer.calls += repairCalls;
        }
      }
    }
    return answer;
  }

  /** The same order for the same difference, whoever clicks how often: it is carried out once. */
  function orderOf(one: FoundDifference, checkId: string, tenantId: string, subject: string): Request {
    const { number, repair, side, recordId, entity } = one;
    const key = `${checkId}/${number}`;
    const head = {
      requestId: requestIdOf(tenantId, subject, key),
      tenantId,
      requestedBy: subject,
      nowMs: services.nowMs(),
    };
    const kind = repair === 'observe' ? 'observe' : 'read';
    // A contact of Unleashed is read with its customer.
    const ofCustomer = kind === 'observe' && side === 'unleashed' && entity === 'contact';
    return orderRequest(head, {
      kind,
      side: side === 'crm' ? 'crm' : 'unleashed',
      entity: entity === 'company' || ofCustomer ? 'company' : 'contact',
      recordId: ofCustomer ? one.parentId : recordId,
    });
  }
}
