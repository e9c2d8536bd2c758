import { fingerprintText, harmless, momentText } from '../core/figures.ts';
import type { KeyInfo } from '../pgp/keys.ts';
import type { Console } from './console.ts';
import { tableText } from './format.ts';

/** What a person wants to see of a key, the fingerprint first. */
export function keyLines(c: Console, info: KeyInfo): string[] {
  const expires = info.expiresMs === null ? c.say('key.never') : momentText(info.expiresMs, c.language);
  return tableText([
    [c.say('key.fingerprint'), fingerprintText(info.fingerprint)],
    [c.say('key.user'), info.userIds.map(harmless).join(', ')],
    [c.say('key.algorithm'), info.algorithm],
    [c.say('key.created'), momentText(info.createdMs, c.language)],
    [c.say('key.expires'), info.revoked ? c.say('key.revoked') : expires],
    ...(info.weaknesses.length > 0 ? [[c.say('key.weak'), info.weaknesses.join(', ')]] : []),
  ]);
}
