import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A file system of so many MiB, in memory, that goes when the test ends. Only root may mount one. */
export function smallDisk(size_mib: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'rohrpost-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size_mib}m,mode=0700`, 'tmpfs', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  });
  return folder;
}

/** Makes it read-only, or writable again. */
export function remount(folder: string, how: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${how}`, folder]);
}

smallDisk.isPossible = process.getuid?.() === 0;
