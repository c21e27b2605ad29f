import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { buildQuery, checkDelivery, DELIVERY_WINDOW_MS, signDelivery, signQuery } from './signature.ts';

test('colons and at signs stay raw, spaces become %20, the rest is encoded (U1.7 to U1.10)', () => {
  const query = buildQuery([
    ['modifiedSince', '2026-03-01T10:20:30'],
    ['contactEmail', 'ann@example.com'],
    ['customer', 'Smith & Sons + Co'],
  ]);
  expect(query).toBe(
    'modifiedSince=2026-03-01T10:20:30&contactEmail=ann@example.com&customer=Smith%20%26%20Sons%20%2B%20Co',
  );
});

test('the signature is HMAC-SHA256 of the query in Base64, and of the empty text without a query (U1.5, U1.6)', () => {
  // The published example of RFC 4231, test case 2.
  const published = Buffer.from('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'hex');
  expect(signQuery('what do ya want for nothing?', 'Jefe')).toBe(published.toString('base64'));
  expect(signQuery('', 'key')).toBe(createHmac('sha256', 'key').update('').digest('base64'));
});

const KEY = 'subscription-key';
const BODY = Buffer.from('{"eventType":"customer.updated"}');
const NOW_MS = 1_800_000_000_000;

function deliveryAt(timestamp: string) {
  return { timestamp, rawBody: BODY, signature: signDelivery(timestamp, BODY, KEY) };
}

test('a genuine delivery is taken, its time in seconds, milliseconds or as a date (U10.5)', () => {
  for (const timestamp of [`${NOW_MS / 1000}`, `${NOW_MS}`, new Date(NOW_MS).toISOString()]) {
    expect(checkDelivery(deliveryAt(timestamp), KEY, NOW_MS)).toBeNull();
  }
});

test('a delivery with another key, another body, no signature or no time is refused', () => {
  const genuine = deliveryAt(`${NOW_MS / 1000}`);
  expect(checkDelivery(genuine, 'other', NOW_MS)).toBe('signature-wrong');
  expect(checkDelivery({ ...genuine, rawBody: Buffer.from('{}') }, KEY, NOW_MS)).toBe('signature-wrong');
  expect(checkDelivery({ ...genuine, timestamp: '1' }, KEY, NOW_MS)).toBe('signature-wrong');
  expect(checkDelivery({ ...genuine, signature: 'short' }, KEY, NOW_MS)).toBe('signature-wrong');
  expect(checkDelivery({ ...genuine, signature: undefined }, KEY, NOW_MS)).toBe('signature-missing');
  expect(checkDelivery({ ...genuine, timestamp: undefined }, KEY, NOW_MS)).toBe('signature-missing');
});

test('a delivery outside the window of 300 seconds is refused, either way', () => {
  const genuine = deliveryAt(`${NOW_MS / 1000}`);
  expect(checkDelivery(genuine, KEY, NOW_MS + DELIVERY_WINDOW_MS)).toBeNull();
  expect(checkDelivery(genuine, KEY, NOW_MS + DELIVERY_WINDOW_MS + 1)).toBe('timestamp-off');
  expect(checkDelivery(genuine, KEY, NOW_MS - DELIVERY_WINDOW_MS - 1)).toBe('timestamp-off');
  expect(checkDelivery(deliveryAt('yesterday'), KEY, NOW_MS)).toBe('timestamp-unreadable');
});
