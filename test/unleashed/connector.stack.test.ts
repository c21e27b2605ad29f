/** unleashed-connector as a process against the simulated Unleashed, on the real Kafka, registry and Redis. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UnleashedContact, UnleashedCustomer } from '#contracts';
import { createLog, createRedis, loadConfig, redisConfig } from '#runtime';
import { createEchoes, signDelivery } from '#unleashed';
import { type Kit, type Service, startKit } from '../support/api-kit.ts';
import { useStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const TENANT = 'tenant-001';
const COMPANIES = `${TENANT}/unleashed/companies`;
const CONTACTS = `${TENANT}/unleashed/contacts`;

let kit: Kit;
let connector: Service;

const customers = () => kit.records('unleashed.customer.v1').filter((record) => record.tenantId === TENANT);
const contacts = () => kit.records('unleashed.contact.v1').filter((record) => record.tenantId === TENANT);

function lastBy<T extends { guid: string }>(records: readonly T[]): Map<string, T> {
  return new Map(records.map((record) => [record.guid, record]));
}

async function counts(): Promise<{ companies: number; contacts: number; salespersons: number }> {
  const { unleashed } = (await kit.look(`/tenants/${TENANT}`)) as { unleashed: Record<string, number> };
  return {
    companies: unleashed.companies ?? 0,
    contacts: unleashed.contacts ?? 0,
    salespersons: unleashed.salespersons ?? 0,
  };
}

function anyCustomer(): UnleashedCustomer {
  const found = [...lastBy(customers()).values()].find((record) => !record.deleted && !record.obsolete);
  if (found === undefined) throw new Error('no customer was published');
  return found;
}

function anyContact(): UnleashedContact {
  const found = [...lastBy(contacts()).values()].find((record) => !record.deleted && !record.isDefault);
  if (found === undefined) throw new Error('no contact was published');
  return found;
}

beforeAll(async () => {
  kit = await startKit('unl-connector', { tenants: 2 });
  connector = await kit.start('unleashed-connector', { port: kit.hookPort });
  const wanted = await counts();
  await until(() => lastBy(customers()).size === wanted.companies && lastBy(contacts()).size === wanted.contacts, {
    what: 'everything to be published once',
  });
});

afterAll(() => kit?.stop());

describe('the feed', () => {
  test('publishes every customer, contact and sales person once, obsolete ones too, and then keeps silent', async () => {
    const wanted = await counts();
    await until(
      () => kit.records('unleashed.salesperson.v1').filter((record) => record.tenantId === TENANT).length > 0,
    );
    expect(customers()).toHaveLength(wanted.companies);
    expect(contacts()).toHaveLength(wanted.contacts);
    const polls = () => connector.metric('twoway_unleashed_reads_total', { tenant: TENANT, job: 'whole', code: 'ok' });
    const before = await polls();
    await until(async () => (await polls()) >= before + 2, { what: 'two more polls' });
    expect(customers()).toHaveLength(wanted.companies);
    expect(contacts()).toHaveLength(wanted.contacts);
  });

  test('a poll is one call for customers with all contacts', async () => {
    const { items } = (await kit.look(`/calls?tenant=${TENANT}&side=unleashed`)) as { items: { url: string }[] };
    const paths = new Set(items.map(({ url }) => url.split('?')[0]));
    expect([...paths].filter((path) => !/\/(Customers|Salespersons)$/.test(path ?? ''))).toEqual([]);
  });

  test('an edit of a customer is published by the next poll, read after it was made', async () => {
    const { guid, phone } = anyCustomer();
    const editedAtMs = Date.now();
    await kit.person('PATCH', `${COMPANIES}/${guid}`, { PhoneNumber: `${phone} 1` });
    const seen = await until(() => customers().find((record) => record.guid === guid && record.phone === `${phone} 1`));
    expect(seen.readStartedAtMs).toBeGreaterThanOrEqual(editedAtMs);
  });

  test('a contact made, edited and deleted, none of which moves a clock (U4.8, U7.8)', async () => {
    const { guid: parent } = anyCustomer();
    const made = await kit.person('POST', CONTACTS, {
      CustomerGuid: parent,
      FirstName: 'Zoe',
      LastName: 'Quill',
      EmailAddress: 'zoe@quill.example',
    });
    const guid = String(made.id ?? made.Guid).toLowerCase();
    const shown = () => lastBy(contacts()).get(guid);
    await until(() => shown()?.firstName === 'Zoe');
    expect(shown()).toMatchObject({ customerGuid: parent, deleted: false, sourceUpdatedAtMs: null });
    await kit.person('PATCH', `${CONTACTS}/${guid}`, { MobilePhone: '555' });
    await until(() => shown()?.mobile === '555');
    await kit.person('DELETE', `${CONTACTS}/${guid}`);
    await until(() => shown()?.deleted === true);
    expect(shown()?.customerGuid).toBe(parent);
  });

  test('what comes back after a sink showed something else is published again', async () => {
    const { guid, fax } = anyContact();
    const before = contacts().filter((record) => record.guid === guid).length;
    const { createRedis, redisConfig, createLog } = await import('#runtime');
    const { noteShownForTest } = await import('./shown.ts');
    await noteShownForTest({ createRedis, redisConfig, createLog }, kit.prefix, TENANT, `contact/${guid}`);
    const again = await until(() => contacts().filter((record) => record.guid === guid).length > before);
    expect(again).toBe(true);
    expect(lastBy(contacts()).get(guid)?.fax).toBe(fax);
  });
});

describe('webhooks', () => {
  const deliveries = (result: string) =>
    connector.metric('twoway_unleashed_webhooks_total', { tenant: TENANT, result });

  test('an edit reaches the topic by a hint, long before a slow poll would', async () => {
    kit.rewriteTenants((text) => text.replaceAll('pollSeconds: 1\n', 'pollSeconds: 3000\n'));
    await until(
      async () => (await connector.metric('twoway_unleashed_poll_interval_seconds', { tenant: TENANT })) === 3000,
      {
        what: 'the changed tenants file to be taken up',
      },
    );
    const { guid, website } = anyCustomer();
    await kit.person('PATCH', `${COMPANIES}/${guid}`, { Website: 'https://hinted.example' });
    const seen = await until(() => customers().find((record) => record.guid === guid && record.website !== website));
    expect(seen).toMatchObject({ website: 'https://hinted.example', readCause: 'hint' });
    expect(await deliveries('taken')).toBeGreaterThan(0);
  });

  test('the echo of a write of ours costs no call, and an edit of somebody right behind it is found', async () => {
    const { guid } = anyCustomer();
    const env = { REDIS_URL: useStack().redisUrl, REDIS_PREFIX: kit.prefix };
    const redis = createRedis(
      loadConfig({ redis: redisConfig }, env).redis,
      createLog({ service: 'test', level: 'silent' }),
    );
    const echoes = createEchoes(redis, TENANT);
    const reads = () => connector.metric('twoway_unleashed_reads_total', { tenant: TENANT, job: 'hint', code: 'echo' });
    const before = await reads();
    await echoes.noteWrite(guid);
    const { lastSeq } = (await kit.look('/calls?since=999999999')) as { lastSeq: number };
    await kit.person('PATCH', `${COMPANIES}/${guid}`, { PhoneNumber: 'as if we had written it' });
    await until(async () => (await reads()) === before + 1);
    const calls = (await kit.look(`/calls?since=${lastSeq}`)) as { items: { url: string }[] };
    expect(calls.items.filter(({ url }) => url.includes(guid))).toEqual([]);
    await echoes.noteWrite(guid);
    await kit.person('PATCH', `${COMPANIES}/${guid}`, { PhoneNumber: 'echo' });
    await kit.person('PATCH', `${COMPANIES}/${guid}`, { PhoneNumber: 'somebody right behind it' });
    await until(() => customers().some(({ phone }) => phone === 'somebody right behind it'));
    await redis.close();
  });

  test('a forged, a stale and a foreign delivery are refused; a repeated one is one', async () => {
    const yaml = await (await fetch(`${kit.sandboxUrl}/control/tenants.yaml`)).text();
    const key = /webhookSignatureKey: (\S+)/.exec(yaml)?.[1] ?? '';
    const body = Buffer.from(
      JSON.stringify({
        eventNotificationId: 'n-1',
        eventType: 'customer.updated',
        data: { customerGuid: anyCustomer().guid },
      }),
    );
    const post = async (tenantId: string, timestamp: string, signature: string) => {
      const headers = {
        'content-type': 'application/json',
        'x-unleashed-signature': signature,
        'x-unleashed-timestamp': timestamp,
      };
      const response = await fetch(`${connector.url}/hooks/unleashed/${tenantId}`, { method: 'POST', headers, body });
      return { status: response.status, body: (await response.json()) as { result?: string } };
    };
    const now = `${Math.floor(Date.now() / 1000)}`;
    const old = `${Math.floor(Date.now() / 1000) - 400}`;
    expect((await post(TENANT, now, signDelivery(now, body, 'wrong'))).status).toBe(401);
    expect((await post(TENANT, old, signDelivery(old, body, key))).status).toBe(401);
    expect((await post('nobody', now, signDelivery(now, body, key))).status).toBe(401);
    expect((await post('tenant-002', now, signDelivery(now, body, key))).status).toBe(401);
    expect((await post(TENANT, now, signDelivery(now, body, key))).body).toEqual({ result: 'taken' });
    expect((await post(TENANT, now, signDelivery(now, body, key))).body).toEqual({ result: 'repeated' });
  });

  test('a hint for another instance is read by the one that serves the tenant', async () => {
    const second = await kit.start('unleashed-connector');
    const { guid } = anyCustomer();
    const yaml = await (await fetch(`${kit.sandboxUrl}/control/tenants.yaml`)).text();
    const keys = [...yaml.matchAll(/webhookSignatureKey: (\S+)/g)].map((match) => match[1] ?? '');
    await kit.control('DELETE', `/tenants/${TENANT}/faults`);
    // The sandbox's own deliveries go to the first instance; ours go to each, so one of them serves the other's tenant.
    await kit.control('POST', `/tenants/${TENANT}/faults`, { side: 'unleashed', kind: 'eventsLost' });
    for (const [index, receiver] of [connector, second].entries()) {
      const phone = `by hint ${index}`;
      await kit.person('PATCH', `${COMPANIES}/${guid}`, { PhoneNumber: phone });
      const timestamp = `${Math.floor(Date.now() / 1000)}`;
      const event = {
        eventNotificationId: `other-${index}`,
        eventType: 'customer.updated',
        data: { customerGuid: guid },
      };
      const body = Buffer.from(JSON.stringify(event));
      const response = await fetch(`${receiver.url}/hooks/unleashed/${TENANT}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-unleashed-signature': signDelivery(timestamp, body, keys[0] ?? ''),
          'x-unleashed-timestamp': timestamp,
        },
        body,
      });
      expect(response.status).toBe(200);
      await until(() => customers().some((record) => record.phone === phone && record.readCause === 'hint'));
    }
    expect(await second.end('SIGTERM')).toBe(0);
    await kit.control('DELETE', `/tenants/${TENANT}/faults`);
  });
});
