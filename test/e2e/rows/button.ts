/** Rows 4 and 5: a contact made in the CRM, and the button 'Sync to Unleashed'. */
import { describe, expect, it } from 'vitest';
import type { CompanyPair } from '../../../services/cli/sandbox-client/pairs.ts';
import type { Answer, Rows, Shown } from './kit.ts';

/** Adds the tests of the button. */
export function buttonRows(rows: Rows): void {
  /** A contact made in the CRM. */
  const madeInCrm = async (companyId: string, Forename: string, Surname: string): Promise<string> => {
    const fields = {
      DivisionId: Number(companyId),
      Forename,
      Surname,
      Email: `${Forename}@button.example`.toLowerCase(),
    };
    return (await rows.sandbox.create(rows.tenant, 'crm', 'contacts', fields)).Id;
  };

  const press = (recordId: string): Promise<Answer> => rows.order({ kind: 'sync-contact', recordId });

  /** The place of the button, once it shows a state for a reason. */
  async function button(id: string, state: string, reason?: string): Promise<NonNullable<Shown['button']>> {
    const isIt = (one: Shown) => one.button?.state === state && (reason ?? one.button.reason) === one.button.reason;
    return (await rows.record('contact', `c:${id}`, `the button ${state} ${reason ?? ''}`, isIt)).button!;
  }

  const inUnleashed = async ({ unleashed }: CompanyPair, FirstName: string) =>
    (await rows.sandbox.list(rows.tenant, 'unleashed', 'contacts')).filter(
      (one) => one.CustomerGuid === unleashed.Id && one.FirstName === FirstName,
    );

  describe('row 4: a contact made in the CRM is not made in Unleashed by itself', () => {
    it('not when it is made, not when it is edited: only when the button is pressed', async () => {
      const pair = rows.freshPair();
      const id = await madeInCrm(pair.crm.Id, 'Otto', 'Only');
      await button(id, 'enabled', 'ok');
      await rows.edit('crm', 'contacts', id, { PhoneNumber: '+44 4 1' });
      const shown = await rows.record('contact', `c:${id}`, 'the edit', (one) =>
        one.fields.some(({ field, crm }) => field === 'phone' && crm === '+44 4 1'),
      );
      expect([shown.state, shown.reason]).toEqual(['not-eligible', 'not-in-unleashed']);
      expect(await inUnleashed(pair, 'Otto')).toEqual([]);
      expect(await press(id)).toMatchObject({ status: 200 });
      await rows.wait('the contact in Unleashed', async () => (await inUnleashed(pair, 'Otto')).length === 1);
    });
  });

  describe('row 5: the button', () => {
    it('pressed twice, also while answers are lost, makes one; then its place shows the state of the sync', async () => {
      const pair = rows.freshPair();
      const id = await madeInCrm(pair.crm.Id, 'Bea', 'Button');
      await button(id, 'enabled');
      await rows.sandbox.addFault(rows.tenant, {
        side: 'unleashed',
        kind: 'lostResponse',
        remaining: 1,
        methods: ['POST', 'PUT'],
        path: 'Contacts',
      });
      const answers = await Promise.all([press(id), press(id)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const { unleashedId } = await button(id, 'created', 'in-sync');
      expect(await inUnleashed(pair, 'Bea')).toMatchObject([{ Id: unleashedId, LastName: 'Button' }]);
      expect(await press(id)).toMatchObject({ status: 409, body: { reason: 'already-there' } });
      // What is in its place follows how the sync stands.
      await rows.edit('crm', 'contacts', id, { Surname: 'z'.repeat(101 - 1) });
      await rows.shows('unleashed', 'contacts', unleashedId!, { LastName: 'z'.repeat(100) });
      await button(id, 'created', 'in-sync');
      expect(await inUnleashed(pair, 'Bea')).toHaveLength(1);
    });

    it('says why not: no account, account closed, no name; and is enabled when that is mended', async () => {
      const company = await rows.sandbox.create(rows.tenant, 'crm', 'companies', { Name: 'No Account Ltd' });
      const alone = await madeInCrm(company.Id, 'Nell', 'None');
      expect(await button(alone, 'disabled', 'no-account')).toMatchObject({ unleashedId: null });
      expect(await press(alone)).toMatchObject({
        status: 409,
        body: { code: 'REFUSED', reason: 'no-account', detail: 'Connect the company to an Unleashed account.' },
      });

      const pair = rows.freshPair();
      const nameless = await madeInCrm(pair.crm.Id, 'Nameless', '');
      await button(nameless, 'disabled', 'contact-without-name');
      await rows.edit('unleashed', 'companies', pair.unleashed.Id, { Obsolete: true });
      await button(nameless, 'disabled', 'customer-obsolete');
      expect(await press(nameless)).toMatchObject({ status: 409, body: { reason: 'customer-obsolete' } });
      await rows.edit('unleashed', 'companies', pair.unleashed.Id, { Obsolete: false });
      await rows.edit('crm', 'contacts', nameless, { Surname: 'Named' });
      await button(nameless, 'enabled', 'ok');
    });

    it('pressed while somebody makes the same contact in Unleashed: it is one there, and one here', async () => {
      const pair = rows.freshPair();
      const id = await madeInCrm(pair.crm.Id, 'Wanda', 'While');
      await button(id, 'enabled');
      const fields = {
        CustomerGuid: pair.unleashed.Id,
        FirstName: 'Wanda',
        LastName: 'While',
        EmailAddress: 'w@while.example',
      };
      await Promise.all([rows.sandbox.create(rows.tenant, 'unleashed', 'contacts', fields), press(id)]);
      const { unleashedId } = await button(id, 'created', 'in-sync');
      expect(await inUnleashed(pair, 'Wanda')).toMatchObject([{ Id: unleashedId }]);
      const here = await rows.sandbox.list(rows.tenant, 'crm', 'contacts');
      expect(here.filter(({ Forename }) => Forename === 'Wanda')).toMatchObject([{ Id: id }]);
    });

    it('a contact that is deleted in the CRM: says so, and pressing is refused', async () => {
      const pair = rows.freshPair();
      const id = await madeInCrm(pair.crm.Id, 'Dora', 'Deleted');
      await button(id, 'enabled');
      await rows.sandbox.remove(rows.tenant, 'crm', 'contacts', id);
      await button(id, 'disabled', 'deleted-in-crm');
      expect(await press(id)).toMatchObject({ status: 409, body: { reason: 'deleted-in-crm' } });
      expect(await inUnleashed(pair, 'Dora')).toEqual([]);
    });

    it('sync off: says so, and pressing is refused', async () => {
      const pair = rows.freshPair();
      const id = await madeInCrm(pair.crm.Id, 'Olaf', 'Off');
      await button(id, 'enabled');
      await rows.settings({ enabled: false });
      await button(id, 'disabled', 'sync-off');
      expect(await press(id)).toMatchObject({ status: 409, body: { reason: 'sync-off' } });
      await rows.settings({ enabled: true });
      await button(id, 'enabled', 'ok');
      expect(await inUnleashed(pair, 'Olaf')).toEqual([]);
    });

    it('the name is taken there: that contact is offered, and used when somebody says so', async () => {
      const pair = rows.freshPair();
      // Two contacts of the CRM have the name: which of them is the one in Unleashed is not guessed.
      const ours = await madeInCrm(pair.crm.Id, 'Tina', 'Taken');
      const namesake = await madeInCrm(pair.crm.Id, 'Tina', 'Taken');
      for (const id of [ours, namesake]) await button(id, 'enabled');
      const there = await rows.sandbox.create(rows.tenant, 'unleashed', 'contacts', {
        CustomerGuid: pair.unleashed.Id,
        FirstName: 'Tina',
        LastName: 'Taken',
      });
      for (const id of [ours, namesake]) {
        expect(await button(id, 'disabled', 'name-taken')).toMatchObject({ unleashedId: there.Id });
      }
      expect(await press(ours)).toMatchObject({ status: 409, body: { reason: 'name-taken' } });
      const take = (recordId: string) => rows.order({ kind: 'use-existing', recordId, targetId: there.Id });
      await rows.wait('it is used', async () => (await take(ours)).status === 200);
      await button(ours, 'created', 'in-sync');
      expect(await take(namesake)).toMatchObject({ status: 409, body: { reason: 'already-linked' } });
      await rows.edit('crm', 'contacts', ours, { PhoneNumber: '+44 5 5' });
      await rows.shows('unleashed', 'contacts', there.Id, { PhoneNumber: '+44 5 5' });
      expect(await inUnleashed(pair, 'Tina')).toHaveLength(1);
    });
  });
}
