/** The second look: what differed is read again, record by record, and compared with what the sync knows by then. */
import {
  compareGone,
  compareRecord,
  compareTwins,
  type DriftCandidate,
  type ObservedRecord,
  stillThere,
  type TenantState,
} from '#sync-core';
import { patiently } from './patience.ts';
import type { CheckPorts } from './ports.ts';
import { readCrm, readCustomer } from './reads.ts';

/** A record that was read again. */
interface Reread {
  readonly candidate: DriftCandidate;
  /** Null: it is not there. */
  readonly record: ObservedRecord | null;
  /** When its read began, our clock. */
  readStartedAtMs: number;
}

/** Candidates that stand as they stood. Reads each record once; all reads come before the state is loaded. */
export async function confirm(ports: CheckPorts, candidates: readonly DriftCandidate[]): Promise<DriftCandidate[]> {
  const reread: Reread[] = [];
  const twins = candidates.some(({ kind }) => kind === 'contact-twice');
  for (const candidate of onePerRecord(candidates)) {
    const readStartedAtMs = ports.now();
    const record = await patiently(ports, () => read(ports, candidate));
    reread.push({ candidate, record, readStartedAtMs });
  }
  const state = await patiently(ports, () => ports.loadState());
  const now = reread.flatMap((one) => compare(state, one));
  return stillThere(candidates, twins ? [...now, ...compareTwins(state)] : now);
}

/** The records that candidates are about. Those that are twice in the CRM are known: nothing has to be read. */
function onePerRecord(candidates: readonly DriftCandidate[]): DriftCandidate[] {
  const records = new Map<string, DriftCandidate>();
  for (const one of candidates) {
    if (one.kind !== 'contact-twice') records.set(`${one.side}/${one.entity}/${one.recordId}`, one);
  }
  return [...records.values()];
}

async function read(ports: CheckPorts, { side, entity, recordId, parentId }: DriftCandidate) {
  if (side === 'crm') return readCrm(ports, entity, recordId);
  const records = await readCustomer(ports, entity === 'company' ? recordId : parentId);
  const topic = entity === 'company' ? 'unleashed.customer.v1' : 'unleashed.contact.v1';
  return records?.find((one) => one.topic === topic && one.record.guid === recordId) ?? null;
}

function compare(state: TenantState, { candidate, record, readStartedAtMs }: Reread): readonly DriftCandidate[] {
  if (record !== null) return compareRecord(state, record).candidates;
  const gone = compareGone(state, candidate.entity, candidate.side, candidate.recordId, readStartedAtMs);
  return gone === null ? [] : [gone];
}
