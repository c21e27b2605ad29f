import { expect, test } from 'vitest';
import { parseWebhookEvent } from './webhooks.ts';

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
