/** Versions of the appliance's image and of its updates: SemVer 2.0.0 §9–11, with as many numbers as there are. */

/** Four numbers of up to nine digits each (exact as doubles), then what SemVer lets follow. */
const FORM = /^(\d{1,9}(?:\.\d{1,9}){1,3})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;
const CHARACTERS_MOST = 64;

/** As they are published: without what may follow a plus, which tells no two apart. */
export const VERSION_PATTERN = '^[0-9]{1,9}(?:\\.[0-9]{1,9}){1,3}(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$';

interface Version {
  numbers: number[];
  /** Empty: a release. */
  preRelease: string[];
}

/** Whether `text` is a version that can be compared: `1.2`, `1.2.3`, `1.2.3-rc.1`, `1.2.3+build`. */
export function isVersion(text: string): boolean {
  return text.length <= CHARACTERS_MOST && FORM.test(text);
}

/**
 * Tells which of two versions is the later one, as a sort does: below zero, zero, above zero. A missing number is zero, a
 * pre-release comes before its release, what stands behind `+` does not count (SemVer §10, §11).
 * @throws Error where one is no version: ask `isVersion` first
 */
export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  for (let index = 0; index < Math.max(left.numbers.length, right.numbers.length); index++) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePreReleases(left.preRelease, right.preRelease);
}

function parse(text: string): Version {
  const [, numbers, preRelease] = (isVersion(text) && FORM.exec(text)) || [];
  if (numbers === undefined) throw new Error('no version');
  return { numbers: numbers.split('.').map(Number), preRelease: preRelease?.split('.') ?? [] };
}

function comparePreReleases(a: string[], b: string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = compareIdentifiers(a[index]!, b[index]!);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** SemVer §11.4: numbers by value, words by their characters, numbers before words. */
function compareIdentifiers(a: string, b: string): number {
  const [aNumber, bNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aNumber && bNumber) return Math.sign(Number(BigInt(a) - BigInt(b)));
  if (aNumber !== bNumber) return aNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
