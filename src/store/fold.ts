/**
 * A name as it is searched for: small letters, without marks, and the German ways of writing an umlaut all alike:
 * `Müller`, `MUELLER` and `Muller` are one word. More is found than was asked for where a name has "ue" without an umlaut.
 */
export function foldedWords(name: string): string[] {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/([aou])e/g, '$1')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** What `study.name_key` holds of a name: every word behind a space, so that the beginning of a word can be looked for. */
export function nameKey(name: string): string {
  return [...new Set(foldedWords(name))].map((word) => ` ${word}`).join('');
}
