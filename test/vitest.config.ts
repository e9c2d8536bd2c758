import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Boxes in QEMU need the whole machine. */
const IN_QEMU = 'test/image/short.test.ts';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A page in a browser on a busy machine takes longer than the usual second.
    expect: { poll: { timeout: 15_000 } },
    reporters: ['default', './test/support/totals.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          exclude: [IN_QEMU, 'test/image/full/**'],
          // Two cores are the smallest machine we build on; real peers (Postfix, Orthanc, Samba) take their share.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'image', include: [IN_QEMU], maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
