import { expect, test, vi } from 'vitest';
import type { JsonRecord } from '#runtime';
import { ensureSubscription, parseWebhookEvent } from './webhooks.ts';

const GUID = '6F1B6D0E-9d1c-4b43-8f68-0d0b3f1f2a3b';

function event(body: unknown) {
  return parseWebhookEvent(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
}

test('data may be a JSON text or an object, in any casing (U10.6)', () => {
  const envelope = { subscriptionId: 's', eventNotificationId: 'n', eventType: 'customer.updated' };
  const wanted = { eventNotificationId: 'n', eventType: 'customer.updated', customerGuid: GUID.toLowerCase() };
  expect(event({ ...envelope, data: { customerGuid: GUID } })).toEqual(wanted);
  expect(event({ ...envelope, data: JSON.stringify({ CustomerGuid: GUID }) })).toEqual(wanted);
  expect(event({ ...envelope, data: { Guid: GUID } })).toEqual(wanted);
  expect(event({ ...envelope, data: { customer: { Guid: GUID } } })).toEqual(wanted);
  expect(event({ ...envelope, data: { productGuid: GUID } })).toEqual({ ...wanted, customerGuid: null });
  expect(event({ ...envelope, data: 'nonsense' })).toEqual({ ...wanted, customerGuid: null });
});

test('what is no event is none', () => {
  for (const body of ['', '[]', 'null', '{}', '{"eventType":5', { eventNotificationId: 'n' }]) {
    expect(event(body)).toBeNull();
  }
});

function account(existing: JsonRecord[], made: JsonRecord = { subscriptionId: 'new', signatureKey: 'k' }) {
  return {
    listSubscriptions: vi.fn(async () => existing),
    createSubscription: vi.fn(async (_body: JsonRecord) => made),
  };
}

test('a subscription is made once per URL and never beyond five (U10.1, U10.4)', async () => {
  const none = account([]);
  expect(await ensureSubscription(none, 'https://x/y')).toEqual({
    state: 'created',
    subscriptionId: 'new',
    signatureKey: 'k',
  });
  expect(none.createSubscription.mock.calls[0]?.[0]).toMatchObject({
    notificationUrl: 'https://x/y',
    eventTypes: ['customer.created', 'customer.updated', 'customer.deleted'],
  });

  const there = account([{ SubscriptionId: 'old', NotificationUrl: 'https://x/y' }]);
  expect(await ensureSubscription(there, 'https://x/y')).toEqual({
    state: 'exists',
    subscriptionId: 'old',
    signatureKey: null,
  });
  expect(there.createSubscription).not.toHaveBeenCalled();

  const full = account([1, 2, 3, 4, 5].map((n) => ({ subscriptionId: `${n}`, notificationUrl: `https://z/${n}` })));
  expect((await ensureSubscription(full, 'https://x/y')).state).toBe('full');
  expect(full.createSubscription).not.toHaveBeenCalled();

  const keyless = account([], { subscriptionId: 'new' });
  await expect(ensureSubscription(keyless, 'https://x/y')).rejects.toThrow('without a signature key');
});
