/**
 * A creation is cut off after each of its steps in turn, on both APIs over HTTP: whatever was done by then, the next deliveries
 * make it one record, linked (I4). A step is anything that leaves the logic: a call, a note, a claim.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Command, EXAMPLES, type Outcome } from '#contracts';
import { createCrmClient } from '#prospect-crm';
import { parseOutbound } from '#runtime';
import { createWriteAnswers } from '#sink';
import { createUnleashedClient, DEFAULT_CONTACT_PHONE_KEY } from '#unleashed';
import { execute as executeOnCrm } from '../../services/crm-sink/core/execute.ts';
import { execute as executeOnUnleashed } from '../../services/unleashed-sink/core/execute.ts';
import { type Kit, startKit } from '../support/api-kit.ts';

const TENANT = 'tenant-001';
/** Later than any request that a crash left behind may arrive. */
const LATER_MS = 41_000;
/** Steps at most of a creation; more would be a loop. */
const STEPS_MAX = 60;

let kit: Kit;
beforeAll(async () => {
  kit = await startKit('creation', { tenants: 1, companies: 4 });
});
afterAll(() => kit?.stop());

/** What both sinks keep in Redis, kept here; one for all deliveries of a command. */
function memory() {
  const begun = new Set<string>();
  let claimedUntilMs = 0;
  let aheadMs = 0;
  const now = (): number => Date.now() + aheadMs;
  return {
    later: () => {
      aheadMs += LATER_MS;
    },
    ports: {
      setting: () => null,
      now,
      isOurs: () => true,
      sleep: () => Promise.resolve(),
      failuresInARow: () => 0,
      hasBegun: (id: string) => Promise.resolve(begun.has(id)),
      beginWrite: (id: string) => Promise.resolve(!begun.has(id) && begun.add(id) !== undefined),
      noteShown: () => Promise.resolve(),
      noteWrite: async () => undefined,
      claimCreation() {
        const isOurs = now() >= claimedUntilMs;
        if (isOurs) claimedUntilMs = now() + 40_000;
        return Promise.resolve({ isOurs, untilMs: claimedUntilMs, sendBeforeMs: isOurs ? now() + 10_000 : 0 });
      },
      releaseCreation() {
        claimedUntilMs = 0;
        return Promise.resolve();
      },
    },
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

const NOTES = ['hasBegun', 'beginWrite', 'noteShown', 'claimCreation', 'releaseCreation'] as const;

/** How a creation is delivered to each side, and what is there afterwards. */
const SIDES: Record<
  'crm' | 'unleashed',
  { deliver: Delivery; order(lastName: string): Promise<Command>; collection: string; name: string }
> = {
  crm: {
    collection: 'crm/contacts',
    name: 'Surname',
    async order(lastName) {
      const { items } = await kit.look(`/tenants/${TENANT}/crm/companies`);
      const parent = (items as Record<string, unknown>[]).find((row) => row.StatusFlag === 'A');
      const guid = crypto.randomUUID();
      return {
        ...commandOf('crm', lastName, `${parent?.Id}`),
        targetId: '',
        marker: `unleashed:${guid}`,
        roleCode: 'MAIN',
      };
    },
    async deliver(command, ports, step) {
      const access = { baseUrl: `${kit.sandboxUrl}/crm`, token: `sandbox-${TENANT}-token` };
      const client = createCrmClient({ ...access, outbound: parseOutbound('127.0.0.1') });
      const api = stepped(client, ['get', 'patch', 'post'], step);
      const own = {
        ownEvents: { expect: async () => undefined, expectNoMore: async () => undefined },
        unread: { note: async () => undefined, isDistrusted: async () => false },
        answers: createWriteAnswers(null),
        onWrongAnswer: () => undefined,
      };
      return executeOnCrm(command, { ...stepped(ports, NOTES, step), api, ...own });
    },
  },
  unleashed: {
    collection: 'unleashed/contacts',
    name: 'LastName',
    async order(lastName) {
      const { items } = await kit.look(`/tenants/${TENANT}/unleashed/companies`);
      const [parent] = items as Record<string, unknown>[];
      return { ...commandOf('unleashed', lastName, `${parent?.Guid}`.toLowerCase()), targetId: crypto.randomUUID() };
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

function commandOf(side: 'crm' | 'unleashed', lastName: string, parentId: string): Command {
  const values = { firstName: 'Ada', lastName, email: `${lastName}@example.com`, phone: '1', mobile: '2', fax: '3' };
  const fields = Object.entries(values).map(([field, value]) => ({ field, value, expected: '', source: value }));
  const deadlineMs = Date.now() + 3_600_000;
  const common = { tenantId: TENANT, side, entity: 'contact', op: 'create', parentId, fields, deadlineMs, attempt: 1 };
  return { ...EXAMPLES[`sync.command.${side}.v1`], ...common, commandId: `${TENANT}/contact/${lastName}#1` };
}

describe.each(['crm', 'unleashed'] as const)('a contact made in %s', (side) => {
  const { deliver, order, collection, name } = SIDES[side];
  const noStep = (): Promise<void> => Promise.resolve();

  async function expectOne(lastName: string, outcome: Outcome): Promise<void> {
    const { items } = await kit.look(`/tenants/${TENANT}/${collection}?search=${lastName}&limit=50`);
    const there = (items as Record<string, unknown>[]).filter((row) => row[name] === lastName);
    expect(there.map((row) => `${row.Id}`.toLowerCase())).toEqual([outcome.targetId]);
    expect(outcome.result).toBe('applied');
    expect((outcome.shown ?? []).find(({ field }) => field === 'fax')?.value).toBe('3');
  }

  test('is one, wherever the sink was killed', async () => {
    let isThrough = false;
    let cut = 0;
    for (; !isThrough; cut++) {
      expect(cut).toBeLessThan(STEPS_MAX);
      const lastName = `Step${side}${cut}x`;
      const command = await order(lastName);
      const { ports, later } = memory();
      let steps = 0;
      let killed = (): void => undefined;
      const isKilled = new Promise<'killed'>((resolve) => {
        killed = () => resolve('killed');
      });
      const first = deliver(command, ports, () => {
        steps += 1;
        if (steps <= cut) return Promise.resolve();
        killed();
        return new Promise(() => undefined);
      });
      const answer = await Promise.race([first, isKilled]);
      isThrough = answer !== 'killed';
      let last = isThrough ? (answer as Outcome) : null;
      for (let tries = 0; last?.result !== 'applied' && tries < 3; tries++) {
        later();
        last = await deliver(command, ports, noStep);
      }
      if (last === null) throw new Error('no outcome');
      await expectOne(lastName, last);
    }
    expect(cut).toBeGreaterThan(3);
  }, 120_000);

  test('is one, when its answer is lost', async () => {
    const fault = { side, kind: 'lostResponse', methods: ['POST'], path: 'Contacts', remaining: 1 };
    await kit.control('POST', `/tenants/${TENANT}/faults`, fault);
    const lastName = `Lost${side}x`;
    await expectOne(lastName, await deliver(await order(lastName), memory().ports, noStep));
  });

  test('is one, when two instances have the command at once', async () => {
    const lastName = `Twins${side}x`;
    const command = await order(lastName);
    const { ports, later } = memory();
    await Promise.all([deliver(command, ports, noStep), deliver(command, ports, noStep)]);
    later();
    await expectOne(lastName, await deliver(command, ports, noStep));
  });
});
