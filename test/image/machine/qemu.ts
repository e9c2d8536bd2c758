import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../support/ports.ts';
import { findEmulator } from './emulator.ts';
import { openQmp, type Qmp } from './qmp.ts';
import { openShell, type Shell } from './shell.ts';
import { startTpm } from './tpm.ts';

/** A virtual computer, as a box is one: UEFI, a disk, a wired network, a watchdog, a screen and a keyboard. */
export interface Machine {
  /** Where a port of the box is reached: on 127.0.0.1. */
  port(inside: number): number;
  /** What it has written to its serial console since it was switched on. */
  console(): Promise<string>;
  /** Waits for words on the console; after `from` characters of it. */
  waitFor(words: RegExp, within_ms: number): Promise<RegExpExecArray>;
  readonly shell: Shell;
  readonly monitor: Qmp;
  /** Milliseconds since it was switched on. */
  since(): number;
  /** The plug is pulled (kill -9). What the box had not flushed is lost: the disk is a qcow2 overlay, whose own tables are cached. */
  cut(): Promise<void>;
  /** The reset button. */
  reset(): Promise<void>;
  /** The power button; waits for the end. */
  shutDown(within_ms: number): Promise<void>;
  running(): boolean;
}

export interface MachineOptions {
  /** A qcow2 overlay (see disks.ts); written to. */
  disk: string;
  /** For its sockets, its firmware variables, its console; made if it is not there. Kept by the machine over power cuts. */
  folder: string;
  /** TCP ports of the box that the host reaches. */
  ports: readonly number[];
  memory_mb?: number;
  /** Both together are what a box takes for its hardware. */
  mac?: string;
  uuid?: string;
  /** A second, raw or qcow2, disk. */
  secondDisk?: string;
  /** A raw image that is plugged in as a USB stick from the start. */
  stick?: string;
  /** A TPM 2.0, whose state lies in the folder. */
  tpm?: boolean;
  /** A second network card on this tap device of the host. */
  tap?: string;
}

const FIRMWARE = '/usr/share/OVMF/OVMF_CODE_4M.fd';
const VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd';
export const USUAL_MAC = '52:54:00:ab:cd:01';
const USUAL_UUID = '6f2d1c1e-4a55-4d0e-9d52-0123456789ab';
/** No machine outlives this, whatever becomes of the test. */
const LIFE_MS = 45 * 60_000;
const END_MS = 10_000;

/**
 * Switches a machine on. It dies with this process, however that ends (`setpriv --pdeathsig`), and after 45 minutes.
 * Software emulation (TCG): works without /dev/kvm and is the same everywhere.
 */
export async function startMachine(o: MachineOptions): Promise<Machine> {
  await mkdir(o.folder, { recursive: true });
  const at = (name: string) => join(o.folder, name);
  await copyFile(VARIABLES, at('vars.fd'), 1 /* COPYFILE_EXCL */).catch(() => {});
  const tpm = o.tpm ? await startTpm(at('tpm')) : null;
  const forwards = new Map<number, number>();
  for (const inside of o.ports) forwards.set(inside, await freePort());
  const { command, env } = await findEmulator();
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', ...command, ...argumentsOf(o, forwards), ...(tpm?.args ?? [])],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } },
  );
  const started_ms = performance.now();
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  const ended = once(child, 'exit');
  const tooOld = setTimeout(() => child.kill('SIGKILL'), LIFE_MS).unref();
  const monitor = await openQmp(at('monitor')).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`QEMU did not start: ${complaint}`, { cause: error });
  });
  const shell = await openShell(at('shell'));
  const gone = async () => {
    await ended;
    clearTimeout(tooOld);
    monitor.close();
    shell.close();
    await tpm?.stop();
  };
  const read = () => readFile(at('console'), 'utf8').catch(() => '');
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    ...{ monitor, shell, running },
    port: (inside) => {
      const outside = forwards.get(inside);
      if (outside === undefined) throw new Error(`port ${inside} of the box is not forwarded`);
      return outside;
    },
    console: read,
    waitFor: (words, within_ms) => waitForWords(child, read, words, within_ms),
    since: () => performance.now() - started_ms,
    cut: async () => {
      child.kill('SIGKILL');
      await gone();
    },
    reset: async () => void (await monitor.ask('system_reset')),
    shutDown: async (within_ms) => {
      await monitor.ask('system_powerdown');
      const late = setTimeout(() => child.kill('SIGKILL'), within_ms);
      const [code, signal] = await ended;
      clearTimeout(late);
      await gone();
      if (code !== 0) throw new Error(`the machine did not shut down within ${within_ms} ms (${signal ?? code})`);
    },
  };
}

function argumentsOf(o: MachineOptions, forwards: ReadonlyMap<number, number>): string[] {
  const at = (name: string) => join(o.folder, name);
  const { memory_mb = 1_536, mac = USUAL_MAC, uuid = USUAL_UUID } = o;
  const pairs = [...forwards].map(([inside, outside]) => `,hostfwd=tcp:127.0.0.1:${outside}-:${inside}`);
  const drive = (id: string, more: string) => ['-drive', `if=none,id=${id},${more}`];
  return [
    ...['-M', 'q35', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max', '-smp', '2', '-m', String(memory_mb)],
    ...['-name', 'rohrpost-test', '-uuid', uuid, '-nodefaults', '-display', 'none', '-vga', 'std'],
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${FIRMWARE}`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${at('vars.fd')}`],
    ...drive('d0', `format=qcow2,file=${o.disk},cache=writeback,discard=unmap`),
    ...['-device', 'virtio-blk-pci,drive=d0,bootindex=1'],
    ...(o.secondDisk ? [...drive('d1', `file=${o.secondDisk}`), '-device', 'virtio-blk-pci,drive=d1'] : []),
    ...['-netdev', `user,id=n0${pairs.join('')}`, '-device', `virtio-net-pci,netdev=n0,romfile=,mac=${mac}`],
    ...(o.tap
      ? ['-netdev', `tap,id=n1,ifname=${o.tap},script=no,downscript=no`, '-device', 'virtio-net-pci,netdev=n1,romfile=']
      : []),
    ...['-device', 'virtio-rng-pci', '-device', 'i6300esb', '-action', 'watchdog=reset'],
    ...['-device', 'qemu-xhci,id=usb', '-device', 'usb-kbd,bus=usb.0'],
    ...(o.stick
      ? [...drive('s0', `format=raw,file=${o.stick}`), '-device', 'usb-storage,bus=usb.0,drive=s0,id=stick']
      : []),
    ...['-chardev', `file,id=c0,path=${at('console')}`, '-serial', 'chardev:c0'],
    ...['-chardev', `socket,id=c1,path=${at('shell')},server=on,wait=off`, '-serial', 'chardev:c1'],
    ...['-qmp', `unix:${at('monitor')},server=on,wait=off`],
  ];
}

async function waitForWords(
  child: ChildProcess,
  read: () => Promise<string>,
  words: RegExp,
  within_ms: number,
): Promise<RegExpExecArray> {
  for (const deadline = performance.now() + within_ms; ; ) {
    const text = await read();
    const found = words.exec(text);
    if (found) return found;
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the machine has ended: ${text.slice(-2_000)}`);
    if (performance.now() > deadline)
      throw new Error(`no ${words} on the console within ${within_ms} ms: ${text.slice(-3_000)}`);
    await delay(200);
  }
}

/** Ends a process by force and waits for it. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(END_MS) });
  child.kill('SIGKILL');
  await ended;
}
