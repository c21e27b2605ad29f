/** Everything of ours is gone, topics and Redis, and both systems are still there: records find each other again. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deleteTopics, kafkaOf } from '#test/support/kafka.ts';
import { useStack } from '#test/support/stack.ts';
import { until } from '#test/support/until.ts';
import { COMPANY_FIELDS, CONTACT_FIELDS, companyPairs, textOf } from '../../services/cli/sandbox-client/pairs.ts';
import { setUp } from '../../services/cli/setup.ts';
import { PIPELINE } from '../../services/cli/supervisor/plan.ts';
import { startTestSystem, type TestSystem } from '../e2e/system.ts';

const FIELDS = { companies: COMPANY_FIELDS, contacts: CONTACT_FIELDS };
const SIDES = ['crm', 'unleashed'] as const;
let chain: TestSystem;

beforeAll(async () => {
  chain = await startTestSystem('lost', useStack(), { tenants: 1, companies: 12 });
  await chain.agreed();
}, 240_000);
afterAll(() => chain?.stop(), 60_000);

/** Every record of both systems with its synced fields, by place. */
async function picture(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const tenant of chain.tenants) {
    for (const [at, side] of SIDES.entries()) {
      for (const kind of ['companies', 'contacts'] as const) {
        for (const record of await chain.sandbox.list(tenant, side, kind)) {
          const values = FIELDS[kind].map((names) => textOf(record, names[at] ?? ''));
          found.set(`${side} ${kind} ${record.Id}`, values);
        }
      }
    }
  }
  return found;
}

/** Whether the sync has nothing left to do for this tenant. */
async function nothingWaits(tenant: string): Promise<boolean> {
  const { body } = await chain.control('GET', `/v1/tenants/${tenant}/records?state=waiting&limit=1`);
  return (body as { records: unknown[] }).records.length === 0;
}

async function emptyRedis(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}

it('is linked again by ids and markers: nothing is made twice, nothing altered, and edits flow', async () => {
  const tenant = chain.tenants[0] ?? '';
  const [pair, other] = await companyPairs(chain.sandbox, tenant);
  if (pair === undefined || other === undefined) throw new Error('the sandbox has no pairs');
  // One contact that was made by this sync, with its marker, as are those that Unleashed alone had at the beginning.
  await chain.sandbox.create(tenant, 'unleashed', 'contacts', {
    CustomerGuid: pair.unleashed.Id,
    FirstName: 'Mara',
    LastName: 'Twice',
    EmailAddress: 'mara@twice.example',
  });
  // And two that were made in Unleashed: their GUIDs say for whom, and nothing in the CRM does.
  const press = async (Forename: string, Email: string) => {
    const fields = { DivisionId: Number(pair.crm.Id), Forename, Surname: 'Pressed', Email };
    const contact = await chain.sandbox.create(tenant, 'crm', 'contacts', fields);
    await until(
      async () => {
        const order = { kind: 'sync-contact', recordId: contact.Id };
        return (await chain.control('POST', `/v1/tenants/${tenant}/requests`, order)).status === 200;
      },
      { timeoutMs: 60_000, what: 'the button to be pressed' },
    );
    return contact;
  };
  const pressed = await press('Nell', 'nell@pressed.example');
  const moved = await press('Moll', 'moll@pressed.example');
  const madeFor = async (...emails: string[]) =>
    (await chain.sandbox.list(tenant, 'unleashed', 'contacts')).filter(({ EmailAddress }) =>
      emails.includes(`${EmailAddress}`),
    );
  const made = () => madeFor('nell@pressed.example', 'ella@elsewhere.example');
  const madeMoved = () => madeFor('moll@pressed.example', 'molly@elsewhere.example');
  await until(async () => (await made()).length === 1 && (await madeMoved()).length === 1, {
    timeoutMs: 60_000,
    what: 'the contacts in Unleashed',
  });
  await until(
    async () => {
      const contacts = await chain.sandbox.list(tenant, 'crm', 'contacts');
      return contacts.some(({ Surname }) => Surname === 'Twice') && (await nothingWaits(tenant));
    },
    { timeoutMs: 60_000, what: 'the contacts in the CRM' },
  );
  await chain.agreed();

  const { supervisor, env } = chain.system;
  await Promise.all(PIPELINE.map((name) => supervisor.stopService(name)));
  const kept = await picture();
  const { kafkaBrokers, schemaRegistryUrl, redisUrl } = useStack();
  await deleteTopics(kafkaBrokers, chain.prefix);
  await emptyRedis(redisUrl, chain.prefix);
  await setUp({
    kafka: kafkaOf(kafkaBrokers),
    registry: { url: schemaRegistryUrl },
    topicPrefix: chain.prefix,
    partitions: Number(env.TOPIC_PARTITIONS),
  });
  // Somebody works while nobody looks.
  await chain.sandbox.update(tenant, 'crm', 'companies', other.crm.Id, { Website: 'https://while-away.example' });
  // Nobody would take it for the same by its name or its address now.
  const renamed = { Forename: 'Ella', Surname: 'Elsewhere', Email: 'ella@elsewhere.example' };
  await chain.sandbox.update(tenant, 'crm', 'contacts', pressed.Id, renamed);
  // Nor this one, who works for another company by now.
  const elsewhere = {
    DivisionId: Number(other.crm.Id),
    Forename: 'Molly',
    Surname: 'Moved',
    Email: 'molly@elsewhere.example',
  };
  await chain.sandbox.update(tenant, 'crm', 'contacts', moved.Id, elsewhere);
  await Promise.all(PIPELINE.map((name) => supervisor.restart(name)));

  // An edit shows that the link is there again.
  await chain.sandbox.update(tenant, 'crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 20 7946 0001' });
  await until(
    async () =>
      (await chain.sandbox.get(tenant, 'unleashed', 'companies', pair.unleashed.Id)).PhoneNumber === '+44 20 7946 0001',
    { timeoutMs: 120_000, what: 'the edit on the other side' },
  );
  await chain.agreed();
  await until(
    async () => {
      const theirs = (await made())[0]?.EmailAddress;
      const { Email: ours } = await chain.sandbox.get(tenant, 'crm', 'contacts', pressed.Id);
      return theirs === ours && (await nothingWaits(tenant));
    },
    { timeoutMs: 60_000, what: 'both sides of the renamed contact to agree' },
  );
  const after = await picture();
  expect([...after.keys()].toSorted()).toEqual([...kept.keys()].toSorted());
  const altered = [...after]
    .filter(([place, values]) => values.join() !== kept.get(place)?.join())
    .map(([place]) => place);
  const edited = [pair, other]
    .flatMap(({ crm, unleashed }) => [`crm companies ${crm.Id}`, `unleashed companies ${unleashed.Id}`])
    .concat([`crm contacts ${pressed.Id}`, `unleashed contacts ${(await made())[0]?.Id}`, `crm contacts ${moved.Id}`]);
  expect(altered.filter((place) => !edited.includes(place))).toEqual([]);
  // It is known whose contact the moved one is, and nothing is written while its customer is another one.
  const [twin] = await madeMoved();
  const { body } = await chain.control('GET', `/v1/tenants/${tenant}/records/contact/u:${twin?.Id}`);
  expect(body).toMatchObject({ crmId: moved.Id, state: 'not-eligible', reason: 'contact-elsewhere' });
  // What was typed while nobody looked is the later one, and holds.
  expect((await chain.sandbox.get(tenant, 'unleashed', 'companies', other.unleashed.Id)).Website).toBe(
    'https://while-away.example',
  );
}, 300_000);
