import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { shortForm } from './image/vitest.config.ts';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    pool: 'forks',
    reporters: ['default', './test/support/totals.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          // Boxes in QEMU need the whole machine, and two of their three forms an hour each (test/image/vitest.config.ts); so do
          // crash loops (test/fault/vitest.config.ts).
          exclude: [...shortForm.include, 'test/image/full/**', 'test/image/more/**', 'test/fault/**'],
          // Two cores are the smallest machine we build on; real peers (Postfix, Orthanc, Samba) take their share.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // A page in a browser on a busy machine takes longer than the usual second.
          expect: { poll: { timeout: 15_000 } },
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { ...shortForm, sequence: { groupOrder: 1 } } },
    ],
  },
});
