/** The overnight fix: what a run would do now, and what the last one did (row 12 of the mission). */
import { createTenantState, type OvernightItem, planOvernight, reasonOf, UPDATE_CALLS } from '#sync-core';
import type { OvernightAnswer } from './answers.ts';
import { listConflicts } from './history.ts';
import { kindsOf } from './kinds.ts';
import { columnsOf } from './link-row.ts';
import { decodeLink, neighbourhood, peopleLinks } from './neighbourhood.ts';
import { namesOf } from './people-names.ts';
import { type Asked, isoTime, isoTimeOrNull, say } from './question.ts';
import { explainedFieldOf } from './show-record.ts';

/** Companies that a plan or report names, at most. */
const NAMED = 200;
/** Companies whose account managers may differ that are looked at, at most: beyond it the counts are of these. */
const LOOKED_AT = 5_000;

/** The plan as of now, and the report of the last run. */
export async function overnightOf(asked: Asked): Promise<OvernightAnswer> {
  const { connection, codec, tenant, setting, lanes } = asked;
  const kinds = kindsOf(connection, tenant.no).filter(
    ({ facts }) => facts.entity === 'company' && facts.whole === null,
  );
  const differ = kinds.filter(({ facts }) => facts.fields.some(({ field }) => field === 'accountManager'));
  const rows = connection.all<{ body: Uint8Array }>(
    'SELECT body FROM links WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY name_key LIMIT ?',
    JSON.stringify(differ.map(({ id }) => id)),
    LOOKED_AT + 1,
  );
  const links = await Promise.all(rows.slice(0, LOOKED_AT).map(({ body }) => decodeLink(codec, body)));
  const people = await peopleLinks(connection, codec, tenant);
  const state =
    links.length === 0
      ? createTenantState(tenant.id, { links: [], setting, lanes: [...lanes] })
      : await neighbourhood(connection, codec, tenant, links, { people, setting, lanes });
  const names = new Map(links.map((record) => [record.linkId, columnsOf(record).name]));
  const { items } = planOvernight(state);
  const ordered = items.filter(({ verdict }) => verdict === 'ordered').length;
  const last = await reportOf(asked);
  const shown = items.slice(0, NAMED).map((item) => itemView(item, names.get(item.link.linkId) ?? ''));
  const ids = [
    ...shown.flatMap(({ crm, unleashed }) => [crm, unleashed]),
    ...(last?.items ?? []).flatMap(({ before, unleashed: then }) => [before, then]),
  ];
  return {
    synced: setting?.enabled === true && setting.accountManagers,
    people: namesOf(people, new Set(ids)),
    dueAt: isoTimeOrNull(setting?.overnightDueAtMs ?? null),
    plan: {
      compared: kinds.reduce((sum, { count }) => sum + count, 0),
      ordered,
      stopped: items.length - ordered,
      calls: ordered * UPDATE_CALLS.crm,
      complete: rows.length <= LOOKED_AT && items.length <= NAMED,
      items: shown,
    },
    last,
  };
}

function itemView({ link, verdict, reason }: OvernightItem, name: string): OvernightAnswer['plan']['items'][number] {
  const field = link.fields.find((one) => one.field === 'accountManager');
  const managers = { crm: field?.crm ?? '', unleashed: field?.unleashed ?? '' };
  return { id: link.linkId, name, ...managers, verdict, reason, ...reasonOf(reason) };
}

/** What the last run set: from the ledger, with how the company's account manager stands now. */
async function reportOf(asked: Asked): Promise<OvernightAnswer['last']> {
  const run = asked.setting?.overnightLast ?? null;
  if (run === null) return null;
  const { startedAtMs, compared, ordered, stopped } = run;
  const startedAt = isoTime(startedAtMs);
  const items: NonNullable<OvernightAnswer['last']>['items'] = [];
  let cursor: string | undefined;
  do {
    const page = await listConflicts(asked, { limit: NAMED, cursor });
    const mine = page.conflicts.filter((one) => one.policy === 'overnight' && one.at === startedAt);
    for (const { conflictId, id, name, crmValue, unleashedValue } of mine) {
      const now = await explainedFieldOf(asked, 'company', id, 'accountManager');
      items.push({
        conflictId,
        id,
        name,
        before: crmValue,
        unleashed: unleashedValue,
        ...(now ?? { state: 'gone', ...say('record-unknown') }),
      });
    }
    const isPast = page.conflicts.some((one) => one.at < startedAt);
    cursor = isPast || items.length >= NAMED ? undefined : (page.next ?? undefined);
  } while (cursor !== undefined);
  return { startedAt, compared, ordered, stopped, complete: items.length >= ordered, items };
}
