import { type Details, type ErrorCode, RohrpostError, reasonOf } from '../../core/errors.ts';

interface Meaning {
  words: RegExp;
  code: ErrorCode;
  /** What the groups of the pattern are called in our sentence. */
  details?: readonly string[];
}

/**
 * What RAUC 1.13 says when it refuses a bundle, and what that means; the first that fits holds. Its exit status only says that
 * something is wrong. Where a newer RAUC says something else, the bundle is refused all the same, under a less exact code.
 */
const MEANINGS: readonly Meaning[] = [
  { words: /Already processing a different method/, code: 'appliance-busy' },
  { words: /^No such file: /m, code: 'bundle-missing' },
  { words: /Verify error: .*(?:certificate has expired|certificate is not yet valid)/, code: 'bundle-signer-expired' },
  { words: /signature verification failed: Verify error: /, code: 'bundle-untrusted' },
  {
    words: /(signature verification failed|Failed to parse signature|Signature data is no valid CMS)/,
    code: 'bundle-damaged',
    details: ['reason'],
  },
  { words: /(Invalid bundle format: .*)/, code: 'bundle-damaged', details: ['reason'] },
  {
    words: /(Bundle size \(\d+\) is too small|Bundle is not a regular file)/,
    code: 'bundle-damaged',
    details: ['reason'],
  },
  { words: /(Bundle format '\w+' not (?:allowed|supported).*)/, code: 'bundle-damaged', details: ['reason'] },
  {
    words: /Compatible mismatch: Expected '(.*)' but bundle manifest has '(.*)'/,
    code: 'bundle-other-product',
    details: ['own', 'product'],
  },
  {
    words: /Version mismatch: Expected at least '(.*)' but bundle manifest has (?:'(.*)'|no version)/,
    code: 'bundle-too-old',
    details: ['floor', 'version'],
  },
  { words: /(failed to prepare streaming subprocess.*)/, code: 'appliance-failed', details: ['reason'] },
  // The download child tells why it gives up, before RAUC says that it has. GnuTLS's words, through curl:
  { words: /request failed: server (?:certificate )?verification failed/, code: 'bundle-server-untrusted' },
  { words: /request failed: SSL: .*(?:does not match|certificate)/, code: 'bundle-server-untrusted' },
  {
    words: /(range requests not supported by server|unexpected HTTP error code \d+)/,
    code: 'bundle-unreachable',
    details: ['reason'],
  },
  { words: /request failed: (.+?)(?: \(retrying \d\/\d\))?$/m, code: 'bundle-unreachable', details: ['reason'] },
  { words: /(Failed to stream bundle.*)/, code: 'bundle-unreachable', details: ['reason'] },
  { words: /Failed updating slot \S+: .*(No space left on device)/, code: 'bundle-too-large' },
  { words: /Failed updating slot \S+: (.*reading from.*)/i, code: 'bundle-not-read', details: ['reason'] },
  { words: /LastError: (.+)/, code: 'bundle-not-written', details: ['reason'] },
];

/** RAUC's words under one of our codes; `otherwise` where it says nothing that is known. */
export function whatRaucMeans(words: string, otherwise: ErrorCode): RohrpostError {
  for (const { words: pattern, code, details = [] } of MEANINGS) {
    const match = pattern.exec(words);
    if (!match) continue;
    const named: Details = Object.fromEntries(details.map((name, index) => [name, reasonOf(match[index + 1] ?? '?')]));
    return new RohrpostError(code, { details: named });
  }
  const lines = words.trim().split('\n');
  return new RohrpostError(otherwise, { details: { reason: reasonOf(lines.at(-1) ?? '') } });
}

/** One line of `rauc install`: ` 43% Copying image to rootfs.1`. Null: another line. */
export function progressOf(line: string): { percent: number; text: string } | null {
  const [, percent, text] = /^\s*(\d{1,3})% (.+)$/.exec(line) ?? [];
  return text === undefined ? null : { percent: Math.min(100, Number(percent)), text: reasonOf(text) };
}
