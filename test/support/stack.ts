import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { StackAddresses } from '#local-stack';

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of the servers of this test run; provided by global-setup.ts, read by `useStack()`. */
    stack: StackAddresses;
  }
}

/**
 * The servers of this test run: a real Kafka, schema registry and Redis, whichever way they came up. They are shared
 * by all tests, so keep to your own `uniquePrefix()` and never stop them: a test that kills servers starts its own
 * with `startStack` of `#local-stack`.
 */
export function useStack(): StackAddresses {
  return inject('stack');
}

/**
 * A prefix for topics, consumer groups, transactional ids and Redis keys that no other test uses, for example
 * `merge-k3f9a2c1.`.
 *
 * @param name what the test is about, letters, digits and dashes; shown in the topic names of a failing run
 */
export function uniquePrefix(name = 'test'): string {
  return `${name}-${randomBytes(5).toString('hex')}.`;
}
