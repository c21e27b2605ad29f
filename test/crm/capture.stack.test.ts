/** crm-capture as a process against the simulated CRM, on the real Kafka, registry and Redis. */
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CrmCompany, CrmContact } from '#contracts';
import { useStack } from '#test/support/stack.ts';
import { type Kit, type Service, startKit } from '../support/api-kit.ts';
import { until } from '../support/until.ts';

const TENANT = 'tenant-001';
const OTHER = 'tenant-002';
const EVENTUALLY = { timeoutMs: 20_000 };

let kit: Kit;
let capture: Service;
let companies: Record<string, unknown>[];

const items = async (path: string) => (await kit.look(`/tenants/${path}`)).items as Record<string, unknown>[];
const companiesOf = (id: unknown) => kit.records('crm.company.v1').filter((one) => one.divisionId === String(id));
const latest = (id: unknown, tenantId = TENANT): CrmCompany | undefined =>
  companiesOf(id)
    .filter((one) => one.tenantId === tenantId)
    .at(-1);
const contactsOf = (id: unknown) => kit.records('crm.contact.v1').filter((one) => one.contactId === String(id));
const callsSince = async (seq: unknown) =>
  (await kit.look(`/calls?tenant=${TENANT}&side=crm&since=${String(seq)}`)).items as Record<string, unknown>[];
const lastCall = async () => (await kit.look(`/calls?tenant=${TENANT}&side=crm&limit=1`)).lastSeq;

/** A company that no other test has. */
function nextCompany(): Record<string, unknown> {
  const company = companies.pop();
  if (company === undefined) throw new Error('no company left');
  return company;
}

async function hook(body: unknown, headers: Record<string, string> = {}, tenant = TENANT): Promise<Response> {
  return fetch(`${capture.url}/hooks/crm/${tenant}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hook-secret': `sandbox-${tenant}-hook`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

beforeAll(async () => {
  kit = await startKit('crm-capture', { tenants: 2, companies: 14 });
  companies = (await items(`${TENANT}/crm/companies`)).filter((company) => company.SalesLedger !== null);
  capture = await kit.start('crm-capture', { port: kit.crmHookPort, env: { CATCH_UP_SECONDS: '2' } });
  const total = Number((await kit.look(`/tenants/${TENANT}/crm/companies`)).total);
  await until(
    () =>
      new Set(
        kit
          .records('crm.company.v1')
          .filter((one) => one.tenantId === TENANT)
          .map((one) => one.divisionId),
      ).size === total,
    {
      ...EVENTUALLY,
      what: 'the first reading',
    },
  );
});

afterEach(async () => {
  await kit.control('DELETE', '/tenants/*/faults');
});

afterAll(() => kit?.stop());

describe('the first reading', () => {
  test('brings all companies, contacts and users, deleted ones too', async () => {
    const contacts = Number((await kit.look(`/tenants/${TENANT}/crm/contacts`)).total);
    const seen = () =>
      new Set(
        kit
          .records('crm.contact.v1')
          .filter((one) => one.tenantId === TENANT)
          .map((one) => one.contactId),
      );
    await until(() => seen().size === contacts, { ...EVENTUALLY, what: 'all contacts' });
    expect(kit.records('crm.user.v1').some((one) => one.tenantId === TENANT)).toBe(true);
    const company = nextCompany();
    const ledger = company.SalesLedger as Record<string, unknown>;
    const address = company.Address as Record<string, unknown>;
    expect(latest(company.Id)).toMatchObject({
      name: company.Name,
      deleted: false,
      account: { salesLedgerId: ledger.SalesLedgerId, customerCode: ledger.CustomerCode ?? '' },
      address: { line1: address.AddressLine1 ?? '', country: address.Country ?? '' },
      readCause: 'catch-up',
    });
  });
});

describe('a change event', () => {
  test('of a company brings its snapshot', async () => {
    const { Id } = nextCompany();
    await kit.person('PATCH', `${TENANT}/crm/companies/${String(Id)}`, { PhoneNumber: '020 1234', Website: '' });
    const snapshot = await until(
      () => companiesOf(Id).find((one) => one.phone === '020 1234' && one.readCause === 'event'),
      EVENTUALLY,
    );
    expect(snapshot).toMatchObject({ website: '', tenantId: TENANT });
    expect(snapshot.readStartedAtMs).toBeLessThanOrEqual(Date.now());
  });

  test('of an address brings the company that it belongs to', async () => {
    const company = nextCompany();
    await kit.person('PATCH', `${TENANT}/crm/addresses/${String(company.AddressId)}`, { AddressLine1: '7 New Road' });
    const snapshot = await until(
      () => companiesOf(company.Id).find((one) => one.address?.line1 === '7 New Road'),
      EVENTUALLY,
    );
    expect(snapshot.readCause).toBe('event');
  });

  test('of an account brings its companies', async () => {
    const company = nextCompany();
    const ledger = company.SalesLedger as Record<string, unknown>;
    const key = encodeURIComponent(`${String(ledger.OperatingCompanyCode)}|${String(ledger.SalesLedgerId)}`);
    await kit.person('PATCH', `${TENANT}/crm/ledgers/${key}`, { Closed: true });
    const snapshot = await until(() => companiesOf(company.Id).find((one) => one.account?.closed === true), EVENTUALLY);
    expect(snapshot.readCause).toBe('event');
  });

  test('of a contact and of a user bring theirs; a deletion is a snapshot too', async () => {
    const made = await kit.person('POST', `${TENANT}/crm/contacts`, {
      DivisionId: Number(nextCompany().Id),
      Forename: 'Zoë',
      Surname: "O'Neil",
    });
    await until(
      () => contactsOf(made.Id).find((one) => one.firstName === 'Zoë' && one.lastName === "O'Neil"),
      EVENTUALLY,
    );
    await kit.person('DELETE', `${TENANT}/crm/contacts/${String(made.Id)}`);
    await until(() => contactsOf(made.Id).find((one: CrmContact) => one.deleted), EVENTUALLY);
    const [user] = await items(`${TENANT}/crm/users`);
    await kit.person('PATCH', `${TENANT}/crm/users/${String(user?.Id)}`, { EmailAddress: 'new@example.com' });
    await until(() => kit.records('crm.user.v1').find((one) => one.email === 'new@example.com'), EVENTUALLY);
  });

  test('in a burst becomes one read', async () => {
    const { Id } = nextCompany();
    const before = await lastCall();
    const events = Array.from({ length: 30 }, () => ({ EntityType: 'Division', EntityId: Number(Id) }));
    const answers = await Promise.all(events.map((event) => hook(event)));
    expect(answers.map((answer) => answer.status)).toEqual(events.map(() => 202));
    const reads = async () =>
      (await callsSince(before)).filter((call) => String(call.url).includes(`/Divisions(${String(Id)})`));
    await until(async () => (await reads()).length > 0, EVENTUALLY);
    expect((await reads()).length).toBeLessThanOrEqual(3);
  });

  test('whose read fails is read again', async () => {
    const { Id } = nextCompany();
    const path = `Divisions(${String(Id)})`;
    await kit.control('POST', `/tenants/${TENANT}/faults`, {
      side: 'crm',
      kind: 'error',
      status: 503,
      path,
      remaining: 2,
    });
    await kit.person('PATCH', `${TENANT}/crm/companies/${String(Id)}`, { PhoneNumber: '020 5555' });
    await until(() => companiesOf(Id).some((one) => one.phone === '020 5555'), EVENTUALLY);
  });

  test('is asked for its secret, whoever the tenant is', async () => {
    const event = { entity: 'contact', id: '1' };
    const answers = await Promise.all([
      hook(event, { 'x-hook-secret': 'wrong' }),
      hook(event, {}, 'nobody'),
      hook(event, { 'x-hook-secret': '' }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401]);
    const [wrong, unknown] = await Promise.all(answers.map((answer) => answer.text()));
    expect(wrong).toBe(unknown);
    const bearer = { 'x-hook-secret': undefined as unknown as string, authorization: `Bearer sandbox-${TENANT}-hook` };
    const { 'x-hook-secret': _none, ...headers } = bearer;
    const taken = await fetch(`${capture.url}/hooks/crm/${TENANT}`, {
      method: 'POST',
      headers,
      body: '{"entity":"quote","id":1}',
    });
    expect([taken.status, await taken.json()]).toEqual([202, { accepted: 0, ignored: 1 }]);
  });

  test('of a shape that nobody knows is refused with what is accepted', async () => {
    for (const [body, status] of [
      ['{"a":1}', 422],
      ['[]', 422],
      ['not json', 400],
      ['{"entity":"contact","id":"1)/x"}', 422],
    ] as const) {
      const answer = await hook(body);
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(await answer.json()).toMatchObject({
        code: 'EVENT_UNREADABLE',
        detail: expect.stringContaining('EntityType'),
      });
    }
    expect((await hook(`{"x":"${'y'.repeat(300_000)}"}`)).status).toBe(413);
  });
});

describe('whatever the CRM turns out to be like (section 8 of the facts)', () => {
  const initial = {
    keyGetShape: 'array',
    keyGetAbsent: 'empty',
    maxPageSize: 500,
    nextLink: true,
    timestampPrecision: 'microsecond',
    webhookPayloadShape: 'ids',
    lateVisibleMs: 1_500,
    stringCompare: 'ignoreCase',
    filterNamesIgnoreCase: true,
  };

  afterEach(async () => {
    await kit.control('PATCH', '/tenants/*/switches', { crm: initial });
  });

  test.each([
    { keyGetShape: 'object', keyGetAbsent: '404', webhookPayloadShape: 'record' },
    { webhookPayloadShape: 'list', timestampPrecision: 'second' },
    { webhookPayloadShape: 'entityOnly', stringCompare: 'exact', filterNamesIgnoreCase: false },
    { maxPageSize: 3, nextLink: true, timestampPrecision: 'millisecond' },
    { maxPageSize: 3, nextLink: false, lateVisibleMs: 5_000 },
  ])('%j: an event arrives, and a lost one is caught up with', async (switches) => {
    await kit.control('PATCH', `/tenants/${TENANT}/switches`, { crm: switches });
    const [company] = companies;
    const path = `${TENANT}/crm/companies/${String(company?.Id)}`;
    const value = `event ${JSON.stringify(switches).length} ${companies.length}`;
    await kit.person('PATCH', path, { PhoneNumber: value });
    await until(
      () => companiesOf(company?.Id).some((one) => one.phone === value && one.readCause === 'event'),
      EVENTUALLY,
    );
    await kit.control('POST', `/tenants/${TENANT}/faults`, { side: 'crm', kind: 'eventsLost' });
    for (const lost of companies.slice(1, 6)) {
      await kit.person('PATCH', `${TENANT}/crm/companies/${String(lost.Id)}`, {
        Website: `https://${value.length}.lost`,
      });
      await kit.person('PATCH', `${TENANT}/crm/addresses/${String(lost.AddressId)}`, { AddressLine5: value });
    }
    for (const lost of companies.slice(1, 6)) {
      await until(() => latest(lost.Id)?.website === `https://${value.length}.lost`, EVENTUALLY);
      await until(() => latest(lost.Id)?.address?.line5 === value, EVENTUALLY);
    }
  });
});

describe('catching up', () => {
  test('finds a change whose event was lost, of a company, an address and a contact', async () => {
    await kit.control('POST', `/tenants/${TENANT}/faults`, { side: 'crm', kind: 'eventsLost' });
    const company = nextCompany();
    const [contact] = await items(`${TENANT}/crm/contacts`);
    await kit.person('PATCH', `${TENANT}/crm/companies/${String(company.Id)}`, { Website: 'https://lost.example' });
    await kit.person('PATCH', `${TENANT}/crm/addresses/${String(company.AddressId)}`, { AddressLine2: 'Lost Lane' });
    await kit.person('PATCH', `${TENANT}/crm/contacts/${String(contact?.Id)}`, { JobTitle: 'x', Fax: '0301' });
    await until(() => latest(company.Id)?.website === 'https://lost.example', EVENTUALLY);
    await until(() => latest(company.Id)?.address?.line2 === 'Lost Lane', EVENTUALLY);
    await until(() => contactsOf(contact?.Id).at(-1)?.fax === '0301', EVENTUALLY);
    expect(latest(company.Id)?.readCause).toBe('catch-up');
  });

  test('publishes nothing of what did not change', async () => {
    const fresh = () => capture.metric('twoway_crm_catch_ups_total', { tenant: TENANT, set: 'Contacts', code: 'ok' });
    const rounds = await fresh();
    await until(async () => (await fresh()) > rounds, EVENTUALLY);
    // An event of before may still come, or come twice; that is no catching up.
    const caughtUp = () =>
      [...kit.records('crm.contact.v1'), ...kit.records('crm.company.v1')].filter(
        ({ readCause }) => readCause === 'catch-up' || readCause === 'sweep',
      ).length;
    const before = caughtUp();
    const now = await fresh();
    await until(async () => (await fresh()) > now + 1, EVENTUALLY);
    expect(caughtUp()).toBe(before);
  });

  test('keeps an answer that is no answer, and goes on', async () => {
    const { Id } = nextCompany();
    const path = `Divisions(${String(Id)})`;
    await kit.control('POST', `/tenants/${TENANT}/faults`, { side: 'crm', kind: 'htmlBody', path, remaining: 1 });
    await kit.person('PATCH', `${TENANT}/crm/companies/${String(Id)}`, { PhoneNumber: '020 6666' });
    const kept = await until(
      () => kit.records('sync.quarantine.v1').find((one) => one.code === 'NONSENSE_ANSWER'),
      EVENTUALLY,
    );
    expect(kept).toMatchObject({ topic: 'crm-api', service: 'crm-capture' });
    expect(kept.value?.toString()).toContain('<');
    await until(() => companiesOf(Id).some((one) => one.phone === '020 6666'), EVENTUALLY);
  });

  test('an answer of 10 MB is refused and another tenant goes on', async () => {
    await kit.control('POST', `/tenants/${TENANT}/faults`, { side: 'crm', kind: 'hugeBody' });
    const [company] = await items(`${OTHER}/crm/companies`);
    await kit.person('PATCH', `${OTHER}/crm/companies/${String(company?.Id)}`, { PhoneNumber: '020 7777' });
    await until(() => latest(company?.Id, OTHER)?.phone === '020 7777', EVENTUALLY);
    await until(
      async () => (await capture.metric('twoway_crm_calls_total', { tenant: TENANT, code: 'NONSENSE_ANSWER' })) > 0,
      EVENTUALLY,
    );
  });

  test('begins anew when Redis has lost everything, and misses nothing', async () => {
    const { redisUrl } = useStack();
    const redis = new Redis(redisUrl);
    const keys = await redis.keys(`${kit.prefix}:{${TENANT}}:crm:*`);
    expect(keys.length).toBeGreaterThan(1);
    const company = nextCompany();
    const before = companiesOf(company.Id).length;
    await redis.del(keys);
    redis.disconnect();
    await until(() => companiesOf(company.Id).length > before, EVENTUALLY);
  });

  test('takes up a changed tenants file without a restart', async () => {
    const event = { EntityType: 'Quote', EntityId: 1 };
    kit.rewriteTenants((text) => text.replaceAll(`sandbox-${TENANT}-hook`, 'another-secret-of-it'));
    await until(async () => (await hook(event)).status === 401, EVENTUALLY);
    expect((await hook(event, { 'x-hook-secret': 'another-secret-of-it' })).status).toBe(202);
    kit.rewriteTenants((text) => text.replaceAll('another-secret-of-it', `sandbox-${TENANT}-hook`));
    await until(async () => (await hook(event)).status === 202, EVENTUALLY);
  });

  test('is shared by two instances: each tenant is followed by one', async () => {
    const second = await kit.start('crm-capture', { env: { CATCH_UP_SECONDS: '1' } });
    const followed = async (service: Service) => {
      const fresh = (tenant: string) => service.metric('twoway_crm_fresh_timestamp_seconds', { tenant });
      return [(await fresh(TENANT)) > 0, (await fresh(OTHER)) > 0];
    };
    const isShared = async () => {
      const [[a1, a2], [b1, b2]] = [await followed(capture), await followed(second)];
      return a1 !== b1 && a2 !== b2;
    };
    await until(isShared, { ...EVENTUALLY, what: 'the tenants to be shared' });
    await second.end('SIGTERM');
    await until(async () => (await followed(capture)).every(Boolean), { ...EVENTUALLY, what: 'all to be taken back' });
  });

  test('after a kill brings what happened meanwhile', async () => {
    const company = nextCompany();
    await capture.end('SIGKILL');
    await kit.person('PATCH', `${TENANT}/crm/companies/${String(company.Id)}`, { PhoneNumber: '020 8888' });
    const before = companiesOf(company.Id).length;
    capture = await kit.start('crm-capture', { env: { CATCH_UP_SECONDS: '2' } });
    await until(() => latest(company.Id)?.phone === '020 8888', EVENTUALLY);
    expect(companiesOf(company.Id).length - before).toBe(1);
  });

  test('ends within ten seconds when told to, a hanging call included', async () => {
    await kit.control('POST', `/tenants/${TENANT}/faults`, { side: 'crm', kind: 'latency', delayMs: 60_000 });
    await until(async () => (await hook({ EntityType: 'Division', EntityId: 1001 })).status === 202, EVENTUALLY);
    const startedAtMs = Date.now();
    expect(await capture.end('SIGTERM')).toBe(0);
    expect(Date.now() - startedAtMs).toBeLessThan(10_000);
  });
});
