/** Checks for drift, what they found, and what became of it. */
import type { Drift, DriftDifference, DriftReport } from '#contracts';
import { fromRecord } from '#sync-core';
import type { DriftAnswer, DriftCheckView, DriftDifferencesAnswer } from './drift-answers.ts';
import { timelineOf } from './history.ts';
import { type Asked, cursorAfter, cut, isoTime, isoTimeOrNull, type Page, readCursor, say } from './question.ts';
import { findLink } from './show-record.ts';

interface Row {
  readonly number: number;
  readonly check_id: string;
  readonly body: Uint8Array;
}

/** Reports of all checks of a tenant, the youngest order first. */
const CHECKS =
  'SELECT check_id, number, body FROM drift WHERE tenant_no = ? AND number = 0 ORDER BY at_ms DESC, check_id';
/** Entries of the record's timeline that are shown with a difference. */
const HISTORY_ENTRIES = 5;
/** Entries of the timeline that are looked through for those. */
const HISTORY_LOOK = 50;

async function decode({ codec }: Asked, { body }: Row): Promise<Drift> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return codec.decodeKnown('sync.drift.v1', bytes) ?? (await codec.decode('sync.drift.v1', bytes));
}

/** All checks that are kept, the youngest order first. */
export async function listChecks(asked: Asked): Promise<DriftAnswer> {
  const rows = asked.connection.all<Row>(CHECKS, asked.tenant.no);
  const checks: DriftCheckView[] = [];
  for (const row of rows) {
    const { report } = await decode(asked, row);
    if (report !== null) checks.push(checkView(row.check_id, report));
  }
  return { checks };
}

/** How many differences the last finished check found; null when there was none, or when its schema is not at hand yet. */
export function lastDifferences({ connection, codec, tenant }: Asked): number | null {
  const rows = connection.all<Row>(CHECKS, tenant.no);
  for (const { body } of rows) {
    const report = codec.decodeKnown(
      'sync.drift.v1',
      Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    )?.report;
    if (report?.state === 'finished') return report.differences;
  }
  return null;
}

/** One check; null when it is not known. */
export async function checkOf(asked: Asked, checkId: string): Promise<DriftCheckView | null> {
  const row = rowOf(asked, checkId, 0);
  const report = row === null ? null : (await decode(asked, row)).report;
  return report === null ? null : checkView(checkId, report);
}

function rowOf({ connection, tenant }: Asked, checkId: string, number: number): Row | null {
  const sql = 'SELECT check_id, number, body FROM drift WHERE tenant_no = ? AND check_id = ? AND number = ?';
  return connection.get<Row>(sql, tenant.no, checkId, number) ?? null;
}

function checkView(checkId: string, report: DriftReport): DriftCheckView {
  const { explained, ...plain } = report;
  return {
    checkId,
    state: stateOf(plain.state),
    cause: plain.cause,
    requestedBy: plain.requestedBy,
    requestedAt: isoTime(plain.requestedAtMs),
    startedAt: isoTimeOrNull(plain.startedAtMs),
    confirmAt: isoTimeOrNull(plain.confirmAtMs),
    finishedAt: isoTimeOrNull(plain.finishedAtMs),
    code: plain.code,
    message: plain.message,
    companies: plain.companies,
    contacts: plain.contacts,
    expected: plain.expected,
    equal: plain.equal,
    inFlight: plain.inFlight,
    explained: Object.entries(explained)
      .map(([reason, count]) => ({ ...say(reason), count }))
      .sort((a, b) => b.count - a.count),
    differences: plain.differences,
    unconfirmed: plain.unconfirmed,
    kinds: plain.kinds,
    calls: { crm: plain.crmCalls, unleashed: plain.unleashedCalls },
  };
}

function stateOf(state: string): DriftCheckView['state'] {
  const known = ['queued', 'comparing', 'confirming', 'finished', 'failed'] as const;
  return known.find((one) => one === state) ?? 'failed';
}

/** A difference as it was found. */
export interface FoundDifference extends DriftDifference {
  readonly number: number;
}

/** Differences of a check from a number on, at most so many; those that a newer run of it no longer has are left out. */
export async function differencesFrom(
  asked: Asked,
  { checkId, differences }: Pick<DriftCheckView, 'checkId' | 'differences'>,
  after: number,
  limit: number,
): Promise<FoundDifference[]> {
  const rows = asked.connection.all<Row>(
    `SELECT check_id, number, body FROM drift WHERE tenant_no = ? AND check_id = ? AND number > ? AND number <= ?
     ORDER BY number LIMIT ?`,
    ...[asked.tenant.no, checkId, after, differences, limit],
  );
  const found: FoundDifference[] = [];
  for (const row of rows) {
    const { difference } = await decode(asked, row);
    if (difference !== null) found.push({ ...difference, number: row.number });
  }
  return found;
}

/** The differences of a check, each with its history and whether it still stands; null when the check is not known. Throws CursorError. */
export async function listDifferences(
  asked: Asked,
  checkId: string,
  page: Page,
): Promise<DriftDifferencesAnswer | null> {
  const check = await checkOf(asked, checkId);
  if (check === null) return null;
  const before = readCursor(asked, page.cursor, { key: 0, id: 0 });
  const found = await differencesFrom(asked, check, before.id, page.limit + 1);
  const { page: wanted, next } = cut(found, page.limit, ({ number }) => cursorAfter(asked, 0, number));
  const differences: DriftDifferencesAnswer['differences'] = [];
  for (const one of wanted) {
    differences.push({
      number: one.number,
      kind: one.kind,
      entity: one.entity === 'company' ? 'company' : 'contact',
      id: one.linkId,
      side: one.side,
      recordId: one.recordId,
      field: one.field,
      name: one.name,
      shown: one.shown,
      known: one.known,
      agreed:
        one.agreedCrm === null || one.agreedUnleashed === null
          ? null
          : { crm: one.agreedCrm, unleashed: one.agreedUnleashed },
      updatedAt: isoTimeOrNull(one.sourceUpdatedAtMs),
      knownReadAt: isoTimeOrNull(one.knownReadAtMs),
      firstSeenAt: isoTime(one.firstSeenAtMs),
      confirmedAt: isoTime(one.confirmedAtMs),
      standing: await standingOf(asked, one),
      repair: one.repair === 'read' || one.repair === 'observe' ? one.repair : 'none',
      repairCalls: one.repairCalls,
      history: await historyOf(asked, one),
    });
  }
  return { check, differences, next };
}

/**
 * open, or taken-in: the sync knows by now what was found, by a repair or by itself. Two contacts of one creation stay until
 * a person has merged them and another check found so.
 */
export async function standingOf(asked: Asked, one: DriftDifference): Promise<'open' | 'taken-in'> {
  const link = await findLink(asked, one.entity === 'company' ? 'company' : 'contact', one.linkId);
  const side = one.side === 'crm' ? 'crm' : 'unleashed';
  const half = link?.[side] ?? null;
  if (one.kind === 'contact-twice') return half === null || half.deleted ? 'taken-in' : 'open';
  if (one.kind === 'record-unknown') return half === null ? 'open' : 'taken-in';
  if (half === null || one.kind === 'record-gone') return half === null || half.deleted ? 'taken-in' : 'open';
  if (half.readStartedAtMs > one.confirmedAtMs) return 'taken-in';
  const field = link === null ? undefined : fromRecord(link).fields.find((each) => each.field === one.field);
  return field !== undefined && field[side] === one.shown ? 'taken-in' : 'open';
}

/** The last decisions and writes about the field, or about the record. */
async function historyOf(
  asked: Asked,
  one: DriftDifference,
): Promise<DriftDifferencesAnswer['differences'][0]['history']> {
  const entity = one.entity === 'company' ? 'company' : 'contact';
  const timeline = await timelineOf(asked, entity, one.linkId, { limit: HISTORY_LOOK });
  const entries = (timeline?.entries ?? []).filter(
    ({ fields }) => one.field === 'record' || fields.some(({ field }) => field === one.field),
  );
  return entries.slice(0, HISTORY_ENTRIES).map((entry) => {
    const field = entry.fields.find((each) => each.field === one.field);
    const { reason, sentence } = field ?? entry;
    const what = entry.kind === 'decision' ? entry.verdict : entry.result;
    return { at: entry.at, kind: entry.kind, what, reason, sentence, source: entry.source };
  });
}
