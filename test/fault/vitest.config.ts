import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `make test-fault`: faults provoked in running boxes, as long as it takes; ends with a table. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/fault/*.test.ts'],
    globalSetup: 'test/fault/fault.setup.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 10 * 60_000,
    hookTimeout: 5 * 60_000,
    reporters: ['default', './test/support/totals.ts'],
  },
});
