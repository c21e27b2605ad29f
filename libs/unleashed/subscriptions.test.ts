import { expect, test, vi } from 'vitest';
import type { JsonRecord } from '#runtime';
import { ensureSubscription, removeSubscriptions, renewSubscription, subscriptionsOf } from './subscriptions.ts';

function account(existing: JsonRecord[], made: JsonRecord = { subscriptionId: 'new', signatureKey: 'k' }) {
  return {
    listSubscriptions: vi.fn(async () => existing),
    createSubscription: vi.fn(async (_body: JsonRecord) => made),
    deleteSubscription: vi.fn(async (id: string) => {
      existing.splice(0, existing.length, ...existing.filter((one) => one.subscriptionId !== id));
    }),
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

test('what is shown of a subscription, under either set of names (U10.4)', async () => {
  const theirs = { Guid: 'b', Url: 'https://z', Events: ['product.created'] };
  const ours = {
    subscriptionId: 'a',
    notificationUrl: 'https://x/y',
    description: 'd',
    eventTypes: ['customer.updated'],
  };
  expect(await subscriptionsOf(account([ours, theirs]))).toEqual([
    ours,
    { subscriptionId: 'b', notificationUrl: 'https://z', description: '', eventTypes: ['product.created'] },
  ]);
});

test('renewing removes what delivers to the URL, and only that, before it makes a new one', async () => {
  const others = [1, 2, 3, 4].map((n) => ({ subscriptionId: `${n}`, notificationUrl: `https://z/${n}` }));
  const ours = { subscriptionId: 'old', notificationUrl: 'https://x/y' };
  const full = account([...others, ours]);
  expect(await renewSubscription(full, 'https://x/y')).toMatchObject({ state: 'created', signatureKey: 'k' });
  expect(full.deleteSubscription.mock.calls.map(([id]) => id)).toEqual(['old']);
});

test('removing leaves the subscriptions of others alone', async () => {
  const all = account([
    { subscriptionId: 'a', notificationUrl: 'https://x/y' },
    { subscriptionId: 'b', notificationUrl: 'https://x/z' },
  ]);
  expect((await removeSubscriptions(all, 'https://x/y')).map((one) => one.subscriptionId)).toEqual(['a']);
  expect(await removeSubscriptions(all, 'https://x/y')).toEqual([]);
});
