import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCa, type TestCa } from '../../support/ca.ts';
import { type Mailhost, startMailhost } from '../../support/mailhost.ts';
import { type Machine, type MachineOptions, startMachine } from '../machine/qemu.ts';
import { type Channel, HOST, startChannel } from './channel.ts';
import { type Clinic, startClinic } from './clinic.ts';
import { DEVELOPMENT, PRODUCT } from './images.ts';
import { type Modality, startModality } from './modality.ts';
import { openTranscript, type Transcript } from './transcript.ts';

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
  start(o: Omit<MachineOptions, 'folder' | 'ports'> & { name: string; ports?: readonly number[] }): Promise<Machine>;
  stop(): Promise<void>;
}

/** Page, its redirect, DICOM. */
export const PORTS = [443, 80, 11_112] as const;

/** Starts everything. @param title of the transcript */
export async function startWorld(title: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'rp-image-'));
  const transcript = openTranscript(title);
  const machines: Machine[] = [];
  const opened: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async () => {
    for (const machine of machines.splice(0)) if (machine.running()) await machine.cut();
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
      start: async ({ name, ports = PORTS, ...more }) => {
        const machine = await startMachine({ ...more, ports, folder: join(folder, 'machines', name) });
        machines.push(machine);
        return machine;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
