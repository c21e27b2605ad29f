import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { givenAddresses, missingParts } from './provide-stack.ts';
import { uniquePrefix, useStack } from './stack.ts';

function answersOn(hostAndPort: string): Promise<boolean> {
  const [host, port] = hostAndPort.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host: host!, port: Number(port) }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

test('the servers of the run answer', async () => {
  const { kafkaBrokers, schemaRegistryUrl, redisUrl } = useStack();
  expect(kafkaBrokers.length).toBeGreaterThan(0);
  for (const broker of kafkaBrokers) expect(await answersOn(broker)).toBe(true);
  expect(await answersOn(new URL(redisUrl).host)).toBe(true);
  const response = await fetch(`${schemaRegistryUrl}/subjects`);
  expect(response.status).toBe(200);
});

test('prefixes differ and are good for topic names', () => {
  const prefixes = Array.from({ length: 1000 }, () => uniquePrefix('some-test'));
  expect(new Set(prefixes).size).toBe(1000);
  for (const prefix of prefixes) expect(prefix).toMatch(/^[a-z0-9.-]{1,60}$/);
});

test('servers that the environment names are used, the others are missing', () => {
  const given = givenAddresses({ KAFKA_BROKERS: 'a:1,b:2', REDIS_URL: 'redis://c:3' });
  expect(given).toEqual({ kafkaBrokers: ['a:1', 'b:2'], schemaRegistryUrl: '', redisUrl: 'redis://c:3' });
  expect(missingParts(given)).toEqual(['registry']);
  expect(missingParts(givenAddresses({}))).toEqual(['kafka', 'registry', 'redis']);
});
