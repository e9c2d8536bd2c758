import type { Partner } from '../config/schema.ts';
import { dateText, fingerprintText } from '../core/figures.ts';
import { healthLimits } from '../core/limits.ts';
import { checkUsable, type KeyInfo } from '../pgp/keys.ts';
import type { Check } from './check.ts';
import { type Finding, ok, warn } from './finding.ts';
import type { HealthParts } from './parts.ts';
import { healthSay } from './say.ts';

type Parts = Pick<HealthParts, 'keyring' | 'clock' | 'language'>;

/** Tests that the own key is there, can be unlocked, and may sign. */
export function ownKeyCheck(parts: Parts): Check {
  return {
    name: healthSay(parts.language)('check.own-key'),
    run: async () => {
      const key = await parts.keyring.ownKey();
      checkUsable(key.publicKey, 'sign', parts.clock.now(), false);
      return lasting(parts, key.info);
    },
  };
}

/** Tests that there is a pinned key of the partner which may be encrypted to. */
export function partnerKeyCheck(parts: Parts, partner: Partner): Check {
  return {
    name: healthSay(parts.language)('check.partner-key', { id: partner.id }),
    run: async () => lasting(parts, (await parts.keyring.encryptionKey(partner, parts.clock.now())).info),
  };
}

function lasting({ clock, language }: Parts, info: KeyInfo): Finding {
  const say = healthSay(language);
  const words = `${fingerprintText(info.fingerprint)}, ${info.algorithm}`;
  if (info.expiresMs === null) return ok(`${words}, ${say('check.key-never')}`);
  const until = `${words}, ${say('check.key-until', { date: dateText(info.expiresMs, language) })}`;
  return info.expiresMs - clock.now() < healthLimits.expires_soon_ms ? warn(until) : ok(until);
}
