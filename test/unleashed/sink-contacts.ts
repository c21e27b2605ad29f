/** What unleashed-sink does to contacts. */
import { describe, expect, test } from 'vitest';
import { linkKey } from '#contracts';
import { guidOf, type JsonRecord, textOf } from '#runtime';
import { EVENTUALLY, fields, TENANT } from '../support/orders.ts';
import { until } from '../support/until.ts';
import type { UnleashedSink } from './sink-kit.ts';

/** Adds the tests. */
export function contactTests(parts: UnleashedSink): void {
  const { kit, switches, nextCustomer, customerWithContacts, contactsOf, order, outcomeOf, carryOut, fault } = parts;

  describe('a contact', () => {
    test.each([{}, { contactPutIsPartial: true }, { contactListPaged: true }])(
      'is updated as a whole, %o',
      async (unleashed) => {
        await switches(unleashed);
        const customer = customerWithContacts();
        const parentId = guidOf(customer, 'Guid');
        const [before] = await contactsOf(parentId);
        const outcome = await carryOut({
          entity: 'contact',
          parentId,
          targetId: guidOf(before as JsonRecord, 'Guid'),
          fields: fields(['fax', textOf(before as JsonRecord, 'FaxNumber'), `fax ${Object.keys(unleashed).join()}`]),
        });
        expect(outcome).toMatchObject({ result: 'applied', code: 'ok', sourceUpdatedAtMs: null });
        expect((await contactsOf(parentId))[0]).toEqual({ ...before, FaxNumber: outcome.fields[0]?.sent });
        await switches({ contactPutIsPartial: false, contactListPaged: false });
      },
    );

    test.each([true, false])(
      'is made once, also when delivered twice and with a lost response; own GUID taken: %s',
      async (contactPostTakesClientGuid) => {
        await switches({ contactPostTakesClientGuid });
        const parentId = guidOf(nextCustomer(), 'Guid');
        await fault('lostResponse', { methods: ['POST'], remaining: 1 });
        const command = await order({
          entity: 'contact',
          op: 'create',
          parentId,
          targetId: `7b5a7f5e-57a2-5a0f-8f3a-6f4a5b0d9c${contactPostTakesClientGuid ? '01' : '02'}`,
          fields: fields(
            ['firstName', '', 'Nina'],
            ['lastName', '', `Once ${contactPostTakesClientGuid}`],
            ['email', '', 'nina@once.example'],
          ),
        });
        const outcome = await outcomeOf(command);
        expect(outcome).toMatchObject({ result: 'applied', created: true });
        await kit().send('sync.command.unleashed.v1', TENANT, linkKey(TENANT, 'contact', command.linkId), command);
        const answers = () =>
          kit()
            .records('sync.outcome.v1')
            .filter((entry) => entry.commandId === command.commandId);
        await until(() => answers().length === 2, EVENTUALLY);
        expect(answers().map((entry) => entry.targetId)).toEqual([outcome.targetId, outcome.targetId]);
        const items = await contactsOf(parentId);
        expect(items.filter((contact) => contact.EmailAddress === 'nina@once.example')).toHaveLength(1);
        await switches({ contactPostTakesClientGuid: true });
      },
    );

    test('with a name that is taken is not made; the existing one is named', async () => {
      const customer = customerWithContacts();
      const [existing] = customer.Contacts as JsonRecord[];
      const outcome = await carryOut({
        entity: 'contact',
        op: 'create',
        parentId: guidOf(customer, 'Guid'),
        targetId: '7b5a7f5e-57a2-5a0f-8f3a-6f4a5b0d9c77',
        fields: fields(
          ['firstName', '', textOf(existing as JsonRecord, 'FirstName')],
          ['lastName', '', textOf(existing as JsonRecord, 'LastName')],
        ),
      });
      expect(outcome).toMatchObject({
        result: 'refused',
        code: 'name-taken',
        targetId: guidOf(existing as JsonRecord, 'Guid'),
      });
    });
  });
}
