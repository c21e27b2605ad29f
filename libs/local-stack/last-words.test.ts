import { expect, test } from 'vitest';
import { explainEnd } from './last-words.ts';

const plan = { name: 'redis', ports: { client: 6379 }, cwd: '/data/redis', logFile: '/data/redis/redis.out' } as const;

test.each([
  [
    '# Warning: Could not create server TCP listening socket 127.0.0.1:6379: bind: Address already in use',
    'PORT_TAKEN',
  ],
  ['java.net.BindException: Address already in use', 'PORT_TAKEN'],
  ['ERROR Port(s) already bound: 8080: Address already in use', 'PORT_TAKEN'],
  ['java.io.IOException: No space left on device', 'DISK_FULL'],
  ['redis-server: error while loading shared libraries: libssl.so.3: cannot open', 'PLATFORM_UNSUPPORTED'],
  ['Exception in thread "main" java.lang.OutOfMemoryError: Java heap space', 'CHILD_DIED'],
] as const)('%s → %s', (line, code) => {
  const error = explainEnd(plan, ['something before', line, 'something after'], 'redis ended.');
  expect(error.code).toBe(code);
  expect(error.message).toMatch(/^[^.].*\.$/);
  expect(error.hint).toMatch(/\.$/);
});

test('what is not known is told as it was, with the log and where there is more of it', () => {
  const error = explainEnd(plan, ['a', 'b'], 'redis ended while it was starting.', new Error('cause'));
  expect(error).toMatchObject({
    code: 'CHILD_DIED',
    message: 'redis ended while it was starting.',
    logTail: ['a', 'b'],
  });
  expect(error.cause).toBeInstanceOf(Error);
  expect(error.hint).toContain('/data/redis/redis.out');
});

test('a missing library is named', () => {
  const line = 'redis-server: error while loading shared libraries: libssl.so.3: cannot open shared object file';
  expect(explainEnd(plan, [line], '').message).toContain('libssl.so.3');
});
