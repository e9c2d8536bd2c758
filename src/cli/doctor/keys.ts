import type { Keyring } from '../../box/keyring.ts';
import type { Partner } from '../../config/schema.ts';
import { checkUsable, type KeyInfo } from '../../pgp/keys.ts';
import type { Console } from '../console.ts';
import { fingerprintText, momentText } from '../format.ts';
import { type Check, type Finding, ok, warn } from './report.ts';

/** A key that ends sooner than this is worth a word: partners need weeks to exchange keys. */
const EXPIRES_SOON_MS = 30 * 24 * 3_600_000;

/** Tests that the own key is there, can be unlocked, and may sign. */
export function ownKeyCheck(c: Console, keyring: Keyring): Check {
  return {
    name: c.say('check.own-key'),
    run: async () => {
      const key = await keyring.ownKey();
      checkUsable(key.publicKey, 'sign', c.clock.now(), false);
      return lasting(c, key.info);
    },
  };
}

/** Tests that there is a pinned key of the partner which may be encrypted to. */
export function partnerKeyCheck(c: Console, keyring: Keyring, partner: Partner): Check {
  return {
    name: c.say('check.partner-key', { id: partner.id }),
    run: async () => lasting(c, (await keyring.encryptionKey(partner, c.clock.now())).info),
  };
}

function lasting(c: Console, info: KeyInfo): Finding {
  const words = `${fingerprintText(info.fingerprint)}, ${info.algorithm}`;
  if (info.expiresMs === null) return ok(`${words}, ${c.say('key.never')}`);
  const until = `${words}, ${c.say('key.until', { date: momentText(info.expiresMs, c.language) })}`;
  return info.expiresMs - c.clock.now() < EXPIRES_SOON_MS ? warn(until) : ok(until);
}
