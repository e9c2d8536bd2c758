import { SETTINGS_FILE } from '../config/load.ts';
import type { RohrpostError } from '../core/errors.ts';
import type { Check } from './check.ts';
import { doorChecks } from './doors.ts';
import { ok, warn } from './finding.ts';
import { ownKeyCheck, partnerKeyCheck } from './keys.ts';
import { machineChecks } from './machine.ts';
import { imapCheck, smtpCheck, wayCheck } from './mail.ts';
import type { HealthParts } from './parts.ts';
import { healthSay } from './say.ts';
import { targetCheck } from './targets.ts';

/** Every connection, key and resource that the box lives on. `alarm`: of the settings file. */
export function doctorChecks(parts: HealthParts, o: { isRunning: boolean; alarm: RohrpostError | null }): Check[] {
  const say = healthSay(parts.language);
  const { mail, partners, targets } = parts.settings;
  return [
    {
      name: say('check.box'),
      run: async () => (o.isRunning ? ok(say('check.running')) : warn(say('check.not-running'))),
    },
    {
      name: say('check.settings'),
      run: async () => {
        if (o.alarm) throw o.alarm;
        return ok(say('check.settings-fine', { file: SETTINGS_FILE }));
      },
    },
    ...doorChecks(parts, o.isRunning),
    ...(mail.imap || mail.listener ? [] : [missing(say('check.way-in'), say('check.no-way-in'))]),
    ...(mail.smtp ? [smtpCheck(parts, mail.smtp)] : []),
    ...(mail.imap ? [imapCheck(parts, mail.imap)] : []),
    ownKeyCheck(parts),
    ...partners.flatMap((partner) => [partnerKeyCheck(parts, partner), wayCheck(parts, partner)]),
    ...(targets.length > 0 ? [] : [missing(say('check.targets'), say('check.no-targets'))]),
    ...targets.map((target) => targetCheck(parts, target)),
    ...machineChecks(parts),
  ];
}

/** Something without which half of the box has nothing to do; a box that only sends, or only receives, may want it so. */
function missing(name: string, words: string): Check {
  return { name, run: async () => warn(words) };
}
