/**
 * Does a whole value fit a pattern in which `*` stands for any characters and `?` for one (PS3.4 §C.2.2.2.4)? Capitals make
 * no difference: modalities and people write them as they like. Takes at most length × length steps, whatever the pattern.
 */
export function fitsPattern(value: string, pattern: string): boolean {
  const [text, wanted] = [value.toLowerCase(), pattern.toLowerCase()];
  let at = 0;
  let next = 0;
  /** Where to go on if the rest does not fit: behind the latest `*`, which then takes one character more. */
  let star = -1;
  let taken = 0;
  while (at < text.length) {
    if (wanted[next] === '*') {
      star = next++;
      taken = at;
    } else if (wanted[next] === '?' || wanted[next] === text[at]) {
      at++;
      next++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  return [...wanted.slice(next)].every((character) => character === '*');
}
