import { defineConfig } from 'vitest/config';

/** `npm run coverage`: how much of the core its own tests reach; fails below the thresholds. */
export default defineConfig({
  test: {
    include: ['{libs/sync-core,test/core-quality}/**/*.test.ts'],
    testTimeout: 20_000,
    coverage: {
      enabled: true,
      include: ['libs/sync-core/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.fixture.ts'],
      reporter: ['text'],
      thresholds: { statements: 95, branches: 95 },
    },
  },
});
