import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * The tests in QEMU: `make test-image` (full), `make test-image-short`. One machine at a time, in the order of their names.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/image/short.test.ts', 'test/image/full/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 20 * 60_000,
    hookTimeout: 30 * 60_000,
    reporters: ['default', './test/support/totals.ts'],
  },
});
