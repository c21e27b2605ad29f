/** Checks for drift, as they come from their topic. It is compacted: what a key says last counts, and nothing takes it away. */
import type { Drift } from '#contracts';
import type { Connection } from './database.ts';

/** Writes checks and their differences. */
export interface DriftWriter {
  put(tenantNo: number, record: Drift, body: Buffer): void;
  /** What is under a key of the topic is no more. */
  remove(tenantNo: number, key: string): void;
}

/** Makes the writer. */
export function createDriftWriter(connection: Connection): DriftWriter {
  return {
    put(tenantNo, { checkId, number, report }, body) {
      const atMs = report?.requestedAtMs ?? 0;
      connection.run('INSERT OR REPLACE INTO drift VALUES (?, ?, ?, ?, ?)', tenantNo, checkId, number, atMs, body);
    },
    remove(tenantNo, key) {
      const [, , checkId = '', number = '0'] = key.split('/');
      const sql = 'DELETE FROM drift WHERE tenant_no = ? AND check_id = ? AND number = ?';
      connection.run(sql, tenantNo, checkId, Number(number));
    },
  };
}
