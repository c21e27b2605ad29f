/** The whole chain on real servers, every service a process: what people do on one side, and what the other shows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOPICS, type Topic } from '#contracts';
import { createSerialProducer } from '#kafka';
import { useStack } from '#test/support/stack.ts';
import { judge } from '../../libs/kafka/testing/referee.ts';
import type { Collection, SandboxRecord, Side } from '../../services/cli/sandbox-client/client.ts';
import {
  COMPANY_FIELDS,
  CONTACT_FIELDS,
  type CompanyPair,
  companyPairs,
  contactPairs,
  textOf,
} from '../../services/cli/sandbox-client/pairs.ts';
import { readRaw, readTopic } from '../../services/cli/topic-reading.ts';
import { kafkaOf } from '../support/kafka.ts';
import { type Collector, startCollector } from '../support/otlp-collector.ts';
import { until } from '../support/until.ts';
import { PLANTED, PLANTED_PROVIDER } from './planted.ts';
import { keptBy, secretsOf, shownBy } from './shown.ts';
import { startTestSystem, type TestSystem } from './system.ts';
import { tracesOf } from './traces.ts';

const servers = useStack();
const PATIENCE_MS = 45_000;

let chain: TestSystem;
let collector: Collector;
let tenant: string;
let pairs: CompanyPair[];

beforeAll(async () => {
  collector = await startCollector();
  // Where the servers ask for no password they take any.
  const traced = {
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200' },
    OTEL_EXPORTER_OTLP_HEADERS: `api-key=${PLANTED.collectorKey}`,
    SCHEMA_REGISTRY_USERNAME: 'twoway',
    SCHEMA_REGISTRY_PASSWORD: PLANTED.registryPassword,
  };
  chain = await startTestSystem('chain', servers, undefined, {
    ...{ 'crm-capture': traced, 'unleashed-connector': traced, 'sync-processor': traced },
    ...{
      'crm-sink': traced,
      'unleashed-sink': traced,
      'control-api': {
        ...traced,
        ...{ ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/', ALERT_WEBHOOK_SECRET: PLANTED.alertSecret },
        ...{ CONTROL_API_SESSION_KEY: PLANTED.sessionKey, ...PLANTED_PROVIDER },
      },
    },
  });
  tenant = chain.tenants[0]!;
  await chain.agreed();
  pairs = await companyPairs(chain.sandbox, tenant);
}, 240_000);

afterAll(async () => {
  await chain?.stop();
  await collector?.close();
}, 60_000);

const other = (side: Side): Side => (side === 'crm' ? 'unleashed' : 'crm');

/** Waits until a record shows a value. */
async function shows(side: Side, collection: Collection, id: string, field: string, value: string): Promise<void> {
  const what = `${side} ${collection} ${id} to show ${field} ${JSON.stringify(value)}`;
  const read = async () => textOf(await chain.sandbox.get(tenant, side, collection, id), field) === value;
  await until(read, { timeoutMs: PATIENCE_MS, what });
}

describe.each(['crm', 'unleashed'] as const)('an edit in %s', (side) => {
  const values: Record<string, string> = {
    Name: `Renamed in ${side}`,
    PhoneNumber: `+44 20 7946 0${side.length}`,
    Website: `https://${side}.example`,
    Forename: `Anna ${side}`,
    Surname: `Smith-${side}`,
    Email: `anna@${side}.example`,
    MobilePhoneNumber: `+44 7700 9000${side.length}`,
    Fax: `+44 20 7946 9${side.length}`,
  };

  it.each(COMPANY_FIELDS.map((names) => [names[0], names] as const))('of a company: %s', async (_, names) => {
    const pair = pairs[side === 'crm' ? 0 : 1]!;
    const value = values[names[0]]!;
    const [mine, theirs] = side === 'crm' ? names : [names[1], names[0]];
    await chain.sandbox.update(tenant, side, 'companies', pair[side].Id, { [mine]: value });
    await shows(other(side), 'companies', pair[other(side)].Id, theirs, value);
  });

  it.each(CONTACT_FIELDS.map((names) => [names[0], names] as const))('of a contact: %s', async (_, names) => {
    const pair = (await contactPairs(chain.sandbox, tenant, pairs))[side === 'crm' ? 0 : 1]!;
    const value = values[names[0]]!;
    const [mine, theirs] = side === 'crm' ? names : [names[1], names[0]];
    await chain.sandbox.update(tenant, side, 'contacts', pair[side].Id, { [mine]: value });
    await shows(other(side), 'contacts', pair[other(side)].Id, theirs, value);
  });

  it('of a company: a value that is taken away', async () => {
    const pair = pairs[side === 'crm' ? 2 : 3]!;
    await chain.sandbox.update(tenant, side, 'companies', pair[side].Id, { PhoneNumber: '' });
    await shows(other(side), 'companies', pair[other(side)].Id, 'PhoneNumber', '');
  });
});

describe('the main address', () => {
  it('goes from the CRM, where it is a row of its own, to Unleashed', async () => {
    const { crm, unleashed } = pairs[4]!;
    const addressId = String(crm.AddressId);
    await chain.sandbox.update(tenant, 'crm', 'addresses', addressId, { AddressLine1: '1 New Street' });
    await until(async () => defaultAddress(await get('unleashed', unleashed.Id))?.StreetAddress === '1 New Street', {
      timeoutMs: PATIENCE_MS,
      what: 'the street in Unleashed',
    });
    await chain.agreed();
  });

  it('goes from Unleashed to the CRM', async () => {
    const { crm, unleashed } = pairs[5]!;
    const addresses = addressesOf(unleashed).map((address, index) =>
      index === 0 ? { ...address, StreetAddress: '2 Other Road', IsDefault: true } : { ...address, IsDefault: false },
    );
    await chain.sandbox.update(tenant, 'unleashed', 'companies', unleashed.Id, { Addresses: addresses });
    await until(async () => JSON.stringify((await get('crm', crm.Id)).Address).includes('2 Other Road'), {
      timeoutMs: PATIENCE_MS,
      what: 'the street in the CRM',
    });
    await chain.agreed();
  });
});

describe('contacts that are new', () => {
  it('one made in Unleashed is made in the CRM, once, under the default company', async () => {
    const { crm, unleashed } = pairs[6]!;
    const made = await chain.sandbox.create(tenant, 'unleashed', 'contacts', {
      CustomerGuid: unleashed.Id,
      FirstName: 'Nora',
      LastName: 'New',
      EmailAddress: 'nora.new@chain.example',
      FaxNumber: '+44 20 7946 0777',
    });
    const inCrm = async () =>
      (await chain.sandbox.list(tenant, 'crm', 'contacts')).filter(({ Email }) => Email === 'nora.new@chain.example');
    const [found] = await until(
      async () => {
        const all = await inCrm();
        return all.length > 0 && textOf(all[0]!, 'Fax') === '+44 20 7946 0777' ? all : false;
      },
      { timeoutMs: PATIENCE_MS, what: 'the contact in the CRM' },
    );
    expect([String(found!.DivisionId), found!.AlternateReference]).toEqual([crm.Id, `unleashed:${made.Id}`]);
    // It is an ordinary pair from now on.
    await chain.sandbox.update(tenant, 'crm', 'contacts', found!.Id, { Surname: 'Newer' });
    await shows('unleashed', 'contacts', made.Id, 'LastName', 'Newer');
    expect(await inCrm()).toHaveLength(1);
  });

  it('one made in the CRM is not made in Unleashed', async () => {
    const { crm, unleashed } = pairs[7]!;
    await chain.sandbox.create(tenant, 'crm', 'contacts', {
      DivisionId: Number(crm.Id),
      Forename: 'Only',
      Surname: 'Crm',
      Email: 'only@crm.example',
    });
    // An edit made later has arrived: so the contact has been looked at.
    await chain.sandbox.update(tenant, 'crm', 'companies', crm.Id, { PhoneNumber: '+44 20 7946 0555' });
    await shows('unleashed', 'companies', unleashed.Id, 'PhoneNumber', '+44 20 7946 0555');
    await until(
      async () =>
        (await readTopic(chain.cluster, 'crm.contact.v1', ({ email }) => email === 'only@crm.example')).length > 0,
    );
    const there = await chain.sandbox.list(tenant, 'unleashed', 'contacts');
    expect(there.filter(({ EmailAddress }) => EmailAddress === 'only@crm.example')).toEqual([]);
  });
});

describe('off', () => {
  it('means off, while the feed from Unleashed goes on; and on again brings both together', async () => {
    const { crm, unleashed } = pairs[8]!;
    const before = textOf(await get('unleashed', unleashed.Id), 'PhoneNumber');
    const off = await chain.control('PUT', `/v1/tenants/${tenant}/settings`, { enabled: false });
    expect(off).toMatchObject({ status: 200, body: { settings: { enabled: false, holds: true } } });
    const { lastSeq } = await chain.sandbox.changes();
    await chain.sandbox.update(tenant, 'crm', 'companies', crm.Id, { PhoneNumber: '+44 20 7946 0888' });
    await chain.sandbox.update(tenant, 'unleashed', 'companies', unleashed.Id, { Website: 'https://feed.example' });
    await until(
      async () =>
        (await readTopic(chain.cluster, 'unleashed.customer.v1', ({ website }) => website === 'https://feed.example'))
          .length > 0,
      { timeoutMs: PATIENCE_MS, what: 'the snapshot on unleashed.customer' },
    );
    await until(
      async () =>
        (await readTopic(chain.cluster, 'crm.company.v1', ({ phone }) => phone === '+44 20 7946 0888')).length > 0,
      { timeoutMs: PATIENCE_MS, what: 'the snapshot on crm.company' },
    );
    const { items } = await chain.sandbox.changes(lastSeq, { tenant });
    expect(items.filter(({ by }) => by === 'api')).toEqual([]);
    expect(textOf(await get('unleashed', unleashed.Id), 'PhoneNumber')).toBe(before);
    await chain.control('PUT', `/v1/tenants/${tenant}/settings`, { enabled: true });
    await shows('unleashed', 'companies', unleashed.Id, 'PhoneNumber', '+44 20 7946 0888');
    await shows('crm', 'companies', crm.Id, 'Website', 'https://feed.example');
  });
});

describe('bad input', () => {
  it('keeps what cannot be read where it can be looked at, and goes on', async () => {
    const producer = createSerialProducer({ kafka: kafkaOf(servers.kafkaBrokers), topicPrefix: chain.prefix });
    const value = Buffer.from('no Avro at all');
    for (const topic of ['crm.company.v1', 'sync.command.crm.v1', 'sync.command.unleashed.v1'] as const) {
      await producer.send({ topic, partition: 1, key: 'who/knows/what', value });
    }
    await producer.close();
    const kept = await until(
      async () => {
        const all = await readTopic(chain.cluster, 'sync.quarantine.v1', (one) => one.value?.equals(value) === true);
        return all.length >= 3 ? all : false;
      },
      { timeoutMs: PATIENCE_MS, what: 'three records in quarantine' },
    );
    expect(new Set(kept.map(({ service }) => service))).toEqual(
      new Set(['sync-processor', 'crm-sink', 'unleashed-sink']),
    );
    expect(kept.every(({ code, partition }) => code !== '' && partition === 1)).toBe(true);
    const { crm, unleashed } = pairs[9]!;
    await chain.sandbox.update(tenant, 'crm', 'companies', crm.Id, { PhoneNumber: '+44 20 7946 0999' });
    await shows('unleashed', 'companies', unleashed.Id, 'PhoneNumber', '+44 20 7946 0999');
  });

  it('refuses events of an unknown tenant, without a secret, and of an unknown shape', async () => {
    const send = (id: string, body: string) =>
      fetch(`${chain.system.urlOf('crm-capture')}/hooks/crm/${id}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(10_000),
      });
    for (const [id, body] of [
      ['nobody', '{"EntityType":"Division","EntityId":"1"}'],
      [tenant, '{"EntityType":"Division","EntityId":"1"}'],
      [tenant, 'hello'],
    ] as const) {
      const { status } = await send(id, body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  });
});

describe('a trace', () => {
  const traces = tracesOf(() => collector, PATIENCE_MS);

  it('goes from the edit in the CRM to the write in Unleashed, and on to its outcome', async () => {
    const { crm, unleashed } = pairs[10]!;
    await chain.sandbox.update(tenant, 'crm', 'companies', crm.Id, { PhoneNumber: '+44 20 7946 0321' });
    await shows('unleashed', 'companies', unleashed.Id, 'PhoneNumber', '+44 20 7946 0321');
    const write = await traces.written('unleashed-sink', unleashed.Id, 'POST customer');
    expect(await traces.pathTo(write)).toEqual([
      'crm-capture: change event',
      'crm-capture: read a changed record',
      'sync-processor: process crm.company.v1',
      'unleashed-sink: process sync.command.unleashed.v1',
      'unleashed-sink: POST customer',
    ]);
    expect(write.facts).toMatchObject({ 'http.response.status_code': '200', 'twoway.purpose': 'live' });
    const outcome = await until(() => traces.ofTrace(write, 'process sync.outcome.v1'), {
      what: 'the span of the outcome',
    });
    expect(outcome.service).toBe('sync-processor');
  });

  it('goes from a poll of Unleashed to the write in the CRM', async () => {
    const { crm, unleashed } = pairs[11]!;
    await chain.sandbox.update(tenant, 'unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 20 7946 0322' });
    await shows('crm', 'companies', crm.Id, 'PhoneNumber', '+44 20 7946 0322');
    const write = await traces.written('crm-sink', crm.Id, 'PATCH Divisions');
    const path = await traces.pathTo(write);
    expect(path[0]).toMatch(/^unleashed-connector: read a /);
    expect(path.slice(1)).toEqual([
      'sync-processor: process unleashed.customer.v1',
      'crm-sink: process sync.command.crm.v1',
      'crm-sink: PATCH Divisions',
    ]);
  });

  it('says ids and codes, and nothing that people typed', async () => {
    const sent = collector.received();
    expect(sent).toContain(tenant);
    for (const value of ['Renamed in', '@crm.example', '@unleashed.example', '20 7946 0', 'Smith-', 'Anna ']) {
      expect([value, sent.includes(value)]).toEqual([value, false]);
    }
  });
});

describe('secrets', () => {
  it('are in no topic, log, metric or answer, also of what was refused', async () => {
    const secrets = await secretsOf(chain);
    const shown = await shownBy(chain, tenant);
    shown.set('traces', collector.received());
    expect(shown.get('refused credentials')).toContain('credentials are refused');
    for (const [what, text] of shown) {
      expect(text, what).not.toBe('');
      expect([what, secrets.filter((secret) => text.includes(secret))]).toEqual([what, []]);
    }
    for (const [what, text] of await keptBy(chain)) {
      expect([what, secrets.filter((secret) => text.includes(secret))]).toEqual([what, []]);
    }
  });
});

describe('from outside', () => {
  it("Kafka's own client reads of every topic what ours reads", async () => {
    await chain.agreed();
    // Nobody has edited the same field on both sides, no side was away, and nobody has had the sides compared.
    const mayBeEmpty: readonly Topic[] = ['sync.conflict.v1', 'sync.lane.v1', 'sync.alert.v1', 'sync.drift.v1'];
    const ours = () => Promise.all(TOPICS.map(async (topic) => linesOf(await readRaw(chain.cluster, topic))));
    const before = await ours();
    const names = TOPICS.map((topic) => chain.prefix + topic);
    const seen = await judge(kafkaOf(servers.kafkaBrokers), ...names);
    const after = await ours();
    for (const [index, topic] of TOPICS.entries()) {
      const theirs = linesOf(seen.filter((one) => one.topic === names[index]));
      if (!mayBeEmpty.includes(topic)) expect([topic, before[index]!.size > 0]).toEqual([topic, true]);
      expect([topic, [...before[index]!.difference(theirs)]]).toEqual([topic, []]);
      // Reading on, a feed may have added some meanwhile.
      expect([topic, [...theirs.difference(after[index]!)]]).toEqual([topic, []]);
    }
  }, 240_000);
});

/** Each record with its place, for comparison. */
function linesOf(records: readonly { partition: number; offset: bigint; value: Buffer | null }[]): Set<string> {
  return new Set(records.map((one) => `${one.partition} ${one.offset} ${one.value?.toString('base64')}`));
}

function get(side: Side, id: string): Promise<SandboxRecord> {
  return chain.sandbox.get(tenant, side, 'companies', id);
}

function addressesOf(customer: SandboxRecord): Record<string, unknown>[] {
  return (customer.Addresses ?? []) as Record<string, unknown>[];
}

function defaultAddress(customer: SandboxRecord): Record<string, unknown> | undefined {
  const all = addressesOf(customer);
  return all.find(({ IsDefault }) => IsDefault === true) ?? all[0];
}
