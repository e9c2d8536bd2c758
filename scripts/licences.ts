/**
 * Every licence text of an image, in one file: Debian's copyright files with the texts they point to, Node.js, and the npm packages of
 * the program.
 *
 *     node scripts/licences.ts [--root ROOTFS] --modules NODE_MODULES --product rohrpost-amd64 --version 1.2.3
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const TEXT = /^(?:licen[cs]e|copying|notice|copyright)(?:[.-].*)?$/i;

export interface LicenceText {
  /** `Debian: bash`, `npm: fastify 5.12.8`. */
  of: string;
  text: string;
}

/** Of Debian's packages, and the texts under common-licenses that theirs name. */
export function debianLicences(root: string): LicenceText[] {
  const docs = join(root, 'usr/share/doc');
  const common = join(root, 'usr/share/common-licenses');
  const read = (file: string) => readFileSync(file, 'utf8');
  const packages = folders(docs)
    .filter((name) => existsSync(join(docs, name, 'copyright')))
    .map((name) => ({ of: `Debian: ${name}`, text: read(join(docs, name, 'copyright')) }));
  const texts = (existsSync(common) ? readdirSync(common).sort() : [])
    .filter((name) => statSync(join(common, name)).isFile())
    .map((name) => ({ of: `Debian: common-licenses/${name}`, text: read(join(common, name)) }));
  return [...packages, ...texts];
}

/** Of the npm packages below a node_modules folder; one that brings no text has the name of its licence. */
export function npmLicences(modules: string): LicenceText[] {
  const found: LicenceText[] = [];
  for (const folder of packagesIn(modules)) {
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    if (typeof about.name !== 'string' || typeof about.version !== 'string') continue;
    const texts = readdirSync(folder).filter((name) => TEXT.test(name) && statSync(join(folder, name)).isFile());
    const text = texts.sort().map((name) => readFileSync(join(folder, name), 'utf8'));
    found.push({ of: `npm: ${about.name} ${about.version}`, text: text.join('\n') || `License: ${licenceOf(about)}` });
    const inner = join(folder, 'node_modules');
    if (existsSync(inner)) found.push(...npmLicences(inner));
  }
  return found;
}

function packagesIn(modules: string): string[] {
  return folders(modules)
    .flatMap((name) => (name.startsWith('@') ? folders(join(modules, name)).map((one) => join(name, one)) : [name]))
    .map((name) => join(modules, name))
    .filter((folder) => existsSync(join(folder, 'package.json')));
}

function folders(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => !name.startsWith('.') && statSync(join(path, name)).isDirectory())
    .sort();
}

function licenceOf({ license, licenses }: Record<string, unknown>): string {
  return typeof license === 'string' ? license : JSON.stringify(license ?? licenses ?? 'unknown');
}

if (import.meta.main) {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { root: option, modules: option, product: option, version: option } });
  const { root, modules, product, version } = values;
  if (!modules || !product) {
    console.error('usage: licences.ts [--root FOLDER] --modules FOLDER --product NAME [--version VERSION]');
    process.exit(64);
  }
  const own = { of: 'Rohrpost', text: readFileSync(new URL('../LICENSE', import.meta.url), 'utf8') };
  const all = [own, ...(root ? debianLicences(root) : []), ...npmLicences(modules)];
  const line = '='.repeat(100);
  process.stdout.write(`Licences of what is in ${[product, version].filter(Boolean).join(' ')}: ${all.length} texts\n`);
  for (const { of, text } of all) process.stdout.write(`\n${line}\n${of}\n${line}\n${text.trimEnd()}\n`);
}
