import { defineConfig } from 'vitest/config';

/** What hurts a server of its own for as long as `FAULT_SECONDS` says: `npm run test:faults`. */
export default defineConfig({
  test: {
    include: ['packages/**/*.faults.test.ts'],
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    maxWorkers: 1,
  },
});
