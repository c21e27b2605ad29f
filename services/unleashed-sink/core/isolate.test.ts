import { expect, test } from 'vitest';
import { apiError } from './fake-unleashed.ts';
import { fieldsNamed, sendIsolating } from './isolate.ts';

const KEYS = { name: ['customername'], website: ['website'], phone: ['phonenumber'] } as const;
type F = keyof typeof KEYS;
const CHANGES = new Map<F, string>([
  ['name', 'n'],
  ['website', 'w'],
  ['phone', 'p'],
]);

/** A server that refuses these fields, by name or without a word. */
function server(bad: readonly F[], says: 'errors' | 'text' | 'nothing') {
  const writes: string[][] = [];
  const write = async (changes: Partial<Record<F, string>>) => {
    writes.push(Object.keys(changes));
    const found = bad.filter((field) => field in changes);
    if (found.length === 0) return;
    const fieldErrors = Object.fromEntries(found.map((field) => [KEYS[field][0] ?? '', 'bad']));
    if (says === 'errors') throw apiError('REFUSED', { status: 400, fieldErrors });
    throw apiError('REFUSED', { status: 400, message: says === 'text' ? `${found[0]} is not valid` : 'no' });
  };
  return { writes, write };
}

test('all taken: one write', async () => {
  const { writes, write } = server([], 'errors');
  const sent = await sendIsolating(CHANGES, KEYS, write);
  expect(sent).toMatchObject({ accepted: ['name', 'website', 'phone'], failure: null });
  expect(writes).toHaveLength(1);
});

test.each(['errors', 'text', 'nothing'] as const)(
  'one refused, the server says %s: the others go through',
  async (says) => {
    const { writes, write } = server(['website'], says);
    const sent = await sendIsolating(CHANGES, KEYS, write);
    expect([...sent.accepted].sort()).toEqual(['name', 'phone']);
    expect([...sent.refused.keys()]).toEqual(['website']);
    expect(sent.refused.get('website')?.code).toBe('invalid-value');
    expect(writes.length).toBeLessThanOrEqual(4);
    // The last write that was taken shows everything that was accepted: a POST replaces the whole record.
    const taken = writes.filter((fields) => !fields.includes('website'));
    expect(taken.at(-1)?.sort()).toEqual(['name', 'phone']);
  },
);

test('another error ends it, and says what was taken before', async () => {
  let count = 0;
  const sent = await sendIsolating(CHANGES, KEYS, async () => {
    count += 1;
    if (count === 1) throw apiError('REFUSED', { status: 400, message: 'no' });
    if (count === 3) throw apiError('TIMEOUT', { fateKnown: false });
  });
  expect(sent.accepted).toEqual(['name']);
  expect(sent.failure).toMatchObject({ code: 'TIMEOUT' });
});

test('fields are named by whole words, and by keys before text', () => {
  const error = apiError('REFUSED', { fieldErrors: { WebsiteOld: 'x', 'Customer.Website[0]': 'y' } });
  expect(fieldsNamed(error, ['name', 'website'], KEYS)).toEqual(['website']);
  const keyed = apiError('REFUSED', { fieldErrors: { PaymentTerm: 'the website of it' } });
  expect(fieldsNamed(keyed, ['name', 'website'], KEYS)).toEqual([]);
});

test.each([
  ['by key', { fieldErrors: { BankName: 'too long' } }],
  ['by key of a synced field that is not changed', { fieldErrors: { PhoneNumber: 'too long' } }],
  ['by text', { message: 'PhoneNumber must not be longer than 50 characters' }],
])(
  'a refusal that names what was not changed, %s, is about the record and lays nothing to the field',
  async (_, error) => {
    let writes = 0;
    const sent = await sendIsolating(new Map<F, string>([['website', 'w']]), KEYS, async () => {
      writes += 1;
      throw apiError('REFUSED', { status: 400, ...error });
    });
    expect(sent.refused.get('website')?.code).toBe('unsendable');
    expect(writes).toBe(1);
  },
);

test.each([
  ['errors', { fieldErrors: { PhoneNumber: 'too long' } }],
  ['text', { message: 'PhoneNumber must not be longer than 50 characters' }],
])('a refusal whose %s name a field that was not changed is about the record', async (_says, details) => {
  const sent = await sendIsolating(new Map<F, string>([['website', 'w']]), KEYS, () =>
    Promise.reject(apiError('REFUSED', { status: 400, ...details })),
  );
  expect(sent.refused.get('website')?.code).toBe('unsendable');
});
