import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** One boot, one update, one fall-back; also the end of `make test`. */
export const shortForm = {
  name: 'short',
  include: ['test/image/short.test.ts'],
  globalSetup: 'test/image/short.setup.ts',
  hookTimeout: 5 * 60_000,
  maxWorkers: 1,
};

/** The tests in QEMU: `make test-image` (full), `make test-image-short`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    pool: 'forks',
    testTimeout: 20 * 60_000,
    hookTimeout: 30 * 60_000,
    reporters: ['default', './test/support/totals.ts'],
    projects: [
      { extends: true, test: shortForm },
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
