import { defineConfig } from 'vitest/config';

/** What needs a browser, which a newcomer's machine may not have: `npm run test:browser`. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.browser.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
  },
});
