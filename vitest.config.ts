import { defineConfig } from 'vitest/config';

/**
 * Five projects. `unit` and `simulation` need nothing but Node. `browser` opens the sandbox's pages in a real browser. `stack`
 * runs against a real Kafka, schema registry and Redis, started once for the whole run by test/support/global-setup.ts: every
 * `*.stack.test.ts`, and everything in test/ but the folders of the others. `large` is the same for what takes the machine for itself.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{libs,services,schemas,test/deploy,test/core-quality}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.stack.test.ts'],
          testTimeout: 20_000,
          // Two hundred files that would each load the same modules: no file may leave anything behind in one.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          // It has threads of its own, one for each core.
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
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
          exclude: ['**/node_modules/**', 'test/{deploy,core-quality,browser,simulation,large}/**'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // The servers run on the same cores: more files at once only make each other time out.
          maxWorkers: 2,
          // After the tests that need less and fail faster.
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'large',
          include: ['test/large/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          // What it puts on the servers would make everything beside it time out.
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
