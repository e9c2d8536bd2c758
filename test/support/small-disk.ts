import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freeBytes } from '../../src/core/files.ts';

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

/** Fills the disk of a folder with a file until so many bytes are free. Gives back what makes room again. */
export async function fillDisk(folder: string, left_bytes = 0): Promise<() => void> {
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(Math.max(0, (await freeBytes(folder)) - left_bytes)));
  return () => unlinkSync(ballast);
}

smallDisk.isPossible = process.getuid?.() === 0;
