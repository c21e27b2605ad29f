/** What may be asked of the read model: paths and query strings. Everything else is refused. */
import { z } from 'zod';
import { STATES } from './read-model/answers.ts';

const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;

const page = {
  /** `next` of the page before; left out for the first. */
  cursor: z.string().min(1).max(2_000).optional(),
  /** Rows on a page. */
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
};
const entity = z.enum(['company', 'contact']);
/** `u:GUID`, or `c:` and the id in the CRM. */
const recordId = z.string().regex(/^[cu]:.{1,200}$/u, 'must be u:GUID, or c: and an id of the CRM');

/** A list without filters. */
export const pageQuery = z.strictObject(page);

/** GET …/records */
export const recordsQuery = z.strictObject({
  ...page,
  entity: entity.optional(),
  state: z.enum(STATES).optional(),
  /** Stable reason code. */
  reason: z.string().min(1).max(100).optional(),
  /** Parts of names, codes and e-mail addresses. One or two letters: how a name begins. */
  search: z.string().max(200).optional(),
});

/** GET …/conflicts */
export const conflictsQuery = z
  .strictObject({
    ...page,
    /** true: questions that somebody has to answer; false: all that is settled. */
    open: z.stringbool().optional(),
    /** Those of one record; entity and record go together. */
    entity: entity.optional(),
    /** `u:GUID`, or `c:` and the id in the CRM. */
    record: recordId.optional(),
  })
  .refine(({ entity: kind, record }) => (kind === undefined) === (record === undefined), {
    message: 'entity and record go together',
  });

/** …/records/{entity}/{id} */
export const recordPath = z.object({ entity, id: recordId });

/** …/drift/{checkId} */
export const driftPath = z.object({ checkId: z.string().regex(/^[A-Za-z0-9-]{1,60}$/, 'must be the id of a check') });

/** A question that takes nothing. */
export const noQuery = z.strictObject({});
