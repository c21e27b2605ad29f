/** Rows 11 and 12: account managers. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { SandboxRecord } from '../../../services/cli/sandbox-client/client.ts';
import { textOf } from '../../../services/cli/sandbox-client/pairs.ts';
import type { OvernightAnswer } from '../../../services/control-api/read-model/answers.ts';
import { type Rows, standingOf } from './kit.ts';

const salesPersonOf = (customer: SandboxRecord) => (customer.SalesPerson as { Guid?: string } | null)?.Guid ?? '';

/** Adds the tests of account managers. */
export function managerRows(rows: Rows): void {
  /** A user and the sales person who are the same human being, by e-mail address. */
  async function managers(): Promise<{ code: string; guid: string }[]> {
    const [users, people] = await Promise.all([
      rows.sandbox.list(rows.tenant, 'crm', 'users'),
      rows.sandbox.list(rows.tenant, 'unleashed', 'salespersons'),
    ]);
    return users
      .filter((user) => Number(user.AccountManager) === 1 && user.Obsolete !== true)
      .flatMap((user) => {
        const email = textOf(user, 'EmailAddress').toLowerCase();
        const same = people.filter((one) => textOf(one, 'Email').toLowerCase() === email && one.Obsolete !== true);
        return same.length === 1 ? [{ code: textOf(user, 'UserCode'), guid: same[0]!.Id }] : [];
      });
  }

  const salesPersonBecomes = (id: string, guid: string) =>
    rows.becomes('unleashed', 'companies', id, `sales person ${guid}`, (one) => salesPersonOf(one) === guid);

  describe('row 11: account managers', () => {
    beforeAll(() => rows.settings({ accountManagers: true }));

    it('a user chosen in the CRM is the sales person in Unleashed, the other way round, and taken away', async () => {
      const { crm, unleashed } = rows.freshPair();
      const [first, second] = (await managers()).filter(({ code }) => code !== textOf(crm, 'AccountManager'));
      await rows.edit('crm', 'companies', crm.Id, { AccountManager: first!.code });
      await salesPersonBecomes(unleashed.Id, first!.guid);
      await rows.edit('unleashed', 'companies', unleashed.Id, { SalesPerson: { Guid: second!.guid } });
      await rows.shows('crm', 'companies', crm.Id, { AccountManager: second!.code });
      await rows.edit('unleashed', 'companies', unleashed.Id, { SalesPerson: null });
      await rows.becomes('crm', 'companies', crm.Id, 'nobody', (one) => textOf(one, 'AccountManager') === '');
    });

    it('a user without a sales person stops that field alone, with the reason; the rest flows', async () => {
      const { crm, unleashed } = rows.freshPair();
      const before = salesPersonOf(await rows.sandbox.get(rows.tenant, 'unleashed', 'companies', unleashed.Id));
      await rows.sandbox.create(rows.tenant, 'crm', 'users', {
        UserCode: 'ZZZ',
        UserName: 'Zoe Nobody-Else',
        EmailAddress: 'zoe@nobody-else.example',
        AccountManager: 1,
      });
      await rows.edit('crm', 'companies', crm.Id, { AccountManager: 'ZZZ', PhoneNumber: '+44 1' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 1' });
      await rows.record('company', `c:${crm.Id}`, 'the reason', (one) => {
        return standingOf(one, 'accountManager') === 'stopped: manager-without-salesperson';
      });
      await salesPersonBecomes(unleashed.Id, before);
      // The list that a drop-down offers leaves the user out.
      const { body } = await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/account-managers`);
      const { offered, leftOut } = body as Record<'offered' | 'leftOut', { userCode: string }[]>;
      expect(leftOut).toContainEqual(
        expect.objectContaining({ userCode: 'ZZZ', reason: 'manager-without-salesperson' }),
      );
      const codes = offered.map(({ userCode }) => userCode);
      expect(codes).not.toContain('ZZZ');
      expect(codes).toEqual(expect.arrayContaining((await managers()).map(({ code }) => code)));
    });

    it('with the option off, account managers are left alone in both directions', async () => {
      const { crm, unleashed } = rows.freshPair();
      const before = salesPersonOf(await rows.sandbox.get(rows.tenant, 'unleashed', 'companies', unleashed.Id));
      const other = (await managers()).find(
        ({ guid, code }) => guid !== before && code !== textOf(crm, 'AccountManager'),
      );
      await rows.settings({ accountManagers: false });
      await rows.edit('crm', 'companies', crm.Id, { AccountManager: other!.code, PhoneNumber: '+44 11' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 11' });
      await rows.record('company', `c:${crm.Id}`, 'off', (one) => {
        return standingOf(one, 'accountManager') === 'off: field-off';
      });
      await salesPersonBecomes(unleashed.Id, before);
      await rows.settings({ accountManagers: true });
      await salesPersonBecomes(unleashed.Id, other!.guid);
    });
  });

  describe('row 12: overnight fix', () => {
    it("sets the company's account manager to the one in Unleashed; the former one is in the ledger", async () => {
      const { crm, unleashed } = rows.freshPair();
      // Both edits are edits: a one-sided one would flow by itself.
      const now = [textOf(crm, 'AccountManager'), salesPersonOf(unleashed)];
      const [first, second] = (await managers()).filter(({ code, guid }) => !now.includes(code) && !now.includes(guid));
      await rows.settings({ accountManagers: false });
      await rows.edit('unleashed', 'companies', unleashed.Id, { SalesPerson: { Guid: first!.guid } });
      await rows.edit('crm', 'companies', crm.Id, { AccountManager: second!.code });
      // The overnight fix looks at what is known: both edits have been read.
      await rows.record('company', `c:${crm.Id}`, 'both are seen', ({ fields }) =>
        fields.some((one) => {
          return one.field === 'accountManager' && one.crm === second!.code && one.unleashed === first!.guid;
        }),
      );
      await rows.settings({ accountManagers: true, conflictPolicy: 'ask' });
      const overnight = async () => {
        const answer = await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/overnight`);
        return answer.body as OvernightAnswer;
      };
      const isIt = ({ id }: { id: string }) => id === `u:${unleashed.Guid}`.toLowerCase();
      const planned = await rows.wait('the plan', async () => (await overnight()).plan.items.find(isIt) ?? false);
      expect(planned).toMatchObject({ verdict: 'ordered', crm: second!.code, unleashed: first!.guid });
      expect(await rows.order({ kind: 'run-overnight' })).toMatchObject({ status: 200 });
      await rows.shows('crm', 'companies', crm.Id, { AccountManager: first!.code });
      await rows.settings({ conflictPolicy: 'latest' });
      const { body } = await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/settings`);
      expect(body).toMatchObject({ overnightLast: { compared: expect.any(Number), ordered: expect.any(Number) } });
      const set = async () =>
        (await overnight()).last?.items.find((one) => isIt(one) && one.state === 'in-sync') ?? false;
      expect(await rows.wait('the report', set)).toMatchObject({ before: second!.code, unleashed: first!.guid });
    });
  });
}
