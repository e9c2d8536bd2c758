import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BUILD } from '../world/transcript.ts';

/** How to run QEMU for x86-64. */
export interface Emulator {
  /** Program and first arguments. */
  command: readonly string[];
  env: Record<string, string>;
}

const QEMU = 'qemu-system-x86_64';
/** From this version on, SHA-256 is not emulated instruction by instruction; a box reads nothing that is not checked with it. */
const FAST_SINCE = 9;
/** As `image/build.sh emulator` unpacks it. */
const TREE = join(BUILD, 'work/emulator');

/** This machine's QEMU, or that of the image's Debian where this machine's is older: a start takes a fifth longer there. */
export async function findEmulator(): Promise<Emulator> {
  if (await isFast()) return { command: [QEMU], env: {} };
  const libraries = join(TREE, 'usr/lib/x86_64-linux-gnu');
  return {
    command: [
      ...[join(TREE, 'usr/lib64/ld-linux-x86-64.so.2'), '--library-path', libraries],
      ...[join(TREE, 'usr/bin', QEMU), '-L', join(TREE, 'usr/share/qemu')],
    ],
    env: { QEMU_MODULE_DIR: join(libraries, 'qemu') },
  };
}

/** Whether this machine's own QEMU will do. */
export async function isFast(): Promise<boolean> {
  const { stdout } = await promisify(execFile)(QEMU, ['--version']);
  return Number(/version (\d+)/.exec(stdout)?.[1]) >= FAST_SINCE;
}
