import type { Problem } from './api.ts';

export type Path = readonly (string | number)[];

/** `partners.0.name`: how a place in a form is written in the document, to find it again. */
export const placeOf = (path: Path) => path.join('.');

/** What is wrong with the field at `path`, if anything. */
export function problemAt(problems: readonly Problem[] | undefined, ...path: Path): string | undefined {
  const place = placeOf(path);
  const found = (problems ?? []).filter((problem) => placeOf(problem.path) === place);
  return found.length === 0 ? undefined : found.map(({ message }) => message).join(' ');
}
