/** Well-known unique identifiers, PS3.6 Annex A. */

export const APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';
export const VERIFICATION = '1.2.840.10008.1.1';

export const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
export const EXPLICIT_BIG = '1.2.840.10008.1.2.2';
export const DEFLATED_LITTLE = '1.2.840.10008.1.2.1.99';

/** Transfer syntaxes whose whole data set, header too, is one deflate stream (PS3.5 §A.5, §A.6, §A.9). */
export const DEFLATED_SYNTAXES: ReadonlySet<string> = new Set([
  DEFLATED_LITTLE,
  '1.2.840.10008.1.2.4.95',
  '1.2.840.10008.1.2.4.205',
]);

/** The transfer syntaxes in which a command-only service such as Verification can be spoken. */
export const UNCOMPRESSED_SYNTAXES: ReadonlySet<string> = new Set([IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG]);

/** Rohrpost as an implementation, PS3.7 §D.3.3.2; derived from a UUID by PS3.5 §B.2. */
export const IMPLEMENTATION_CLASS = '2.25.216826917732189329962899428683303329998';
/** At most 16 characters. */
export const IMPLEMENTATION_VERSION = 'ROHRPOST_1';

/**
 * Standard services that move no instances: Storage Commitment, procedure steps, query/retrieve, worklists. Everything
 * else is taken as storage, private SOP classes and those of tomorrow too.
 */
const OTHER_SERVICES = [
  '1.2.840.10008.1.20.',
  '1.2.840.10008.3.1.2.',
  '1.2.840.10008.5.1.4.1.2.',
  '1.2.840.10008.5.1.4.31',
  '1.2.840.10008.5.1.4.34.6.',
];

/** Whether instances of this SOP class are stored with C-STORE, as far as its UID tells. */
export function isStorageClass(sopClassUid: string): boolean {
  return sopClassUid !== VERIFICATION && !OTHER_SERVICES.some((root) => sopClassUid.startsWith(root));
}

/** PS3.5 §9.1: 1 to 64 characters, digits and dots, not only dots. Leading zeros occur in the field and are let through. */
export function isUid(text: string): boolean {
  return text.length <= 64 && /^[0-9.]*[0-9][0-9.]*$/.test(text);
}
