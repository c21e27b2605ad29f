import { expect, test } from 'vitest';
import { changedFields, withChanges } from './changed.ts';

const TENANT = {
  id: 'acme',
  name: 'Acme',
  prospect: { baseUrl: 'https://crm.example', token: 'T', webhookSecret: 'H' },
  unleashed: { baseUrl: 'https://erp.example', apiId: 'I', apiKey: 'K', quietPollSeconds: 60 },
};
const HOOK = { webhookUrl: 'https://hooks.example/a', webhookSecret: 'S' };

test('a part of a section changes, null takes a field away, and the fields are named', () => {
  const changes = { name: 'New', unleashed: { apiKey: 'L', quietPollSeconds: null } };
  expect(withChanges(TENANT, changes)).toEqual({
    ...TENANT,
    name: 'New',
    unleashed: { baseUrl: 'https://erp.example', apiId: 'I', apiKey: 'L' },
  });
  expect(changedFields(changes)).toEqual(['name', 'unleashed.apiKey', 'unleashed.quietPollSeconds']);
});

test('a new address wants its credentials anew, one that is written otherwise does not', () => {
  const moved = { baseUrl: 'https://thief.example' };
  expect(() => withChanges(TENANT, { prospect: moved })).toThrow(/prospect\.token/);
  expect(() => withChanges(TENANT, { unleashed: { ...moved, apiKey: 'L' } })).toThrow(/unleashed\.apiId/);
  expect(() => withChanges(TENANT, { prospect: { baseUrl: 'https://crm.example/' } })).not.toThrow();
});

test('the address of notices comes with its secret, moves with a new one, and is taken away whole', () => {
  expect(() => withChanges(TENANT, { alerts: { webhookUrl: HOOK.webhookUrl } })).toThrow(/alerts\.webhookSecret/);
  const told = withChanges(TENANT, { alerts: HOOK });
  expect(told.alerts).toEqual(HOOK);
  expect(() => withChanges(told, { alerts: { webhookUrl: 'https://thief.example' } })).toThrow(
    /webhookSecret.*address/,
  );
  expect(withChanges(told, { alerts: { webhookSecret: 'Z' } }).alerts).toEqual({ ...HOOK, webhookSecret: 'Z' });
  expect(withChanges(told, { alerts: null })).toEqual(TENANT);
  expect([changedFields({ alerts: null }), changedFields({ alerts: HOOK })]).toEqual([
    ['alerts'],
    ['alerts.webhookUrl', 'alerts.webhookSecret'],
  ]);
});
