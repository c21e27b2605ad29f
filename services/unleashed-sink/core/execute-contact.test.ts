import { describe, expect, test } from 'vitest';
import { CONTACT, contact, field, forContact, GUID, NEW_CONTACT, results } from './execute.fixture.ts';
import { execute } from './execute.ts';
import { apiError, command, fakeUnleashed } from './fake-unleashed.ts';

describe('a contact', () => {
  test('is replaced as a whole with only the change in it (U6.13)', async () => {
    const fake = fakeUnleashed({ contacts: { [GUID]: [contact(), contact({ Guid: 'other', FirstName: 'Bob' })] } });
    const outcome = await execute(forContact(field('email', 'a@b.c', 'n@b.c'), field('fax', '', '5')), fake.ports);
    expect(fake.calls).toEqual(['list', 'putContact', 'list']);
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok', sourceUpdatedAtMs: null, parentId: GUID });
    expect(outcome.shown).toHaveLength(6);
    expect(fake.contacts.get(GUID)?.[0]).toEqual(contact({ EmailAddress: 'n@b.c', FaxNumber: '5' }));
    expect(fake.shown[0]?.slice(0, 2)).toEqual(['contact', CONTACT]);
  });

  test('is not renamed to a name that is taken (U7.2); its other fields go on', async () => {
    const fake = fakeUnleashed({ contacts: { [GUID]: [contact(), contact({ Guid: 'other', FirstName: 'Bob' })] } });
    const outcome = await execute(forContact(field('firstName', 'Ann', 'bob'), field('fax', '', '5')), fake.ports);
    expect(results(outcome.fields)).toEqual({ firstName: 'refused name-taken', fax: 'written' });
  });

  test('that is not in the list, or whose customer is gone, is missing', async () => {
    const fake = fakeUnleashed({ contacts: { [GUID]: [] } });
    const fax = field('fax', '', '5');
    expect(await execute(forContact(fax), fake.ports)).toMatchObject({ result: 'refused', code: 'target-missing' });
    const none = fakeUnleashed({});
    expect(await execute(forContact(fax), none.ports)).toMatchObject({ result: 'refused', code: 'target-missing' });
  });
});

describe('making a contact', () => {
  const order = command({
    entity: 'contact',
    op: 'create',
    targetId: NEW_CONTACT,
    parentId: GUID,
    fields: [field('firstName', '', 'Eve'), field('lastName', '', 'Jones'), field('email', '', 'e@b.c')],
  });

  test('is one POST, and a second delivery finds it', async () => {
    const fake = fakeUnleashed({ contacts: { [GUID]: [contact()] } });
    const made = await execute(order, fake.ports);
    expect(made).toMatchObject({ result: 'applied', created: true, targetId: NEW_CONTACT, parentId: GUID });
    expect(made.shown?.find((entry) => entry.field === 'email')?.value).toBe('e@b.c');
    const again = await execute(order, fake.ports);
    expect(again).toMatchObject({ result: 'applied', created: false, targetId: NEW_CONTACT });
    expect(fake.contacts.get(GUID)).toHaveLength(2);
  });

  test('offers the existing one when the name is taken', async () => {
    const fake = fakeUnleashed({ contacts: { [GUID]: [contact({ FirstName: 'EVE', LastName: 'Jones' })] } });
    const outcome = await execute(order, fake.ports);
    expect(outcome).toMatchObject({ result: 'refused', code: 'name-taken', targetId: CONTACT });
    expect(fake.calls).toEqual(['list']);
  });

  test('a lost answer is settled by looking; no second one is made', async () => {
    const fake = fakeUnleashed({ contacts: { [GUID]: [] } });
    fake.faults.push({ on: 'postContact', error: apiError('TIMEOUT', { fateKnown: false }), takesEffect: true });
    expect(await execute(order, fake.ports)).toMatchObject({ result: 'applied', created: true });
    expect(fake.contacts.get(GUID)).toHaveLength(1);
  });

  test('where the API chooses the GUID itself (U13.8), ours is found by name, also after a crash', async () => {
    const fake = fakeUnleashed({ contacts: { [GUID]: [] } });
    fake.state.keepsGuid = false;
    const made = await execute(order, fake.ports);
    expect(made).toMatchObject({ result: 'applied', created: true });
    expect(made.targetId).toMatch(/^99999999/);
    const again = await execute(order, fake.ports);
    expect(again).toMatchObject({ result: 'applied', targetId: made.targetId });
    expect(fake.contacts.get(GUID)).toHaveLength(1);
  });

  test('refused input, a name taken meanwhile, an outage and a closed gate', async () => {
    const refused = () => apiError('REFUSED', { status: 400 });
    const fake = fakeUnleashed({ contacts: { [GUID]: [] } });
    fake.faults.push({ on: 'postContact', error: refused() });
    expect(await execute(order, fake.ports)).toMatchObject({ result: 'refused', code: 'invalid-value' });
    const takeName = () => fake.contacts.set(GUID, [contact({ FirstName: 'Eve', LastName: 'Jones' })]);
    fake.faults.push({ on: 'postContact', error: refused(), before: takeName });
    expect(await execute(order, fake.ports)).toMatchObject({ result: 'refused', code: 'name-taken' });

    const down = fakeUnleashed({ contacts: { [GUID]: [] } });
    down.faults.push({ on: 'postContact', error: apiError('UNAVAILABLE') });
    expect(await execute(order, down.ports)).toMatchObject({ result: 'deferred', code: 'unavailable' });
    const late = await execute({ ...order, commandId: 'x', deadlineMs: down.state.nowMs + 5 }, down.ports);
    expect(late).toMatchObject({ result: 'superseded', code: 'deadline-passed' });
    expect(down.contacts.get(GUID)).toEqual([]);
  });
});
