import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { RohrpostError } from '../../core/errors.ts';
import { sha256 } from '../../core/ids.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import type { Desk } from '../../store/desk.ts';
import { isClaimed } from '../who.ts';
import { countGuess } from './guesses.ts';

/** Crockford's base32: no I, L, O, U, which people take for others. Eight of them are 40 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHARACTERS = 8;
const CODE = 'pairing-code';
const WRONG = 'pairing-wrong';
const COUNTER = { key: 'pairing', free: limits.guesses_pairing };

/**
 * The pairing code of a box without an owner, such as `7KQ2-M9XD`; made at first use and kept in clear, for the console has
 * to show it. Who reads the desk's file owns the box anyway. Null once the box has an owner.
 */
export function pairingCode(desk: Desk): string | null {
  return desk.transaction(() => {
    if (isClaimed(desk)) return null;
    return desk.setup.get(CODE) ?? newCode(desk);
  });
}

/**
 * Whether somebody knows the code. Wrong ones are counted for all together, with growing pauses, and after some there is a
 * new code.
 * @throws RohrpostError pairing-code-wrong, pairing-locked
 */
export function expectPairingCode(house: { desk: Desk; clock: Clock }, typed: string): void {
  const { desk } = house;
  const takeBack = countGuess(house, [COUNTER], 'pairing-locked');
  const isRight = desk.transaction(() => {
    const code = pairingCode(desk);
    if (code !== null && same(plain(code), plain(typed))) return true;
    const wrong = Number(desk.setup.get(WRONG) ?? 0) + 1;
    desk.setup.set(WRONG, String(wrong));
    if (wrong >= limits.pairing_wrong) newCode(desk);
    return false;
  });
  if (!isRight) throw new RohrpostError('pairing-code-wrong');
  takeBack();
}

/** The box has an owner now: nobody needs a code any more. */
export function endPairing(desk: Desk): void {
  for (const name of [CODE, WRONG]) desk.setup.delete(name);
  desk.guesses.clear(COUNTER.key);
}

function newCode(desk: Desk): string {
  const characters = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET[byte & 31]).join('');
  const code = `${characters.slice(0, 4)}-${characters.slice(4)}`;
  desk.setup.set(CODE, code);
  desk.setup.delete(WRONG);
  return code;
}

/** As people type it: small letters, blanks, O for 0, I and L for 1. */
function plain(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
}

function same(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(one)), Buffer.from(sha256(other)));
}
