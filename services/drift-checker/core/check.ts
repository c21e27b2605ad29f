/**
 * One check of a tenant.
 *
 *   comparing ──▶ confirming ──▶ confirming once more ──▶ finished
 *
 * Both sides are walked through by pages and compared with what the sync knew when the walk began. What differs then is
 * mostly an edit that came meanwhile: so it is read again after a moment, which drops nearly all, and what is left once more
 * after the sync's own reads have surely had their chance (`patienceMs`). Only what stands there unchanged all the time, and
 * what the sync still does not know, is called drift.
 */
import type { DriftDifference, DriftReport } from '#contracts';
import { compareMissing, compareRecord, compareTwins, type DriftCandidate, type DriftKind } from '#sync-core';
import { confirm } from './confirm.ts';
import { patiently } from './patience.ts';
import type { CheckPorts } from './ports.ts';
import { type CheckOrder, queuedReport, withComparison } from './tally.ts';
import { createSeen, walk } from './walk.ts';

/** Wait before the first second look, milliseconds: what is being written or read just now is through by then. */
const FIRST_WAIT_MS = 2_000;
/** Candidates that are looked at again at most; each costs a call in each of two rounds. */
const CANDIDATES_MAX = 500;

/** What a check came to. */
export interface CheckResult {
  readonly report: DriftReport;
  readonly differences: readonly DriftDifference[];
}

/** Carries out a check. Rejects with what its ports reject with, when waiting does not help. */
export async function runCheck(ports: CheckPorts, order: CheckOrder): Promise<CheckResult> {
  let report: DriftReport = { ...queuedReport(order, ports.now()), state: 'comparing', startedAtMs: ports.now() };
  const calls = { crm: 0, unleashed: 0 };
  const counting = countCalls(ports, calls);
  const say = async (change: Partial<DriftReport>): Promise<void> => {
    const { crm: crmCalls, unleashed: unleashedCalls } = calls;
    report = { ...report, ...change, crmCalls, unleashedCalls, updatedAtMs: ports.now() };
    await ports.report(report);
  };
  const finish = async (differences: readonly DriftDifference[]): Promise<CheckResult> => {
    const { crm: crmCalls, unleashed: unleashedCalls } = calls;
    const kinds: Record<string, number> = {};
    for (const { kind } of differences) kinds[kind] = (kinds[kind] ?? 0) + 1;
    const nowMs = ports.now();
    const end = { state: 'finished', confirmAtMs: null, finishedAtMs: nowMs, updatedAtMs: nowMs };
    report = { ...report, ...end, differences: differences.length, kinds, crmCalls, unleashedCalls };
    return { report, differences };
  };

  await say({});
  const startedAtMs = ports.now();
  const state = await patiently(ports, () => ports.loadState());
  if (state.setting?.enabled !== true) {
    // While the sync is off nothing has to be as it knows it, and no call is spent on it.
    const links = [...state.links.values()].filter(({ entity }) => entity !== 'person').length;
    report = { ...report, explained: links === 0 ? {} : { 'sync-off': links } };
    return finish([]);
  }
  const known = [...state.links.values()].filter(({ entity }) => entity !== 'person');
  const expected = known.reduce(
    (sum, link) => sum + (link.crm === null ? 0 : 1) + (link.unleashed === null ? 0 : 1),
    0,
  );
  await say({ expected });

  const seen = createSeen();
  let candidates: DriftCandidate[] = [];
  for await (const { records } of walk(counting, seen)) {
    for (const record of records) {
      const comparison = compareRecord(state, record);
      candidates.push(...comparison.candidates);
      report = withComparison(report, comparison);
      if (record.topic.includes('contact')) report.contacts += 1;
      else report.companies += 1;
    }
    await say({});
  }
  candidates.push(...compareMissing(state, seen, startedAtMs), ...compareTwins(state));

  const all = candidates.length;
  candidates = candidates.slice(0, CANDIDATES_MAX);
  const first = new Map(candidates.map((one) => [one, one.readStartedAtMs]));
  report.unconfirmed = all - candidates.length;
  if (candidates.length > 0) {
    const atMs = ports.now() + FIRST_WAIT_MS;
    await say({ state: 'confirming', confirmAtMs: atMs });
    await ports.sleep(FIRST_WAIT_MS);
    const left = new Set((await confirm(counting, candidates)).map(nameOf));
    report.inFlight += candidates.filter((one) => !left.has(nameOf(one))).length;
    candidates = candidates.filter((one) => left.has(nameOf(one)));
  }
  if (candidates.length === 0) return finish([]);

  let dueMs = 0;
  for (const one of candidates) {
    const patienceMs = await patiently(ports, () => ports.patienceMs(one.side, one.entity, seen.customerPages));
    dueMs = Math.max(dueMs, (first.get(one) ?? startedAtMs) + patienceMs);
  }
  await say({ state: 'confirming', confirmAtMs: dueMs });
  await ports.sleep(dueMs - ports.now());
  const confirmed = await confirm(counting, candidates);
  report.inFlight += candidates.length - confirmed.length;
  const firstSeen = new Map(candidates.map((one) => [nameOf(one), one.readStartedAtMs]));
  return finish(confirmed.map((one) => differenceOf(one, firstSeen.get(nameOf(one)) ?? one.readStartedAtMs)));
}

function nameOf({ side, entity, recordId, field }: DriftCandidate): string {
  return `${side}/${entity}/${recordId}/${field}`;
}

/** What a look at a record costs, and what a write that follows from it may cost, calls: read, write, read back. */
const LOOK_CALLS = 1;
const WRITE_CALLS = 3;

const REPAIRS: Record<DriftKind, Pick<DriftDifference, 'repair' | 'repairCalls'>> = {
  'edit-missed': { repair: 'read', repairCalls: LOOK_CALLS + WRITE_CALLS },
  'not-as-known': { repair: 'read', repairCalls: LOOK_CALLS + WRITE_CALLS },
  // Deletions are not carried over: nothing follows.
  'record-gone': { repair: 'read', repairCalls: LOOK_CALLS },
  'record-unknown': { repair: 'observe', repairCalls: LOOK_CALLS + WRITE_CALLS },
  // Which of the two is to stay, nobody but a person knows.
  'contact-twice': { repair: 'none', repairCalls: 0 },
};

function differenceOf(one: DriftCandidate, firstSeenAtMs: number): DriftDifference {
  const { kind, entity, linkId, side, recordId, parentId, field, name, shown, known, agreed, readStartedAtMs } = one;
  const repair = REPAIRS[kind];
  return {
    ...{ kind, entity, linkId, side, recordId, parentId, field, name, shown, known },
    agreedCrm: agreed?.crm ?? null,
    agreedUnleashed: agreed?.unleashed ?? null,
    sourceUpdatedAtMs: one.sourceUpdatedAtMs,
    knownReadAtMs: one.knownReadAtMs,
    firstSeenAtMs,
    confirmedAtMs: readStartedAtMs,
    // A record whose place or state differs is read by publishing it: the sinks read fields alone.
    ...(field === 'record' && repair.repair === 'read' && kind !== 'record-gone'
      ? { ...repair, repair: 'observe' }
      : repair),
  };
}

/** The same ports, and each call of an API counted. */
function countCalls(ports: CheckPorts, calls: { crm: number; unleashed: number }): CheckPorts {
  const { crm, unleashed } = ports;
  return {
    ...ports,
    crm: {
      get: (...given) => {
        calls.crm += 1;
        return crm.get(...given);
      },
      async *pages(...given) {
        for await (const page of crm.pages(...given)) {
          calls.crm += 1;
          yield page;
        }
      },
    },
    unleashed: {
      list: (...given) => {
        calls.unleashed += 1;
        return unleashed.list(...given);
      },
      getCustomer: (...given) => {
        calls.unleashed += 1;
        return unleashed.getCustomer(...given);
      },
    },
  };
}
