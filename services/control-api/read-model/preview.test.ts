import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { company, createTestTenant, customer, unleashedContact } from '../../../libs/sync-core/world.fixture.ts';
import { createTestFile, type Input, type TestFile } from './file.fixture.ts';
import { PreviewError, previewOf } from './preview.ts';
import type { Asked } from './question.ts';

const guid = (kind: number, number: number): string =>
  `${kind.toString().repeat(8)}-0000-4000-8000-00000000000${number}`;
let file: TestFile;
let asked: Asked;

/** Three pairs of companies, of which two differ, one contact that the CRM has not got, and one company without an account. */
beforeEach(async () => {
  file = await createTestFile();
  const tenant = createTestTenant({ enabled: 'false' });
  const links: Input[] = [];
  const see: typeof tenant.see = (topic, record) => {
    const effects = tenant.see(topic, record);
    links.push(...[...effects.links].map(([key, link]): Input => ({ topic: 'sync.link.v1', key, record: link })));
    return effects;
  };
  see('crm.company.v1', company('1', guid(1, 1), { phone: '9' }));
  see('crm.company.v1', company('2', guid(1, 2), { phone: '8', website: '' }));
  see('crm.company.v1', company('3', guid(1, 3)));
  see('crm.company.v1', company('4', '', { account: null }));
  tenant.tick(10_000);
  for (const number of [1, 2, 3]) see('unleashed.customer.v1', customer(guid(1, number), `C${number}`));
  see('unleashed.contact.v1', unleashedContact(guid(2, 1), guid(1, 1)));
  await file.put(links);
  await file.build();
  const row = file.reading.get<{ no: number }>("SELECT no FROM tenants WHERE tenant_id = 't'");
  asked = {
    connection: file.reading,
    codec: file.codec,
    generation: 'g',
    tenant: { id: 't', no: row?.no ?? 0 },
    setting: tenant.state.setting,
    lanes: [],
  };
});
afterEach(() => file.remove());

describe('a preview', () => {
  test('of switching on: what differs, what would be written where, and what it costs', () => {
    const preview = previewOf(asked, { enabled: 'true' }, 1_000);
    expect(preview).toMatchObject({ records: 4, differ: 2, makes: 1, questions: 0, held: 0 });
    // The customers were read last: theirs are the later values.
    expect(preview.writes).toEqual({ crm: 2, unleashed: 0 });
    expect(preview.fields).toEqual([
      { field: 'company.phone', differ: 2, replaces: 2, toCrm: 2, toUnleashed: 0, questions: 0, held: 0 },
      { field: 'company.website', differ: 1, replaces: 0, toCrm: 1, toUnleashed: 0, questions: 0, held: 0 },
    ]);
    expect(preview.calls).toEqual({ crm: 11, unleashed: 0 });
    expect(preview.matches).toEqual([{ entity: 'company', by: 'stored-id', confidence: 'certain', count: 3 }]);
    expect(preview.outside).toMatchObject([{ entity: 'company', state: 'not-eligible', count: 1 }]);
  });

  test('follows the direction of each field', () => {
    const change = { enabled: 'true', 'alignmentPolicy.company.phone': 'crm' };
    const preview = previewOf(asked, change, 1_000);
    expect(preview.writes).toEqual({ crm: 1, unleashed: 2 });
    expect(preview.calls.unleashed).toBe(4);
    expect(preview.unleashedMonthShare).toBeCloseTo(0.004);
    const asking = previewOf(asked, { ...change, 'alignmentPolicy.company.phone': 'ask' }, 1_000);
    expect(asking).toMatchObject({ questions: 2, writes: { crm: 1, unleashed: 0 } });
    const held = previewOf(asked, { ...change, alignment: 'hold' }, 1_000);
    expect(held).toMatchObject({ held: 2, writes: { crm: 0, unleashed: 0 } });
  });

  test('of nothing: as things are; and of what would be refused: why', () => {
    expect(previewOf(asked, {}, 1_000)).toMatchObject({ records: 0, differ: 0, makes: 0 });
    expect(() => previewOf(asked, { nonsense: '1' }, 1_000)).toThrow(PreviewError);
    expect(() => previewOf(asked, { accountManagersOvernight: 'true' }, 1_000)).toThrow(
      expect.objectContaining({ reason: 'setting-needs-account-managers' }),
    );
    expect(previewOf({ ...asked, setting: null }, { enabled: 'true' }, 0)).toMatchObject({ records: 0 });
  });
});
