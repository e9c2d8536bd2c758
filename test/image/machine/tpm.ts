import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A TPM 2.0 (swtpm) whose state stays in `folder`: as much a part of the board as its serial number. */
export async function startTpm(folder: string): Promise<{ args: string[]; stop(): Promise<void> }> {
  const state = resolve(folder);
  await mkdir(state, { recursive: true });
  const socket = `${state}.socket`;
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'swtpm', 'socket', '--tpm2', '--terminate'],
      ...['--tpmstate', `dir=${state}`, '--ctrl', `type=unixio,path=${socket}`],
    ],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  for (const deadline = performance.now() + 10_000; !existsSync(socket); await delay(20)) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('swtpm did not start');
  }
  return {
    args: [
      ...['-chardev', `socket,id=tpm,path=${socket}`, '-tpmdev', 'emulator,id=tpm0,chardev=tpm'],
      ...['-device', 'tpm-crb,tpmdev=tpm0'],
    ],
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
