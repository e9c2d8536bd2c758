/**
 * Bill of materials of an image: CycloneDX 1.6 (ECMA-424) over Debian's packages, Node.js and the npm packages of the program.
 *
 *     node scripts/sbom.ts --packages FILE.tsv --npm FILE.json --product rohrpost-amd64 --version 1.2.3 [--docs FOLDER]
 *
 * `--packages` is what dpkg-query said in the image (name, version, architecture, source name, source version), `--npm` is what
 * `npm sbom --sbom-format cyclonedx --omit dev` said, `--docs` is the image's /usr/share/doc. The same input gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

interface Licence {
  license?: { id?: string; name?: string };
  expression?: string;
}

export interface Component {
  type: string;
  'bom-ref': string;
  name: string;
  version: string;
  purl?: string;
  licenses?: Licence[];
  [more: string]: unknown;
}

export interface BillOfMaterials {
  bomFormat: 'CycloneDX';
  specVersion: '1.6';
  serialNumber: string;
  version: 1;
  metadata: { timestamp: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** What `npm sbom` writes, as far as we use it. */
export interface NpmBill {
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

export interface SbomParts {
  product: string;
  version: string;
  /** Lines of dpkg-query. */
  packages: string;
  npm: NpmBill;
  /** Version of Node.js, without a `v`. */
  node: string;
  /** Seconds since 1970: of the commit, so that the same commit gives the same bill. */
  date_s: number;
  /** The copyright file of a Debian package; null: none. */
  copyright(name: string): string | null;
}

/** @throws Error where a line is no package */
export function makeSbom(o: SbomParts): BillOfMaterials {
  const debian = o.packages
    .trim()
    .split('\n')
    .map((line) => debianComponent(line, o.copyright));
  const node: Component = {
    ...{ type: 'platform', 'bom-ref': `node@${o.node}`, name: 'node', version: o.node },
    purl: `pkg:generic/node@${o.node}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${o.node}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
  };
  // Npm calls it by the folder that it lies in.
  const program: Component = {
    ...{ type: 'application', 'bom-ref': o.npm.metadata.component['bom-ref'], name: 'rohrpost', version: o.version },
    licenses: [{ license: { id: 'Apache-2.0' } }],
  };
  // Node.js comes as one npm package for each processor; it is named once, as what it is.
  const isNode = ({ name }: Component) => /^node-linux-/.test(name);
  const nodes = new Set(o.npm.components.filter(isNode).map((one) => one['bom-ref']));
  const components = [...debian, node, program, ...o.npm.components.filter((one) => !isNode(one))];
  const image: Component = {
    ...{ type: 'operating-system', 'bom-ref': `${o.product}@${o.version}`, name: o.product, version: o.version },
    licenses: [{ license: { id: 'Apache-2.0' } }],
  };
  const dependsOn = [...debian, node, program].map((one) => one['bom-ref']);
  const dependencies = [
    { ref: image['bom-ref'], dependsOn },
    ...o.npm.dependencies
      .filter(({ ref }) => !nodes.has(ref))
      .map(({ ref, dependsOn: on = [] }) => ({ ref, dependsOn: on.filter((other) => !nodes.has(other)) })),
  ];
  const hash = createHash('sha256')
    .update(JSON.stringify([image, components]))
    .digest('hex');
  return {
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: `urn:uuid:${uuidOf(hash)}`, version: 1 },
    metadata: { timestamp: new Date(o.date_s * 1000).toISOString(), component: image },
    ...{ components, dependencies },
  };
}

function debianComponent(line: string, copyright: SbomParts['copyright']): Component {
  const [name, version, architecture, source, sourceVersion] = line.split('\t');
  if (!name || !version || !architecture) throw new Error(`no package: ${line.slice(0, 100)}`);
  const names = licenceNames(copyright(name) ?? '');
  return {
    ...{ type: 'library', 'bom-ref': `deb:${name}:${architecture}@${version}`, name, version },
    // Package URL specification, type `deb`: a plus sign and a colon are written in their percent form.
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-13`,
    ...(names.length > 0 && { licenses: names.map((licence) => ({ license: { name: licence } })) }),
    properties: [{ name: 'debian:source', value: `${source || name} ${sourceVersion || version}` }],
  };
}

/** Short names out of a machine-readable copyright file (Debian copyright format 1.0 §7.2); none where it is prose. */
function licenceNames(copyright: string): string[] {
  const found = [...copyright.matchAll(/^License:[ \t]*(\S.*)$/gm)].map((match) => match[1]!.trim());
  return [...new Set(found)].sort();
}

/** A UUID of version 8 (RFC 9562 §5.8) made of a hash. */
function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function main(): void {
  const { values } = parseArgs({
    options: Object.fromEntries(
      ['packages', 'npm', 'product', 'version', 'docs'].map((name) => [name, { type: 'string' as const }]),
    ),
  });
  const { packages, npm, product, version, docs } = values as Record<string, string | undefined>;
  if (!packages || !npm || !product || !version) {
    console.error('usage: sbom.ts --packages FILE --npm FILE --product NAME --version VERSION [--docs FOLDER]');
    process.exit(64);
  }
  const bill = makeSbom({
    ...{ product, version, node: process.versions.node, packages: readFileSync(packages, 'utf8') },
    npm: JSON.parse(readFileSync(npm, 'utf8')) as NpmBill,
    date_s: Number(process.env.SOURCE_DATE_EPOCH ?? 0),
    copyright: (name) => {
      try {
        return docs === undefined ? null : readFileSync(join(docs, name, 'copyright'), 'utf8');
      } catch {
        return null;
      }
    },
  });
  process.stdout.write(`${JSON.stringify(bill, null, 1)}\n`);
}

if (import.meta.main) main();
