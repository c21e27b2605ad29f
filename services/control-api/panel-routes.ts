/** What the panel on a CRM's contact page shows and does: one contact, its button, its state. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { notTaken } from './authority/refusals.ts';
import { BODY_BYTES_MAX, check, type RequestBody } from './bodies.ts';
import { type PanelAnswer, panelTokenBody } from './entrance-schemas.ts';
import { Problem } from './problem.ts';
import type { Asked } from './read-model/question.ts';
import { showRecord } from './read-model/show-record.ts';
import { askReadModel } from './read-routes.ts';
import { principalOf, type TenantLookup, tenantOf } from './request-scope.ts';
import { requireMay } from './roles.ts';

/** What these routes need of the rest of the service. */
export interface PanelServices extends TenantLookup {
  ask(tenantId: string): Asked;
  /** Writes an order and answers what became of it. */
  order(request: FastifyRequest, reply: FastifyReply, tenantId: string, body: RequestBody): Promise<unknown>;
}

/** Part of a path. */
export const panelPath = z.object({ contactId: panelTokenBody.shape.contactId });

/** Adds the routes: for the panel's own token, and for whoever may see the tenant. */
export function addPanelRoutes(app: FastifyInstance, services: PanelServices): void {
  const options = { config: { panel: true }, bodyLimit: BODY_BYTES_MAX };
  app.get('/tenants/:tenantId/panel/:contactId', options, async (request) => {
    const { tenantId } = tenantOf(request, services);
    const contactId = contactOf(request);
    return (
      (await askReadModel(() => showPanel(services.ask(tenantId), contactId))) ??
      refuse(`There is no contact ${JSON.stringify(contactId)}.`, 'It may not have been read yet: wait a moment.')
    );
  });
  app.post('/tenants/:tenantId/panel/:contactId/sync', options, async (request, reply) => {
    requireMay(principalOf(request), 'sync-contact');
    const { tenantId } = tenantOf(request, services);
    return await services.order(request, reply, tenantId, { kind: 'sync-contact', recordId: contactOf(request) });
  });
}

/** The contact that the path names, if it is the one that the token is for. */
function contactOf(request: FastifyRequest): string {
  const { contactId } = check(panelPath, request.params, 'path');
  const { panel } = principalOf(request);
  if (panel !== undefined && panel.contactId !== contactId) throw notTaken('This panel is of another contact.', 403);
  return contactId;
}

async function showPanel(asked: Asked, contactId: string): Promise<PanelAnswer | null> {
  const record = await showRecord(asked, 'contact', `c:${contactId}`);
  if (record === null || record.button === null) return null;
  const { state, reason, sentence, action } = record.button;
  const sync =
    record.unleashedId === null ? null : { state: record.state, sentence: record.sentence, action: record.action };
  return { contactId, name: record.name, state, reason, sentence, action, sync };
}

function refuse(message: string, hint: string): never {
  throw new Problem(404, 'NOT_FOUND', message, { hint });
}
