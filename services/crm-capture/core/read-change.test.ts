import { expect, test } from 'vitest';
import { division, fakePorts } from './fake-ports.ts';
import { takeIn } from './intake.ts';
import { readChange } from './read-change.ts';

const world = () =>
  fakePorts({
    Divisions: [division(1), division(2, { SalesLedgerId: 'L1' })],
    Contacts: [{ ContactId: 5, DivisionId: 1 }],
    Users: [{ UserCode: 'JBL' }],
  });

test.each([
  ['Division', '1', ['company/1']],
  ['Contact', '5', ['contact/5']],
  ['User', 'JBL', ['user/JBL']],
  ['Address', '102', ['company/2']],
  ['SalesLedger', "OperatingCompanyCode='A',SalesLedgerId='L1'", ['company/1', 'company/2']],
  ['SalesLedger', 'L1', ['company/1', 'company/2']],
] as const)('an event of %s %s brings its snapshot, changed or not, in one call', async (entity, id, expected) => {
  const fake = world();
  expect(await readChange(fake.ports, { entity, id }, 1)).toBe('published');
  expect(fake.ids()).toEqual(expected);
  await readChange(fake.ports, { entity, id }, 1);
  expect(fake.published.every(({ record }) => record.readCause === 'event')).toBe(true);
  expect(fake.ids()).toEqual(expected);
  expect(fake.calls.map(({ purpose }) => purpose)).toEqual(['live', 'live']);
});

test('an address of a contact brings nothing; a record that is not there is said to be absent', async () => {
  const fake = world();
  expect(await readChange(fake.ports, { entity: 'Address', id: '7' }, 1)).toBe('nothing');
  expect(await readChange(fake.ports, { entity: 'Division', id: '7' }, 1)).toBe('absent');
  expect(fake.ids()).toEqual([]);
});

test('the time of a read is when its request was sent', async () => {
  const fake = world();
  await readChange(fake.ports, { entity: 'Contact', id: '5' }, 1);
  expect(fake.published[0]?.record.readStartedAtMs).toBe(1_000_000);
});

test('an event of a write of ours costs no call; the same event, tried again after an error, does', async () => {
  const fake = world();
  fake.own.add('Division/1');
  expect(await readChange(fake.ports, { entity: 'Division', id: '1' }, 1)).toBe('own');
  expect([fake.ids(), fake.calls]).toEqual([[], []]);
  fake.own.add('Division/1');
  expect(await readChange(fake.ports, { entity: 'Division', id: '1' }, 0)).toBe('published');
});

test('a record that does not show what was written to it is told of, and published all the same', async () => {
  const fake = world();
  fake.notStored.add('company/1').add('contact/5');
  await readChange(fake.ports, { entity: 'Division', id: '1' }, 1);
  await readChange(fake.ports, { entity: 'Contact', id: '5' }, 1);
  await readChange(fake.ports, { entity: 'Division', id: '2' }, 1);
  expect(fake.told).toEqual(['company/1', 'contact/5']);
  expect(fake.ids()).toEqual(['company/1', 'contact/5', 'company/2']);
  await takeIn(fake.ports, 'company', [{ record: division(1), readStartedAtMs: 1 }], 'catch-up', true);
  expect(fake.told).toEqual(['company/1', 'contact/5', 'company/1']);
  expect(fake.ids()).toEqual([]);
});
