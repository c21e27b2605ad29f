import { expect, test } from 'vitest';
import type { CrmClient, CrmQuery } from './client.ts';
import { companiesAt, companiesOf, KEYS_PER_FILTER, parseLedgerKey } from './reads.ts';

test('a ledger key is read from its predicate, or is the id alone', () => {
  expect(parseLedgerKey("OperatingCompanyCode='A',SalesLedgerId='O''N 1'")).toEqual({
    operatingCompanyCode: 'A',
    salesLedgerId: "O'N 1",
  });
  expect(parseLedgerKey("salesledgerid='X'")).toEqual({ operatingCompanyCode: null, salesLedgerId: 'X' });
  expect(parseLedgerKey('ACM1')).toEqual({ operatingCompanyCode: null, salesLedgerId: 'ACM1' });
});

function recording() {
  const queries: CrmQuery[] = [];
  const api: Pick<CrmClient, 'get' | 'pages'> = {
    get: () => Promise.resolve(null),
    async *pages(_set, query) {
      queries.push(query);
      yield { records: [{ DivisionId: queries.length }], readStartedAtMs: queries.length, answeredAtMs: null };
    },
  };
  return { api, queries };
}

test('many keys are asked for in few calls, each record with the time of its own call', async () => {
  const { api, queries } = recording();
  const ids = Array.from({ length: KEYS_PER_FILTER + 1 }, (_, index) => `${index}`);
  const found = await companiesAt(api, ids, {});
  expect(queries.map(({ filter }) => JSON.stringify(filter).match(/AddressId/g)?.length)).toEqual([KEYS_PER_FILTER, 1]);
  expect(found).toEqual([
    { record: { DivisionId: 1 }, readStartedAtMs: 1 },
    { record: { DivisionId: 2 }, readStartedAtMs: 2 },
  ]);
  expect(await companiesAt(api, [], {})).toEqual([]);
});

test('an account without its operating company is looked for by its id', async () => {
  const { api, queries } = recording();
  await companiesOf(api, [{ operatingCompanyCode: null, salesLedgerId: 'X' }], {});
  expect(queries[0]?.filter).toEqual({ or: [{ SalesLedgerId: 'X' }] });
});
