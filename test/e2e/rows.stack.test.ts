/** Rows of the mission's table, each from one system's API to the other's, on real servers with every service a process. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Link } from '#contracts';
import { useStack } from '#test/support/stack.ts';
import { codecOf } from '../../services/cli/cluster.ts';
import { readTenant } from '../../services/cli/replay/read-tenant.ts';
import { replay } from '../../services/cli/replay/replay.ts';
import type { Collection, SandboxRecord, Side } from '../../services/cli/sandbox-client/client.ts';
import { type CompanyPair, companyPairs, textOf } from '../../services/cli/sandbox-client/pairs.ts';
import { readTopic } from '../../services/cli/topic-reading.ts';
import { until } from '../support/until.ts';
import { startTestSystem, type TestSystem } from './system.ts';

const servers = useStack();
const PATIENCE_MS = 45_000;

let chain: TestSystem;
let tenant: string;
let pairs: CompanyPair[];

beforeAll(async () => {
  chain = await startTestSystem('rows', servers);
  tenant = chain.tenants[0]!;
  await chain.agreed();
  await settings({ accountManagers: true });
  pairs = await companyPairs(chain.sandbox, tenant);
}, 240_000);

afterAll(() => chain?.stop(), 60_000);

async function settings(change: object): Promise<void> {
  expect(await chain.control('PUT', `/v1/tenants/${tenant}/settings`, change)).toMatchObject({ status: 200 });
}

const order = (body: object) => chain.control('POST', `/v1/tenants/${tenant}/requests`, body);

/** Waits until a record satisfies a condition. */
function becomes(
  side: Side,
  collection: Collection,
  id: string,
  what: string,
  condition: (record: SandboxRecord) => boolean,
): Promise<boolean> {
  const read = async () => condition(await chain.sandbox.get(tenant, side, collection, id));
  return until(read, { timeoutMs: PATIENCE_MS, what: `${side} ${collection} ${id}: ${what}` });
}

/** The last state of a company's link that satisfies a condition. */
function linkOf(unleashedId: string, what: string, condition: (link: Link) => boolean): Promise<Link> {
  return until(
    async () => {
      const all = await readTopic(chain.cluster, 'sync.link.v1', ({ linkId }) => linkId === `u:${unleashedId}`);
      const last = all.at(-1);
      return last !== undefined && condition(last) ? last : false;
    },
    { timeoutMs: PATIENCE_MS, what },
  );
}

const fieldOf = (link: Link, name: string) => link.fields.find(({ field }) => field === name);
const salesPersonOf = (customer: SandboxRecord) => (customer.SalesPerson as { Guid?: string } | null)?.Guid ?? '';

/** A user and the sales person who are the same human being, by e-mail address. */
async function managers(): Promise<{ code: string; guid: string }[]> {
  const [users, people] = await Promise.all([
    chain.sandbox.list(tenant, 'crm', 'users'),
    chain.sandbox.list(tenant, 'unleashed', 'salespersons'),
  ]);
  return users
    .filter((user) => Number(user.AccountManager) === 1 && user.Obsolete !== true)
    .flatMap((user) => {
      const email = textOf(user, 'EmailAddress').toLowerCase();
      const same = people.filter((one) => textOf(one, 'Email').toLowerCase() === email && one.Obsolete !== true);
      return same.length === 1 ? [{ code: textOf(user, 'UserCode'), guid: same[0]!.Id }] : [];
    });
}

describe('row 11: account managers', () => {
  it('a user chosen in the CRM is the sales person in Unleashed, and the other way round', async () => {
    const { crm, unleashed } = pairs[0]!;
    const [first, second] = (await managers()).filter(({ code }) => code !== textOf(crm, 'AccountManager'));
    await chain.sandbox.update(tenant, 'crm', 'companies', crm.Id, { AccountManager: first!.code });
    await becomes(
      'unleashed',
      'companies',
      unleashed.Id,
      'the sales person',
      (one) => salesPersonOf(one) === first!.guid,
    );
    await chain.sandbox.update(tenant, 'unleashed', 'companies', unleashed.Id, { SalesPerson: { Guid: second!.guid } });
    await becomes('crm', 'companies', crm.Id, 'the user', (one) => one.AccountManager === second!.code);
  });

  it('a user without a sales person stops that field alone, with the reason; the rest flows', async () => {
    const { crm, unleashed } = pairs[1]!;
    const before = salesPersonOf(await chain.sandbox.get(tenant, 'unleashed', 'companies', unleashed.Id));
    await chain.sandbox.create(tenant, 'crm', 'users', {
      UserCode: 'ZZZ',
      UserName: 'Zoe Nobody-Else',
      EmailAddress: 'zoe@nobody-else.example',
      AccountManager: 1,
    });
    await chain.sandbox.update(tenant, 'crm', 'companies', crm.Id, { AccountManager: 'ZZZ', PhoneNumber: '+44 1' });
    await becomes('unleashed', 'companies', unleashed.Id, 'the phone', (one) => one.PhoneNumber === '+44 1');
    const link = await linkOf(unleashed.Id, 'the reason', (one) => fieldOf(one, 'accountManager')?.blocked != null);
    expect(['manager-without-salesperson', 'manager-unknown']).toContain(
      fieldOf(link, 'accountManager')?.blocked?.code,
    );
    expect(salesPersonOf(await chain.sandbox.get(tenant, 'unleashed', 'companies', unleashed.Id))).toBe(before);
  });
});

describe('row 12: overnight fix', () => {
  it("sets the company's account manager to the one in Unleashed; the former one is in the ledger", async () => {
    const { crm, unleashed } = pairs[2]!;
    const [first, second] = await managers();
    await settings({ accountManagers: false });
    await chain.sandbox.update(tenant, 'unleashed', 'companies', unleashed.Id, { SalesPerson: { Guid: first!.guid } });
    await chain.sandbox.update(tenant, 'crm', 'companies', crm.Id, { AccountManager: second!.code });
    const shows = (link: Link) =>
      fieldOf(link, 'accountManager')?.crm === second!.code &&
      fieldOf(link, 'accountManager')?.unleashed === first!.guid;
    const isSeen = (link: Link) => shows(link) || fieldOf(link, 'accountManager')?.agreed !== null;
    await linkOf(unleashed.Id, 'both are seen', isSeen);
    await settings({ accountManagers: true, conflictPolicy: 'ask' });
    expect(await order({ kind: 'run-overnight' })).toMatchObject({ status: 200 });
    await becomes('crm', 'companies', crm.Id, 'the manager', (one) => one.AccountManager === first!.code);
    await settings({ conflictPolicy: 'latest' });
    const { body } = await chain.control('GET', `/v1/tenants/${tenant}/settings`);
    expect(body).toMatchObject({ overnightLast: { compared: expect.any(Number), ordered: expect.any(Number) } });
  });
});

describe('rows 4 and 5: the button', () => {
  it('makes a contact of the CRM in Unleashed, once, and only when it is pressed', async () => {
    const { crm, unleashed } = pairs[3]!;
    const contact = await chain.sandbox.create(tenant, 'crm', 'contacts', {
      DivisionId: Number(crm.Id),
      Forename: 'Bea',
      Surname: 'Button',
      Email: 'bea@button.example',
    });
    const there = async () =>
      (await chain.sandbox.list(tenant, 'unleashed', 'contacts')).filter(
        (one) => one.EmailAddress === 'bea@button.example',
      );
    const press = () => order({ kind: 'sync-contact', recordId: contact.Id });
    await until(async () => (await press()).status === 200, { timeoutMs: PATIENCE_MS, what: 'the button' });
    await press();
    await until(async () => (await there()).length > 0, { timeoutMs: PATIENCE_MS, what: 'the contact in Unleashed' });
    const [made] = await there();
    expect(made).toMatchObject({ CustomerGuid: unleashed.Id, FirstName: 'Bea', LastName: 'Button' });
    await until(async () => (await press()).status === 409, { timeoutMs: PATIENCE_MS, what: 'it is there already' });
    expect(await press()).toMatchObject({ body: { reason: 'already-there' } });
    await chain.sandbox.update(tenant, 'unleashed', 'contacts', made!.Id, { LastName: 'Buttons' });
    await becomes('crm', 'contacts', contact.Id, 'the new name', (one) => one.Surname === 'Buttons');
    expect(await there()).toHaveLength(1);
  });

  it('says why not: the company has no account', async () => {
    const company = await chain.sandbox.create(tenant, 'crm', 'companies', { Name: 'No Account Ltd' });
    const contact = await chain.sandbox.create(tenant, 'crm', 'contacts', {
      DivisionId: Number(company.Id),
      Forename: 'Nell',
      Surname: 'None',
    });
    const press = () => order({ kind: 'sync-contact', recordId: contact.Id });
    const answer = await until(
      async () => {
        const { status, body } = await press();
        return status === 409 && (body as { reason: string }).reason === 'no-account' ? body : false;
      },
      { timeoutMs: PATIENCE_MS, what: 'the reason' },
    );
    expect(answer).toMatchObject({ code: 'REFUSED', detail: 'Connect the company to an Unleashed account.' });
  });
});

describe('row 14: a website that Unleashed does not allow', () => {
  it('stops that field alone, the record says so, and it flows once it is valid', async () => {
    const { crm, unleashed } = pairs[4]!;
    await chain.sandbox.update(tenant, 'crm', 'companies', crm.Id, { Website: 'not a website', PhoneNumber: '+44 14' });
    await becomes('unleashed', 'companies', unleashed.Id, 'the phone', (one) => one.PhoneNumber === '+44 14');
    const link = await linkOf(unleashed.Id, 'the reason', (one) => fieldOf(one, 'website')?.blocked != null);
    expect(fieldOf(link, 'website')?.blocked).toMatchObject({ side: 'unleashed', code: 'invalid-value' });
    await chain.sandbox.update(tenant, 'crm', 'companies', crm.Id, { Website: 'https://valid.example' });
    await becomes('unleashed', 'companies', unleashed.Id, 'it', (one) => one.Website === 'https://valid.example');
  });
});

describe('row 15: conflicts', () => {
  /** Both sides change the phone while neither can see the other. */
  async function collide(pair: CompanyPair, crmValue: string, unleashedValue: string): Promise<void> {
    for (const side of ['crm', 'unleashed'])
      expect(await order({ kind: 'pause', side })).toMatchObject({ status: 200 });
    await chain.sandbox.update(tenant, 'crm', 'companies', pair.crm.Id, { PhoneNumber: crmValue });
    await linkOf(pair.unleashed.Id, 'the CRM edit', (one) => fieldOf(one, 'phone')?.crm === crmValue);
    await chain.sandbox.update(tenant, 'unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: unleashedValue });
    await linkOf(pair.unleashed.Id, 'the Unleashed edit', (one) => fieldOf(one, 'phone')?.unleashed === unleashedValue);
    for (const side of ['crm', 'unleashed'])
      expect(await order({ kind: 'resume', side })).toMatchObject({ status: 200 });
  }

  it('the later edit wins, the loser is in the ledger, and one request brings it back on both sides', async () => {
    const pair = pairs[5]!;
    await settings({ fieldPolicies: { 'company.phone': 'unleashed' } });
    await collide(pair, '+44 15 1', '+44 15 2');
    await becomes('crm', 'companies', pair.crm.Id, 'the winner', (one) => one.PhoneNumber === '+44 15 2');
    const [conflict] = await readTopic(chain.cluster, 'sync.conflict.v1', (one) => one.crmValue === '+44 15 1');
    expect(conflict).toMatchObject({
      field: 'phone',
      winner: 'unleashed',
      policy: 'unleashed',
      unleashedValue: '+44 15 2',
    });
    const about = { side: 'crm', entity: 'company', recordId: pair.crm.Id, field: 'phone' };
    expect(await order({ kind: 'restore', ...about, value: '+44 15 1' })).toMatchObject({ status: 200 });
    await becomes('unleashed', 'companies', pair.unleashed.Id, 'the loser', (one) => one.PhoneNumber === '+44 15 1');
    await becomes('crm', 'companies', pair.crm.Id, 'the loser', (one) => one.PhoneNumber === '+44 15 1');
  });

  it('ask: both sides stay as they are until someone answers', async () => {
    const pair = pairs[6]!;
    await settings({ fieldPolicies: { 'company.phone': 'ask' } });
    await collide(pair, '+44 16 1', '+44 16 2');
    await linkOf(pair.unleashed.Id, 'the question', (one) => fieldOf(one, 'phone')?.settled?.winner === 'none');
    expect(await chain.sandbox.get(tenant, 'crm', 'companies', pair.crm.Id)).toMatchObject({ PhoneNumber: '+44 16 1' });
    const about = { side: 'crm', entity: 'company', recordId: pair.crm.Id, field: 'phone' };
    expect(await order({ kind: 'answer', ...about })).toMatchObject({ status: 200 });
    await becomes('unleashed', 'companies', pair.unleashed.Id, 'the answer', (one) => one.PhoneNumber === '+44 16 1');
    await settings({ fieldPolicies: { 'company.phone': 'default' } });
  });
});

describe('explain: everything above, run again from the topics', () => {
  it('gives the same decisions, byte for byte', async () => {
    const codec = codecOf(chain.cluster);
    await codec.prepare(['sync.decision.v1']);
    for (const tenantId of chain.tenants) {
      const { decisions, inputs, unreadable } = await readTenant(chain.cluster, codec, tenantId);
      const report = replay(tenantId, decisions, inputs, codec);
      expect(report.mismatches[0]).toBeUndefined();
      expect([report.same, unreadable]).toEqual([report.steps, 0]);
      expect(report.steps).toBeGreaterThan(50);
    }
  });
});

describe('row 16: several companies on one account', () => {
  it("only the account's default company takes part; the others say so", async () => {
    const { crm, unleashed } = pairs[7]!;
    const ledger = crm.SalesLedger as { SalesLedgerId: string };
    const second = await chain.sandbox.create(tenant, 'crm', 'companies', {
      Name: 'Second Company of the Account',
      SalesLedgerId: ledger.SalesLedgerId,
      PhoneNumber: '+44 999',
    });
    const reasons = await until(
      async () => {
        const all = await readTopic(
          chain.cluster,
          'sync.decision.v1',
          ({ entity, linkId }) => entity === 'company' && linkId === `c:${second.Id}`,
        );
        return all.length > 0 ? all.map(({ reason }) => reason) : false;
      },
      { timeoutMs: PATIENCE_MS, what: 'a decision about the second company' },
    );
    expect(reasons.at(-1)).toMatch(/^(not|no)-default-company$/);
    expect(textOf(await chain.sandbox.get(tenant, 'unleashed', 'companies', unleashed.Id), 'PhoneNumber')).not.toBe(
      '+44 999',
    );
  });
});
