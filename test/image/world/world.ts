import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCa, type TestCa } from '../../support/ca.ts';
import { type Mailhost, startMailhost } from '../../support/mailhost.ts';
import { type Machine, type MachineOptions, startMachine } from '../machine/qemu.ts';
import { type Channel, HOST, startChannel } from './channel.ts';
import { type Clinic, startClinic } from './clinic.ts';
import { DEVELOPMENT, PRODUCT } from './images.ts';
import { type Modality, startModality } from './modality.ts';
import { BUILD, openTranscript, type Transcript } from './transcript.ts';

/** Everything around a box: a mail server, the partner, a modality, the operator's channel; and the machines that run. */
export interface World {
  readonly folder: string;
  readonly transcript: Transcript;
  readonly mailhost: Mailhost;
  readonly clinic: Clinic;
  readonly modality: Modality;
  readonly channel: Channel;
  readonly ca: TestCa;
  /** PEM of every authority that the host's servers have their certificates from. */
  readonly trust: string;
  /** Switches a machine on that is off again, at the latest, when the world ends. */
  start(o: StartOptions): Promise<Machine>;
  /** After a test that failed: what its machines say of themselves goes to build/image/failed; then they are off. */
  clearUp(): Promise<void>;
  stop(): Promise<void>;
}

export type StartOptions = Omit<MachineOptions, 'folder' | 'ports'> & {
  /** Machines of one name are one: its folder keeps firmware variables and TPM. */
  name: string;
  ports?: readonly number[];
  /** For several tests: one that fails does not switch it off. */
  kept?: boolean;
};

/** Page, its redirect, DICOM. */
export const PORTS = [443, 80, 11_112] as const;

/** Starts everything. @param part of the transcript */
export async function startWorld(part: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'rp-image-'));
  const transcript = openTranscript(part);
  const machines: { name: string; kept: boolean; machine: Machine }[] = [];
  const opened: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async () => {
    for (const { machine } of machines.splice(0)) if (machine.running()) await machine.cut();
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const mailhost = await startMailhost({ ips: [HOST] });
    opened.push(() => mailhost.stop());
    const mailCa = join(folder, 'mail-ca.pem');
    await writeFile(mailCa, mailhost.ca);
    const clinic = await startClinic(folder, mailhost, mailCa);
    opened.push(() => clinic.stop());
    const ca = await makeCa(join(folder, 'ca'));
    const channel = await startChannel({ ca, signer: DEVELOPMENT, product: PRODUCT });
    opened.push(() => channel.stop());
    return {
      ...{ folder, transcript, mailhost, clinic, channel, ca, stop },
      modality: startModality(join(folder, 'modality')),
      trust: `${mailhost.ca}\n${ca.caPem}`,
      start: async ({ name, ports = PORTS, kept = false, ...more }) => {
        const machine = await startMachine({ ...more, ports, folder: join(folder, 'machines', name) });
        machines.push({ name, kept, machine });
        return machine;
      },
      clearUp: async () => {
        for (const { name, kept, machine } of machines.filter(({ machine }) => machine.running())) {
          transcript.say(`  what ${name} says of itself: ${await autopsy(machine, name)}`);
          if (!kept) await machine.cut();
        }
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const QUESTIONS = [
  'systemctl --failed --no-pager; systemctl list-jobs --no-pager; systemd-analyze time',
  'head /run/rohrpost-system/*; ls -l /run/rohrpost-system /efi/rohrpost; cat /efi/EFI/BOOT/grubenv',
  'rauc status --detailed; ss -lntup; nft list ruleset',
  'cat /var/lib/rohrpost/update/state.json; ls -la /var/lib/rohrpost /data/system; df',
  'journalctl -b --no-pager -u "rohrpost*" -u rauc | tail -150; journalctl -b --no-pager -p warning | tail -60',
];
const QUESTION_MS = 30_000;

/** Everything that tells why a machine is not as it should be, in a file; gives back its path. */
async function autopsy(machine: Machine, name: string): Promise<string> {
  const path = join(BUILD, 'failed', `${name}.txt`);
  const parts = [await machine.console()];
  for (const question of QUESTIONS) {
    const said = await machine.shell
      .tryRun(question, { within_ms: QUESTION_MS })
      .catch((error) => ({ output: String(error) }));
    parts.push(`$ ${question}\n${said.output}`);
  }
  await mkdir(join(BUILD, 'failed'), { recursive: true });
  await writeFile(path, parts.join('\n\n'));
  await machine.monitor.ask('screendump', { filename: path.replace(/txt$/, 'png'), format: 'png' }).catch(() => {});
  return path;
}
