import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { RohrpostError } from '../../core/errors.ts';
import { sha256 } from '../../core/ids.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import type { AccountRow } from '../../store/desk/accounts.ts';
import type { Premises } from '../premises.ts';

type House = Pick<Premises, 'desk' | 'secrets' | 'clock'>;

/** RFC 6238 with what every authenticator app takes: SHA-1, six digits, thirty seconds. */
const PERIOD_S = 30;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const RECOVERY_CHARACTERS = 16;

const secretName = (accountId: string) => `totp-${accountId}`;
const newSecretName = (accountId: string) => `totp-new-${accountId}`;

/** Makes a secret that counts once `confirm` has seen a code of it. The link is what the QR code holds (otpauth://). */
export async function beginSecondFactor(
  house: House,
  account: AccountRow,
  site: string,
): Promise<{ secret: string; uri: string }> {
  const secret = new Secret({ size: 20 }).base32;
  await house.secrets.set(newSecretName(account.id), secret);
  const totp = generator(secret, { issuer: `Rohrpost ${site}`.trim(), label: account.name });
  return { secret, uri: totp.toString() };
}

/**
 * Turns the second factor on, and gives the recovery codes: shown once.
 * @throws RohrpostError second-factor-not-begun, second-factor-wrong
 */
export async function confirmSecondFactor(house: House, account: AccountRow, code: string): Promise<string[]> {
  const { desk, secrets } = house;
  const secret = await secrets.get(newSecretName(account.id)).catch((error) => {
    if (error instanceof RohrpostError && error.code === 'secret-unknown') {
      throw new RohrpostError('second-factor-not-begun');
    }
    throw error;
  });
  const step = stepOf(house, secret, code);
  if (step === null) throw new RohrpostError('second-factor-wrong');
  await secrets.set(secretName(account.id), secret);
  await secrets.delete(newSecretName(account.id));
  return desk.transaction(() => {
    desk.accounts.update(account.id, { second_factor: 1, totp_step: step });
    return newRecoveryCodes(house, account.id);
  });
}

/** Turns the second factor off. First the row: a secret that nobody asks for does no harm. */
export async function removeSecondFactor(house: Pick<House, 'desk' | 'secrets'>, accountId: string): Promise<void> {
  const { desk, secrets } = house;
  desk.transaction(() => {
    desk.accounts.update(accountId, { second_factor: 0 });
    desk.accounts.setRecoveryCodes(accountId, []);
  });
  await forgetSecrets(secrets, accountId);
}

export async function forgetSecrets(secrets: House['secrets'], accountId: string): Promise<void> {
  await secrets.delete(secretName(accountId));
  await secrets.delete(newSecretName(accountId));
}

/** Ten new one-time codes in the place of those there were. Kept as SHA-256: 80 random bits cannot be guessed from it. */
export function newRecoveryCodes({ desk }: Pick<House, 'desk'>, accountId: string): string[] {
  const codes = Array.from({ length: limits.recovery_codes }, () => {
    const characters = [...randomBytes(RECOVERY_CHARACTERS)].map((byte) => ALPHABET[byte & 31]).join('');
    return characters.replace(/(.{4})(?=.)/g, '$1-');
  });
  desk.accounts.setRecoveryCodes(accountId, codes.map(recoveryHash));
  return codes;
}

/** Takes a code of the app or a recovery code, each once. @throws RohrpostError second-factor-wrong */
export async function useSecondFactor(house: House, accountId: string, code: string): Promise<'app' | 'recovery'> {
  const { desk, secrets } = house;
  const digits = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(digits)) {
    if (desk.accounts.useRecoveryCode(accountId, recoveryHash(code))) return 'recovery';
    throw new RohrpostError('second-factor-wrong');
  }
  const step = stepOf(house, await secrets.get(secretName(accountId)), digits);
  return desk.transaction(() => {
    const account = desk.accounts.get(accountId);
    if (step === null || !account || step <= account.totp_step) throw new RohrpostError('second-factor-wrong');
    desk.accounts.update(accountId, { totp_step: step });
    return 'app' as const;
  });
}

/** As people type it: with or without dashes, O for 0, I and L for 1 (Crockford's base32). */
function recoveryHash(code: string): string {
  const plain = code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
  return sha256(plain);
}

/** The time step that a code belongs to; null for none within reach. */
function stepOf({ clock }: Pick<House, 'clock'>, secret: string, code: string): number | null {
  const timestamp = clock.now();
  const delta = generator(secret).validate({ token: code.replace(/\s/g, ''), timestamp, window: limits.totp_steps });
  return delta === null ? null : Math.floor(timestamp / 1000 / PERIOD_S) + delta;
}

function generator(secret: string, names: { issuer?: string; label?: string } = {}): TOTP {
  return new TOTP({ ...names, algorithm: 'SHA1', digits: 6, period: PERIOD_S, secret: Secret.fromBase32(secret) });
}
