/** Whatever comes in which order and in which portions: every record is of the kind that the core says among all others. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factsOf, type RecordFacts } from '#sync-core';
import {
  company,
  createTestTenant,
  crmContact,
  customer,
  salesperson,
  unleashedContact,
  user,
} from '../../../libs/sync-core/world.fixture.ts';
import { createTestFile, type Input, type TestFile } from './file.fixture.ts';
import { packFacts } from './kinds.ts';

type Tenant = ReturnType<typeof createTestTenant>;
/** Something that happens to the tenant. */
type Happening = (tenant: Tenant) => unknown;

const guid = (kind: number, number: number): string =>
  `${kind.toString().repeat(8)}-0000-4000-8000-00000000000${number}`;
const one = fc.integer({ min: 1, max: 3 });
const word = fc.constantFrom('', 'a', 'b', 'Acme');
const rarely = fc.nat(5).map((number) => number === 0);
const manager = fc.constantFrom('', 'JBL', 'KAT');

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ id: one, guid: one, code: one, name: word, accountManager: manager, named: fc.boolean(), own: one }).map(
    (given): Happening =>
      (tenant) => {
        const { account, ...rest } = company(`${given.id}`, guid(1, given.guid), { name: given.name || 'x' });
        const { accountManager } = given;
        const changed = account && {
          ...account,
          customerCode: `C${given.code}`,
          // A customer is known by its id, or by its code alone.
          accountsId: given.named ? guid(1, given.guid) : '',
          defaultDivisionId: `${given.own}`,
        };
        tenant.see('crm.company.v1', { ...rest, accountManager, account: changed });
      },
  ),
  fc.record({ guid: one, code: one, name: word, obsolete: rarely, deleted: rarely, rep: one }).map(
    (given): Happening =>
      (tenant) => {
        const { obsolete, deleted } = given;
        const salesPersonGuid = guid(3, given.rep);
        const name = given.name || 'x';
        const shown = { obsolete, deleted, name, salesPersonGuid };
        tenant.see('unleashed.customer.v1', customer(guid(1, given.guid), `C${given.code}`, shown));
      },
  ),
  fc.record({ id: one, company: one, email: word, deleted: rarely }).map(
    (given): Happening =>
      (tenant) => {
        const { email, deleted } = given;
        tenant.see('crm.contact.v1', crmContact(`${given.id}`, `${given.company}`, { email, deleted }));
      },
  ),
  fc.record({ guid: one, company: one, email: word, deleted: rarely }).map(
    (given): Happening =>
      (tenant) => {
        const { email, deleted } = given;
        const parent = guid(1, given.company);
        tenant.see('unleashed.contact.v1', unleashedContact(guid(2, given.guid), parent, { email, deleted }));
      },
  ),
  fc
    .record({ code: fc.constantFrom('JBL', 'KAT'), email: word, ticked: fc.boolean() })
    .map(({ code, email, ticked }): Happening => {
      return (tenant) => tenant.see('crm.user.v1', user(code, code, email, { accountManager: ticked }));
    }),
  fc.record({ guid: one, email: word, obsolete: fc.boolean() }).map(
    (given): Happening =>
      (tenant) => {
        const { email, obsolete } = given;
        tenant.see('unleashed.salesperson.v1', salesperson(guid(3, given.guid), `N${given.guid}`, email, { obsolete }));
      },
  ),
  fc.constantFrom<Happening[]>(
    (tenant) => tenant.wait(5_000),
    (tenant) => tenant.open.length > 0 && tenant.answer(),
    (tenant) => tenant.open.length > 0 && tenant.answer({ result: 'refused', code: 'invalid-value', shown: null }),
    (tenant) => tenant.request({ kind: 'pause', entity: 'company', side: 'crm', recordId: '1' }),
    (tenant) => tenant.request({ kind: 'sync-contact', entity: 'contact', side: 'crm', recordId: '1' }),
    (tenant) => tenant.request({ settings: { conflictPolicy: 'ask' } }),
  ),
);

/** What is stored about each record, by its key. */
function stored(file: TestFile): Map<string, RecordFacts> {
  const rows = file.reading.all<{ entity: string; link_id: string; facts: string }>(
    'SELECT l.entity, l.link_id, k.facts FROM links l JOIN kinds k ON k.id = l.kind',
  );
  return new Map(rows.map(({ entity, link_id, facts }) => [`${entity}/${link_id}`, JSON.parse(facts)]));
}

function wanted({ state }: Tenant): Map<string, RecordFacts> {
  return new Map([...state.links].map(([ref, link]) => [ref, packFacts(factsOf(state, link))]));
}

test('every record is of the kind that it is among all others', { timeout: 60_000 }, async () => {
  const story = fc.array(fc.record({ happening, ends: fc.boolean() }), { minLength: 25, maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(story, fc.nat(8), async (steps, builtAt) => {
      const file = await createTestFile();
      try {
        const tenant = createTestTenant({ enabled: 'true', accountManagers: 'true' });
        const waiting: Input[] = [];
        for (const [index, { happening: happen, ends }] of steps.entries()) {
          const before = tenant.last();
          happen(tenant);
          const effects = tenant.last();
          if (effects === before || effects === null) continue;
          waiting.push(...[...effects.links].map(([key, record]): Input => ({ topic: 'sync.link.v1', key, record })));
          if (ends) await file.put(waiting.splice(0));
          if (index === builtAt) await file.build();
        }
        await file.put(waiting);
        if (!file.writer.isBuilt()) await file.build();
        expect(stored(file)).toEqual(wanted(tenant));
        const counts = file.reading.all<{ n: number }>(
          `SELECT 1 AS n FROM kinds k WHERE count <> (SELECT count(*) FROM links l WHERE l.kind = k.id)`,
        );
        expect(counts).toEqual([]);
      } finally {
        file.remove();
      }
    }),
    { numRuns: 40 },
  );
});
