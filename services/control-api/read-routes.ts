/** The routes that show records, their history and how they stand. All of them only look. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refusal } from './answer.ts';
import { BODY_BYTES_MAX, check, previewBody, type SettingsBody } from './bodies.ts';
import { Problem } from './problem.ts';
import { listAccountManagers } from './read-model/account-managers.ts';
import { listChecks, listDifferences } from './read-model/drift.ts';
import { listConflicts, listRequests, timelineOf } from './read-model/history.ts';
import { listRecords } from './read-model/list-records.ts';
import { overnightOf } from './read-model/overnight.ts';
import { PreviewError, previewOf } from './read-model/preview.ts';
import { type Asked, CursorError } from './read-model/question.ts';
import { NotBuiltError } from './read-model/read-model.ts';
import { showRecord } from './read-model/show-record.ts';
import { listFailing, overviewOf } from './read-model/summary.ts';
import { trendsOf } from './read-model/trends.ts';
import { conflictsQuery, driftPath, noQuery, pageQuery, recordPath, recordsQuery } from './read-queries.ts';
import { linksOf } from './record-links.ts';
import { settingsText } from './request-record.ts';
import { type TenantLookup, tenantOf } from './request-scope.ts';

/** What these routes need of the rest of the service. */
export interface ReadServices extends TenantLookup {
  /** What questions about a tenant are asked with; throws NotBuiltError. */
  ask(tenantId: string): Asked;
  /** Our clock, milliseconds since the epoch. */
  nowMs(): number;
}

/** Adds the routes; tokens have been looked at before. */
export function addReadRoutes(app: FastifyInstance, services: ReadServices): void {
  /** A route under a tenant: its query is checked, and what cannot be answered becomes a problem. */
  const add = <Q>(
    path: string,
    schema: Parameters<typeof check<Q>>[0],
    answer: (asked: Asked, query: Q, request: FastifyRequest) => unknown,
  ): void => {
    app.get(`/tenants/:tenantId${path}`, async (request) => {
      const { tenantId } = tenantOf(request, services);
      const query = check(schema, request.query, 'query');
      return await askReadModel(() => answer(services.ask(tenantId), query, request));
    });
  };

  app.post('/tenants/:tenantId/settings/preview', { bodyLimit: BODY_BYTES_MAX }, (request) => {
    const { tenantId, monthlyCalls } = tenantOf(request, services);
    const { seenVersion: _, ...settings } = check<Partial<SettingsBody>>(previewBody, request.body, 'body');
    try {
      return previewOf(services.ask(tenantId), settingsText(settings), monthlyCalls);
    } catch (error) {
      throw problemOf(error);
    }
  });
  add('/records', recordsQuery, (asked, query) => listRecords(asked, query));
  add('/records/:entity/:id', noQuery, async (asked, _query, request) => {
    const { entity, id } = check(recordPath, request.params, 'path');
    const record = (await showRecord(asked, entity, id)) ?? noSuchRecord(entity, id);
    return { ...record, links: linksOf(tenantOf(request, services), record) };
  });
  add('/records/:entity/:id/timeline', pageQuery, async (asked, query, request) => {
    const { entity, id } = check(recordPath, request.params, 'path');
    return (await timelineOf(asked, entity, id, query)) ?? noSuchRecord(entity, id);
  });
  add('/conflicts', conflictsQuery, listConflicts);
  add('/failing', noQuery, listFailing);
  add('/audit', pageQuery, listRequests);
  add('/overview', noQuery, overviewOf);
  add('/trends', noQuery, (asked) => trendsOf(asked, services.nowMs()));
  add('/account-managers', noQuery, listAccountManagers);
  add('/overnight', noQuery, overnightOf);
  add('/drift', noQuery, listChecks);
  add('/drift/:checkId/differences', pageQuery, async (asked, query, request) => {
    const { checkId } = check(driftPath, request.params, 'path');
    return (await listDifferences(asked, checkId, query)) ?? noSuchCheck(checkId);
  });
}

/** Asks the read model. What it cannot answer becomes a problem. */
export async function askReadModel<T>(question: () => T | Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw problemOf(error);
  }
}

function noSuchRecord(entity: string, id: string): never {
  throw new Problem(404, 'NOT_FOUND', `There is no ${entity} ${JSON.stringify(id)}.`, {
    hint: 'Check the id, or wait until the record was read.',
  });
}

/** Throws Problem 404. */
export function noSuchCheck(checkId: string): never {
  throw new Problem(404, 'NOT_FOUND', `There is no check ${JSON.stringify(checkId)}.`, {
    hint: 'The last 30 checks of a tenant are kept; a new one is known a moment after it was ordered.',
  });
}

/** What a question that cannot be answered becomes. */
export function problemOf(error: unknown): unknown {
  if (error instanceof CursorError) {
    const members = { errors: [{ field: 'cursor', message: error.message }] };
    return new Problem(400, 'INVALID_REQUEST', `cursor: ${error.message}`, { members });
  }
  if (error instanceof PreviewError) return refusal(error.reason);
  if (!(error instanceof NotBuiltError)) return error;
  return new Problem(503, 'NOT_READY', `Not yet: ${error.message}.`, { headers: { 'retry-after': '2' } });
}
