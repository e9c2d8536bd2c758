import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePhantom } from '../../scripts/phantom.ts';
import { freeBytes, hashFile } from '../../src/core/files.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { makePair, unfinished } from '../e2e/pair.ts';
import {
  type BoxProcess,
  describeSite,
  eventually,
  makeSites,
  releaseAll,
  type Site,
  type SitePlan,
  startProcess,
} from '../support/boxes.ts';
import { startStorescp, storescu } from '../support/dcmtk.ts';
import { accountAt, type Mailhost, startMailhost } from '../support/mailhost.ts';

/** One image, as the modality knows it. */
export interface Image {
  path: string;
  sopUid: string;
  studyUid: string;
  /** Of the data set bytes, lower-case hex. */
  sha256: string;
  /** The site that it is for. */
  to: string;
}

/** An image at a PACS. */
export interface Given {
  sha256: string;
  /** The site whose PACS it is. */
  at: string;
}

/** What the players wrote down themselves, whatever the boxes say: the ledger of truth. */
export interface Ledger {
  readonly sites: readonly Site[];
  /** Every image that a box has answered with success. */
  acknowledged(): Image[];
  /** Those of them that it took although its disk had less room than is to be kept free. */
  overdrawn?(): Image[];
  /** What the PACS have: for each SOP Instance UID each time it was given. */
  delivered(): Promise<Map<string, Given[]>>;
  /** What the boxes have written to their logs so far, those of former processes included. */
  logs(): string;
}

/** Two clinics: a modality before box `a`, a PACS behind box `b`. */
export interface World extends Ledger {
  readonly sites: readonly [Site, Site];
  box(id: BoxId): BoxProcess;
  /** Makes a study of some images. */
  study(images: number): Promise<Image[]>;
  /** Sends until all of them were answered with success, as a modality does: what was answered so is not sent again. */
  send(images: readonly Image[]): Promise<void>;
  /** Ends a box in order and starts it again, in this environment from now on; gives the exit code. */
  restart(id: BoxId, env?: Record<string, string>): Promise<number | null>;
  /** Starts boxes that have died. */
  revive(): Promise<void>;
  /**
   * Waits until everything has come to its good end in both boxes; starts boxes that die meanwhile.
   * @param o.releasing a person sees to what is held, and lets it go on
   */
  drain(o?: { releasing?: boolean }): Promise<void>;
  describe(): string;
  stop(): Promise<void>;
}

export type BoxId = 'a' | 'b';
export type MailWay = 'door' | 'mailhost';

const SLICE_PIXELS = 64;
const SEND_MS = 60_000;
const DRAIN_MS = 90_000;

/**
 * @param root an empty folder; goes with the world
 * @param o.reserve_bytes what box `a` keeps free
 * @param o.by how mails go: from box to box, each having a door for them, or by a real Postfix to mailboxes of a real Dovecot
 */
export async function openWorld(root: string, o: { reserve_bytes?: number; by?: MailWay } = {}): Promise<World> {
  const { reserve_bytes = 0, by = 'door' } = o;
  // Each time a file of its own: what is given twice is seen.
  const pacs = await startStorescp({ ae: 'PACS', args: ['+B', '-uf', '+xa'] });
  const target = { id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: pacs.port, ae_title: 'PACS' };
  const a = { settle: { quiet_s: 1, cap_s: 5 }, reserve_bytes };
  const mailhost = by === 'mailhost' ? await startMailhost() : null;
  const sites = mailhost
    ? await sitesAt(mailhost, root, { targets: [{ ...target, default: true }], a })
    : await makePair(root, { targets: [target], a });
  const boxes = new Map<BoxId, BoxProcess>();
  const acknowledged = new Map<string, Image>();
  const overdrawn: Image[] = [];
  let old = '';
  let studies = 0;
  const environments = new Map<BoxId, Record<string, string>>();
  const start = async (site: Site) => {
    // One thread for files, so that the n-th call of a kind is the same in every run.
    const env = { UV_THREADPOOL_SIZE: '1', ...environments.get(site.id as BoxId) };
    boxes.set(site.id as BoxId, await startProcess(site.folder, { answersAt: site.dicomPort, env }));
  };
  for (const site of sites) await start(site);
  const revive = async () => {
    for (const site of sites) {
      const box = boxes.get(site.id as BoxId)!;
      if (box.process.exitCode === null && box.process.signalCode === null) continue;
      old += box.log();
      await start(site);
    }
  };
  const delivered = readerOf([{ at: 'b', files: pacs.files }]);
  const describe = () => sites.map((site) => `${describeSite(site)}\n${boxes.get(site.id as BoxId)!.log()}`).join('\n');
  const isDrained = async (releasing: boolean) => {
    await revive();
    if (releasing) sites.forEach(releaseAll);
    return unfinished(...sites).length === 0;
  };
  return {
    sites,
    box: (id) => boxes.get(id)!,
    study: (images) => makeStudy(join(root, `study-${++studies}`), images, studies),
    send: async (images) => {
      const missing = new Set(images);
      const tryOnce = async () => {
        await revive();
        const before = await freeBytes(sites[0].folder);
        const done = await sendOnce(sites[0].dicomPort, [...missing]);
        if (Math.max(before, await freeBytes(sites[0].folder)) < reserve_bytes) overdrawn.push(...done);
        for (const image of done) {
          acknowledged.set(image.sopUid, image);
          missing.delete(image);
        }
        return missing.size === 0;
      };
      await eventually(tryOnce, { within_ms: SEND_MS, describe });
    },
    restart: async (id, env = {}) => {
      const site = sites.find((one) => one.id === id)!;
      const code = await boxes.get(id)!.stop();
      old += boxes.get(id)!.log();
      environments.set(id, env);
      await start(site);
      return code;
    },
    revive,
    drain: async ({ releasing = false } = {}) => {
      await eventually(() => isDrained(releasing), { within_ms: DRAIN_MS, describe });
    },
    acknowledged: () => [...acknowledged.values()],
    overdrawn: () => overdrawn,
    delivered,
    logs: () => old + [...boxes.values()].map((box) => box.log()).join(''),
    describe,
    stop: async () => {
      for (const box of boxes.values()) await box.stop();
      await pacs.stop();
      await mailhost?.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function sitesAt(
  mailhost: Mailhost,
  root: string,
  o: { targets: object[]; a: Partial<SitePlan> },
): Promise<[Site, Site]> {
  const ca_file = join(root, 'ca.pem');
  await writeFile(ca_file, mailhost.ca);
  const sites = await makeSites(root, [
    { id: 'a', aeTitle: 'KLINIK_A', ...accountAt(mailhost, 'a', ca_file), ...o.a },
    { id: 'b', aeTitle: 'KLINIK_B', ...accountAt(mailhost, 'b', ca_file), targets: o.targets },
  ]);
  return sites as [Site, Site];
}

async function makeStudy(folder: string, slices: number, seed: number): Promise<Image[]> {
  const patient = { name: `Testperson^Fall ${seed}`, id: `TEST-${String(seed).padStart(4, '0')}` };
  const { paths, studyUid } = await writePhantom({ folder, slices, size: SLICE_PIXELS, seed, patient });
  return Promise.all(paths.map(async (path) => ({ path, studyUid, to: 'b', ...(await imageAt(path)) })));
}

/** Reads what PACS have; each file once. */
export function readerOf(pacs: readonly { at: string; files(): Promise<string[]> }[]): Ledger['delivered'] {
  const read = new Map<string, { sopUid: string; sha256: string }>();
  return async () => {
    const found = new Map<string, Given[]>();
    for (const { at, files } of pacs) {
      for (const path of await files()) {
        const { sopUid, sha256 } = read.get(path) ?? (await imageAt(path));
        read.set(path, { sopUid, sha256 });
        found.set(sopUid, [...(found.get(sopUid) ?? []), { sha256, at }]);
      }
    }
    return found;
  };
}

/** One association; gives back those that were answered with success. */
export async function sendOnce(port: number, images: readonly Image[], calledAe = 'KLINIK_B'): Promise<Image[]> {
  const files = images.map(({ path }) => path);
  const { output } = await storescu({ port, calledAe, files, args: ['-v'], mayFail: true });
  const done: Image[] = [];
  let current: Image | undefined;
  for (const line of output.split('\n')) {
    const file = /Sending file: (.*)$/.exec(line)?.[1];
    if (file !== undefined) current = images.find(({ path }) => path === file);
    else if (line.includes('Received Store Response (Success)') && current) done.push(current);
  }
  return done;
}

export async function imageAt(path: string): Promise<{ sopUid: string; sha256: string }> {
  const { sopInstanceUid, dataSetOffset } = await readPart10(path);
  return { sopUid: sopInstanceUid, sha256: await hashFile(path, dataSetOffset) };
}

/** The paths of every file below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
