import type { Command } from 'commander';
import { asRohrpostError, type RohrpostError } from '../core/errors.ts';
import { runChecks } from '../health/check.ts';
import { doctorChecks } from '../health/doctor.ts';
import { isFolderLocked } from '../store/database.ts';
import { readCertificate } from '../web/certificate.ts';
import { type SupportParts, supportBundle } from '../web/support.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { becomeOwner, type Data, withStore } from './data.ts';
import { healthParts } from './doctor.ts';
import { openOutput } from './files.ts';

/** `rohrpost support`: the bundle of the page, for a box whose page cannot be reached. The log is in the system's journal. */
export function addSupportCommand(program: Command, c: Console): void {
  addCommand(program, c, 'support', 'help.support')
    .argument('<file>', c.say('help.support-file'))
    .action((file: string) => support(c, file));
}

async function support(c: Console, file: string): Promise<void> {
  const output = await openOutput(c, file);
  becomeOwner(c.folder);
  const certificate = await readCertificate(c.folder);
  let isBegun = false;
  const write = async (data: Data | null, trouble: RohrpostError | null) => {
    isBegun = true;
    const parts: SupportParts = {
      ...{ folder: c.folder, clock: c.clock, certificate, log: [] },
      settings: data?.settings.current() ?? null,
      overview: data?.store.overview ?? null,
      trouble: trouble ?? data?.settings.alarm() ?? null,
      findings: async function* () {
        if (!data) return;
        const o = { isRunning: isFolderLocked(c.folder), alarm: data.settings.alarm() };
        yield* runChecks(doctorChecks({ ...(await healthParts(c, data)), language: 'en' }, o), 'en');
      },
    };
    await output.write(supportBundle(parts));
  };
  try {
    // What cannot be opened is what the bundle is about.
    await withStore(c, (data) => write(data, null)).catch((thrown) => {
      if (isBegun) throw thrown;
      return write(null, asRohrpostError(thrown, 'internal'));
    });
    if (file !== '-') c.line(c.say('support.done', { file }));
  } finally {
    await output.close();
  }
}
