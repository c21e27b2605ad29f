import { defineConfig } from 'vitest/config';

/** The core's own tests, as Stryker runs them thousands of times: properties are tried with fewer cases each. */
export default defineConfig({
  test: {
    include: ['{libs/sync-core,test/core-quality}/**/*.test.ts'],
    env: { PROPERTY_RUNS: '30' },
    testTimeout: 20_000,
  },
});
