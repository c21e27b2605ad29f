import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogRouter, OUTAGE_AFTER_MS, routeOf } from './log-router.ts';
import { createLogTrap } from './testing/kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  ['Response GroupCoordinator(key: 10, version: 2) coordinator not available, retrying', 'debug'],
  ['Failed to send messages: The broker has an ongoing transaction', 'debug'],
  ['The group is rebalancing, re-joining', 'debug'],
  ['Connection error: connect ECONNREFUSED 127.0.0.1:9092', 'connection'],
  ['SASL PLAIN authentication failed: Authentication failed', 'error'],
  ['Offset out of range, resetting to default offset', 'warn'],
  ['Snappy compression not implemented', 'error'],
])('%s → %s', (message, route) => {
  expect(routeOf(message)).toBe(route);
});

it('tells of an outage when it has lasted, once, and of its end', () => {
  const { logger, lines } = createLogTrap();
  const route = createLogRouter(logger);
  const fail = () =>
    route({
      namespace: 'Connection',
      level: 1,
      label: 'ERROR',
      log: { timestamp: '', message: 'Connection error: connect ECONNREFUSED', broker: 'b:1' } as never,
    });
  const told = () => lines().map((line) => line.msg);
  fail();
  vi.advanceTimersByTime(OUTAGE_AFTER_MS - 1);
  fail();
  expect(told()).toEqual([]);
  vi.advanceTimersByTime(1);
  fail();
  fail();
  expect(told()).toEqual(['Kafka cannot be reached, trying on']);
  vi.advanceTimersByTime(30_000);
  expect(told()).toEqual(['Kafka cannot be reached, trying on', 'Kafka is reachable again']);
});

it('says nothing of a connection that failed once', () => {
  const { logger, lines } = createLogTrap();
  const route = createLogRouter(logger);
  route({
    namespace: 'Connection',
    level: 1,
    label: 'ERROR',
    log: { timestamp: '', message: 'Connection timeout' } as never,
  });
  vi.advanceTimersByTime(60_000);
  expect(lines()).toEqual([]);
});
