import { expect, test } from 'vitest';
import { type Cursor, NEW_CURSOR } from './core/cursor.ts';
import { customer, fakeFeed } from './core/fake-feed.ts';
import { runJob } from './core/reads.ts';
import { watchMemory } from './watched-memory.ts';

/** A feed that polls an account, and a memory that can be put back to what it was. */
function polling(customers = [customer(1)], pageSize = NEW_CURSOR.pageSize) {
  const fake = fakeFeed(customers);
  let cursor: Cursor = { ...NEW_CURSOR, pageSize };
  const olds: string[] = [];
  const known = fake.ports.store;
  const memory = {
    store: known,
    readCursor: async () => cursor,
    async writeCursor(next: Cursor) {
      const replaced = cursor;
      cursor = next;
      return replaced;
    },
  };
  const watched = watchMemory(memory, fake.ports.now, () => olds.push('old'));
  const ports = { ...fake.ports, store: watched.store };
  return {
    fake,
    olds,
    async poll(kind: 'whole' | 'sweep-page' = 'whole') {
      const before = await watched.readCursor();
      const job = kind === 'whole' ? ({ kind } as const) : ({ kind, page: before.sweep?.page ?? 1 } as const);
      const polledAtMs = fake.ports.now();
      await watched.writeCursor({ ...(await runJob(ports, before, job)), polledAtMs });
    },
    /** A copy of all that is remembered, to go back to. */
    async copy() {
      const [then, text] = [cursor, new Map(fake.known)];
      return async () => {
        cursor = then;
        await known.write(text);
      };
    },
    change: (name: string) => fake.state.customers.splice(0, 1, customer(1, { CustomerName: name })),
    names: () => fake.published.map(({ record }) => ('name' in record ? record.name : '')),
  };
}

test('what a person sets back to what an old copy holds to be told is told all the same', async () => {
  const { poll, copy, change, names, olds } = polling();
  await poll();
  const goBack = await copy();
  change('Edited');
  await poll();
  await goBack();
  change('Customer 1');
  await poll();
  expect(names()).toEqual(['Customer 1', 'Edited', 'Customer 1']);
  expect(olds).toEqual(['old']);
  await poll();
  expect(names()).toHaveLength(3);
});

test('also when it goes back while the account is being read', async () => {
  const { fake, poll, copy, change, names } = polling();
  await poll();
  const goBack = await copy();
  change('Edited');
  await poll();
  change('Customer 1');
  const { list } = fake.ports.api;
  const { published } = fake;
  const before = published.length;
  fake.ports.api.list = async (...given) => {
    const page = await list(...given);
    fake.ports.api.list = list;
    await goBack();
    return page;
  };
  await poll();
  await poll();
  expect(names().slice(before)).toContain('Customer 1');
});

test('a walk of several pages is begun anew, and everything told until it is through', async () => {
  const { poll, copy, names, olds } = polling([customer(1), customer(2)], 1);
  for (let page = 0; page < 2; page += 1) await poll('sweep-page');
  const goBack = await copy();
  await poll('sweep-page');
  await goBack();
  const before = names().length;
  for (let page = 0; page < 2; page += 1) await poll('sweep-page');
  expect(names().slice(before).sort()).toEqual(['Customer 1', 'Customer 2']);
  expect(olds).toEqual(['old']);
});
