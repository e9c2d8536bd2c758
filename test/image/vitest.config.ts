import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** A box in QEMU: one at a time, for a start under emulation keeps both cores busy. */
const form = (name: string, include: string) => ({
  name,
  include: [include],
  globalSetup: `test/image/${name}.setup.ts`,
  maxWorkers: 1,
  testTimeout: 20 * 60_000,
  hookTimeout: 30 * 60_000,
});

/** One boot, one update, one fall-back: also the end of `make test`. */
export const shortForm = form('short', 'test/image/short.test.ts');

/** The tests in QEMU: `make test-image-short`, `make test-image` (full), `make test-image-more`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    reporters: ['default', './test/support/totals.ts'],
    projects: [shortForm, form('full', 'test/image/full/*.test.ts'), form('more', 'test/image/more/*.test.ts')].map(
      (test) => ({ extends: true as const, test }),
    ),
  },
});
