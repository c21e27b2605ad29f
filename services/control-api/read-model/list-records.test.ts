/** Every list is what a look at every record gives, whichever way is taken, and a walk over its pages gives each record once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Setting } from '#contracts';
import { createTestTenant } from '../../../libs/sync-core/world.fixture.ts';
import type { RecordsAnswer } from './answers.ts';
import { createTestFile, type TestFile } from './file.fixture.ts';
import { listRecords, type RecordFilter } from './list-records.ts';
import { madeUpLink } from './made-up.ts';
import type { Asked } from './question.ts';
import { fold } from './search-text.ts';

const SIZES = { large: 2_000, small: 400 };
/** The large one is searched by the index, the small one without. */
const FEW = 400;

let file: TestFile;
const setting: Setting = createTestTenant({ enabled: 'true' }).state.setting!;

beforeAll(async () => {
  file = await createTestFile();
  for (const [tenant, size] of Object.entries(SIZES)) {
    const links = Array.from({ length: size }, (_, number) => madeUpLink(tenant, number));
    await file.put(
      links.map((record) => ({
        topic: 'sync.link.v1',
        key: `${tenant}/${record.entity}/${record.linkId}`,
        record,
      })),
    );
  }
  await file.build();
});
afterAll(() => file.remove());

function askedOf(id: string): Asked {
  const no = file.reading.get<{ no: number }>('SELECT no FROM tenants WHERE tenant_id = ?', id)!.no;
  const { reading: connection, codec } = file;
  return { connection, codec, generation: 'g', tenant: { no, id }, setting, lanes: [] };
}

type Row = RecordsAnswer['records'][number];

/** All pages of a list. */
function walk(asked: Asked, filter: Omit<RecordFilter, 'limit'>): Row[] {
  const rows: Row[] = [];
  let cursor: string | null | undefined;
  do {
    const page = listRecords(asked, { ...filter, cursor: cursor ?? undefined, limit: 97 }, FEW);
    rows.push(...page.records);
    cursor = page.next;
  } while (cursor !== null);
  return rows;
}

const filters: Omit<RecordFilter, 'limit'>[] = [
  {},
  { entity: 'contact' },
  { state: 'waiting' },
  { reason: 'invalid-value', entity: 'company' },
  { search: 'muller' },
  { search: 'bo ray' },
  { search: 'boats OTANI' },
  { search: 'ann', entity: 'contact', state: 'in-sync' },
  { search: 'mail.example' },
  { search: 'lee', state: 'stopped' },
  { search: 'nowhere' },
];

test.each(Object.keys(SIZES).flatMap((tenant) => filters.map((filter) => [tenant, filter] as const)))(
  '%s: %j',
  (tenant, filter) => {
    const asked = askedOf(tenant);
    const all = walk(asked, {});
    expect(all).toHaveLength(SIZES[tenant as keyof typeof SIZES]);
    const text = ({ name, code, email }: Row) => fold(`${name}\n${code}\n${email}`).replaceAll('\n', ' ');
    const words = fold(filter.search ?? '').split(' ');
    const wanted = all.filter(
      (row) =>
        row.entity === (filter.entity ?? row.entity) &&
        row.state === (filter.state ?? row.state) &&
        row.reason === (filter.reason ?? row.reason) &&
        words.every((word) => text(row).includes(word)),
    );
    const found = walk(asked, filter);
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(wanted.map(({ id }) => id)));
    expect(found).toHaveLength(wanted.length);
    if (filter.search === undefined) expect(found).toEqual(wanted);
  },
);
