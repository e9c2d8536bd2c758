import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    // Boxes in QEMU need the whole machine, and an hour: test/image/vitest.config.ts.
    exclude: ['test/image/short.test.ts', 'test/image/full/**', 'test/image/more/**'],
    pool: 'forks',
    // Two cores are the smallest machine we build on; real peers (Postfix, Orthanc, Samba) take their share.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A page in a browser on a busy machine takes longer than the usual second.
    expect: { poll: { timeout: 15_000 } },
    reporters: ['default', './test/support/totals.ts'],
  },
});
