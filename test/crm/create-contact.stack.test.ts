/** crm-sink makes contacts: once, whatever crashes or gets lost on the way (I4). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Command, Outcome } from '#contracts';
import { type Kit, type Service, startKit } from '../support/api-kit.ts';
import { createOrders, EVENTUALLY, fields, next, type Row, results, shown, TENANT } from '../support/orders.ts';
import { until } from '../support/until.ts';

let kit: Kit;
let sink: Service;
let orders: ReturnType<typeof createOrders>;
let companies: Row[];

const guid = () => crypto.randomUUID();
const VALUES = fields(
  ['firstName', '', 'Zoë'],
  ['lastName', '', `Öztürk-${Date.now()}`],
  ['email', '', 'zoe@example.com'],
  ['phone', '', '1'],
  ['mobile', '', '2'],
  ['fax', '', '3'],
);
const named = (lastName: string) =>
  VALUES.map((field) => (field.field === 'lastName' ? { ...field, value: lastName } : field)).map((field) =>
    field.field === 'email' ? { ...field, value: `${lastName}@example.com` } : field,
  );

const creation = (parent: Row, lastName: string, marker = `unleashed:${guid()}`): Partial<Command> => ({
  op: 'create',
  entity: 'contact',
  parentId: String(parent.Id),
  marker,
  roleCode: 'MAIN',
  fields: named(lastName),
});

const marked = async (marker: string) =>
  (await orders.items(`${TENANT}/crm/contacts?limit=500`)).filter((row) => row.AlternateReference === marker);
const called = async (lastName: string) =>
  (await orders.items(`${TENANT}/crm/contacts?search=${lastName}&limit=500`)).filter((row) => row.Surname === lastName);

beforeAll(async () => {
  kit = await startKit('crm-create', { tenants: 1, companies: 24 });
  orders = createOrders(kit, 'crm');
  companies = (await orders.items(`${TENANT}/crm/companies`)).filter((row) => row.StatusFlag === 'A');
  sink = await kit.start('crm-sink');
});

afterEach(async () => {
  await kit.control('DELETE', '/tenants/*/faults');
  await kit.control('PATCH', '/tenants/*/switches', { crm: { postDrops: 'some' } });
});

afterAll(() => kit?.stop());

describe('a creation', () => {
  test('makes the contact once, with what POST drops', async () => {
    const parent = next(companies);
    const marker = `unleashed:${guid()}`;
    const outcome = await orders.carryOut(creation(parent, 'Once', marker));
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok', created: true, parentId: String(parent.Id) });
    expect(shown(outcome)).toMatchObject({ firstName: 'Zoë', mobile: '2', fax: '3' });
    expect(new Set(outcome.fields.map((field) => field.result))).toEqual(new Set(['written']));
    expect(await orders.contact(outcome.targetId)).toMatchObject({
      AlternateReference: marker,
      RoleCode: 'MAIN',
      Fax: '3',
    });
    const again = await orders.carryOut(creation(parent, 'Once', marker));
    expect(again).toMatchObject({ result: 'applied', targetId: outcome.targetId, created: false });
    expect(await marked(marker)).toHaveLength(1);
  });

  test('takes the contact that a person has made, fills its blanks and keeps the rest', async () => {
    const parent = next(companies);
    const marker = `unleashed:${guid()}`;
    const person = await kit.person('POST', `${TENANT}/crm/contacts`, {
      DivisionId: Number(parent.Id),
      Forename: 'Zoë',
      Surname: 'Known',
      PhoneNumber: '777',
    });
    const outcome = await orders.carryOut(creation(parent, 'Known', marker));
    expect(outcome).toMatchObject({ result: 'applied', targetId: person.Id, created: false });
    expect(results(outcome)).toMatchObject({ phone: 'changed', email: 'written', lastName: 'already' });
    expect(await orders.contact(person.Id)).toMatchObject({ AlternateReference: marker, PhoneNumber: '777', Fax: '3' });
  });

  test('whose answer is lost is found, even if POST drops the marker', async () => {
    await kit.control('PATCH', `/tenants/${TENANT}/switches`, { crm: { postDrops: 'markers' } });
    const parent = next(companies);
    const marker = `unleashed:${guid()}`;
    await orders.fault({ kind: 'lostResponse', methods: ['POST'], path: 'Contacts', remaining: 1 });
    const outcome = await orders.carryOut(creation(parent, 'Lostanswer', marker));
    expect(outcome).toMatchObject({ result: 'applied', created: true });
    expect(await called('Lostanswer')).toHaveLength(1);
    expect(await marked(marker)).toHaveLength(1);
  });

  test('that comes late is not made a second time meanwhile', async () => {
    const parent = next(companies);
    const marker = `unleashed:${guid()}`;
    await orders.fault({ kind: 'lateWrite', delayMs: 4_000, methods: ['POST'], path: 'Contacts', remaining: 1 });
    const first = await orders.carryOut(creation(parent, 'Late', marker));
    expect(first).toMatchObject({ result: 'unknown', code: 'fate-unknown' });
    const second = await orders.carryOut(creation(parent, 'Late', marker));
    expect(second).toMatchObject({ result: 'deferred', code: 'fate-unknown' });
    await until(async () => (await marked(marker)).length === 1, EVENTUALLY);
    expect(await orders.carryOut(creation(parent, 'Late', marker))).toMatchObject({ result: 'applied' });
    expect(await called('Late')).toHaveLength(1);
  });

  describe('survives a kill of the sink', () => {
    /** A creation that was claimed and may have been sent is not tried again for 40 s (creation-claims.ts). */
    const CLAIMED = { timeoutMs: 60_000, what: 'the claim to pass' };
    /** The processor's part: whoever is back before the first request has arrived puts the creation off, and it is ordered again. */
    const toTheEnd = async (first: Outcome, order: Partial<Command>): Promise<Outcome> => {
      let last = first;
      await until(async () => {
        if (last.result === 'deferred' && last.code === 'fate-unknown') last = await orders.carryOut(order);
        return last.result !== 'deferred';
      }, CLAIMED);
      return last;
    };
    const gets = async (since: unknown) =>
      ((await kit.look(`/calls?tenant=${TENANT}&side=crm&since=${String(since)}`)).items as Row[]).length;
    const cases = {
      'while its request is on the way': {
        fault: { methods: ['POST'], delayMs: 1_500 },
        // A request shows when its answer goes out: it is on the way a moment after what is read before it.
        isThere: async (_marker: string, since: unknown) => (await gets(since)) >= 2 && (await sleep(300, true)),
      },
      'while its answer is on the way': {
        fault: { methods: ['POST'], delayMs: 30_000, afterEffect: true },
        isThere: async (marker: string) => (await marked(marker)).length === 1,
      },
      'while what POST dropped is being added': {
        fault: { methods: ['PATCH'], delayMs: 30_000, afterEffect: true },
        isThere: async (marker: string) => (await marked(marker))[0]?.Fax === '3',
      },
    };
    for (const [name, { fault: delay, isThere }] of Object.entries(cases)) {
      test(name, { timeout: 90_000 }, async () => {
        const parent = next(companies);
        const marker = `unleashed:${guid()}`;
        const lastName = `Kill${marker.slice(-6)}`;
        await orders.fault({ kind: 'latency', ...delay });
        const since = (await kit.look(`/calls?tenant=${TENANT}&side=crm&limit=1`)).lastSeq;
        const command = await orders.order(creation(parent, lastName, marker));
        await until(() => isThere(marker, since), { ...EVENTUALLY, what: 'the creation to come so far' });
        await sink.end('SIGKILL');
        await kit.control('DELETE', '/tenants/*/faults');
        sink = await kit.start('crm-sink');
        const outcome = await toTheEnd(await orders.outcomeOf(command), creation(parent, lastName, marker));
        expect(outcome).toMatchObject({ result: 'applied' });
        expect(await called(lastName)).toHaveLength(1);
        expect(await orders.contact(outcome.targetId)).toMatchObject({ AlternateReference: marker, Fax: '3' });
      });
    }
  });

  test('under a role or a company that is not there is refused with that reason', async () => {
    const parent = next(companies);
    const role = await orders.carryOut({ ...creation(parent, 'Norole'), roleCode: 'NOPE' });
    expect(role).toMatchObject({ result: 'refused', code: 'role-unknown' });
    const none = await orders.carryOut(creation({ Id: '88888888' }, 'Noparent'));
    expect(none).toMatchObject({ result: 'refused', code: 'parent-missing' });
  });
});
