/** Explain: what the tests before it did is run again from the topics. */
import { describe, expect, it } from 'vitest';
import { codecOf } from '../../../services/cli/cluster.ts';
import { readTenant } from '../../../services/cli/replay/read-tenant.ts';
import { replay } from '../../../services/cli/replay/replay.ts';
import type { Rows } from './kit.ts';

/** Adds the test; the last one of a file. */
export function replayed(rows: Rows): void {
  describe('explain: everything above, run again from the topics', () => {
    it('gives the same decisions, byte for byte', async () => {
      const codec = codecOf(rows.chain.cluster);
      await codec.prepare(['sync.decision.v1']);
      for (const tenantId of rows.chain.tenants) {
        const { decisions, inputs, unreadable } = await readTenant(rows.chain.cluster, codec, tenantId);
        const report = replay(tenantId, decisions, inputs, codec);
        expect(report.mismatches[0]).toBeUndefined();
        expect([report.same, unreadable]).toEqual([report.steps, 0]);
        expect(report.steps).toBeGreaterThan(50);
      }
    });
  });
}
