/**
 * What is published of what was read. Pure.
 *
 * What a change event named is always published. What a catch-up reads is published when it differs from what was last
 * published of the record, its time stamp included: a value that was overwritten and then brought back has a new stamp. Where
 * the CRM's stamps have whole seconds only, two changes may share one, so such a record is published whenever it is read.
 */
import { hash } from 'node:crypto';
import type { JsonRecord } from '#runtime';
import type { Snapshot } from './ports.ts';

/** Key of a record within its tenant. */
export function recordKey({ kind, id }: Pick<Snapshot, 'kind' | 'id'>): string {
  return `${kind}/${id}`;
}

/** Digest of what a snapshot says, how and when it was read apart. */
export function digestOf({ record }: Snapshot): string {
  return digest(JSON.stringify({ ...record, readStartedAtMs: undefined, readCause: undefined }));
}

/** Digest of a record that is no snapshot, so that it is put aside once and not at every read. */
export function misfitDigest(record: JsonRecord): string {
  return `misfit ${digest(JSON.stringify(record))}`;
}

/** Whether a snapshot that a catch-up read has to be published. */
export function isNews(snapshot: Snapshot, known: string | undefined): boolean {
  return known !== digestOf(snapshot) || hasCoarseStamp(snapshot);
}

function hasCoarseStamp({ record }: Snapshot): boolean {
  if (!('sourceUpdatedAtMs' in record) || record.sourceUpdatedAtMs === null) return false;
  return record.sourceUpdatedAtMs % 1000 === 0;
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 16);
}
