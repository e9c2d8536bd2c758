import { group, list, nullable, pastedText, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import { errorText, type Language, RohrpostError } from '../../core/errors.ts';
import { checkUsable, type PublicKey } from '../../pgp/keys.ts';
import { moment } from '../people/answers.ts';
import { qrSvg } from '../qr.ts';

const problem = group(
  { code: text({ description: 'Of the error table' }), message: text({ description: 'For people', maxLength: 5000 }) },
  { description: 'Why' },
);

/** What people see of a public key, before they trust it or after. */
export const keyAnswer = group(
  {
    fingerprint: text({ description: 'Of the primary key: hex, in capitals' }),
    userIds: list(text({ description: 'A name and address that the key claims', maxLength: 1000 }), {
      description: 'Whose key it says it is',
    }),
    algorithm: text({ description: 'Such as Ed25519 or RSA-3072' }),
    created_ms: moment('When it was made'),
    expires_ms: nullable(moment('From then on it can no longer do all it can now')),
    revoked: yesNo({ description: 'Its owner has revoked it' }),
    weaknesses: list(text({ description: 'Such as RSA-1024' }), { description: 'Parts that are too weak' }),
    unusable: nullable(problem),
    needsLegacy: yesNo({ description: 'It can be encrypted to where the partner’s profile takes legacy crypto' }),
    armored: pastedText({ description: 'The key itself' }),
    qr: pastedText({ description: 'The fingerprint as a QR code (OPENPGP4FPR:…), SVG' }),
  },
  { description: 'A public key' },
);
export type KeyView = ValueOf<typeof keyAnswer>;

/** A key as the page shows it; whether it may be encrypted to is said as of `now_ms`. */
export function keyView(key: PublicKey, now_ms: number, language: Language): KeyView {
  const { info, armored } = key;
  const strict = whyUnusable(key, now_ms, false);
  return {
    fingerprint: info.fingerprint,
    userIds: info.userIds.map((id) => harmless(id).slice(0, 1000)),
    algorithm: info.algorithm,
    created_ms: info.createdMs,
    expires_ms: info.expiresMs,
    revoked: info.revoked,
    weaknesses: [...info.weaknesses],
    unusable: strict && { code: strict.code, message: errorText(strict.code, language, strict.details) },
    needsLegacy: strict !== null && whyUnusable(key, now_ms, true) === null,
    armored,
    qr: qrSvg(`OPENPGP4FPR:${info.fingerprint}`),
  };
}

function whyUnusable(key: PublicKey, now_ms: number, legacy: boolean): RohrpostError | null {
  try {
    checkUsable(key, 'encrypt', now_ms, legacy);
    return null;
  } catch (error) {
    if (error instanceof RohrpostError) return error;
    throw error;
  }
}

/** Whoever made the key wrote its user ids: no control characters, none that turn the direction of writing. */
function harmless(words: string): string {
  return words.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ');
}
