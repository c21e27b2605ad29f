import { expect, test } from 'vitest';
import { redisEntryPattern } from './archives.ts';

const ENTRIES = [
  'redis-server-5.0.14.1-windows-amd64.exe',
  'redis-server-6.2.6-v5-darwin-amd64',
  'redis-server-6.2.6-v5-darwin-arm64',
  'redis-server-6.2.6-v5-linux-amd64',
  'redis-server-6.2.7-linux-386',
  'redis-server-6.2.7-linux-arm64',
  'redis/embedded/RedisServer.class',
];

test.each([
  ['linux', 'x64', 'redis-server-6.2.6-v5-linux-amd64'],
  ['linux', 'arm64', 'redis-server-6.2.7-linux-arm64'],
  ['linux', 'ia32', 'redis-server-6.2.7-linux-386'],
  ['darwin', 'x64', 'redis-server-6.2.6-v5-darwin-amd64'],
  ['darwin', 'arm64', 'redis-server-6.2.6-v5-darwin-arm64'],
] as const)('Redis for %s on %s', (platform, arch, entry) => {
  const pattern = redisEntryPattern(platform, arch);
  expect(ENTRIES.filter((name) => pattern.test(name))).toEqual([entry]);
});

test.each([
  ['win32', 'x64'],
  ['linux', 'riscv64'],
] as const)('no local stack for %s on %s', (platform, arch) => {
  expect(() => redisEntryPattern(platform, arch)).toThrow(expect.objectContaining({ code: 'PLATFORM_UNSUPPORTED' }));
});
