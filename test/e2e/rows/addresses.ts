/** Row 1: the main address of the CRM and the default address of Unleashed. */
import { describe, expect, it } from 'vitest';
import type { CompanyPair } from '../../../services/cli/sandbox-client/pairs.ts';
import { type Rows, standingOf } from './kit.ts';

type Address = Record<string, unknown>;

/** Adds the tests of addresses. */
export function addressRows(rows: Rows): void {
  const listOf = async ({ unleashed }: CompanyPair): Promise<Address[]> =>
    (await rows.sandbox.get(rows.tenant, 'unleashed', 'companies', unleashed.Id)).Addresses as Address[];

  /** Gives the customer these addresses besides its default one; answers all. */
  async function withOthers(pair: CompanyPair, ...others: Address[]): Promise<Address[]> {
    const [main, ...rest] = await listOf(pair);
    const Addresses = [{ ...main, IsDefault: true }, ...rest.map((one) => ({ ...one, IsDefault: false })), ...others];
    await rows.edit('unleashed', 'companies', pair.unleashed.Id, { Addresses });
    return await listOf(pair);
  }

  const editMain = ({ crm }: CompanyPair, fields: object) =>
    rows.edit('crm', 'addresses', String(crm.AddressId), fields);
  const streetIs = (pair: CompanyPair, street: string) =>
    rows.wait(`the street ${street}`, async () =>
      (await listOf(pair)).some((one) => one.IsDefault === true && one.StreetAddress === street),
    );

  describe('row 1: CRM main company address ⇄ Unleashed default address', () => {
    it('a row of its own that changes alone reaches Unleashed, and every other address stays as it was', async () => {
      const pair = rows.freshPair();
      const before = await withOthers(
        pair,
        {
          AddressType: 'Shipping',
          AddressName: 'Dock 4',
          StreetAddress: '4 Dock Road',
          City: 'Leith',
          IsDefault: false,
        },
        { AddressType: 'Postal', AddressName: 'PO', StreetAddress: 'PO Box 7', Suburb: 'Old Town', IsDefault: false },
      );
      await editMain(pair, {
        AddressLine1: '1 New Street ✨',
        AddressLine2: 'Floor 2',
        AddressLine3: 'Newtown',
        Postcode: 'NT1 1NT',
      });
      await streetIs(pair, '1 New Street ✨');
      const after = await listOf(pair);
      const others = (all: Address[]) => all.filter(({ IsDefault }) => IsDefault !== true);
      expect(others(after)).toEqual(others(before));
      expect(after).toHaveLength(before.length);
      // The default one is changed in place: it is the same address, and only what was edited is new.
      const main = (all: Address[]) => all.find(({ IsDefault }) => IsDefault === true)!;
      expect(main(after)).toMatchObject({ StreetAddress2: 'Floor 2', PostalCode: 'NT1 1NT', Guid: main(before).Guid });
      expect([main(after).City, main(after).Suburb]).toContain('Newtown');
    });

    it('from Unleashed to the CRM, and nothing comes back', async () => {
      const pair = rows.freshPair();
      const before = await withOthers(pair);
      const { lastSeq } = await rows.sandbox.changes();
      const Addresses = before.map((one) =>
        one.IsDefault === true ? { ...one, StreetAddress: '2 Other Road', Suburb: '', City: 'Dunedin' } : one,
      );
      await rows.edit('unleashed', 'companies', pair.unleashed.Id, { Addresses });
      await rows.becomes('crm', 'companies', pair.crm.Id, 'the address', ({ Address }) => {
        const { AddressLine1, AddressLine2, AddressLine3 } = Address as Address;
        return AddressLine1 === '2 Other Road' && [AddressLine2, AddressLine3].includes('Dunedin');
      });
      await rows.record(
        'company',
        `c:${pair.crm.Id}`,
        'in sync',
        (one) => standingOf(one, 'address') === 'in-sync: in-sync',
      );
      const { items } = await rows.sandbox.changes(lastSeq, { tenant: rows.tenant, side: 'unleashed' });
      expect(items.filter(({ by, id }) => by === 'api' && id === pair.unleashed.Id)).toEqual([]);
    });

    it('several marked default: the address waits and says so, the rest flows', async () => {
      const pair = rows.freshPair();
      await withOthers(pair, { AddressType: 'Postal', AddressName: 'Two', StreetAddress: '2 Two St', IsDefault: true });
      await editMain(pair, { AddressLine1: '9 Nowhere' });
      await rows.edit('crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 9' });
      await rows.shows('unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: '+44 9' });
      await rows.record('company', `c:${pair.crm.Id}`, 'ambiguous', (one) => {
        return standingOf(one, 'address') === 'stopped: address-ambiguous';
      });
      expect(JSON.stringify(await listOf(pair))).not.toContain('9 Nowhere');
      const [first, ...rest] = await listOf(pair);
      const Addresses = [first, ...rest.map((one) => ({ ...one, IsDefault: false }))];
      await rows.edit('unleashed', 'companies', pair.unleashed.Id, { Addresses });
      await streetIs(pair, '9 Nowhere');
    });

    it('with the option off, addresses are left alone in both directions; on again, one-sided changes flow', async () => {
      const [here, there] = [rows.freshPair(), rows.freshPair()];
      await withOthers(there);
      await rows.settings({ addresses: false });
      const before = await listOf(here);
      await editMain(here, { AddressLine1: '3 Left Alone' });
      await rows.edit('crm', 'companies', here.crm.Id, { PhoneNumber: '+44 3' });
      const Addresses = (await listOf(there)).map((one) =>
        one.IsDefault === true ? { ...one, StreetAddress: '4 Left Alone' } : one,
      );
      const edited = { Addresses, PhoneNumber: '+44 4' };
      await rows.edit('unleashed', 'companies', there.unleashed.Id, edited);
      await rows.shows('unleashed', 'companies', here.unleashed.Id, { PhoneNumber: '+44 3' });
      await rows.shows('crm', 'companies', there.crm.Id, { PhoneNumber: '+44 4' });
      for (const { crm } of [here, there]) {
        await rows.record('company', `c:${crm.Id}`, 'off', (one) => standingOf(one, 'address') === 'off: field-off');
      }
      expect(await listOf(here)).toEqual(before);
      const { Address } = await rows.sandbox.get(rows.tenant, 'crm', 'companies', there.crm.Id);
      expect(JSON.stringify(Address)).not.toContain('4 Left Alone');
      await rows.settings({ addresses: true });
      await streetIs(here, '3 Left Alone');
      await rows.becomes('crm', 'companies', there.crm.Id, 'the street', (one) =>
        JSON.stringify(one.Address).includes('4 Left Alone'),
      );
    });
  });
}
