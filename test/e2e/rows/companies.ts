/** Rows 1, 14 and 16: companies. */
import { describe, expect, it } from 'vitest';
import { textOf } from '../../../services/cli/sandbox-client/pairs.ts';
import { ledgerPath, type Rows, standingOf } from './kit.ts';

const LONG_NAME = `Zoë & 孫 💡 ${'שלום عالم '.repeat(30)}`.slice(0, 249).trim().padEnd(250, 'ß');

/** Names that are awkward to carry, all of them allowed on both sides. */
const AWKWARD = [
  ['emoji of several parts', 'Family 👩‍👩‍👧‍👦 & Flags 🇳🇿 Ltd'],
  ['right to left', 'חברת שלום בע״מ – شركة السلام'],
  ['quotes and signs of every format', `O'Brien "& Söhne" <b>%27\\n{0}</b> $filter=1`],
  ['250 characters', LONG_NAME],
] as const;

/** Adds the tests of companies. */
export function companyRows(rows: Rows): void {
  describe('row 1: company fields, both ways', () => {
    it.each(['crm', 'unleashed'] as const)('all at once, from %s', async (side) => {
      const { crm, unleashed } = rows.freshPair();
      const phone = `+44 20 7946 1${side.length}`;
      const inCrm = { Name: `All of ${side}`, PhoneNumber: phone, Website: `https://all.${side}.example` };
      const { Name, ...same } = inCrm;
      const inUnleashed = { CustomerName: Name, ...same };
      if (side === 'crm') await rows.edit('crm', 'companies', crm.Id, inCrm);
      else await rows.edit('unleashed', 'companies', unleashed.Id, inUnleashed);
      await rows.shows('crm', 'companies', crm.Id, inCrm);
      await rows.shows('unleashed', 'companies', unleashed.Id, inUnleashed);
      const shown = await rows.record('company', `c:${crm.Id}`, 'in sync', ({ state }) => state === 'in-sync');
      expect(shown.unleashedId).toBe(unleashed.Id);
    });

    it.each(AWKWARD)('a name of %s makes the round trip unchanged', async (_, name) => {
      const pair = rows.freshPair();
      await rows.edit('crm', 'companies', pair.crm.Id, { Name: name });
      await rows.shows('unleashed', 'companies', pair.unleashed.Id, { CustomerName: name });
      // And back: what Unleashed shows is written over something else in the CRM.
      const { lastSeq } = await rows.sandbox.changes();
      await rows.edit('unleashed', 'companies', pair.unleashed.Id, { CustomerName: 'In between' });
      await rows.shows('crm', 'companies', pair.crm.Id, { Name: 'In between' });
      await rows.edit('unleashed', 'companies', pair.unleashed.Id, { CustomerName: name });
      await rows.shows('crm', 'companies', pair.crm.Id, { Name: name });
      await rows.record('company', `u:${pair.unleashed.Id}`, 'in sync', ({ state }) => state === 'in-sync');
      // Two edits, two writes: nothing comes back as an echo.
      const { items } = await rows.sandbox.changes(lastSeq, { tenant: rows.tenant });
      const ours = items.filter(({ by, id }) => by === 'api' && [pair.crm.Id, pair.unleashed.Id].includes(id));
      expect(ours.map(({ side }) => side)).toEqual(['crm', 'crm']);
    });

    it('only the synced fields of an Unleashed customer are ever altered', async () => {
      const { crm, unleashed } = rows.freshPair();
      const before = await rows.sandbox.get(rows.tenant, 'unleashed', 'companies', unleashed.Id);
      await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 20 7946 0101' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 20 7946 0101' });
      const after = await rows.sandbox.get(rows.tenant, 'unleashed', 'companies', unleashed.Id);
      const { PhoneNumber: _before, LastModifiedOn: _on, LastModifiedBy: _by, ...rest } = before;
      expect(after).toMatchObject(rest);
    });
  });

  describe('row 1: which companies take part', () => {
    const states = [
      ['account-closed', 'ledger', { Closed: true }, { Closed: false }],
      ['account-duplicate', 'ledger', { Duplicate: true }, { Duplicate: false }],
      ['private-customer', 'ledger', { IsB2C: true }, { IsB2C: false }],
      ['deleted-in-crm', 'company', { StatusFlag: 'D' }, { StatusFlag: 'A' }],
      ['customer-obsolete', 'customer', { Obsolete: true }, { Obsolete: false }],
    ] as const;

    it.each(states)('%s: does not, says so, and takes part again afterwards', async (reason, where, change, back) => {
      const { crm, unleashed } = rows.freshPair();
      const set = (fields: object) => {
        if (where === 'customer') return rows.edit('unleashed', 'companies', unleashed.Id, fields);
        if (where === 'ledger') return rows.edit('crm', 'ledgers', ledgerPath(crm), fields);
        return rows.edit('crm', 'companies', crm.Id, fields);
      };
      const before = textOf(unleashed, 'PhoneNumber');
      await set(change);
      const shown = await rows.record('company', `c:${crm.Id}`, reason, (one) => one.reason === reason);
      expect(shown.state).toBe('not-eligible');
      await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: `+44 ${reason.length} 1` });
      // The edit was seen, where there is anything to see, and nothing was written.
      await rows.record('company', `c:${crm.Id}`, 'the edit', (one) => {
        const edited = `+44 ${reason.length} 1`;
        return (
          reason === 'deleted-in-crm' ||
          one.fields.some(({ field, crm: value }) => field === 'phone' && value === edited)
        );
      });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: before });
      await set(back);
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: `+44 ${reason.length} 1` });
    });

    it('merged-in-crm: a company that was merged into another one takes no part', async () => {
      const [{ crm, unleashed }, into] = [rows.freshPair(), rows.freshPair()];
      await rows.edit('crm', 'companies', crm.Id, { MergedWith: Number(into.crm.Id), PhoneNumber: '+44 0 merged' });
      const shown = await rows.record('company', `c:${crm.Id}`, 'merged', (one) => one.reason === 'merged-in-crm');
      expect(shown.state).toBe('not-eligible');
      expect(await rows.sandbox.get(rows.tenant, 'unleashed', 'companies', unleashed.Id)).not.toMatchObject({
        PhoneNumber: '+44 0 merged',
      });
    });

    it.each([
      ['stored id', true],
      ['code alone', false],
    ])('account code: when it is changed in Unleashed the link follows, known by %s', async (_, isStored) => {
      const { crm, unleashed } = rows.freshPair();
      const AccountsId = isStored ? unleashed.Id : null;
      await rows.edit('crm', 'ledgers', ledgerPath(crm), { AccountsId });
      await rows.linkOf(unleashed.Id, 'the account', (link) => link.crm?.accountsId === (AccountsId ?? ''));
      const CustomerCode = isStored ? 'CHANGED-1' : 'CHANGED-2';
      await rows.edit('unleashed', 'companies', unleashed.Id, { CustomerCode });
      await rows.linkOf(unleashed.Id, 'the new code', (link) => link.unleashed?.code === CustomerCode);
      await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 20 7946 0202' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 20 7946 0202' });
      await rows.edit('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 20 7946 0303' });
      await rows.shows('crm', 'companies', crm.Id, { PhoneNumber: '+44 20 7946 0303' });
    });
  });

  describe('row 14: values that the other side does not allow', () => {
    it('a website stops that field alone, the record says so, and it flows once it is valid', async () => {
      const { crm, unleashed } = rows.freshPair();
      await rows.edit('crm', 'companies', crm.Id, { Website: 'not a website', PhoneNumber: '+44 14' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 14' });
      await rows.record('company', `c:${crm.Id}`, 'the reason', (one) => {
        return (
          standingOf(one, 'website') === 'stopped: invalid-value' && standingOf(one, 'phone').startsWith('in-sync')
        );
      });
      await rows.edit('crm', 'companies', crm.Id, { Website: 'https://valid.example' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { Website: 'https://valid.example' });
    });

    it('a name of null stops that field alone, says so, and flows once there is one', async () => {
      const { crm, unleashed } = rows.freshPair();
      await rows.edit('crm', 'companies', crm.Id, { Name: null, PhoneNumber: '+44 null' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 null' });
      const stopped = (one: Parameters<typeof standingOf>[0]) => standingOf(one, 'name') === 'stopped: invalid-value';
      await rows.record('company', `c:${crm.Id}`, 'stopped', stopped);
      await rows.edit('crm', 'companies', crm.Id, { Name: 'A Name Again' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { CustomerName: 'A Name Again' });
    });

    it('a name too long for the CRM stops that field alone and is never cut', async () => {
      const { crm, unleashed } = rows.freshPair();
      const CustomerName = 'x'.repeat(251);
      await rows.edit('unleashed', 'companies', unleashed.Id, { CustomerName, PhoneNumber: '+44 251' });
      await rows.shows('crm', 'companies', crm.Id, { PhoneNumber: '+44 251', Name: textOf(crm, 'Name') });
      await rows.record('company', `c:${crm.Id}`, 'stopped', (one) => standingOf(one, 'name') === 'stopped: too-long');
      await rows.edit('unleashed', 'companies', unleashed.Id, { CustomerName: CustomerName.slice(1) });
      await rows.shows('crm', 'companies', crm.Id, { Name: CustomerName.slice(1) });
    });
  });

  describe('row 16: several companies on one account', () => {
    it('only the default company takes part, the others say so; another default moves the link', async () => {
      const { crm, unleashed } = rows.freshPair();
      const ledger = crm.SalesLedger as { SalesLedgerId: string };
      const second = await rows.sandbox.create(rows.tenant, 'crm', 'companies', {
        Name: 'Second Company of the Account',
        SalesLedgerId: ledger.SalesLedgerId,
        PhoneNumber: '+44 999',
      });
      await rows.record('company', `c:${second.Id}`, 'why not', (one) => one.reason === 'not-default-company');
      await rows.edit('crm', 'companies', second.Id, { Website: 'https://second.example' });
      await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 16 1' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 16 1' });

      await rows.edit('crm', 'ledgers', ledgerPath(crm), { DefaultDivisionId: Number(second.Id) });
      await rows.record('company', `c:${crm.Id}`, 'it left', (one) => one.reason === 'not-default-company');
      await rows.record('company', `c:${second.Id}`, 'it came', (one) => one.unleashedId === unleashed.Id);
      // Nothing is overwritten blindly: what differs is a conflict with the loser kept, and both agree in the end.
      const shown = await rows.record('company', `c:${second.Id}`, 'in sync', (one) => one.state === 'in-sync');
      for (const { crm: here, unleashed: there, field } of shown.fields) {
        if (['name', 'phone', 'website'].includes(field)) expect([field, here]).toEqual([field, there]);
      }
      await rows.edit('crm', 'companies', second.Id, { PhoneNumber: '+44 16 2' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 16 2' });
      await rows.shows('crm', 'companies', crm.Id, { PhoneNumber: '+44 16 1' });
    });
  });
}
