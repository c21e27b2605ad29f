/** Takes in records that were read: makes snapshots, publishes what is new, remembers it. */
import type { Field } from '#contracts';
import {
  CrmMalformedRecordError,
  type CrmRead,
  companySnapshot,
  contactSnapshot,
  type ReadInfo,
  userSnapshot,
} from '#prospect-crm';
import { type JsonRecord, textOf } from '#runtime';
import { digestOf, isNews, misfitDigest, recordKey } from './known.ts';
import type { CapturePorts, Notes, RecordKind, Snapshot } from './ports.ts';

/** Why records were read, as it stands in a snapshot. */
export type ReadCause = 'event' | 'catch-up' | 'sweep';

const KEYS: Readonly<Record<RecordKind, string>> = { company: 'DivisionId', contact: 'ContactId', user: 'UserCode' };

/**
 * Publishes first and remembers afterwards: a crash in between publishes twice, which downstream is no change.
 *
 * @param onlyNews leaves out what is known to be published as it is
 */
export async function takeIn(
  ports: CapturePorts,
  kind: RecordKind,
  reads: readonly CrmRead[],
  readCause: ReadCause,
  onlyNews: boolean,
): Promise<void> {
  const snapshots: Snapshot[] = [];
  const misfits: { record: JsonRecord; error: CrmMalformedRecordError }[] = [];
  for (const { record, readStartedAtMs } of reads) {
    try {
      snapshots.push(snapshotOf(kind, record, { tenantId: ports.tenantId, readStartedAtMs, readCause }));
    } catch (error) {
      if (!(error instanceof CrmMalformedRecordError)) throw error;
      misfits.push({ record, error });
    }
  }
  if (misfits.length > 0) await putAside(ports, kind, misfits);
  if (snapshots.length === 0) return;
  if (!onlyNews) {
    await lookAtWrites(ports, snapshots, await publish(ports, kind, snapshots));
    return;
  }
  const { known, notes } = await ports.known.recall(snapshots.map(recordKey));
  await lookAtWrites(ports, snapshots, notes);
  const news = snapshots.filter((snapshot) => isNews(snapshot, known.get(recordKey(snapshot))));
  if (news.length > 0) await publish(ports, kind, news);
}

/** Gives the notes of what was published. */
async function publish(ports: CapturePorts, kind: RecordKind, snapshots: readonly Snapshot[]): Promise<Notes> {
  await ports.publish(snapshots);
  ports.published(kind, snapshots.length);
  return ports.known.remember(new Map(snapshots.map((snapshot) => [recordKey(snapshot), digestOf(snapshot)])));
}

/** What our writes are taken to have stored is compared with what is there. */
async function lookAtWrites(ports: CapturePorts, snapshots: readonly Snapshot[], notes: Notes): Promise<void> {
  if (notes.size === 0) return;
  const reads = snapshots.flatMap((snapshot) => {
    if (snapshot.kind === 'user') return [];
    const { readStartedAtMs } = snapshot.record;
    return [{ key: recordKey(snapshot), readStartedAtMs, values: valuesOf(snapshot) }];
  });
  const notStored = await ports.unread.check(reads, notes);
  if (notStored.length > 0) ports.onNotStored(notStored);
}

/** Values of the synced fields; an address is always read back by whoever writes it. */
function valuesOf(snapshot: Exclude<Snapshot, { kind: 'user' }>): Partial<Record<Field, string>> {
  if (snapshot.kind === 'contact') return snapshot.record;
  const { name, phone, website, accountManager } = snapshot.record;
  return { name, phone, website, accountManager };
}

function snapshotOf(kind: RecordKind, record: JsonRecord, read: ReadInfo): Snapshot {
  const id = textOf(record, KEYS[kind]);
  switch (kind) {
    case 'company':
      return { topic: 'crm.company.v1', kind, id, record: companySnapshot(record, read) };
    case 'contact':
      return { topic: 'crm.contact.v1', kind, id, record: contactSnapshot(record, read) };
    case 'user':
      return { topic: 'crm.user.v1', kind, id, record: userSnapshot(record, read) };
  }
}

/** A record that cannot be a snapshot is kept aside, once as long as it stays as it is; the others go on. */
async function putAside(
  ports: CapturePorts,
  kind: RecordKind,
  misfits: readonly { record: JsonRecord; error: CrmMalformedRecordError }[],
): Promise<void> {
  const keyOf = (record: JsonRecord): string => recordKey({ kind, id: textOf(record, KEYS[kind]) });
  const { known } = await ports.known.recall(misfits.map(({ record }) => keyOf(record)));
  for (const { record, error } of misfits) {
    const digest = misfitDigest(record);
    if (known.get(keyOf(record)) === digest) continue;
    const value = Buffer.from(JSON.stringify(record));
    await ports.quarantine({ source: kind, code: error.code, message: error.message, value });
    await ports.known.remember(new Map([[keyOf(record), digest]]));
  }
}
