import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * The tests in QEMU: `make test-image-short`, `make test-image` (full), `make test-image-more`. One machine at a time: a start under
 * emulation keeps both cores busy.
 */
const form = (name: string, include: string) => ({
  extends: true as const,
  test: { name, include: [include], globalSetup: `test/image/${name}.setup.ts` },
});

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 20 * 60_000,
    hookTimeout: 30 * 60_000,
    reporters: ['default', './test/support/totals.ts'],
    projects: [
      form('short', 'test/image/short.test.ts'),
      form('full', 'test/image/full/*.test.ts'),
      form('more', 'test/image/more/*.test.ts'),
    ],
  },
});
