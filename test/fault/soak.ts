/**
 * The soak: four boxes send each other small studies for an hour, while every few seconds something befalls one of them.
 *
 *     node test/fault/soak.ts [MINUTES] [STUDIES] [SEED]
 *
 * Box `a` is never killed: what it needs at the end is compared with what it needed at the beginning. Ends with the verdict of
 * the invariants, and with 1 where one of them is broken.
 */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { unfinished } from '../e2e/pair.ts';
import {
  type BoxProcess,
  describeSite,
  eventually,
  makeSites,
  releaseAll,
  type Site,
  startProcess,
  writeListenerFiles,
} from '../support/boxes.ts';
import { makeCa } from '../support/ca.ts';
import { type Storescp, startStorescp } from '../support/dcmtk.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { freePort } from '../support/ports.ts';
import { seeded } from '../support/random.ts';
import { checkInvariants } from './invariants.ts';
import { type Blow, CALLS, strike, type Thread } from './strike.ts';
import { type Image, imageAt, type Ledger, readerOf, sendOnce } from './world.ts';

const [minutes = 60, studies = 2_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
const IDS = ['a', 'b', 'c', 'd'] as const;
const FAULT_EVERY_MS = 4_000;
const MOST_IMAGES = 3;
const SEND_MS = 120_000;
const DRAIN_MS = 10 * 60_000;

const { next: random, below, pick } = seeded(seed);

interface Clinic {
  readonly site: Site;
  readonly aeTitle: string;
  box: BoxProcess;
  pacs: Storescp;
}

const root = mkdtempSync(join(tmpdir(), 'rp-soak-'));
const clinics: Clinic[] = [];
let oldLogs = '';

async function open(): Promise<void> {
  const authority = await makeCa(join(root, 'ca'));
  const issued = await authority.issue({ names: ['localhost'], ips: ['127.0.0.1'] });
  const tls = await writeListenerFiles(join(root, 'tls'), { ...issued, ca: authority.caPem });
  const doors = new Map<string, number>();
  const pacs = new Map<string, Storescp>();
  for (const id of IDS) {
    doors.set(id, await freePort());
    pacs.set(id, await startPacs());
  }
  const sites = await makeSites(
    root,
    IDS.map((id) => ({
      ...{ id, address: `box@klinik-${id}.example`, aeTitle: aeOf(id), settle: { quiet_s: 1, cap_s: 5 } },
      mail: {
        listener: {
          ...{ host: '127.0.0.1', port: doors.get(id)!, security: 'starttls', key_file: tls.key, cert_file: tls.cert },
        },
      },
      targets: [
        { id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: pacs.get(id)!.port, ae_title: 'PACS', default: true },
      ],
      partner: (other) => ({
        smtp: { host: '127.0.0.1', port: doors.get(other)!, security: 'starttls', ca_file: tls.ca },
      }),
    })),
  );
  for (const site of sites) {
    clinics.push({ site, aeTitle: aeOf(site.id), box: await startBox(site), pacs: pacs.get(site.id)! });
  }
}

const aeOf = (id: string) => `KLINIK_${id.toUpperCase()}`;
const startBox = (site: Site) => startProcess(site.folder, { answersAt: site.dicomPort });
// Each image a file of its own: what is given twice is seen.
const startPacs = (o: { port?: number; folder?: string } = {}) =>
  startStorescp({ ae: 'PACS', args: ['+B', '-uf', '+xa'], ...o });

async function again(clinic: Clinic): Promise<void> {
  oldLogs += clinic.box.log();
  clinic.box = await startBox(clinic.site);
}

/** What may befall a box. */
const FAULTS: Record<string, (clinic: Clinic) => Promise<void>> = {
  'kill -9': async (clinic) => {
    await clinic.box.kill();
    await again(clinic);
  },
  SIGTERM: async (clinic) => {
    const code = await clinic.box.stop();
    if (code !== 0) throw new Error(`box ${clinic.site.id} ended with ${code}`);
    await again(clinic);
  },
  'stands still': async ({ box }) => {
    box.process.kill('SIGSTOP');
    await delay(1_000 + random() * 4_000);
    box.process.kill('SIGCONT');
  },
  'PACS away': async (clinic) => {
    const { port, folder } = clinic.pacs;
    await clinic.pacs.pause();
    await delay(1_000 + random() * 8_000);
    clinic.pacs = await startPacs({ port, folder });
  },
  'a call fails': async ({ box }) => {
    const blow: Blow = pick(['error=EIO', 'error=ENOSPC']);
    const call = pick(
      CALLS.filter((name) => ['fsync', 'fdatasync', 'pwrite64', 'openat', 'unlink', 'rename'].includes(name)),
    );
    const thread: Thread = pick(['files', 'workers']);
    const struck = await strike(box.process.pid!, { thread, call, nth: 1 + below(5), blow });
    await delay(2_000);
    await struck.end();
  },
};
/** What a box survives: box `a` meets only these. */
const MILD = ['stands still', 'PACS away'];

const fallen: Record<string, number> = {};
async function befall(until: () => boolean): Promise<void> {
  while (!until()) {
    await delay(FAULT_EVERY_MS * (0.5 + random()));
    if (until()) return;
    const clinic = pick(clinics);
    const what = pick(clinic.site.id === 'a' ? MILD : Object.keys(FAULTS));
    await FAULTS[what]!(clinic);
    // An error at a bad moment may end a box; systemd starts it again, here we do.
    if (clinic.box.process.exitCode !== null || clinic.box.process.signalCode !== null) await again(clinic);
    fallen[what] = (fallen[what] ?? 0) + 1;
  }
}

const acknowledged: Image[] = [];
let begun = 0;
let broken: unknown = null;

/** The studies are spread over the time; whoever was held up makes up for it. */
async function modality(from: Clinic, isOver: () => boolean, begin_ms: number): Promise<void> {
  while (!isOver() && begun < studies) {
    const number = ++begun;
    await delay(Math.max(0, begin_ms + number * every_ms - Date.now()) + random() * every_ms);
    const to = pick(clinics.filter((clinic) => clinic !== from));
    const missing = new Set(await makeStudy(number, to.site.id));
    const sendRest = async () => {
      for (const image of await sendOnce(from.site.dicomPort, [...missing], to.aeTitle)) {
        acknowledged.push(image);
        missing.delete(image);
      }
      return missing.size === 0;
    };
    await eventually(sendRest, { within_ms: SEND_MS });
  }
}
const every_ms = (minutes * 60_000) / (studies + IDS.length);

async function makeStudy(number: number, to: string): Promise<Image[]> {
  const folder = join(root, 'modality', String(number));
  await mkdir(folder, { recursive: true });
  const studyUid = newUid();
  const images = 1 + below(MOST_IMAGES);
  const made = Array.from({ length: images }, async (_, index): Promise<Image> => {
    const path = join(folder, `${index}.dcm`);
    const patient = { PatientName: `Testperson^Dauer ${number}`, PatientID: `TEST-${String(number).padStart(4, '0')}` };
    await writeFile(path, buildInstance({ ...patient, StudyInstanceUID: studyUid }));
    return { path, studyUid, to, ...(await imageAt(path)) };
  });
  return Promise.all(made);
}

/** Resident memory in MB and open files of each box; one that was just killed has neither. */
function needs(): string[] {
  return clinics.map(({ site, box }) => {
    try {
      const status = readFileSync(`/proc/${box.process.pid}/status`, 'utf8');
      const mb = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024);
      return `${site.id}: ${mb} MB, ${readdirSync(`/proc/${box.process.pid}/fd`).length} files`;
    } catch {
      return `${site.id}: down`;
    }
  });
}

/** A person sees to what a broken disk has spoilt, and lets it go on. */
const drained = () => {
  const sites = clinics.map(({ site }) => site);
  sites.forEach(releaseAll);
  return unfinished(...sites).length === 0;
};
const describe = () => clinics.map(({ site, box }) => `${describeSite(site)}\n${box.log().slice(-4_000)}`).join('\n');

try {
  await open();
  console.log(`soak: ${minutes} minutes, ${studies} studies, seed ${seed}`);
  const ends_ms = Date.now() + minutes * 60_000;
  const isOver = () => Date.now() > ends_ms || broken !== null;
  const keep = (work: Promise<void>) =>
    work.catch((error) => {
      broken ??= error;
    });
  const sending = clinics.map((clinic) => keep(modality(clinic, isOver, Date.now())));
  await delay(Math.min(60_000, minutes * 10_000));
  console.log(`first  ${needs().join('; ')}`);
  const falling = keep(befall(isOver));
  const telling = (async () => {
    while (!isOver()) {
      await delay(Math.min(5 * 60_000, Math.max(1, ends_ms - Date.now())));
      console.log(
        `       ${needs().join('; ')}; ${begun} studies, ${Object.values(fallen).reduce((a, b) => a + b, 0)} faults`,
      );
    }
  })();
  await Promise.all([...sending, falling, telling]);
  if (broken !== null) throw broken;
  await eventually(drained, { within_ms: DRAIN_MS, describe });
  await delay(5_000);
  console.log(`last   ${needs().join('; ')}`);
  const ledger: Ledger = {
    sites: clinics.map(({ site }) => site),
    acknowledged: () => acknowledged,
    delivered: readerOf(clinics.map(({ site, pacs }) => ({ at: site.id, files: pacs.files }))),
    logs: () => oldLogs + clinics.map(({ box }) => box.log()).join(''),
  };
  const { breaches, lost, twice, wrong, repeated } = await checkInvariants(ledger);
  const faults = Object.entries(fallen).map(([what, count]) => `${what} ${count}`);
  console.log(`faults: ${faults.join(', ')}`);
  console.log(
    `${begun} studies, ${acknowledged.length} images acknowledged; lost ${lost}, twice ${twice}, wrong ${wrong}, repeated ${repeated}`,
  );
  for (const words of breaches) console.log(`BROKEN ${words}`);
  process.exitCode = breaches.length === 0 ? 0 : 1;
} finally {
  for (const { box, pacs } of clinics) {
    await box.stop();
    await pacs.stop();
  }
  await rm(root, { recursive: true, force: true });
}
