import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fleetKeys } from '../../support/fleet.ts';
import { isFast } from '../machine/emulator.ts';
import { BUILD } from './transcript.ts';

/** What is built for the tests: development images, which have a root shell and trust the development keys of this machine. */
export interface ImagePlan {
  version: string;
  /** `both`: a disk and the bundle. */
  what: 'image' | 'bundle' | 'both';
  /** `service`: the program never comes up; `verity`: the kernel panics; `hang`: it stands still. */
  broken?: 'service' | 'verity' | 'hang';
  /** Every source file of the program differs from what the other versions have, and nothing else. */
  changed?: boolean;
  /** A release image, trusting the keys of this folder; without a shell. */
  release?: string;
}

export interface Built {
  version: string;
  /** Raw image; exists for `image` and `both`. */
  disk: string;
  /** Exists for `bundle` and `both`. */
  bundle: string;
}

export const TOP = fileURLToPath(new URL('../../..', import.meta.url));
export const PRODUCT = 'rohrpost-amd64';
/** The signer of development bundles, as image/build.sh makes it. */
export const DEVELOPMENT = {
  root: join(BUILD, 'keys/root.pem'),
  cert: join(BUILD, 'keys/signer.pem'),
  key: join(BUILD, 'keys/signer.key'),
};

/** What a build reads of the repository. */
const INPUTS = [
  'image',
  'systemd',
  'src',
  'scripts/rohrpost',
  'scripts/licences.ts',
  'build/page',
  'package.json',
  'package-lock.json',
  'LICENSE',
  'NOTICE',
];
const BUILD_MS = 25 * 60_000;
/** Any will do, but the same for all: an image must not differ by the time of its commit. */
const EPOCH = '1767225600';

/**
 * Builds one by image/build.sh, unless it is there already from the same sources; with `IMAGES=kept` whatever it is from.
 * @throws Error with the last words of the build
 */
export async function buildImage(plan: ImagePlan): Promise<Built> {
  const out = join(BUILD, 'test');
  const name = join(out, `rohrpost-${plan.version}-amd64`);
  const built = { version: plan.version, disk: `${name}.img`, bundle: `${name}.raucb` };
  const key = `${await digestOfInputs()} ${JSON.stringify(plan)}`;
  const files = { image: [built.disk], bundle: [built.bundle], both: [built.disk, built.bundle] }[plan.what];
  const isThere = files.every((file) => existsSync(file));
  const known = await readFile(`${name}.key`, 'utf8').catch(() => '');
  if (isThere && (known === key || process.env.IMAGES === 'kept')) return built;
  await mkdir(out, { recursive: true });
  const top = plan.changed ? await changedTree(join(out, 'tree')) : TOP;
  await rm(`${name}.key`, { force: true });
  await runBuild(join(top, 'image/build.sh'), [plan.what], {
    ...{
      VERSION: plan.version,
      OUT: out,
      WORK: join(BUILD, 'work'),
      SOURCE_DATE_EPOCH: EPOCH,
      BREAK: plan.broken ?? '',
      // Nobody measures what is only to fail.
      ...(plan.broken && { BUNDLE_LEVEL: '1' }),
    },
    ...(plan.release ? { DEV: '0', KEYS: plan.release } : { DEV: '1' }),
  });
  await writeFile(`${name}.key`, key);
  return built;
}

/** An operator's keys, made once on this machine: root.pem, signer.pem, signer.key. */
export async function releaseKeys(): Promise<string> {
  const folder = join(BUILD, 'test/release-keys');
  if (!existsSync(join(folder, 'signer.key'))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await fleetKeys(folder);
  }
  return folder;
}

/** The QEMU that boxes start in, where this machine's own is too old. */
export async function buildEmulator(): Promise<void> {
  if (!(await isFast())) await runBuild(join(TOP, 'image/build.sh'), ['emulator'], { WORK: join(BUILD, 'work') });
}

async function runBuild(script: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'nice', script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: BUILD_MS,
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-8_000);
    });
  }
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`the image could not be built (${signal ?? code}):\n${words}`);
}

/** A copy of what builds need, with a statement more at the end of each source file of the program. */
async function changedTree(tree: string): Promise<string> {
  await rm(tree, { recursive: true, force: true });
  for (const input of INPUTS)
    await cp(join(TOP, input), join(tree, input), { recursive: true, verbatimSymlinks: true });
  for (const file of await filesBelow(join(tree, 'src'))) {
    if (file.endsWith('.ts')) await writeFile(file, '\nObject.assign(globalThis, { version: 2 });\n', { flag: 'a' });
  }
  await mkdir(join(tree, 'build/image'), { recursive: true });
  await symlink(join(BUILD, 'keys'), join(tree, 'build/image/keys'));
  await symlink(join(TOP, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

async function digestOfInputs(): Promise<string> {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    for (const file of await filesBelow(join(TOP, input)))
      hash.update(relative(TOP, file)).update(await readFile(file));
  }
  return hash.digest('hex');
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null);
  if (entries === null) return existsSync(path) ? [path] : [];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
