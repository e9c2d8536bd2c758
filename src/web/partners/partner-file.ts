import { checkBody } from '../../config/body.ts';
import { address, aeTitle, group, integer, list, oneOf, pastedText, text, type ValueOf } from '../../config/kinds.ts';
import type { Settings } from '../../config/schema.ts';
import { pgpLimits } from '../../core/limits.ts';

const shape = {
  rohrpost: oneOf(['partner'], { description: 'What this file is' }),
  version: integer(1, 1, { description: 'Format of this file' }),
  name: text({ description: 'Name of the site' }),
  address: address({ description: 'Its mail address' }),
  ae_title: aeTitle({ description: 'AE title that it suggests for itself' }),
  accepts: list(text({ description: 'Such as batch or binary', maxLength: 20 }), {
    ...{ description: 'What it takes beyond the classic form', default: [], maxItems: 10 },
  }),
  key: pastedText({ description: 'Its public key, armored', maxLength: pgpLimits.key_characters }),
};
const partnerFile = group(shape, {
  description: 'A partner file: what one Rohrpost box tells another about its site',
});
export type PartnerFile = ValueOf<typeof partnerFile>;

/** What we tell other boxes of this kind about us. */
export function writePartnerFile({ site, mail }: Settings, armored: string, accepts: readonly string[]): string {
  const { name, ae_title } = site;
  const file = { rohrpost: 'partner', version: 1, name, address: mail.address, ae_title, accepts };
  return `${JSON.stringify({ ...file, key: armored }, null, 2)}\n`;
}

/**
 * Reads such a file; null where the bytes are none. Nothing in it is trusted: whoever sent it wrote it. What a newer program
 * says besides is passed over.
 * @throws RequestError (`request-invalid`)
 */
export function readPartnerFile(data: Buffer): PartnerFile | null {
  const given = parsed(data);
  if (given?.rohrpost !== 'partner') return null;
  const known = Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(shape, name)));
  return checkBody(partnerFile, known);
}

function parsed(data: Buffer): Record<string, unknown> | null {
  if (data[0] !== 0x7b) return null;
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return null;
  }
}
