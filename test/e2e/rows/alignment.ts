/** First alignment: two records that were never the same are compared, shown with what it costs, and written when approved. */
import { describe, expect, it } from 'vitest';
import type { SandboxRecord } from '../../../services/cli/sandbox-client/client.ts';
import type { CompanyPair } from '../../../services/cli/sandbox-client/pairs.ts';
import type { PreviewAnswer } from '../../../services/control-api/read-model/answers.ts';
import { ledgerPath, type Rows, standingOf } from './kit.ts';

/** Makes another company on the account of a pair and its default: so it is joined with the customer for the first time. */
export async function joinAnother(rows: Rows, { crm }: CompanyPair, fields: object): Promise<SandboxRecord> {
  const { SalesLedgerId } = crm.SalesLedger as { SalesLedgerId: string };
  const joined = await rows.sandbox.create(rows.tenant, 'crm', 'companies', { SalesLedgerId, ...fields });
  await rows.edit('crm', 'ledgers', ledgerPath(crm), { DefaultDivisionId: Number(joined.Id) });
  return joined;
}

/** Adds the tests. */
export function alignmentRows(rows: Rows): void {
  /** What a change of settings would mean. */
  const preview = async (change: object): Promise<PreviewAnswer> => {
    const path = `/v1/tenants/${rows.tenant}/settings/preview`;
    const { status, body } = await rows.chain.control('POST', path, change);
    expect(status).toBe(200);
    return body as PreviewAnswer;
  };

  describe('first alignment', () => {
    it('is shown with its cost, waits, and is written as approved for each field; blanks are filled', async () => {
      await rows.settings({ alignment: 'hold' });
      const pair = rows.freshPair();
      const { crm, unleashed } = pair;
      const name = 'Aligned for the First Time';
      await rows.edit('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 15 unl' });
      await rows.shows('crm', 'companies', crm.Id, { PhoneNumber: '+44 15 unl' });
      const joined = await joinAnother(rows, pair, { Name: name, PhoneNumber: '+44 15 crm', Website: '' });
      const id = `c:${joined.Id}`;
      await rows.record('company', id, 'it waits', (one) => standingOf(one, 'phone') === 'question: alignment-pending');

      const held = await preview({});
      expect(held.held).toBeGreaterThanOrEqual(1);
      const chosen = { 'company.phone': 'unleashed', 'company.name': 'ask' };
      const planned = await preview({ alignment: 'auto', alignmentPolicies: chosen });
      expect(planned).toMatchObject({ held: 0, writes: { crm: held.held } });
      expect(planned.questions).toBeGreaterThanOrEqual(1);
      expect(planned.calls.crm).toBeGreaterThan(0);
      expect(planned.fields.find(({ field }) => field === 'company.phone')).toMatchObject({ toUnleashed: 0, held: 0 });
      expect(planned.fields.find(({ field }) => field === 'company.website')).toMatchObject({ replaces: 0 });
      await rows.shows('crm', 'companies', joined.Id, { PhoneNumber: '+44 15 crm' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 15 unl' });

      await rows.settings({ alignment: 'auto', alignmentPolicies: chosen });
      await rows.shows('crm', 'companies', joined.Id, { PhoneNumber: '+44 15 unl', Name: name });
      await rows.becomes('crm', 'companies', joined.Id, 'the blank is filled', ({ Website }) => Website !== '');
      await rows.record('company', id, 'asks', (one) => standingOf(one, 'name') === 'question: awaiting-answer');
      expect(
        await rows.order({ kind: 'answer', side: 'crm', entity: 'company', recordId: joined.Id, field: 'name' }),
      ).toMatchObject({ status: 200 });
      await rows.shows('unleashed', 'companies', unleashed.Id, { CustomerName: name });
      // From here on it is an ordinary pair: the policy of the first alignment says nothing any more.
      await rows.edit('crm', 'companies', joined.Id, { PhoneNumber: '+44 15 later' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 15 later' });
      await rows.settings({ alignmentPolicies: { 'company.phone': 'default', 'company.name': 'default' } });
    }, 120_000);

    it('refuses a policy that does not exist, a field that does not exist, and changes nothing', async () => {
      const bad = await rows.chain.control('POST', `/v1/tenants/${rows.tenant}/settings/preview`, { enabled: 'yes' });
      expect(bad).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
      const change = { alignmentPolicies: { 'company.nose': 'crm' } };
      const unknown = await rows.chain.control('POST', `/v1/tenants/${rows.tenant}/settings/preview`, change);
      expect(unknown).toMatchObject({ status: 400, body: { reason: 'setting-unknown' } });
      const order = await rows.chain.control('PUT', `/v1/tenants/${rows.tenant}/settings`, change);
      expect(order).toMatchObject({ status: 400, body: { reason: 'setting-unknown' } });
    });
  });
}
