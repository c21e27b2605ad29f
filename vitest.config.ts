import { defineConfig } from 'vitest/config';

/**
 * Three projects. `unit` needs nothing but Node. `browser` opens the sandbox's pages in a real browser. `stack` runs against a real Kafka, schema registry and Redis, started
 * once for the whole run by test/support/global-setup.ts: every `*.stack.test.ts`, and everything in test/ but test/deploy and test/browser.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{libs,services,schemas,test/deploy}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.stack.test.ts'],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          // The first run unpacks the browser.
          hookTimeout: 180_000,
          // A browser takes both cores for itself.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'stack',
          include: ['{libs,services,schemas}/**/*.stack.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'test/{deploy,browser}/**'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // The servers run on the same cores: more files at once only make each other time out.
          maxWorkers: 2,
          // After the tests that need less and fail faster.
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
