/**
 * Rows of the table of failures that no single answer shows, by their names, on both sinks as processes: against the simulated
 * systems, on the real Kafka, registry and Redis. Rows of failed calls: libs/sink/failures-rows.test.ts.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Command, type Outcome, type Setting, settingKey } from '#contracts';
import { OTHER_FAILURES } from '../../libs/sink/failures.ts';
import { type Kit, startKit } from '../support/api-kit.ts';
import { createOrders, EVENTUALLY, fields, next, type Row, TENANT } from '../support/orders.ts';
import { settingWith } from '../support/records.ts';
import { until } from '../support/until.ts';

type RowName = keyof typeof OTHER_FAILURES;

let kit: Kit;
beforeAll(async () => {
  kit = await startKit('rows', { tenants: 1, companies: 40 });
  await Promise.all([kit.start('crm-sink'), kit.start('unleashed-sink')]);
});
afterEach(async () => {
  await kit.control('DELETE', '/tenants/*/faults');
});
afterAll(() => kit?.stop());

/** What both sides call by other names. */
const SIDES = {
  crm: { method: 'PATCH', property: 'Fax', missing: '99999999' },
  unleashed: { method: 'POST', property: 'Notes', missing: crypto.randomUUID() },
} as const;

describe.each(['crm', 'unleashed'] as const)('%s', (side) => {
  const { method, property, missing } = SIDES[side];
  let orders: ReturnType<typeof createOrders>;
  let companies: Row[];
  let version = 1;

  beforeAll(async () => {
    orders = createOrders(kit, side);
    const all = await orders.items(`${TENANT}/${side}/companies?limit=200`);
    companies = all.filter((row) => row.StatusFlag !== 'D' && row.Obsolete !== true && row.PhoneNumber);
  });

  const phoneOf = async (row: Row): Promise<unknown> =>
    (await kit.look(`/tenants/${TENANT}/${side}/companies/${row.Id}`)).PhoneNumber;
  const update = (row: Row, value: string, expected = `${row.PhoneNumber}`): Partial<Command> => ({
    targetId: `${row.Id}`.toLowerCase(),
    fields: fields(['phone', expected, value]),
    settingVersion: version,
  });
  const send = (changes: Partial<Setting>): Promise<void> => {
    version += 1;
    const setting = settingWith({ tenantId: TENANT, version, changedAtMs: Date.now(), ...changes });
    return kit.send('sync.setting.v1', TENANT, settingKey(TENANT), setting);
  };

  /** A command that older settings allowed, once newer ones have arrived, which do not; then all is as it was. */
  async function against(changes: Partial<Setting>, code: string): Promise<{ outcome: Outcome; row: Row }> {
    const row = next(companies);
    const before = { settingVersion: version };
    await send(changes);
    // It can write nothing: its field shows something else than it expects.
    const probe = { ...update(row, '2', 'shown by nobody'), ...before };
    await until(async () => (await orders.carryOut(probe)).code === code, EVENTUALLY);
    const outcome = await orders.carryOut({ ...update(row, '1'), ...before });
    await send({});
    await until(async () => (await orders.carryOut(probe)).code === 'ok', EVENTUALLY);
    return { outcome, row };
  }

  const CASES: Record<RowName, () => Promise<void>> = {
    async 'fate-unknown'() {
      const row = next(companies);
      await orders.fault({ kind: 'lateWrite', methods: [method], remaining: 1, delayMs: 3_000 });
      const outcome = await orders.carryOut(update(row, '11'));
      expect(outcome).toMatchObject({ result: 'unknown', code: 'fate-unknown', scope: 'record' });
      expect(outcome.shown).toContainEqual({ field: 'phone', value: `${row.PhoneNumber}` });
      // It comes after all, as it may.
      await until(async () => (await phoneOf(row)) === '11', EVENTUALLY);
    },
    async 'second-writer'() {
      const row = next(companies);
      const ordered = update(row, '12');
      await kit.person('PATCH', `${TENANT}/${side}/companies/${row.Id}`, { PhoneNumber: 'of a person' });
      const outcome = await orders.carryOut(ordered);
      expect(outcome).toMatchObject({ result: 'applied', code: 'ok', fields: [{ result: 'changed' }] });
      expect(outcome.shown).toContainEqual({ field: 'phone', value: 'of a person' });
      expect(await phoneOf(row)).toBe('of a person');
    },
    async 'other-field-drift'() {
      const row = next(companies);
      await orders.fault({ kind: 'latency', methods: [method], delayMs: 1_000, afterEffect: true, remaining: 1 });
      const answer = orders.carryOut(update(row, '13'));
      await until(async () => (await phoneOf(row)) === '13', EVENTUALLY);
      await kit.person('PATCH', `${TENANT}/${side}/companies/${row.Id}`, { [property]: 'of a shop' });
      const outcome = await answer;
      expect(outcome).toMatchObject({ result: 'applied', code: 'other-field-drift' });
      expect(outcome.message).toContain(property);
    },
    async 'deadline-passed'() {
      const row = next(companies);
      const outcome = await orders.carryOut({ ...update(row, '14'), deadlineMs: Date.now() - 1 });
      expect(outcome).toMatchObject({ result: 'superseded', code: 'deadline-passed', calls: 0 });
      expect(await phoneOf(row)).toBe(row.PhoneNumber);
    },
    async 'setting-changed'() {
      const { outcome, row } = await against({ enabled: false }, 'setting-changed');
      expect(outcome).toMatchObject({ result: 'superseded', code: 'setting-changed' });
      expect(await phoneOf(row)).toBe(row.PhoneNumber);
    },
    async paused() {
      for (const pause of [{ pausedSides: [side] }, { pausedEntities: ['company'] }]) {
        const { outcome, row } = await against(pause, 'paused');
        expect(outcome).toMatchObject({ result: 'superseded', code: 'paused' });
        expect(await phoneOf(row)).toBe(row.PhoneNumber);
      }
    },
    async 'target-deleted'() {
      const gone = await orders.carryOut({ ...update(next(companies), '15'), targetId: missing });
      expect(gone).toMatchObject({ result: 'refused', code: 'target-missing' });
      // Unleashed shows nothing of a contact that was deleted; the CRM marks it.
      const [contact] = await orders.items(`${TENANT}/${side}/contacts?limit=200`);
      await kit.person('DELETE', `${TENANT}/${side}/contacts/${contact?.Id}`);
      const deleted = await orders.carryOut({
        ...{ entity: 'contact', targetId: `${contact?.Id}`.toLowerCase(), fields: fields(['fax', '', '15']) },
        parentId: `${contact?.CustomerGuid ?? contact?.DivisionId}`.toLowerCase(),
      });
      expect(deleted).toMatchObject({ result: 'refused', code: side === 'crm' ? 'target-deleted' : 'target-missing' });
    },
    async 'command-invalid'() {
      for (const wrong of [{ op: 'delete' }, { entity: 'person' }, { targetId: '../1' }]) {
        const outcome = await orders.carryOut({ ...update(next(companies), '16'), ...wrong });
        expect(outcome).toMatchObject({ result: 'refused', code: 'command-invalid', calls: 0 });
      }
    },
  };

  test.each(Object.keys(OTHER_FAILURES) as RowName[])('%s', (name) => CASES[name]());
});
