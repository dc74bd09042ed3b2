import { defineConfig } from 'vitest/config';

const places = ['apps/*', 'packages/*', 'e2e', 'tools', 'bench'];
const testsIn = (suffix: string) => places.map((place) => `${place}/**/*.${suffix}`);
const never = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    maxWorkers: 2,
    teardownTimeout: 30_000,
    projects: [
      {
        test: {
          name: 'pure',
          include: testsIn('test.ts'),
          exclude: [
            ...never,
            ...['db', 'system', 'browser', 'faults', 'restore'].map((kind) => `**/*.${kind}.test.ts`),
          ],
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'db',
          include: testsIn('db.test.ts'),
          exclude: never,
          globalSetup: './packages/db/src/testing/global-setup.ts',
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        // Whole processes on the embedded PostgreSQL, whatever database the others stand on.
        test: {
          name: 'system',
          include: testsIn('system.test.ts'),
          exclude: never,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
});
