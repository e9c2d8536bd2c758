import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root folder of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Import {
  /** A path of ours from the root (`src/core/files.ts`), `node:…`, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

export interface Source {
  /** Path from the root, such as `src/core/files.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** Every TypeScript file below `src`, the page's among them, with what it imports. */
export function readSources(): Source[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => {
      const path = join('src', name);
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, imports: importsOf(path, withoutComments(text)) };
    });
}

/** Comments may quote anything; strings are left alone, for a `//` in them is no comment. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|[\s;{}(,])\/\/[^\n]*/g, '$1');
}

const STATEMENT = /(?:^|\n)\s*(?:import|export)\b(\s+type\b)?([^;'"]*?\bfrom\s*)?\s*['"]([^'"\n]+)['"]/g;
const CALL = /\b(?:import|require)\(\s*['"]([^'"\n]+)['"]/g;

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  for (const [, type, names, to] of text.matchAll(STATEMENT)) {
    found.push({ to: target(path, to!), typeOnly: type !== undefined || onlyTypes(names ?? '') });
  }
  for (const [, to] of text.matchAll(CALL)) found.push({ to: target(path, to!), typeOnly: false });
  return found;
}

/** `import { type A, type B } from` */
function onlyTypes(names: string): boolean {
  const inBraces = /^\s*\{([^}]*)\}\s*from\s*$/.exec(names)?.[1];
  const items = inBraces
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items !== undefined && items.length > 0 && items.every((item) => item.startsWith('type '));
}

function target(path: string, to: string): string {
  if (to.startsWith('.')) return relative(root, resolve(root, dirname(path), to));
  if (to.startsWith('node:')) return to;
  return to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The folder below `src` that a file of ours lies in; for a file right in `src`, its name. */
export function areaOf(path: string): string {
  return path.split('/')[1]!;
}

export function isOurs(to: string): boolean {
  return to.startsWith('src/');
}

export function isPackage(to: string): boolean {
  return !isOurs(to) && !to.startsWith('node:');
}
