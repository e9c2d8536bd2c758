import type { Command } from 'commander';
import { SETTINGS_FILE } from '../config/load.ts';
import { isFolderLocked } from '../store/database.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { openKeys, withStore } from './data.ts';
import { doorChecks } from './doctor/doors.ts';
import { ownKeyCheck, partnerKeyCheck } from './doctor/keys.ts';
import { machineChecks } from './doctor/machine.ts';
import { imapCheck, smtpCheck, wayCheck } from './doctor/mail.ts';
import { type Check, ok, runChecks, warn } from './doctor/report.ts';
import { targetCheck } from './doctor/targets.ts';

/** `rohrpost doctor`: every connection, key and resource that the box lives on, one line each. Exit 1 if one fails. */
export function addDoctorCommand(program: Command, c: Console): void {
  addCommand(program, c, 'doctor', 'help.doctor')
    .option('--json', c.say('help.json'))
    .action((o: { json?: boolean }) =>
      withStore(c, async ({ settings: open, store }) => {
        const settings = open.current();
        const { keyring, secrets } = await openKeys(c);
        const isRunning = isFolderLocked(c.folder);
        const running: Check = {
          name: c.say('check.box'),
          run: async () => (isRunning ? ok(c.say('status.running')) : warn(c.say('status.not-running'))),
        };
        const file: Check = {
          name: c.say('check.settings'),
          run: async () => {
            const alarm = open.alarm();
            if (alarm) throw alarm;
            return ok(c.say('settings.fine', { file: SETTINGS_FILE }));
          },
        };
        const { mail, partners, targets } = settings;
        const checks = [
          running,
          file,
          ...doorChecks(c, settings, isRunning),
          ...(mail.imap || mail.listener ? [] : [missing(c.say('check.way-in'), c.say('check.no-way-in'))]),
          ...(mail.smtp ? [smtpCheck(c, mail.smtp, secrets)] : []),
          ...(mail.imap ? [imapCheck(c, mail.imap, secrets)] : []),
          ownKeyCheck(c, keyring),
          ...partners.flatMap((partner) => [
            partnerKeyCheck(c, keyring, partner),
            wayCheck(c, settings, partner, secrets),
          ]),
          ...(targets.length > 0 ? [] : [missing(c.say('check.targets'), c.say('check.no-targets'))]),
          ...targets.map((target) => targetCheck(c, settings, target, secrets)),
          ...machineChecks(c, settings, store),
        ];
        await runChecks(c, checks, o.json ?? false);
      }),
    );
}

/** Something without which half of the box has nothing to do; a box that only sends, or only receives, may want it so. */
function missing(name: string, words: string): Check {
  return { name, run: async () => warn(words) };
}
