/** Rows 6 and 7: how an edit gets known. */
import { describe, expect, it } from 'vitest';
import { readTopic } from '../../../services/cli/topic-reading.ts';
import type { Rows } from './kit.ts';

/** Adds the tests of the ways in. */
export function wayRows(rows: Rows): void {
  describe('row 6: CRM → Unleashed at once', () => {
    it('an edit is pushed by a change event, not polled', async () => {
      const { crm, unleashed } = rows.freshPair();
      await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 6 event' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 6 event' });
      const [first] = await readTopic(rows.chain.cluster, 'crm.company.v1', ({ phone }) => phone === '+44 6 event');
      expect(first).toMatchObject({ divisionId: crm.Id, readCause: 'event' });
    });
  });

  describe('row 7: Unleashed → CRM by imports through the day', () => {
    it('by poll, where no webhook comes', async () => {
      const { crm, unleashed } = rows.freshPair();
      await rows.sandbox.addFault(rows.tenant, { side: 'unleashed', kind: 'eventsLost' });
      await rows.edit('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 7 poll' });
      await rows.shows('crm', 'companies', crm.Id, { PhoneNumber: '+44 7 poll' });
      const isIt = ({ phone }: { phone: string }) => phone === '+44 7 poll';
      const [first] = await readTopic(rows.chain.cluster, 'unleashed.customer.v1', isIt);
      expect(first).toMatchObject({ guid: unleashed.Id, readCause: 'poll' });
      await rows.sandbox.clearFaults(rows.tenant);
    });
  });
}
