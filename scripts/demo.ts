/**
 * `make demo`: two boxes on this machine, a modality before the first and a PACS behind the second. Sends a CT study, shows
 * it travel, compares every byte at the far end. With KEEP=1 everything stays running for a look around.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeBytes } from '../src/core/files.ts';
import type { Store } from '../src/store/store.ts';
import { type Clinic, look, makeClinics, startBox } from './demo/clinics.ts';
import { compare } from './demo/compare.ts';
import { DemoError, Household, isInstalled } from './demo/household.ts';
import { type Image, modalityName, readImages, send, takeSamples } from './demo/modality.ts';
import { type Pacs, startPacs } from './demo/pacs.ts';
import { newPassword, pageLines } from './demo/pages.ts';
import { isFinished, progressView, type Sight, type Stretch, stretches, troubles } from './demo/progress.ts';
import { megabytes, timeline } from './demo/timeline.ts';
import { writePhantom } from './phantom.ts';

const SLICES = 200;
const SECOND_SLICES = 200;
/** Images, spools, mails and PACS of one run together. */
const NEEDED_BYTES = 1_000_000_000;
const TRAVEL_MS = 120_000;
const LOOK_EVERY_MS = 200;
const FAULTS_SHOWN = 20;

const keep = process.argv.includes('--keep') || (process.env.KEEP ?? '') !== '';
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());

const say = (text = '') => console.log(text);
const startedAt = performance.now();
const didStep = (text: string) => say(`  ✓ ${text}`);

process.exitCode = await main();

async function main(): Promise<number> {
  const household = await Household.open(interrupted.signal);
  let leave = false;
  try {
    say('Rohrpost demo: a CT study travels from Klinik A to Klinik B\n');
    await checkMachine(household.folder);
    const images = await makeImages(household);
    const pacs = await startPacs(household);
    const password = newPassword();
    const clinics = await makeClinics(household.folder, { pacsPort: pacs.port, password });
    await Promise.all(clinics.map((clinic) => startBox(household, clinic)));
    didStep(`PACS (${pacs.name}) and two boxes started; keys made and exchanged, each pinned by its fingerprint`);
    leave = keep;
    const isGood = await transmit(household, clinics, pacs, images);
    say(
      `\n${isGood ? 'All is well' : 'NOT as it should be'} after ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`,
    );
    await showWhereToLook(household, { clinics, pacs, password });
    return isGood ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) say('\nInterrupted; cleaning up.');
    else if (error instanceof DemoError) console.error(`\n  ✗ ${error.message}`);
    else console.error('\n  ✗ ', error);
    if (!interrupted.signal.aborted && !keep)
      console.error('\nmake demo KEEP=1 keeps the boxes and their logs to look into.');
    if (leave) await showWhereToLook(household, { clinics: [], pacs: null, password: '' });
    return interrupted.signal.aborted ? 130 : 1;
  } finally {
    if (!leave || interrupted.signal.aborted) await household.end();
  }
}

async function checkMachine(folder: string): Promise<void> {
  if (!isInstalled('openssl'))
    throw new DemoError('openssl is missing: run scripts/setup.sh, or apt-get install openssl');
  const free = await freeBytes(folder);
  if (free >= NEEDED_BYTES) return;
  throw new DemoError(
    `${folder} has ${megabytes(free)} free, the demo needs ${megabytes(NEEDED_BYTES)}: set TMPDIR to a folder with more`,
  );
}

interface Images {
  /** A few small ones for the boxes to get to know each other by. */
  first: Image[];
  firstName: string;
  ct: Image[];
}

async function makeImages(household: Household): Promise<Images> {
  const made = await writePhantom({ folder: join(household.folder, 'ct'), slices: SLICES, series: 2 });
  const ct = await readImages(made.paths);
  didStep(`CT phantom made: ${SLICES} slices in 2 series, ${megabytes(made.sizeBytes)}`);
  household.signal.throwIfAborted();
  const samples = await takeSamples(join(household.folder, 'first'));
  if (samples.length > 0) {
    const first = await readImages(samples);
    const studies = new Set(first.map((image) => image.studyUid)).size;
    return {
      first,
      firstName: `${first.length} samples of python3-pydicom in ${studies} studies, JPEG and JPEG 2000 among them`,
      ct,
    };
  }
  const patient = { name: 'Testperson^Emil', id: 'TEST-0002', sex: 'M' } as const;
  const { paths } = await writePhantom({
    folder: join(household.folder, 'first'),
    slices: 3,
    size: 256,
    seed: 2,
    patient,
  });
  return { first: await readImages(paths), firstName: 'a study of 3 images', ct };
}

/** Sends, watches, compares, tells. Gives back whether everything arrived once and unchanged. */
async function transmit(household: Household, clinics: [Clinic, Clinic], pacs: Pacs, images: Images): Promise<boolean> {
  const [a, b] = clinics.map(look) as [Store, Store];
  try {
    const sight = { a, b, senderId: clinics[0].id };
    const to = { port: clinics[0].dicomPort, calledAe: clinics[1].aeTitle };
    await Promise.all([
      send(household, images.first, { ...to, compressed: true }),
      watch(household, sight, images.first),
    ]);
    didStep(`first contact: ${images.firstName}; one image per mail`);
    say(`    With its receipts, Klinik B has said that it takes many images per mail.`);
    say(`\nThe modality (${modalityName()}) sends the CT study to Klinik A, called AE title ${to.calledAe}:\n`);
    const view = progressView(process.stdout);
    await Promise.all([
      send(household, images.ct, { ...to, compressed: false }),
      watch(household, sight, images.ct, view.show),
    ]);
    return tell(sight, clinics, [...images.first, ...images.ct], await pacs.arrived(), images.ct[0]!.studyUid);
  } finally {
    a.close();
    b.close();
  }
}

/** Prints comparison and timeline. */
function tell(sight: Sight, clinics: [Clinic, Clinic], sent: Image[], arrived: Image[], studyUid: string): boolean {
  const { identical, faults } = compare(sent, arrived);
  say(`\nCompared in the PACS, by SHA-256 of each data set's bytes: ${identical} of ${sent.length} images identical`);
  for (const fault of faults.slice(0, FAULTS_SHOWN)) say(`  ✗ ${fault}`);
  if (faults.length > FAULTS_SHOWN) say(`  ✗ and ${faults.length - FAULTS_SHOWN} more`);
  const [summary, ...steps] = timeline({ ...sight, clinics, studyUid });
  say(`\nThe CT study's way: ${summary}\n`);
  for (const step of steps) say(step);
  return faults.length === 0;
}

/** Waits until every image is delivered and every receipt is back. @throws DemoError when something is stuck or a box ended */
async function watch(
  household: Household,
  sight: Sight,
  images: readonly Image[],
  show: (now: readonly Stretch[]) => void = () => {},
): Promise<void> {
  for (const deadline = performance.now() + TRAVEL_MS; ; ) {
    const now = stretches(sight, images);
    show(now);
    if (now.every(isFinished)) return;
    household.checkAlive();
    const stuck = [...troubles('Klinik A', sight.a), ...troubles('Klinik B', sight.b)];
    if (stuck.length > 0) throw new DemoError(`stuck:\n    ${stuck.join('\n    ')}`);
    if (performance.now() > deadline) {
      throw new DemoError(
        `not there after ${TRAVEL_MS / 1000} s. Is the machine very busy? Try again, or look with KEEP=1.`,
      );
    }
    await delay(LOOK_EVERY_MS, undefined, { signal: household.signal });
  }
}

async function showWhereToLook(
  household: Household,
  { clinics, pacs, password }: { clinics: readonly Clinic[]; pacs: Pacs | null; password: string },
): Promise<void> {
  if (!keep) {
    say('Everything is cleaned up. To look around in the two boxes and their pages: make demo KEEP=1');
    return;
  }
  say(`\nThe boxes keep running. Their logs, images and mails: ${household.folder}\n`);
  const [a, b] = clinics;
  if (a && b) {
    for (const line of await pageLines(clinics, password)) say(line);
    const second = await makeSecondStudy(household);
    say(`\nSend more:   drag this folder onto the page "Send" of ${a.name}: ${second}`);
    say(`             or by DICOM: storescu -aec ${b.aeTitle} 127.0.0.1 ${a.dicomPort} +sd ${second}`);
    say('             (node scripts/phantom.ts FOLDER makes more studies)\n');
  }
  for (const { name, folder } of clinics) say(`  ${name}:  scripts/rohrpost status --data ${folder}`);
  if (clinics[0]) say(`  a study:   scripts/rohrpost study show ID --data ${clinics[0].folder}`);
  if (pacs) say(`  PACS:      ls ${pacs.folder}`);
  say(`\nTo end it:   ${household.leave()}`);
}

/** Another patient's study, to be sent from the page. */
async function makeSecondStudy(household: Household): Promise<string> {
  const folder = join(household.folder, 'study-2');
  const patient = { name: 'Testperson^Otto', id: 'TEST-0003', birthDate: '19481130', sex: 'M' } as const;
  await writePhantom({ folder, slices: SECOND_SLICES, series: 2, seed: 3, patient });
  return folder;
}
