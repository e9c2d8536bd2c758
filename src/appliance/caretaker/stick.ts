import { constants, lstatSync, readFileSync, rmSync } from 'node:fs';
import { chown, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { applianceLimits as limits } from '../../core/appliance-limits.ts';
import { asRohrpostError, RohrpostError, reasonOf } from '../../core/errors.ts';
import { freeBytes, syncFolder, writeDurably } from '../../core/files.ts';
import { compareVersions, isVersion } from '../../core/versions.ts';
import { readFacts } from '../facts.ts';
import type { StickItem, StickOutcome } from '../words.ts';
import { factoryReset } from './acts.ts';
import { type BundleInfo, bundleFile, bundleInfo } from './bundle.ts';
import { fieldsOf, networkMode, refused } from './fields.ts';
import { installBundle } from './install.ts';
import { alone } from './lock.ts';
import { keepNetwork, networkSet, tryNetwork } from './network.ts';
import type { Places } from './places.ts';
import { endSystem } from './units.ts';

type Outcome = [StickOutcome, string];

/**
 * Takes what a stick labelled ROHRPOST brings, at the start and before the program runs. Who can plug it in can also carry the
 * box away; a firmware must be signed all the same. Never throws: what was done, and why not, stands on `log` and in `stick`.
 * @param folder where the stick is mounted, writable
 */
export async function takeStick(places: Places, folder: string, log: (line: string) => void): Promise<void> {
  const lines: string[] = [];
  const say = async (item: StickItem, [outcome, text]: Outcome) => {
    lines.push(`${item} ${outcome} ${reasonOf(text)}`);
    log(`stick: ${lines.at(-1)}`);
    await writeDurably(join(places.facts, 'stick'), lines.map((line) => `${line}\n`).join(''), 0o644);
  };
  const take = async (
    item: StickItem,
    file: string,
    work: (path: string) => Promise<Outcome>,
  ): Promise<StickOutcome | null> => {
    const path = join(folder, file);
    if (!isThere(path)) return null;
    const outcome = await work(path).catch(
      (thrown): Outcome => ['failed', asRohrpostError(thrown, 'internal').message],
    );
    await say(item, outcome);
    return outcome[0];
  };
  try {
    await alone(places, 'change', async () => {
      if ((await take('factory-reset', 'factory-reset', (path) => reset(places, path))) === 'done') return;
      await take('network', 'network.json', (path) => network(places, path));
      await take('settings', 'settings.yaml', (path) => settings(places, path));
      const names = (await readdir(folder)).filter((name) => /^\w[\w.+-]*\.raucb$/.test(name));
      const look = (path: string) => bundle(places, path, names.slice(0, limits.stick_bundles));
      if (names.length > 0 && (await take('bundle', '', look)) === 'done') await endSystem(places, 'reboot');
    });
  } catch (thrown) {
    log(`stick: ${asRohrpostError(thrown, 'internal').message}`);
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A small file of the stick. @throws RohrpostError appliance-refused; what open(2) gives */
async function read(path: string, most_bytes: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > most_bytes) throw refused('file', `a file of at most ${most_bytes} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** The file is renamed before anything is destroyed: left under its name it would reset the box at each start. */
async function reset(places: Places, path: string): Promise<Outcome> {
  const name = (await read(path, 1_024)).trim();
  const own = readFacts(places.facts).name;
  if (name !== own) return ['failed', `the file must hold the name of this box, ${own}`];
  try {
    rmSync(`${path}-done`, { force: true });
    await rename(path, `${path}-done`);
    await syncFolder(dirname(path));
  } catch (error) {
    return ['failed', `the file cannot be renamed, so nothing was reset: ${reasonOf(error)}`];
  }
  await factoryReset(places, name);
  return ['done', 'keys and data are destroyed at the start that now follows'];
}

async function network(places: Places, path: string): Promise<Outcome> {
  const text = await read(path, limits.stick_network_bytes);
  const fields = fieldsOf(parse(text));
  const mode = networkMode(fields);
  fields.end();
  if (JSON.stringify(mode) === JSON.stringify(networkSet(places))) return ['skipped', 'it is so already'];
  await tryNetwork(places, mode);
  await keepNetwork(places);
  return ['done', mode.mode === 'dhcp' ? 'dhcp' : mode.address];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused('file', 'not JSON');
  }
}

/** Leaves the settings where the program finds them, as the program's own; at the very first start its folder is not there yet. */
async function settings(places: Places, path: string): Promise<Outcome> {
  const text = await read(path, limits.stick_settings_bytes);
  const [, uid, gid] = /^rohrpost:[^:]*:(\d+):(\d+):/m.exec(readFileSync(places.users, 'utf8')) ?? [];
  const owner = [Number(uid), Number(gid)] as const;
  for (const folder of [places.program, places.stick]) {
    if (!isThere(folder)) await mkdir(folder, { mode: 0o700 }).then(() => chown(folder, ...owner));
    // What is in the program's folder, the program may have put there: a link, to anywhere.
    if (!lstatSync(folder).isDirectory()) throw refused('settings.yaml', 'there is no folder to put it');
  }
  await writeDurably(join(places.stick, 'settings.yaml'), async (file) => {
    await file.writeFile(text);
    await file.chown(...owner);
  });
  return ['done', 'left for the program, which takes them where nobody has claimed the box'];
}

/** Installs the newest bundle of the stick if it is newer than what runs, and was not installed from a stick before. */
async function bundle(places: Places, folder: string, names: string[]): Promise<Outcome> {
  const found: { path: string; info: BundleInfo }[] = [];
  const unusable: string[] = [];
  for (const name of names) {
    try {
      const path = await bundleFile(join(folder, name), folder, undefined);
      found.push({ path, info: await bundleInfo(places, path, []) });
    } catch (thrown) {
      unusable.push(`${name}: ${asRohrpostError(thrown, 'internal').message}`);
    }
  }
  const facts = readFacts(places.facts);
  const fitting = found
    .filter(({ info }) => info.product === facts.product)
    .sort((a, b) => compareVersions(b.info.version, a.info.version));
  const [newest] = fitting;
  if (!newest) return ['failed', unusable[0] ?? 'it is for another product'];
  const { version, manifestSha256 } = newest.info;
  if (isVersion(facts.version) && compareVersions(version, facts.version) <= 0) {
    return ['skipped', `${version} is not newer than ${facts.version}`];
  }
  if (lastTried(places) === manifestSha256) return ['skipped', `${version} was installed from a stick before`];
  await alone(places, 'install', () => installCopy(places, newest.path, manifestSha256));
  return ['done', version];
}

/** From a copy that nobody can pull out while RAUC reads it. */
async function installCopy(places: Places, path: string, manifestSha256: string): Promise<void> {
  const copy = join(places.data, 'stick.raucb');
  await rm(copy, { force: true });
  const free_bytes = await freeBytes(places.data);
  if ((await stat(path)).size + limits.stick_reserve_bytes > free_bytes) {
    throw new RohrpostError('disk-full', { details: { free_bytes } });
  }
  try {
    const [from, to] = [await open(path, constants.O_RDONLY | constants.O_NOFOLLOW), await open(copy, 'wx', 0o600)];
    await pipeline(from.createReadStream({ highWaterMark: 1 << 20 }), to.createWriteStream({ flush: true }));
    await installBundle(places, { bundle: copy, manifestSha256 }, { onProgress: () => {}, folder: places.data });
    // A stick that is left in must not install what came back, again and again.
    await writeDurably(join(places.data, 'stick-tried'), `${manifestSha256}\n`);
  } finally {
    await rm(copy, { force: true });
  }
}

function lastTried(places: Places): string | null {
  const file = join(places.data, 'stick-tried');
  return isThere(file) ? readFileSync(file, 'utf8').trim() : null;
}
