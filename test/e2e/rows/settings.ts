/** Rows 8, 9, 10 and 13: the settings. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { TopicRecords } from '#contracts';
import { codecOf } from '../../../services/cli/cluster.ts';
import { readRaw, readTopic } from '../../../services/cli/topic-reading.ts';
import type { Rows } from './kit.ts';

/** Token of somebody who may look only. */
export const VIEWER = 'token-of-one-who-only-looks-0123456789';

type Feed = 'unleashed.customer.v1' | 'unleashed.contact.v1';

/** Adds the tests of the settings. */
export function settingRows(rows: Rows): void {
  const path = (): string => `/v1/tenants/${rows.tenant}/settings`;

  describe('row 8: Settings Centre', () => {
    it("searching 'two way' finds the four options by their names", async () => {
      const { body } = await rows.chain.control('GET', `${path()}/options?search=two%20way`, undefined, VIEWER);
      expect((body as { options: { title: string }[] }).options.map(({ title }) => title)).toEqual([
        'Enable Syncing between the CRM and your ERP system',
        'Enable the syncing of Account Managers',
        'Fix incorrect Account Managers overnight',
        'Enable Syncing of Company Addresses between the CRM and your ERP system',
      ]);
    });

    it('without admin rights nothing can be changed or ordered', async () => {
      const put = await rows.chain.control('PUT', path(), { enabled: false }, VIEWER);
      expect(put).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
      const requests = `/v1/tenants/${rows.tenant}/requests`;
      const paused = await rows.chain.control('POST', requests, { kind: 'pause', side: 'crm' }, VIEWER);
      expect(paused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
      const seen = await rows.chain.control('GET', path(), undefined, VIEWER);
      expect(seen).toMatchObject({ status: 200, body: { enabled: true, pausedSides: [] } });
    });

    it('a page that is out of date is told so, and changes nothing', async () => {
      const { body } = await rows.chain.control('GET', path());
      const { version } = body as { version: number };
      const stale = await rows.chain.control('PUT', path(), { addresses: false, seenVersion: version - 1 });
      expect(stale).toMatchObject({ status: 409, body: { reason: 'setting-stale' } });
      expect(await rows.chain.control('GET', path())).toMatchObject({ body: { version, addresses: true } });
      const fresh = await rows.chain.control('PUT', path(), { addresses: true, seenVersion: version });
      expect(fresh).toMatchObject({ status: 200 });
    });

    it.each([
      ['an unknown name', { contacts: false }],
      ['a wrong type', { enabled: 'yes' }],
      ['an hour that does not exist', { overnightHour: 24 }],
      ['an unknown policy', { conflictPolicy: 'mine' }],
      ['a role code that is too long', { contactRoleCode: 'TOOLONG' }],
    ])('%s is refused, and nothing changes', async (_, change) => {
      const before = (await rows.chain.control('GET', path())).body;
      expect(await rows.chain.control('PUT', path(), change)).toMatchObject({ status: 400 });
      expect((await rows.chain.control('GET', path())).body).toEqual(before);
    });
  });

  describe('row 9: all options off', () => {
    /** What the feed says of a customer or its contacts, as bytes, without their clocks. */
    async function feed(topic: Feed, guid: string): Promise<string[]> {
      const codec = codecOf(rows.chain.cluster);
      await codec.prepare([topic]);
      const found: string[] = [];
      for (const { key, value } of await readRaw(rows.chain.cluster, topic)) {
        const record = value === null ? null : ((await codec.decode(topic, value)) as TopicRecords[Feed]);
        const of = record === null ? '' : 'customerGuid' in record ? record.customerGuid : record.guid;
        if (record === null || of !== guid) continue;
        const timeless = { ...record, readStartedAtMs: 0, readCause: '', sourceUpdatedAtMs: 0 };
        found.push(`${key} ${(await codec.encode(topic, timeless as TopicRecords[Feed])).toString('hex')}`);
      }
      return found;
    }

    it('no write to either side once it is acknowledged; the feed goes on byte for byte; on again, nothing is lost', async () => {
      const pair = await rows.freshPairWithContact();
      const clash = rows.freshPair();
      const [contact] = await rows.contactsOf(pair);
      expect(contact).toBeDefined();
      /** The same things done in Unleashed, each waited for on the feed. */
      const story = async (): Promise<string[]> => {
        const seen: string[] = [];
        for (const Website of ['https://one.example', 'https://two.example', 'https://start.example']) {
          const before = await feed('unleashed.customer.v1', pair.unleashed.Id);
          await rows.edit('unleashed', 'companies', pair.unleashed.Id, { Website });
          const now = await rows.wait(`${Website} on the feed`, async () => {
            const all = await feed('unleashed.customer.v1', pair.unleashed.Id);
            const last = all.at(-1)!;
            return all.length > before.length && last.includes(Buffer.from(Website).toString('hex')) ? last : false;
          });
          seen.push(now);
        }
        for (const FaxNumber of ['+44 9 1', '+44 9 2']) {
          await rows.edit('unleashed', 'contacts', contact!.unleashed.Id, { FaxNumber });
          const isIt = (one: string) => one.includes(Buffer.from(FaxNumber).toString('hex'));
          seen.push(
            await rows.wait(`${FaxNumber} on the feed`, async () => {
              return (await feed('unleashed.contact.v1', pair.unleashed.Id)).findLast(isIt) ?? false;
            }),
          );
        }
        return seen;
      };
      const withSync = await story();
      await rows.chain.agreed();

      const off = await rows.chain.control('PUT', path(), {
        enabled: false,
        addresses: false,
        accountManagers: false,
        accountManagersOvernight: false,
      });
      expect(off).toMatchObject({ status: 200, body: { settings: { enabled: false, holds: true } } });
      const { lastSeq } = await rows.sandbox.changes();
      expect(await story()).toEqual(withSync);
      // Edits of the CRM, one-sided and on both sides, are seen too.
      await rows.edit('crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 9 crm' });
      await rows.edit('crm', 'companies', clash.crm.Id, { PhoneNumber: '+44 9 ours' });
      await rows.edit('unleashed', 'companies', clash.unleashed.Id, {
        PhoneNumber: '+44 9 theirs',
        Website: 'https://o.example',
      });
      await rows.linkOf(pair.unleashed.Id, 'the CRM edit', (link) =>
        link.fields.some(({ field, crm }) => field === 'phone' && crm === '+44 9 crm'),
      );
      await rows.linkOf(clash.unleashed.Id, 'both edits', ({ fields }) =>
        fields.some(({ field, crm, unleashed }) => {
          return field === 'phone' && crm === '+44 9 ours' && unleashed === '+44 9 theirs';
        }),
      );
      const { items } = await rows.sandbox.changes(lastSeq, { tenant: rows.tenant });
      expect(items.filter(({ by }) => by === 'api')).toEqual([]);

      await rows.settings({ enabled: true, addresses: true, conflictPolicy: 'unleashed' });
      await rows.shows('unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: '+44 9 crm' });
      await rows.shows('crm', 'companies', pair.crm.Id, { Website: 'https://start.example' });
      await rows.shows('crm', 'companies', clash.crm.Id, { PhoneNumber: '+44 9 theirs', Website: 'https://o.example' });
      const ledger = await readTopic(rows.chain.cluster, 'sync.conflict.v1', (one) => one.crmValue === '+44 9 ours');
      expect(ledger).toMatchObject([{ field: 'phone', winner: 'unleashed', unleashedValue: '+44 9 theirs' }]);
      await rows.settings({ conflictPolicy: 'latest' });
      await rows.chain.agreed();
    });
  });

  describe('row 10: one switch for companies and contacts', () => {
    it('contacts stop and go on with companies', async () => {
      const pair = await rows.freshPairWithContact();
      const [contact] = await rows.contactsOf(pair);
      const { crm, unleashed } = contact!;
      await rows.settings({ enabled: false });
      await rows.edit('crm', 'contacts', crm.Id, { PhoneNumber: '+44 10 1' });
      await rows.edit('crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 10 2' });
      for (const [entity, id] of [
        ['contact', crm.Id],
        ['company', pair.crm.Id],
      ] as const) {
        await rows.record(entity, `c:${id}`, 'off', ({ state, reason }) => state === 'off' && reason === 'sync-off');
      }
      await rows.settings({ enabled: true });
      await rows.shows('unleashed', 'contacts', unleashed.Id, { PhoneNumber: '+44 10 1' });
      await rows.shows('unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: '+44 10 2' });
    });
  });

  describe('row 13: not available for advanced ledgers and several operating companies', () => {
    it('advanced ledgers, as the tenants file says: switched off with a notice, refused, and possible again without', async () => {
      const other = rows.chain.tenants[1]!;
      const settingsOf = `/v1/tenants/${other}/settings`;
      const { tenantsFile } = rows.chain.system;
      const file = parse(readFileSync(tenantsFile, 'utf8')) as { tenants: { id: string; prospect: object }[] };
      const write = (advancedLedgers: boolean): void => {
        const tenants = file.tenants.map((one) =>
          one.id === other ? { ...one, prospect: { ...one.prospect, advancedLedgers } } : one,
        );
        writeFileSync(tenantsFile, stringify({ ...file, tenants }));
      };
      const enable = () => rows.chain.control('PUT', settingsOf, { enabled: true });
      write(true);
      await rows.wait('it is off', async () => {
        const { enabled, changedBy } = (await rows.chain.control('GET', settingsOf)).body as Record<string, unknown>;
        return enabled === false && changedBy === 'sync-processor';
      });
      expect(await enable()).toMatchObject({ status: 409, body: { reason: 'advanced-ledgers' } });
      write(false);
      await rows.wait('it can be switched on again', async () => (await enable()).status === 200);
    });

    it('switched off with a notice when it becomes so, and enabling is refused with the reason', async () => {
      const other = rows.chain.tenants[1]!;
      const settingsOf = `/v1/tenants/${other}/settings`;
      await rows.sandbox.create(other, 'crm', 'operatingCompanies', {
        OperatingCompanyCode: 'B',
        CompanyName: 'B Ltd',
      });
      await rows.sandbox.create(other, 'crm', 'companies', { Name: 'Of the other one', OperatingCompanyCode: 'B' });
      await rows.wait('it is off', async () => {
        const { body } = await rows.chain.control('GET', settingsOf);
        const { enabled, holds, changedBy } = body as Record<string, unknown>;
        return enabled === false && holds === true && changedBy === 'sync-processor';
      });
      const notices = await readTopic(
        rows.chain.cluster,
        'sync.decision.v1',
        ({ tenantId, reason }) => tenantId === other && reason === 'several-operating-companies',
      );
      expect(notices.length).toBeGreaterThan(0);
      expect(await rows.chain.control('PUT', settingsOf, { enabled: true })).toMatchObject({
        status: 409,
        body: {
          code: 'REFUSED',
          reason: 'several-operating-companies',
          detail: expect.stringContaining('one operating company'),
        },
      });
      // The first tenant goes on as before.
      const { crm, unleashed } = rows.freshPair();
      await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 13' });
      await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 13' });
    });
  });
}
