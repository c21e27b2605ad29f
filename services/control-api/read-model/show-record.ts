/** One record: both sides, field by field, why each is as it is, and the button. */
import type { Field, Link, LinkSide } from '#contracts';
import {
  buttonOf,
  explainField,
  explainRecord,
  fromRecord,
  type LinkState,
  linkOf,
  MATCH_CONFIDENCE,
  matchOf,
  reasonOf,
  type TenantState,
} from '#sync-core';
import type { RecordAnswer } from './answers.ts';
import { columnsOf } from './link-row.ts';
import { bringContactsOf, decodeLink, neighbourhood, peopleLinks } from './neighbourhood.ts';
import { namesOf } from './people-names.ts';
import { type Asked, isoTime, isoTimeOrNull, sayStanding } from './question.ts';

/** Kinds of record that have a page. */
export type ShownEntity = 'company' | 'contact';

/**
 * A record by its id: `u:GUID` or `c:ID` of the CRM. Both name it as long as it has that half, so that a page that was
 * opened before its counterpart was made goes on working. Null when there is none.
 */
export async function findLink(asked: Asked, entity: ShownEntity, id: string): Promise<Link | null> {
  const { connection, codec, tenant } = asked;
  const column = id.startsWith('c:') ? 'crm_id' : 'link_id';
  const value = id.startsWith('c:') ? id.slice(2) : id;
  const sql = `SELECT body FROM links WHERE tenant_no = ? AND entity = ? AND ${column} = ?`;
  const row = connection.get<{ body: Uint8Array }>(sql, tenant.no, entity, value);
  return row === undefined ? null : decodeLink(codec, row.body);
}

/** Shows a record, but for the links to other systems' pages; null when it is not known. */
export async function showRecord(
  asked: Asked,
  entity: ShownEntity,
  id: string,
): Promise<Omit<RecordAnswer, 'links'> | null> {
  const { connection, codec, tenant, setting, lanes } = asked;
  const record = await findLink(asked, entity, id);
  if (record === null) return null;
  const people = await peopleLinks(connection, codec, tenant);
  const state = await neighbourhood(connection, codec, tenant, [record], { people, setting, lanes });
  const link = fromRecord(record);
  return {
    entity,
    id: link.linkId,
    crmId: link.crm?.id ?? null,
    unleashedId: link.unleashed?.id ?? null,
    ...calledBy(record),
    ...sayStanding(explainRecord(state, link)),
    changedAt: isoTime(link.updatedAtMs),
    crm: sideView(link.crm),
    unleashed: sideView(link.unleashed),
    fields: link.fields.map((field) => ({
      field: field.field,
      crm: field.crm,
      unleashed: field.unleashed,
      agreed: field.agreed,
      people: field.field === 'accountManager' ? namesOf(people, idsIn(field)) : [],
      crmEditedAt: isoTimeOrNull(field.crmEditedAtMs),
      unleashedEditedAt: isoTimeOrNull(field.unleashedEditedAtMs),
      message: field.blocked?.message ?? '',
      ...sayStanding(explainField(state, link, field.field)),
    })),
    paused: link.paused,
    inFlight: inFlightView(link),
    retry: retryView(link),
    button: await buttonView(asked, state, link),
    match: matchView(link),
    lookalikes: await lookalikesOf(asked, link),
  };
}

/** How one field of a record stands now; null when the record is not known. */
export async function explainedFieldOf(
  asked: Asked,
  entity: ShownEntity,
  id: string,
  field: Field,
): Promise<{ state: string; reason: string; sentence: string } | null> {
  const { connection, codec, tenant, setting, lanes } = asked;
  const record = await findLink(asked, entity, id);
  if (record === null) return null;
  const people = await peopleLinks(connection, codec, tenant);
  const state = await neighbourhood(connection, codec, tenant, [record], { people, setting, lanes });
  const { state: stands, reason, sentence } = sayStanding(explainField(state, fromRecord(record), field));
  return { state: stands, reason, sentence };
}

function calledBy(record: Link): { name: string; code: string; email: string } {
  const { name, email } = columnsOf(record);
  return { name, email, code: record.unleashed?.code || record.crm?.code || '' };
}

/** The ids of people that are values of a field. */
function idsIn({ crm, unleashed, agreed }: Link['fields'][number]): ReadonlySet<string> {
  return new Set([crm, unleashed, agreed?.crm, agreed?.unleashed].filter((id) => typeof id === 'string'));
}

function sideView(half: LinkSide | null): RecordAnswer['crm'] {
  if (half === null) return null;
  const { id, parentId, code, deleted, active, inactiveReason } = half;
  return {
    id,
    parentId,
    code,
    deleted,
    active,
    inactiveReason,
    readAt: isoTime(half.readStartedAtMs),
    updatedAt: isoTimeOrNull(half.sourceUpdatedAtMs),
    updatedBy: half.sourceUpdatedBy,
    confirmedAt: isoTimeOrNull(half.confirmedAtMs),
  };
}

function inFlightView({ inFlight }: LinkState): RecordAnswer['inFlight'] {
  if (inFlight === null) return null;
  const { commandId, side, op, issuedAtMs } = inFlight;
  return { commandId, side, op, since: isoTime(issuedAtMs) };
}

function retryView({ retry }: LinkState): RecordAnswer['retry'] {
  if (retry === null) return null;
  const { side, attempt, atMs, code, message } = retry;
  return { side, attempt, at: isoTime(atMs), reason: code, message };
}

function matchView(link: LinkState): RecordAnswer['match'] {
  const by = matchOf(link);
  return by === null ? null : { by, confidence: MATCH_CONFIDENCE[by] };
}

async function lookalikesOf(asked: Asked, link: LinkState): Promise<RecordAnswer['lookalikes']> {
  const found: RecordAnswer['lookalikes'] = [];
  for (const crmId of link.lookalikes) {
    const record = await findLink(asked, 'contact', `c:${crmId}`);
    if (record === null) continue;
    const { name, email } = calledBy(record);
    found.push({ crmId, name, email });
  }
  return found;
}

async function buttonView(asked: Asked, state: TenantState, link: LinkState): Promise<RecordAnswer['button']> {
  if (link.entity !== 'contact' || link.crm === null) return null;
  const customer = linkOf(state, 'company', 'crm', link.crm.parentId)?.unleashed;
  if (customer != null) await bringContactsOf(asked.connection, asked.codec, asked.tenant, state, customer.id);
  const button = buttonOf(state, link.crm.id);
  return { ...button, ...reasonOf(button.reason) };
}
