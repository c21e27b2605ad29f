/** Row 15: the same field changed at both ends. */
import { describe, expect, it } from 'vitest';
import type { CompanyPair } from '../../../services/cli/sandbox-client/pairs.ts';
import { readTopic } from '../../../services/cli/topic-reading.ts';
import { fieldOf, type Rows } from './kit.ts';

/** Adds the tests of conflicts. */
export function conflictRows(rows: Rows): void {
  /** Both sides change fields of a company, first the one then the other, while neither can see the other. */
  async function collide(
    pair: CompanyPair,
    ours: Record<string, string>,
    theirs: Record<string, string>,
  ): Promise<void> {
    for (const side of ['crm', 'unleashed']) {
      expect(await rows.order({ kind: 'pause', side })).toMatchObject({ status: 200 });
    }
    await rows.edit('crm', 'companies', pair.crm.Id, ours);
    await rows.linkOf(pair.unleashed.Id, 'the CRM edit', (one) => fieldOf(one, 'phone')?.crm === ours.PhoneNumber);
    await rows.edit('unleashed', 'companies', pair.unleashed.Id, theirs);
    await rows.linkOf(pair.unleashed.Id, 'the Unleashed edit', (one) => {
      return fieldOf(one, 'phone')?.unleashed === theirs.PhoneNumber;
    });
    for (const side of ['crm', 'unleashed']) {
      expect(await rows.order({ kind: 'resume', side })).toMatchObject({ status: 200 });
    }
  }

  const ledgerOf = (crmValue: string) =>
    readTopic(rows.chain.cluster, 'sync.conflict.v1', (one) => one.crmValue === crmValue);

  const about = ({ crm }: CompanyPair, field = 'phone') => ({
    side: 'crm',
    entity: 'company',
    recordId: crm.Id,
    field,
  });

  describe('row 15: conflicts', () => {
    it('latest: the later edit wins; the ledger has both values, both times and the policy', async () => {
      const pair = rows.freshPair();
      await collide(pair, { PhoneNumber: '+44 15 earlier' }, { PhoneNumber: '+44 15 later' });
      await rows.shows('crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 15 later' });
      const [conflict, ...more] = await ledgerOf('+44 15 earlier');
      expect(more).toEqual([]);
      expect(conflict).toMatchObject({ winner: 'unleashed', policy: 'latest', unleashedValue: '+44 15 later' });
    });

    it('by a policy for each field; one request brings the loser back on both sides', async () => {
      const pair = rows.freshPair();
      await rows.settings({ fieldPolicies: { 'company.phone': 'unleashed', 'company.website': 'crm' } });
      await collide(
        pair,
        { PhoneNumber: '+44 15 1', Website: 'https://ours.example' },
        { PhoneNumber: '+44 15 2', Website: 'https://theirs.example' },
      );
      await rows.shows('crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 15 2', Website: 'https://ours.example' });
      await rows.shows('unleashed', 'companies', pair.unleashed.Id, {
        PhoneNumber: '+44 15 2',
        Website: 'https://ours.example',
      });
      expect(await ledgerOf('+44 15 1')).toMatchObject([{ field: 'phone', winner: 'unleashed', policy: 'unleashed' }]);
      expect(await ledgerOf('https://ours.example')).toMatchObject([
        { field: 'website', winner: 'crm', policy: 'crm', unleashedValue: 'https://theirs.example' },
      ]);
      const restored = await rows.order({ kind: 'restore', ...about(pair), value: '+44 15 1' });
      expect(restored).toMatchObject({ status: 200 });
      await rows.shows('unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: '+44 15 1' });
      await rows.shows('crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 15 1' });
      await rows.settings({ fieldPolicies: { 'company.phone': 'default', 'company.website': 'default' } });
    });

    it.each([
      ['crm', '+44 16 ours'],
      ['unleashed', '+44 16 theirs'],
    ] as const)('ask: both stay as they are until someone answers: %s', async (side, winner) => {
      const pair = rows.freshPair();
      const [ours, theirs] = ['+44 16 ours', '+44 16 theirs'];
      await rows.settings({ fieldPolicies: { 'company.phone': 'ask' } });
      await collide(pair, { PhoneNumber: ours }, { PhoneNumber: theirs });
      await rows.record('company', `c:${pair.crm.Id}`, 'the question', ({ fields }) =>
        fields.some((one) => one.field === 'phone' && one.state === 'question' && one.reason === 'awaiting-answer'),
      );
      await rows.shows('crm', 'companies', pair.crm.Id, { PhoneNumber: ours });
      await rows.shows('unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: theirs });
      const recordId = pair[side].Id;
      const answer = { kind: 'answer', side, entity: 'company', recordId, field: 'phone' };
      expect(await rows.order(answer)).toMatchObject({ status: 200 });
      await rows.shows('crm', 'companies', pair.crm.Id, { PhoneNumber: winner });
      await rows.shows('unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: winner });
      expect(await rows.order(answer)).toMatchObject({ status: 409, body: { reason: 'no-question' } });
      await rows.settings({ fieldPolicies: { 'company.phone': 'default' } });
    });
  });
}
