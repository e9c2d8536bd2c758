import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { RohrpostError } from '../../core/errors.ts';
import { sha256 } from '../../core/ids.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import type { Desk } from '../../store/desk.ts';
import { isClaimed } from '../who.ts';
import { countGuess, network } from './guesses.ts';

/** Crockford's base32: no I, L, O, U, which people take for others. Eight of them are 40 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHARACTERS = 8;
/** The name of the code in the desk's set-up table. */
export const PAIRING_CODE = 'pairing-code';

/**
 * The pairing code of a box without an owner, such as `7KQ2-M9XD`; made at first use and kept in clear, for the console has
 * to show it. Who reads the desk's file owns the box anyway. Null once the box has an owner.
 */
export function pairingCode(desk: Desk): string | null {
  return desk.transaction(() => {
    if (isClaimed(desk)) return null;
    return desk.setup.get(PAIRING_CODE) ?? newCode(desk);
  });
}

/**
 * Whether somebody knows the code. Wrong ones are counted for each network, with growing pauses, so that nobody can keep the
 * owner out from elsewhere; 40 bits outlast whatever number of networks a LAN has.
 * @throws RohrpostError pairing-code-wrong, pairing-locked
 */
export function expectPairingCode(house: { desk: Desk; clock: Clock }, typed: string, address: string): void {
  const counter = { key: `pairing:${network(address)}`, free: limits.guesses_pairing };
  const takeBack = countGuess(house, [counter], 'pairing-locked');
  const code = pairingCode(house.desk);
  if (code === null || !same(plain(code), plain(typed))) throw new RohrpostError('pairing-code-wrong');
  takeBack();
}

/** The box has an owner now: nobody needs a code any more. */
export function endPairing(desk: Desk): void {
  desk.setup.delete(PAIRING_CODE);
}

function newCode(desk: Desk): string {
  const characters = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET[byte & 31]).join('');
  const code = `${characters.slice(0, 4)}-${characters.slice(4)}`;
  desk.setup.set(PAIRING_CODE, code);
  return code;
}

/** As people type it: small letters, blanks, O for 0, I and L for 1. */
function plain(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
}

function same(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(one)), Buffer.from(sha256(other)));
}
