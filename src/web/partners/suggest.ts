import type { Settings } from '../../config/schema.ts';

/** What a new partner may be called, before a person changes it. */
export interface Suggestion {
  id: string;
  name: string;
  address: string;
  ae_title: string;
}

/** A short name and an AE title from the name (or the partner's own), such that nobody else has them yet. */
export function suggestPartner(
  { site, partners }: Settings,
  o: { name: string; address: string; ae_title?: string },
): Suggestion {
  const { name, address, ae_title: own } = o;
  const words = ascii(name || address.slice(address.lastIndexOf('@') + 1));
  const ids = new Set(partners.map((partner) => partner.id));
  const titles = new Set([site.ae_title, ...partners.map((partner) => partner.ae_title)]);
  return {
    id: free(words.toLowerCase(), ids, 40, '-'),
    name: name.slice(0, 100),
    address,
    ae_title:
      own !== undefined && !titles.has(own) ? own : free(words.replaceAll('-', '_').toUpperCase(), titles, 16, '_'),
  };
}

const GERMAN: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', Ä: 'Ae', Ö: 'Oe', Ü: 'Ue', ß: 'ss' };

function ascii(words: string): string {
  const letters = words.replace(/[äöüÄÖÜß]/g, (letter) => GERMAN[letter]!).normalize('NFKD');
  const kept = letters.replace(/\p{M}/gu, '').replace(/[^A-Za-z0-9]+/g, '-');
  return kept.replace(/^-+|-+$/g, '') || 'partner';
}

function free(wanted: string, taken: ReadonlySet<string>, most: number, joint: string): string {
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : `${joint}${number}`;
    const start = wanted.slice(0, most - end.length).replace(/[-_]+$/, '');
    if (!taken.has(start + end)) return start + end;
  }
}
