/** How tenants stood, as it comes from its topic. It is compacted: what a key says last counts, in a bounded number of places. */
import type { Sample } from '#contracts';
import type { Connection } from './database.ts';

/** Writes samples. */
export interface SampleWriter {
  put(tenantNo: number, key: string, sample: Sample): void;
  /** What is under a key of the topic is no more. */
  remove(tenantNo: number, key: string): void;
}

/** Makes the writer. */
export function createSampleWriter(connection: Connection): SampleWriter {
  const placeOf = (key: string): [span: string, place: number] => {
    const [, , span = '', place = '0'] = key.split('/');
    return [span, Number(place)];
  };
  return {
    put(tenantNo, key, sample) {
      const { atMs, crmLagMs, unleashedLagMs, crmWaiting, unleashedWaiting, failing, usedCalls, limitCalls } = sample;
      connection.run(
        'INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[tenantNo, ...placeOf(key), atMs, crmLagMs, unleashedLagMs, crmWaiting, unleashedWaiting],
        ...[failing, usedCalls, limitCalls],
      );
    },
    remove(tenantNo, key) {
      connection.run('DELETE FROM samples WHERE tenant_no = ? AND span = ? AND place = ?', tenantNo, ...placeOf(key));
    },
  };
}
