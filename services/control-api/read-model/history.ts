/** What happened: the timeline of a record, conflicts, requests. Youngest first. */
import type { Decision, Link, Outcome, Topic, TopicRecords } from '#contracts';
import type { AuditAnswer, ConflictsAnswer, TimelineAnswer } from './answers.ts';
import { placeId, placeOf } from './place.ts';
import { type Asked, cursorAfter, cut, isoTime, isoTimeOrNull, type Page, readCursor, say } from './question.ts';
import { findLink, type ShownEntity } from './show-record.ts';

/** Before the first row of a list that goes back in time. */
const NOW = { key: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER };

interface Body {
  readonly id: number;
  readonly body: Uint8Array;
}

async function decode<T extends Topic>({ codec }: Asked, topic: T, { body }: Body): Promise<TopicRecords[T]> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return codec.decodeKnown(topic, bytes) ?? (await codec.decode(topic, bytes));
}

/** Decisions and outcomes of a record, those included from before it had a counterpart. Throws CursorError. */
export async function timelineOf(
  asked: Asked,
  entity: ShownEntity,
  id: string,
  page: Page,
): Promise<TimelineAnswer | null> {
  const { link, ids } = await idsOf(asked, entity, id);
  const before = readCursor(asked, page.cursor, NOW);
  const rows = asked.connection.all<Body & { at_ms: number }>(
    `SELECT id, at_ms, body FROM timeline
     WHERE tenant_no = ? AND entity = ? AND link_id IN (SELECT value FROM json_each(?)) AND (at_ms, id) < (?, ?)
     ORDER BY at_ms DESC, id DESC LIMIT ?`,
    ...[asked.tenant.no, entity, JSON.stringify(ids), before.key, before.id, page.limit + 1],
  );
  if (link === null && rows.length === 0) return null;
  const { page: wanted, next } = cut(rows, page.limit, (row) => cursorAfter(asked, row.at_ms, row.id));
  const entries: TimelineAnswer['entries'] = [];
  for (const row of wanted) {
    const source = placeOf(row.id);
    if (source.topic === 'sync.decision.v1') {
      const decision = await decode(asked, source.topic, row);
      entries.push({
        kind: 'decision',
        source,
        ...decisionView(decision, requesterOf(asked, decision)),
      });
    } else {
      entries.push({ kind: 'outcome', source, ...outcomeView(await decode(asked, 'sync.outcome.v1', row)) });
    }
  }
  return { entries, next };
}

/** A record, and every id under which something was ever said about it: it had others before it had a counterpart. */
async function idsOf(asked: Asked, entity: ShownEntity, id: string): Promise<{ link: Link | null; ids: string[] }> {
  const link = await findLink(asked, entity, id);
  const ids = new Set([id]);
  if (link?.crm != null) ids.add(`c:${link.crm.id}`);
  if (link?.unleashed != null) ids.add(`u:${link.unleashed.id}`);
  return { link, ids: [...ids] };
}

function requesterOf({ connection }: Asked, { cause, origin }: Decision): string | null {
  if (cause !== 'request' || origin === null) return null;
  const place = placeId('sync.request.v1', origin.partition, origin.offset);
  return connection.get<{ who: string }>('SELECT who FROM requests WHERE id = ?', place)?.who ?? null;
}

function decisionView(decision: Decision, requestedBy: string | null) {
  const { cause, origin, verdict, reason, settingVersion, commandIds, conflictIds } = decision;
  return {
    at: isoTime(decision.nowMs),
    cause,
    origin,
    requestedBy,
    verdict,
    ...say(reason),
    settingVersion,
    editedAt: isoTimeOrNull(decision.sourceUpdatedAtMs),
    editedBy: decision.sourceUpdatedBy,
    fields: decision.fields.map((field) => ({ ...field, ...say(field.reason) })),
    commandIds,
    conflictIds,
  };
}

function outcomeView(outcome: Outcome) {
  const { commandId, side, result, code, message, created } = outcome;
  return {
    at: isoTime(outcome.finishedAtMs),
    commandId,
    side,
    result,
    ...say(code),
    message,
    created,
    fields: outcome.fields.map(({ code: why, ...field }) => ({ ...field, ...say(why) })),
  };
}

/** Which conflicts. */
export interface ConflictFilter extends Page {
  /** True: those that a person has to decide; false: all others; undefined: all. */
  readonly open?: boolean | undefined;
  /** Kind and id of the record whose conflicts are wanted; undefined: of all records. */
  readonly entity?: ShownEntity | undefined;
  readonly record?: string | undefined;
}

/**
 * A question is open as long as the link still asks it and no later conflict of the field was recorded: an answer, an edit
 * or a setting ends it without a word on the topic of conflicts.
 */
const OPEN = `(c.winner = 'none'
  AND EXISTS (SELECT 1 FROM links l WHERE l.tenant_no = c.tenant_no AND l.entity = c.entity AND l.link_id = c.link_id
    AND instr(l.asking, ' ' || c.field || ' ') > 0)
  AND NOT EXISTS (SELECT 1 FROM conflicts d WHERE d.tenant_no = c.tenant_no AND d.entity = c.entity
    AND d.link_id = c.link_id AND d.field = c.field AND (d.at_ms, d.id) > (c.at_ms, c.id)))`;

/** The ledger. Throws CursorError. */
export async function listConflicts(asked: Asked, filter: ConflictFilter): Promise<ConflictsAnswer> {
  const before = readCursor(asked, filter.cursor, NOW);
  const { entity: kind, record } = filter;
  const ids = kind === undefined || record === undefined ? null : (await idsOf(asked, kind, record)).ids;
  const ofRecord = ids === null ? '' : 'AND c.entity = ? AND c.link_id IN (SELECT value FROM json_each(?))';
  const wanted = filter.open === undefined ? '' : filter.open ? `AND c.winner = 'none' AND ${OPEN}` : `AND NOT ${OPEN}`;
  const rows = asked.connection.all<Body & { at_ms: number; open: number; name: string | null }>(
    `SELECT c.id, c.at_ms, c.body, ${OPEN} AS open, (SELECT l.name FROM links l
       WHERE l.tenant_no = c.tenant_no AND l.entity = c.entity AND l.link_id = c.link_id) AS name
     FROM conflicts c WHERE c.tenant_no = ? AND (c.at_ms, c.id) < (?, ?) ${wanted} ${ofRecord}
     ORDER BY c.at_ms DESC, c.id DESC LIMIT ?`,
    ...[asked.tenant.no, before.key, before.id, ...(ids === null ? [] : [kind ?? '', JSON.stringify(ids)])],
    filter.limit + 1,
  );
  const { page, next } = cut(rows, filter.limit, (row) => cursorAfter(asked, row.at_ms, row.id));
  const conflicts: ConflictsAnswer['conflicts'] = [];
  for (const row of page) {
    const conflict = await decode(asked, 'sync.conflict.v1', row);
    const { conflictId, entity, field, policy, winner, crmValue, unleashedValue, crmEditedBy, unleashedEditedBy } =
      conflict;
    conflicts.push({
      conflictId,
      at: isoTime(conflict.decidedAtMs),
      source: placeOf(row.id),
      entity,
      id: conflict.linkId,
      name: row.name ?? '',
      field,
      policy,
      winner,
      open: row.open === 1,
      crmValue,
      unleashedValue,
      crmEditedAt: isoTimeOrNull(conflict.crmEditedAtMs),
      unleashedEditedAt: isoTimeOrNull(conflict.unleashedEditedAtMs),
      crmEditedBy,
      unleashedEditedBy,
    });
  }
  return { conflicts, next };
}

/** How many questions are open. */
export function countOpen({ connection, tenant }: Asked): number {
  const sql = `SELECT count(*) AS n FROM conflicts c WHERE c.tenant_no = ? AND c.winner = 'none' AND ${OPEN}`;
  return connection.get<{ n: number }>(sql, tenant.no)?.n ?? 0;
}

interface RequestRow extends Body {
  readonly asked_ms: number;
  readonly verdict: string | null;
  readonly reason: string;
  readonly at_ms: number;
  readonly setting_version: number;
}

/** Who ordered what, and what was decided. Throws CursorError. */
export async function listRequests(asked: Asked, page: Page): Promise<AuditAnswer> {
  const before = readCursor(asked, page.cursor, NOW);
  const rows = asked.connection.all<RequestRow>(
    `SELECT r.id, r.at_ms AS asked_ms, r.body, a.verdict, a.reason, a.at_ms, a.setting_version
     FROM requests r LEFT JOIN answers a ON a.request = r.id
     WHERE r.tenant_no = ? AND r.of_plan = 0 AND (r.at_ms, r.id) < (?, ?) ORDER BY r.at_ms DESC, r.id DESC LIMIT ?`,
    ...[asked.tenant.no, before.key, before.id, page.limit + 1],
  );
  const { page: wanted, next } = cut(rows, page.limit, (row) => cursorAfter(asked, row.asked_ms, row.id));
  const entries: AuditAnswer['entries'] = [];
  for (const row of wanted) {
    const whole = await decode(asked, 'sync.request.v1', row);
    const { requestedBy, requestedAtMs, tenantId: _, plan: _items, leftOut: _numbers, seen: _seen, ...request } = whole;
    const { verdict, reason, at_ms, setting_version: settingVersion } = row;
    const answer = verdict === null ? null : { at: isoTime(at_ms), verdict, ...say(reason), settingVersion };
    entries.push({ ...request, at: isoTime(requestedAtMs), source: placeOf(row.id), by: requestedBy, answer });
  }
  return { entries, next };
}
