/**
 * A creation that the core orders is cut off after each of its steps in turn, on both APIs over HTTP and with what the sinks keep
 * in Redis. It is delivered again, answered, and ordered again as the core sees fit: there is one record, and one link of it that
 * wants nothing more (I4). A step is anything that leaves the logic of a sink: a call, a note, a claim.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Command, Outcome } from '#contracts';
import { createCrmClient } from '#prospect-crm';
import { parseOutbound, type RedisStore, systemClock } from '#runtime';
import { createBegunWrites, createWriteAnswers } from '#sink';
import { createUnleashedClient, DEFAULT_CONTACT_PHONE_KEY } from '#unleashed';
import {
  company,
  createTestTenant,
  crmContact,
  customer,
  unleashedContact,
} from '../../libs/sync-core/world.fixture.ts';
import { execute as executeOnCrm } from '../../services/crm-sink/core/execute.ts';
import { createCreationClaims } from '../../services/crm-sink/creation-claims.ts';
import { execute as executeOnUnleashed } from '../../services/unleashed-sink/core/execute.ts';
import { type Kit, startKit } from '../support/api-kit.ts';
import { useRedis } from '../support/redis.ts';

const TENANT = 'tenant-001';
/** Later than any request that a crash left behind may arrive. */
const LATER_MS = 41_000;
/** Steps at most of a creation; more would be a loop. */
const STEPS_MAX = 60;
/** Deliveries and waits within which it has to be made. */
const ROUNDS = 8;

// Two connections, as two instances of a sink have.
const { store, other } = useRedis('creation');
let kit: Kit;
beforeAll(async () => {
  kit = await startKit('creation', { tenants: 1, companies: 4 });
});
afterAll(() => kit?.stop());

type Tenant = ReturnType<typeof createTestTenant>;
type Side = 'crm' | 'unleashed';

/** A clock of the sinks that can be put forward, and what they keep in Redis by it. */
function memory(side: Side) {
  let aheadMs = 0;
  const now = (): number => Date.now() + aheadMs;
  const portsOf = (redis: RedisStore) => ({
    setting: () => null,
    now,
    isOurs: () => true,
    sleep: () => Promise.resolve(),
    failuresInARow: () => 0,
    noteShown: () => Promise.resolve(),
    noteWrite: async () => undefined,
    ...createBegunWrites(redis, side)(TENANT),
    ...createCreationClaims(redis, { ...systemClock, now })(TENANT),
  });
  return {
    async later() {
      aheadMs += LATER_MS;
      // The server's own clock cannot be put forward: what is over by ours is taken away, as it would have been.
      for (const key of await store.client.keys(`${store.prefix}*creating*`)) {
        if (Number(await store.client.get(key)) <= now()) await store.client.del(key);
      }
    },
    ports: portsOf(store),
    /** Those of a second instance. */
    otherPorts: portsOf(other),
  };
}

type Ports = ReturnType<typeof memory>['ports'];
type Delivery = (command: Command, ports: Ports, step: () => Promise<void>) => Promise<Outcome>;

/** Each asynchronous method of an object becomes a step: it takes effect, and then the process may be gone. */
function stepped<T extends object>(given: T, names: readonly (keyof T)[], step: () => Promise<void>): T {
  const copy: T = { ...given };
  for (const name of names) {
    const method = given[name];
    if (typeof method !== 'function') continue;
    const wrapped = async (...args: unknown[]): Promise<unknown> => {
      const result: unknown = await Reflect.apply(method, given, args);
      await step();
      return result;
    };
    Object.assign(copy, { [name]: wrapped });
  }
  return copy;
}

const NOTES = ['hasBegun', 'hasBegunAgain', 'beginWrite', 'noteShown', 'claimCreation', 'releaseCreation'] as const;
/** The account that all companies of these tests have. */
const ACCOUNT = '11111111-1111-4111-8111-111111111111';
let contacts = 7_000;

/** How a creation comes to be ordered and is delivered to each side, and what is there afterwards. */
const SIDES: Record<
  Side,
  { deliver: Delivery; order(tenant: Tenant, lastName: string): Promise<void>; collection: string; name: string }
> = {
  crm: {
    collection: 'crm/contacts',
    name: 'Surname',
    async order(tenant, lastName) {
      const { items } = await kit.look(`/tenants/${TENANT}/crm/companies`);
      const parent = (items as Record<string, unknown>[]).find((row) => row.StatusFlag === 'A');
      tenant.see('crm.company.v1', company(`${parent?.Id}`, ACCOUNT));
      tenant.see('unleashed.customer.v1', customer(ACCOUNT, `C${parent?.Id}`));
      tenant.see('unleashed.contact.v1', unleashedContact(crypto.randomUUID(), ACCOUNT, valuesOf(lastName)));
    },
    async deliver(command, ports, step) {
      const access = { baseUrl: `${kit.sandboxUrl}/crm`, token: `sandbox-${TENANT}-token` };
      const client = createCrmClient({ ...access, outbound: parseOutbound('127.0.0.1') });
      const api = stepped(client, ['get', 'patch', 'post'], step);
      const own = {
        ownEvents: { expect: async () => undefined, expectNoMore: async () => undefined },
        unread: { note: async () => true },
        answers: createWriteAnswers(null),
        onWrongAnswer: () => undefined,
      };
      return executeOnCrm(command, { ...stepped(ports, NOTES, step), api, ...own });
    },
  },
  unleashed: {
    collection: 'unleashed/contacts',
    name: 'LastName',
    async order(tenant, lastName) {
      const { items } = await kit.look(`/tenants/${TENANT}/unleashed/companies`);
      const guid = `${(items as Record<string, unknown>[])[0]?.Guid}`.toLowerCase();
      contacts += 1;
      tenant.see('crm.company.v1', company('1', guid));
      tenant.see('unleashed.customer.v1', customer(guid, 'C1'));
      tenant.see('crm.contact.v1', crmContact(`${contacts}`, '1', valuesOf(lastName)));
      tenant.request({ kind: 'sync-contact', entity: 'contact', side: 'crm', recordId: `${contacts}` });
    },
    async deliver(command, ports, step) {
      const account = { apiId: `sandbox-${TENANT}-id`, apiKey: `sandbox-${TENANT}-key` };
      const baseUrl = `${kit.sandboxUrl}/unleashed`;
      const client = createUnleashedClient({ baseUrl, outbound: parseOutbound('127.0.0.1'), ...account });
      const api = stepped(client, ['list', 'getCustomer', 'postContact', 'putContact'], step);
      const own = {
        phoneKey: DEFAULT_CONTACT_PHONE_KEY,
        answers: createWriteAnswers(16),
        onWrongAnswer: () => undefined,
      };
      return executeOnUnleashed(command, { ...stepped(ports, NOTES, step), api, ...own });
    },
  },
};

function valuesOf(lastName: string) {
  return { firstName: 'Ada', lastName, email: `${lastName}@example.com`, phone: '1', mobile: '2', fax: '3' };
}

describe.each(['crm', 'unleashed'] as const)('a contact made in %s', (side) => {
  const { deliver, order, collection, name } = SIDES[side];
  const noStep = (): Promise<void> => Promise.resolve();

  /** A tenant whose core has ordered the creation, and what the sinks keep. */
  async function ordered(lastName: string) {
    const tenant = createTestTenant({ enabled: 'true' });
    tenant.tick(Date.now() - tenant.now());
    await order(tenant, lastName);
    // A counterpart might be on its way.
    tenant.wait(2_000);
    const [command] = tenant.open;
    if (command === undefined) throw new Error('nothing was ordered');
    expect(command).toMatchObject({ op: 'create', side });
    return { tenant, command, ...memory(side) };
  }

  const linksOf = ({ state }: Tenant) => [...state.links.values()].filter(({ entity }) => entity === 'contact');

  /** Delivers, answers and waits until the core wants nothing more; then there is one record, and the link has it. */
  async function expectOne(lastName: string, { tenant, ports, later }: Awaited<ReturnType<typeof ordered>>) {
    for (let round = 0; round < ROUNDS && linksOf(tenant).some((link) => link[side] === null); round++) {
      const [command] = tenant.open;
      if (command !== undefined) tenant.answer(await deliver(command, ports, noStep));
      else {
        await later();
        tenant.wait(LATER_MS);
      }
    }
    const { items } = await kit.look(`/tenants/${TENANT}/${collection}?search=${lastName}&limit=50`);
    const there = (items as Record<string, unknown>[]).filter((row) => row[name] === lastName);
    const links = linksOf(tenant);
    expect(there.map((row) => `${row.Id}`.toLowerCase())).toEqual(links.map((link) => link[side]?.id));
    expect(links).toHaveLength(1);
    expect(links[0]?.fields.map(({ field, agreed }) => [field, agreed])).toEqual(
      Object.entries(valuesOf(lastName)).map(([field, value]) => [field, { crm: value, unleashed: value }]),
    );
    tenant.wait(86_400_000);
    expect(tenant.open).toEqual([]);
  }

  test.each(['delivered again', 'given up'])(
    'is one, wherever the sink was killed and its command %s',
    async (then) => {
      let isThrough = false;
      let cut = 0;
      for (; !isThrough; cut++) {
        expect(cut).toBeLessThan(STEPS_MAX);
        const lastName = `Step${side}${then.length}n${cut}x`;
        const creation = await ordered(lastName);
        let steps = 0;
        let killed = (): void => undefined;
        const isKilled = new Promise<'killed'>((resolve) => {
          killed = () => resolve('killed');
        });
        const first = deliver(creation.command, creation.ports, () => {
          steps += 1;
          if (steps <= cut) return Promise.resolve();
          killed();
          return new Promise(() => undefined);
        });
        const answer = await Promise.race([first, isKilled]);
        isThrough = answer !== 'killed';
        // Its successor gets the same command, or nobody does and the core orders anew.
        if (then === 'given up' && !isThrough) {
          await creation.later();
          creation.tenant.open.shift();
          creation.tenant.wait(2 * LATER_MS);
        }
        await expectOne(lastName, creation);
      }
      expect(cut).toBeGreaterThan(3);
    },
    120_000,
  );

  test('is one, when its answer is lost', async () => {
    const fault = { side, kind: 'lostResponse', methods: ['POST'], path: 'Contacts', remaining: 1 };
    await kit.control('POST', `/tenants/${TENANT}/faults`, fault);
    const lastName = `Lost${side}x`;
    await expectOne(lastName, await ordered(lastName));
  });

  test('is one, when two instances have the command at once', async () => {
    const lastName = `Twins${side}x`;
    const creation = await ordered(lastName);
    const { tenant, command, ports, otherPorts } = creation;
    const outcomes = await Promise.all([deliver(command, ports, noStep), deliver(command, otherPorts, noStep)]);
    // Both answer, the slower one without being asked any more.
    for (const [offset, record] of outcomes.entries()) {
      if (offset === 0) tenant.answer(record);
      else tenant.feed({ kind: 'outcome', record, origin: { topic: 'sync.outcome.v1', partition: 0, offset: 9_000 } });
    }
    await expectOne(lastName, creation);
  });
});
