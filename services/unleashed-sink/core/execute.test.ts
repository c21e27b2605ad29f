import { describe, expect, test } from 'vitest';
import { BudgetError } from '#http-api';
import type { JsonRecord } from '#runtime';
import { NotOursError } from '#sink';
import { customer, field, forCompany, GUID, phone, results, website } from './execute.fixture.ts';
import { execute } from './execute.ts';
import { apiError, fakeUnleashed, setting } from './fake-unleashed.ts';

describe('an update of a company', () => {
  test('is read, compared, written, read back; nothing else changes', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const outcome = await execute(forCompany(phone), fake.ports);
    expect(fake.calls).toEqual(['getCustomer', 'postCustomer', 'getCustomer']);
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok', calls: 3, shownReadStartedAtMs: 1_000_020 });
    expect(outcome.fields).toEqual([{ field: 'phone', result: 'written', code: 'ok', before: '1', sent: '2' }]);
    expect(outcome.shown?.find((entry) => entry.field === 'phone')?.value).toBe('2');
    expect(outcome.shown).toHaveLength(5);
    expect(outcome.sourceUpdatedAtMs).toBe(1_000_020);
    expect(fake.customers.get(GUID)).toMatchObject({
      PhoneNumber: '2',
      Notes: 'keep me',
      XeroContactId: 'x',
      CustomerName: 'Acme',
    });
    expect(fake.shown).toEqual([['customer', GUID, 1_000_020]]);
  });

  test('is not read back where the write answers what is stored, once five answers proved right', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    fake.state.answersWrites = 'stored';
    for (let n = 1; n <= 5; n += 1) await execute(forCompany(field('phone', `${n}`, `${n + 1}`)), fake.ports);
    expect(fake.calls.filter((call) => call === 'getCustomer')).toHaveLength(10);
    const outcome = await execute(forCompany(field('phone', '6', '7')), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok', calls: 2 });
    expect(results(outcome.fields)).toEqual({ phone: 'written' });
    expect(outcome.shown?.find((entry) => entry.field === 'phone')?.value).toBe('7');
    expect(outcome.shownReadStartedAtMs).toBe(fake.state.nowMs);
    expect(outcome.sourceUpdatedAtMs).not.toBeNull();
    const long = await execute(forCompany(field('phone', '7', '8'.repeat(51))), fake.ports);
    expect(long).toMatchObject({ result: 'applied', calls: 3 });
  });

  test('is read back for good where a write answers what is not stored', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    fake.state.answersWrites = 'sent';
    for (let n = 1; n <= 5; n += 1) await execute(forCompany(field('phone', `${n}`, `${n + 1}`)), fake.ports);
    fake.state.storesInstead = { PhoneNumber: '7' };
    const trimmed = await execute(forCompany(field('phone', '6', ' 7')), fake.ports);
    expect(trimmed.shown?.find((entry) => entry.field === 'phone')?.value).toBe('7');
    expect(fake.state.wrongAnswers).toEqual(['phone']);
    fake.state.storesInstead = {};
    expect(await execute(forCompany(field('phone', '7', '8')), fake.ports)).toMatchObject({ calls: 3 });
  });

  test('is read back where the answer shows another field otherwise than before', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    fake.state.answersWrites = 'stored';
    for (let n = 1; n <= 5; n += 1) await execute(forCompany(field('phone', `${n}`, `${n + 1}`)), fake.ports);
    fake.state.storesInstead = { Notes: 'shop' };
    const outcome = await execute(forCompany(field('phone', '6', '7')), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', code: 'other-field-drift', calls: 3 });
  });

  test('a lost answer is never taken for one', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    fake.state.answersWrites = 'stored';
    for (let n = 1; n <= 5; n += 1) await execute(forCompany(field('phone', `${n}`, `${n + 1}`)), fake.ports);
    const lost = apiError('CONNECTION_LOST', { fateKnown: false });
    fake.faults.push({ on: 'postCustomer', error: lost, takesEffect: true });
    const outcome = await execute(forCompany(field('phone', '6', '7')), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', calls: 3 });
  });

  test('does not overwrite what changed meanwhile, and says what it saw', async () => {
    const fake = fakeUnleashed({ customers: [customer({ PhoneNumber: '9' })] });
    const outcome = await execute(forCompany(phone, website), fake.ports);
    expect(results(outcome.fields)).toEqual({ phone: 'changed', website: 'written' });
    expect(fake.customers.get(GUID)).toMatchObject({ PhoneNumber: '9', Website: 'b' });
  });

  test('writes nothing when everything is as ordered already', async () => {
    const fake = fakeUnleashed({ customers: [customer({ PhoneNumber: '2' })] });
    const outcome = await execute(forCompany(phone), fake.ports);
    expect(fake.calls).toEqual(['getCustomer']);
    expect(outcome).toMatchObject({ result: 'applied', shownReadStartedAtMs: 1_000_000 });
    expect(results(outcome.fields)).toEqual({ phone: 'already' });
  });

  test('delivered twice it writes once', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    await execute(forCompany(phone), fake.ports);
    const again = await execute(forCompany(phone), fake.ports);
    expect(fake.calls.filter((call) => call === 'postCustomer')).toHaveLength(1);
    expect(results(again.fields)).toEqual({ phone: 'already' });
  });

  test('reports another field that changed during the write (I5)', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const rogue = () => fake.customers.set(GUID, { ...fake.customers.get(GUID), Notes: 'shop' } as JsonRecord);
    fake.faults.push({ on: 'getCustomer' }, { on: 'getCustomer', before: rogue });
    const outcome = await execute(forCompany(phone), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', code: 'other-field-drift' });
    expect(outcome.message).toContain('Notes');
  });

  test('the same value from a person while an answer is lost is not proof of the write: it may come yet', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const person = () =>
      fake.customers.set(GUID, {
        ...fake.customers.get(GUID),
        PhoneNumber: '2',
        Website: 'https://p.example',
      } as JsonRecord);
    const lost = apiError('CONNECTION_LOST', { fateKnown: false });
    fake.faults.push({ on: 'postCustomer', error: lost }, { on: 'getCustomer' }, { on: 'getCustomer', before: person });
    const outcome = await execute(forCompany(phone), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', code: 'other-field-drift', mayComeLate: true });
    expect(outcome.carried).toContainEqual({ field: 'website', value: 'https://a.example' });
  });

  test('a field that is not taken stops alone (row 14)', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const bad = apiError('REFUSED', { status: 400, fieldErrors: { Website: 'not a URL' } });
    fake.faults.push({ on: 'postCustomer', error: bad });
    const outcome = await execute(forCompany(phone, website), fake.ports);
    expect(outcome.result).toBe('applied');
    expect(results(outcome.fields)).toEqual({ phone: 'written', website: 'refused invalid-value' });
    expect(fake.customers.get(GUID)).toMatchObject({ PhoneNumber: '2', Website: 'https://a.example' });
  });

  test('a refusal that names no field is narrowed down field by field', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const mute = () => apiError('REFUSED', { status: 400, message: 'bad input' });
    fake.faults.push(
      { on: 'postCustomer', error: mute() },
      { on: 'postCustomer' },
      { on: 'postCustomer', error: mute() },
    );
    const outcome = await execute(forCompany(phone, website), fake.ports);
    expect(results(outcome.fields)).toEqual({ phone: 'written', website: 'refused invalid-value' });
  });

  test('a record that is refused whatever is changed is unsendable', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const mute = () => apiError('REFUSED', { status: 400, message: 'the payment term is gone' });
    for (let n = 0; n < 3; n += 1) fake.faults.push({ on: 'postCustomer', error: mute() });
    const outcome = await execute(forCompany(phone, website), fake.ports);
    expect(outcome).toMatchObject({ result: 'refused', code: 'unsendable', scope: 'record' });
    expect(outcome.message).toContain('payment term');
  });

  test('a blank or too long name, a broken address and two main addresses are not even tried', async () => {
    const twoMain = [{ IsDefault: true }, { IsDefault: true }];
    const fake = fakeUnleashed({ customers: [customer({ Addresses: twoMain })] });
    const address = field('address', '', '{"street":"x"}');
    const outcome = await execute(forCompany(field('name', 'Acme', ' '), address), fake.ports);
    expect(fake.calls).toEqual(['getCustomer']);
    expect(results(outcome.fields)).toEqual({ name: 'refused invalid-value', address: 'refused address-ambiguous' });
    expect(outcome.result).toBe('refused');
    const long = await execute(forCompany(field('name', 'Acme', 'x'.repeat(501))), fake.ports);
    expect(results(long.fields)).toEqual({ name: 'refused too-long' });
    const odd = await execute(forCompany(field('nonsense', '', 'x'), phone), fake.ports);
    expect(results(odd.fields)).toEqual({ nonsense: 'refused field-unknown', phone: 'written' });
  });
});

describe('a write with an open fate', () => {
  const lost = () => apiError('CONNECTION_LOST', { fateKnown: false });

  test('that took effect is settled by reading', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    fake.faults.push({ on: 'postCustomer', error: lost(), takesEffect: true });
    const outcome = await execute(forCompany(phone), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok' });
    expect(results(outcome.fields)).toEqual({ phone: 'written' });
  });

  test('that does not show (yet) is unknown, with what is shown', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    fake.faults.push({ on: 'postCustomer', error: lost() });
    const outcome = await execute(forCompany(phone), fake.ports);
    expect(outcome).toMatchObject({ result: 'unknown', code: 'fate-unknown' });
    expect(outcome.shown?.find((entry) => entry.field === 'phone')?.value).toBe('1');
    expect(results(outcome.fields)).toEqual({ phone: 'unknown fate-unknown' });
  });

  test('says what it carried along, also of the default contact that the record names', async () => {
    const names = { ContactFirstName: 'Ann', ContactLastName: null, Email: 'ann@acme.example' };
    const fake = fakeUnleashed({ customers: [customer(names)] });
    fake.faults.push({ on: 'postCustomer', error: lost() });
    const { carried } = await execute(forCompany(phone), fake.ports);
    const values = Object.fromEntries(carried.map(({ field, value }) => [field, value]));
    expect(values).toMatchObject({ firstName: 'Ann', lastName: '', email: 'ann@acme.example' });
    expect(Object.keys(values)).not.toContain('phone');
  });

  test('of an earlier delivery may yet come, whatever becomes of this one; not so when it is found to be there', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const first = await execute(forCompany(phone), fake.ports);
    expect(first).toMatchObject({
      mayComeLate: false,
      carried: expect.arrayContaining([{ field: 'name', value: 'Acme' }]),
    });
    expect(await execute(forCompany(phone), fake.ports)).toMatchObject({ mayComeLate: false });
    fake.customers.set(GUID, customer());
    expect(await execute(forCompany(phone), fake.ports)).toMatchObject({ result: 'applied', mayComeLate: true });
    fake.customers.set(GUID, customer({ PhoneNumber: '7' }));
    const changed = await execute(forCompany(phone), fake.ports);
    expect(changed).toMatchObject({ fields: [{ result: 'changed' }], mayComeLate: true });
    const down = () => ({ on: 'getCustomer' as const, error: apiError('UNAVAILABLE', { status: 503 }) });
    fake.faults.push(down(), down(), down());
    expect(await execute(forCompany(phone), fake.ports)).toMatchObject({ result: 'deferred', mayComeLate: true });
    expect(await execute({ ...forCompany(), op: 'read' }, fake.ports)).toMatchObject({ mayComeLate: false });
  });

  test('is unknown when it cannot be read back, also after a good answer', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const down = () => ({ on: 'getCustomer' as const, error: apiError('UNAVAILABLE', { status: 503 }) });
    fake.faults.push({ on: 'getCustomer' }, down(), down(), down());
    const outcome = await execute(forCompany(phone), fake.ports);
    expect(outcome).toMatchObject({ result: 'unknown', code: 'fate-unknown', shown: null });
  });

  test('an empty 500 that changed nothing is tried again, then parked (U9.3)', async () => {
    const empty = () => ({
      on: 'postCustomer' as const,
      error: apiError('EMPTY_SERVER_ERROR', { status: 500, fateKnown: false }),
    });
    for (const [attempt, wanted] of [
      [1, { result: 'deferred', code: 'unavailable', scope: 'record' }],
      [2, { result: 'deferred', code: 'unavailable', scope: 'record' }],
      [3, { result: 'refused', code: 'unsendable', scope: 'record' }],
    ] as const) {
      const fake = fakeUnleashed({ customers: [customer()] });
      fake.faults.push(empty());
      expect(await execute({ ...forCompany(phone), attempt }, fake.ports)).toMatchObject(wanted);
    }
  });
});

describe('before and at the moment of the write', () => {
  test('the deadline stops it, at the start and at the last moment', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const late = await execute({ ...forCompany(phone), deadlineMs: fake.state.nowMs }, fake.ports);
    expect(late).toMatchObject({ result: 'superseded', code: 'deadline-passed', calls: 0 });
    // Reading takes 10 ms here, so the deadline passes between the read and the write.
    const meanwhile = await execute({ ...forCompany(phone), deadlineMs: fake.state.nowMs + 5 }, fake.ports);
    expect(meanwhile).toMatchObject({ result: 'superseded', code: 'deadline-passed' });
    expect(fake.calls).toEqual(['getCustomer']);
  });

  test('off means off, also when it is switched off between read and write (I7)', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const off = () => {
      fake.state.setting = setting({ version: 2, enabled: false });
    };
    fake.faults.push({ on: 'postCustomer', before: off });
    expect(await execute(forCompany(phone), fake.ports)).toMatchObject({
      result: 'superseded',
      code: 'setting-changed',
    });
    const next = { ...forCompany(phone), commandId: 'next' };
    expect(await execute(next, fake.ports)).toMatchObject({ result: 'superseded', calls: 0 });
    expect(fake.calls).not.toContain('postCustomer');
    expect(fake.customers.get(GUID)).toMatchObject({ PhoneNumber: '1' });
  });

  test('what may be in other hands by now writes nothing and answers nothing', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    fake.faults.push({ on: 'postCustomer', before: () => void Object.assign(fake.state, { isOurs: false }) });
    await expect(execute(forCompany(phone), fake.ports)).rejects.toThrow(NotOursError);
    expect(fake.customers.get(GUID)).toMatchObject({ PhoneNumber: '1' });
    fake.state.isOurs = true;
    expect(await execute(forCompany(phone), fake.ports)).toMatchObject({ result: 'applied' });
  });

  test('a begun write that comes again after its deadline is settled by reading, not called off', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    await execute(forCompany(phone), fake.ports);
    fake.state.nowMs = 20_000_000;
    expect(await execute(forCompany(phone), fake.ports)).toMatchObject({ result: 'applied' });
    fake.customers.set(GUID, customer({ PhoneNumber: '7' }));
    const open = await execute(forCompany(phone), fake.ports);
    expect(open).toMatchObject({ result: 'unknown', code: 'fate-unknown' });
    expect(fake.calls.filter((call) => call === 'postCustomer')).toHaveLength(1);
  });

  test('a read writes nothing, is not stopped by settings, and shows everything', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    fake.state.setting = setting({ version: 9, enabled: false });
    const outcome = await execute({ ...forCompany(), op: 'read' }, fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', calls: 1, fields: [] });
    expect(outcome.shown).toHaveLength(5);
  });

  test('the budget says no: the lane waits until then', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const spent = {
      ...fake.ports,
      api: { ...fake.ports.api, getCustomer: () => Promise.reject(new BudgetError('unleashed', 5_000_000, false)) },
    };
    const outcome = await execute(forCompany(phone), spent);
    expect(outcome).toMatchObject({ result: 'deferred', code: 'quota-spent', scope: 'lane', retryAtMs: 5_000_000 });
  });

  test('errors of our own stores are not an outcome', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const broken = { ...fake.ports, beginWrite: () => Promise.reject(new Error('Redis is away')) };
    await expect(execute(forCompany(phone), broken)).rejects.toThrow('Redis is away');
    expect(fake.calls).toEqual(['getCustomer']);
  });

  test('a command that cannot be one is refused', async () => {
    const fake = fakeUnleashed({});
    for (const changes of [{ side: 'crm' }, { entity: 'user' }, { op: 'drop' }, { targetId: '2' }, { op: 'create' }]) {
      const outcome = await execute({ ...forCompany(phone), ...changes }, fake.ports);
      expect(outcome).toMatchObject({ result: 'refused', code: 'command-invalid' });
    }
  });

  test('a customer that stays away is missing; one that is late is waited for (U6.11)', async () => {
    const fake = fakeUnleashed({ customers: [customer()] });
    const notYet = () => ({ on: 'getCustomer' as const, error: apiError('NOT_FOUND', { status: 404 }) });
    fake.faults.push(notYet(), notYet());
    expect(await execute(forCompany(phone), fake.ports)).toMatchObject({ result: 'applied' });
    fake.faults.push(notYet(), notYet(), notYet());
    expect(await execute(forCompany(phone), fake.ports)).toMatchObject({ result: 'refused', code: 'target-missing' });
  });
});
