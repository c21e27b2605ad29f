/** Rows 2 and 3: contacts, both ways, and those that are made in Unleashed. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Rows } from './kit.ts';

const LONG = 'Ä'.repeat(100);

/** Six fields of a contact, twice: by the names of the CRM and of Unleashed. */
function sixFields(name: string, values: readonly [string, string, string, string, string, string]) {
  const [first, last, email, phone, mobile, fax] = values;
  return {
    name,
    inCrm: {
      Forename: first,
      Surname: last,
      Email: email,
      PhoneNumber: phone,
      MobilePhoneNumber: mobile,
      Fax: fax,
    },
    inUnleashed: {
      FirstName: first,
      LastName: last,
      EmailAddress: email,
      PhoneNumber: phone,
      MobilePhone: mobile,
      FaxNumber: fax,
    },
  };
}

const PEOPLE = [
  sixFields('plain', ['Ann', "O'Neil-Smith", 'ann@plain.example', '+44 20 1', '+44 77 1', '+44 20 9']),
  sixFields('emoji', ['Zoë 💡', '👩‍👩‍👧‍👦', 'zoe+tag@emoji.example', '+44 20 2', '+44 77 2', '+44 20 8']),
  sixFields('right to left', ['שירה', 'عبد الله', 'shira@rtl.example', '+972 3 1', '+972 5 1', '+972 3 9']),
  sixFields('as long as allowed', [LONG, LONG, 'long@long.example', '1'.repeat(50), '2'.repeat(50), '3'.repeat(50)]),
];

/** Adds the tests of contacts. */
export function contactRows(rows: Rows): void {
  /** A contact on both sides, made in Unleashed. */
  async function freshContact(first: string): Promise<{ crm: string; unleashed: string; company: string }> {
    const pair = rows.freshPair();
    const made = await rows.sandbox.create(rows.tenant, 'unleashed', 'contacts', {
      CustomerGuid: pair.unleashed.Id,
      FirstName: first,
      LastName: 'Fresh',
    });
    const shown = await rows.record('contact', `u:${made.Id}`, 'in both', (one) => one.state === 'in-sync');
    return { crm: shown.crmId!, unleashed: made.Id, company: pair.crm.Id };
  }

  const inCrmWith = async (email: string) =>
    (await rows.sandbox.list(rows.tenant, 'crm', 'contacts')).filter(({ Email }) => Email === email);

  describe('row 2: contact fields, both ways', () => {
    let contact: Awaited<ReturnType<typeof freshContact>>;
    beforeAll(async () => {
      contact = await freshContact('Six');
    });

    it.each(PEOPLE)('all six at once, $name', async ({ inCrm, inUnleashed }) => {
      await rows.edit('crm', 'contacts', contact.crm, inCrm);
      await rows.shows('unleashed', 'contacts', contact.unleashed, inUnleashed);
      const between = sixFields('', ['In', 'Between', 'in@between.example', '1', '2', '3']);
      await rows.edit('unleashed', 'contacts', contact.unleashed, between.inUnleashed);
      await rows.shows('crm', 'contacts', contact.crm, between.inCrm);
      await rows.edit('unleashed', 'contacts', contact.unleashed, inUnleashed);
      await rows.shows('crm', 'contacts', contact.crm, inCrm);
    });
  });

  describe('row 2: contacts that are awkward', () => {
    it('deleted in Unleashed: it stays in the CRM and says so', async () => {
      const contact = await freshContact('Gone');
      await rows.sandbox.remove(rows.tenant, 'unleashed', 'contacts', contact.unleashed);
      const shown = await rows.record(
        'contact',
        `c:${contact.crm}`,
        'gone',
        (one) => one.reason === 'deleted-in-unleashed',
      );
      expect(shown.state).toBe('not-eligible');
      await rows.shows('crm', 'contacts', contact.crm, { StatusFlag: 'A' });
    });

    it('null where text is expected counts as blank, either way', async () => {
      const contact = await freshContact('Nullable');
      await rows.edit('crm', 'contacts', contact.crm, {
        Email: 'null@null.example',
        PhoneNumber: '+44 1',
        Fax: '+44 2',
      });
      await rows.shows('unleashed', 'contacts', contact.unleashed, {
        EmailAddress: 'null@null.example',
        FaxNumber: '+44 2',
      });
      await rows.edit('crm', 'contacts', contact.crm, { Email: null, PhoneNumber: null });
      await rows.becomes(
        'unleashed',
        'contacts',
        contact.unleashed,
        'blank',
        (one) => !one.EmailAddress && !one.PhoneNumber,
      );
      await rows.edit('unleashed', 'contacts', contact.unleashed, { FaxNumber: null, MobilePhone: null });
      await rows.becomes('crm', 'contacts', contact.crm, 'blank', (one) => !one.Fax);
      await rows.record('contact', `u:${contact.unleashed}`, 'in sync', (one) => one.state === 'in-sync');
    });

    it('more than a hundred of one customer: each is found, and the last one follows', async () => {
      const { crm, unleashed } = rows.freshPair();
      const { sandbox, tenant } = rows;
      const many = Array.from({ length: 104 }, (_, number) => `Many${number}`);
      const last = many.at(-1)!;
      const [here, there] = [new Map<string, string>(), new Map<string, string>()];
      for (const name of many) {
        const email = `${name}@many.example`;
        const inCrm = {
          DivisionId: Number(crm.Id),
          Forename: name,
          Surname: 'Of Many',
          Email: email,
          RoleCode: 'MAIN',
        };
        here.set(name, (await sandbox.create(tenant, 'crm', 'contacts', inCrm)).Id);
      }
      await rows.record('contact', `c:${here.get(last)}`, 'known', () => true);
      for (const name of many) {
        const email = `${name}@many.example`;
        const inUnleashed = { CustomerGuid: unleashed.Id, FirstName: name, LastName: 'Of Many', EmailAddress: email };
        there.set(name, (await sandbox.create(tenant, 'unleashed', 'contacts', inUnleashed)).Id);
      }
      for (const name of [many[0]!, many[99]!, many[100]!, last]) {
        const isPair = (one: { state: string; crmId: string | null }) =>
          one.state === 'in-sync' && one.crmId === here.get(name);
        await rows.record('contact', `u:${there.get(name)}`, 'paired', isPair);
      }
      await rows.edit('crm', 'contacts', here.get(last)!, { PhoneNumber: '+44 103' });
      await rows.shows('unleashed', 'contacts', there.get(last)!, { PhoneNumber: '+44 103' });
      await rows.edit('unleashed', 'contacts', there.get(last)!, { MobilePhone: '+44 77 103' });
      // Lists show a hundred contacts; those beyond are read within the hour, or when somebody asks.
      const look = { kind: 'read', side: 'unleashed', entity: 'contact', recordId: there.get(last)! };
      expect(await rows.order(look)).toMatchObject({ status: 200 });
      await rows.shows('crm', 'contacts', here.get(last)!, { MobilePhoneNumber: '+44 77 103' });
      expect(await inCrmWith(`${last}@many.example`)).toHaveLength(1);
    });

    it('moved to another company of the CRM: it waits and says so, and goes on once it is back', async () => {
      const contact = await freshContact('Mover');
      const elsewhere = rows.freshPair();
      await rows.edit('crm', 'contacts', contact.crm, {
        DivisionId: Number(elsewhere.crm.Id),
        PhoneNumber: '+44 moved',
      });
      await rows.record('contact', `c:${contact.crm}`, 'elsewhere', (one) => one.reason === 'contact-elsewhere');
      await rows.edit('crm', 'contacts', contact.crm, { DivisionId: Number(contact.company) });
      await rows.shows('unleashed', 'contacts', contact.unleashed, { PhoneNumber: '+44 moved' });
    });
  });

  describe('row 3: a contact made in Unleashed is made in the CRM', () => {
    it('once, under the default company, also when answers are lost', async () => {
      const pair = rows.freshPair();
      const ledger = pair.crm.SalesLedger as { SalesLedgerId: string };
      await rows.sandbox.create(rows.tenant, 'crm', 'companies', {
        Name: 'Not the Default',
        SalesLedgerId: ledger.SalesLedgerId,
      });
      await rows.sandbox.addFault(rows.tenant, {
        side: 'crm',
        kind: 'lostResponse',
        remaining: 2,
        methods: ['POST'],
        path: 'Contacts',
      });
      const made = await rows.sandbox.create(rows.tenant, 'unleashed', 'contacts', {
        CustomerGuid: pair.unleashed.Id,
        FirstName: 'Nora',
        LastName: 'Once',
        EmailAddress: 'nora@once.example',
        MobilePhone: '+44 7700 1',
        FaxNumber: '+44 20 1',
      });
      await rows.record('contact', `u:${made.Id}`, 'in both', (one) => one.state === 'in-sync');
      const found = await inCrmWith('nora@once.example');
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({
        DivisionId: Number(pair.crm.Id),
        RoleCode: 'MAIN',
        MobilePhoneNumber: '+44 7700 1',
        Fax: '+44 20 1',
      });
    });

    it('two with one e-mail address are two', async () => {
      const pair = rows.freshPair();
      for (const FirstName of ['Tim', 'Tom']) {
        const fields = {
          CustomerGuid: pair.unleashed.Id,
          FirstName,
          LastName: 'Shared',
          EmailAddress: 'us@shared.example',
        };
        await rows.sandbox.create(rows.tenant, 'unleashed', 'contacts', fields);
      }
      await rows.wait('both', async () => (await inCrmWith('us@shared.example')).length === 2);
      const names = (await inCrmWith('us@shared.example')).map(({ Forename }) => Forename);
      expect(names.sort()).toEqual(['Tim', 'Tom']);
    });

    it('that several of the CRM look like waits for a person: joined to one of them, or made', async () => {
      const pair = rows.freshPair();
      const alike = { DivisionId: Number(pair.crm.Id), Forename: 'Dee', Surname: 'Double', RoleCode: 'MAIN' };
      const [first] = [
        await rows.sandbox.create(rows.tenant, 'crm', 'contacts', alike),
        await rows.sandbox.create(rows.tenant, 'crm', 'contacts', alike),
      ];
      await rows.record('contact', `c:${first.Id}`, 'known', () => true);
      const fields = { CustomerGuid: pair.unleashed.Id, FirstName: 'Dee', LastName: 'Double' };
      const made = await rows.sandbox.create(rows.tenant, 'unleashed', 'contacts', fields);
      const isAmbiguous = (one: { reason: string }) => one.reason === 'match-ambiguous';
      const shown = await rows.record('contact', `u:${made.Id}`, 'the question', isAmbiguous);
      expect(shown).toMatchObject({ state: 'question', lookalikes: [{ name: 'Dee Double' }, { name: 'Dee Double' }] });
      const named = () =>
        rows.sandbox
          .list(rows.tenant, 'crm', 'contacts')
          .then((all) => all.filter(({ Surname }) => Surname === 'Double'));
      expect(await named()).toHaveLength(2);
      const take = { kind: 'use-existing', recordId: first.Id, targetId: made.Id };
      expect(await rows.order(take)).toMatchObject({ status: 200 });
      await rows.record(
        'contact',
        `u:${made.Id}`,
        'joined',
        (one) => one.state === 'in-sync' && one.crmId === first.Id,
      );
      const { sandbox, tenant } = rows;
      const other = await sandbox.create(tenant, 'crm', 'contacts', { ...alike, Forename: 'Dot' });
      await sandbox.create(tenant, 'crm', 'contacts', { ...alike, Forename: 'Dot' });
      await rows.record('contact', `c:${other.Id}`, 'known', () => true);
      const second = await sandbox.create(tenant, 'unleashed', 'contacts', { ...fields, FirstName: 'Dot' });
      await rows.record('contact', `u:${second.Id}`, 'the question', isAmbiguous);
      expect(await rows.order({ kind: 'make-in-crm', recordId: second.Id })).toMatchObject({ status: 200 });
      await rows.record('contact', `u:${second.Id}`, 'made', (one) => one.state === 'in-sync');
      expect((await named()).filter(({ Forename }) => Forename === 'Dot')).toHaveLength(3);
    });

    it('a role code that the CRM does not know stops it, says so, and a known one lets it go on', async () => {
      const pair = rows.freshPair();
      await rows.settings({ contactRoleCode: 'NOPE' });
      const made = await rows.sandbox.create(rows.tenant, 'unleashed', 'contacts', {
        CustomerGuid: pair.unleashed.Id,
        FirstName: 'Rolf',
        LastName: 'Role',
        EmailAddress: 'rolf@role.example',
      });
      await rows.record('contact', `u:${made.Id}`, 'the reason', (one) => one.reason === 'role-unknown');
      expect(await inCrmWith('rolf@role.example')).toEqual([]);
      await rows.settings({ contactRoleCode: 'BUYER' });
      await rows.record('contact', `u:${made.Id}`, 'in both', (one) => one.state === 'in-sync');
      expect(await inCrmWith('rolf@role.example')).toMatchObject([{ RoleCode: 'BUYER' }]);
      await rows.settings({ contactRoleCode: 'MAIN' });
    });
  });
}
