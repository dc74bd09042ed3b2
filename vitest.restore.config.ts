import { defineConfig } from 'vitest/config';

/** A dump and its restore by Debian's own tools, from one cluster into another: `npm run check -- dump-restore`. */
export default defineConfig({
  test: {
    include: ['packages/core/**/*.restore.test.ts'],
    globalSetup: './packages/db/src/testing/global-setup.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    maxWorkers: 1,
  },
});
