import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests in QEMU: `make test-image` (full), `make test-image-short`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    pool: 'forks',
    testTimeout: 20 * 60_000,
    hookTimeout: 30 * 60_000,
    reporters: ['default', './test/support/totals.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'short',
          include: ['test/image/short.test.ts'],
          globalSetup: 'test/image/short.setup.ts',
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'full',
          include: ['test/image/full/*.test.ts'],
          globalSetup: 'test/image/full.setup.ts',
          // A machine under emulation keeps one core busy: two at a time.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
