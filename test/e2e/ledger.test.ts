import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDesk } from '../../src/store/desk.ts';
import { type BoxProcess, describeSite, eventually, releaseAll, type Site } from '../support/boxes.ts';
import { type Storescp, startStorescp, storescu } from '../support/dcmtk.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { freePort } from '../support/ports.ts';
import { dataSets, makePair, unfinished } from './pair.ts';

// F68: the ledger is damaged, cut short, gone, or an old copy of it was put back. Whatever it does not know any more is neither lost
// nor sent or delivered a second time.

let root: string;
let pacs: Storescp;
let sites: Record<'a' | 'b', Site>;
let boxes: Partial<Record<'a' | 'b', BoxProcess>> = {};
let webPorts: Record<'a' | 'b', number>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rp-ledger-'));
  pacs = await startStorescp({ ae: 'PACS' });
  webPorts = { a: await freePort(), b: await freePort() };
  const [a, b] = await makePair(root, {
    targets: [{ id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: pacs.port, ae_title: 'PACS', default: true }],
  });
  sites = { a, b };
});

afterEach(async () => {
  for (const box of Object.values(boxes)) await box.stop();
  boxes = {};
  await pacs.stop();
  await rm(root, { recursive: true, force: true });
});

const describe = () =>
  Object.values(sites)
    .map((site) => `${describeSite(site)}\n${boxes[site.id as 'a' | 'b']?.log()}`)
    .join('\n');
const until = (question: () => unknown) => eventually(question, { within_ms: 60_000, describe });

/** With its page: what makes a damaged ledger anew is the house around the box. */
async function start(id: 'a' | 'b'): Promise<void> {
  boxes[id] = await sites[id].start(webPorts[id]);
  await until(() => boxes[id]!.log().includes('box ready'));
}

async function stop(id: 'a' | 'b'): Promise<void> {
  await boxes[id]!.stop();
  delete boxes[id];
}

/** A modality sends a study of some images; gives its UID. */
async function send(images = 3): Promise<string> {
  const uid = newUid();
  const files = Array.from({ length: images }, (_, n) => {
    const path = join(root, `${uid}.${n}.dcm`);
    writeFileSync(path, buildInstance({ StudyInstanceUID: uid, InstanceNumber: String(n) }));
    return path;
  });
  await storescu({ port: sites.a.dicomPort, calledAe: 'KLINIK_B', files });
  return uid;
}

const study = (site: Site, uid: string) =>
  site.look((store) => store.overview.studies({ limit: 99 }).find(({ study_uid }) => study_uid === uid));
const isConfirmed = (uid: string) => () => study(sites.a, uid)?.stage === 'confirmed';
const mailsAt = (site: Site) =>
  site.look((store) =>
    store.overview
      .counts()
      .filter(({ entity }) => entity === 'mail')
      .reduce((sum, { count }) => sum + count, 0),
  );

const ledger = (site: Site, ending = '') => join(site.folder, `rohrpost.sqlite${ending}`);
const codesAt = (site: Site) =>
  site.look((store) => [...new Set(store.overview.troubles(99).map(({ code }) => code))].sort());
const atPacs = async () => (await dataSets(pacs.folder)).size;
/** Deliveries that were made, and mails that came: neither may grow by what happened already. */
const doneAt = (site: Site) =>
  site.look((store) => store.overview.counts().filter(({ state }) => state === 'delivered'));

async function damage(site: Site): Promise<void> {
  const file = openSync(ledger(site), 'r+');
  // Not the first page: SQLite itself sees that the rest is no tree any more.
  const { size } = statSync(ledger(site));
  for (let at = 4096 * 4; at < size; at += 4096 * 3) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, at);
  closeSync(file);
}

test('an old copy of the ledger is put back: what it does not know was sent is held, what it does not know came is found', {
  timeout: 240_000,
}, async () => {
  const { a, b } = sites;
  await start('a');
  await start('b');
  const before = await send();
  await until(isConfirmed(before));
  // The copy knows of this study as one that waits: the partner is away.
  await stop('b');
  const waiting = await send();
  await until(() => study(a, waiting)?.stage === 'packed' && a.look((store) => store.signs.unsent().length) > 0);
  await stop('a');
  copyFileSync(ledger(a), join(root, 'copy'));
  await start('a');
  await start('b');
  await until(isConfirmed(waiting));
  const after = await send();
  await until(isConfirmed(after));
  await until(() => unfinished(a, b).length === 0);
  const [sets, mails] = [doneAt(b), mailsAt(b)];
  expect(await atPacs()).toBe(9);

  await stop('a');
  for (const ending of ['-wal', '-shm']) rmSync(ledger(a, ending), { force: true });
  copyFileSync(join(root, 'copy'), ledger(a));
  await start('a');
  await until(() => study(a, after));
  expect(codesAt(a)).toEqual(['ledger-found', 'ledger-older']);
  expect(study(a, before)?.stage, 'what the copy knows to be done stays done').toBe('confirmed');
  expect(study(a, waiting)?.stage).toBe('held');
  expect(study(a, after)).toMatchObject({ state: 'held', origin: 'KLINIK_B', items: 3 });
  expect(readdirSync(join(a.folder, 'spool', 'instances'), { recursive: true }).length).toBeGreaterThan(0);
  // Nothing goes by itself, not after another start either; what is new goes.
  await stop('a');
  await start('a');
  const fresh = await send();
  await until(isConfirmed(fresh));
  expect(codesAt(a)).toEqual(['ledger-found', 'ledger-older']);
  expect(mailsAt(b)).toBe(mails + 1);

  // Somebody decides to send it all again: the partner takes it for what it is.
  releaseAll(a);
  await until(() => unfinished(a, b).length === 0);
  expect(await atPacs()).toBe(12);
  const delivered = (rows: typeof sets) => rows.find(({ entity }) => entity === 'delivery')!.count;
  expect(delivered(doneAt(b))).toBe(delivered(sets) + 3);
});

test.each([
  ['damaged', damage],
  ['deleted', (site: Site) => rmSync(ledger(site))],
] as const)(
  'the sender’s ledger is %s: every image that was acknowledged is there, held, and sent when somebody says so',
  {
    timeout: 240_000,
  },
  async (how, strike) => {
    const { a, b } = sites;
    await start('a');
    await start('b');
    const sent = await send();
    await until(isConfirmed(sent));
    await stop('b');
    const waiting = await send();
    await until(() => study(a, waiting)?.stage === 'packed');
    await stop('a');
    await strike(a);
    // Half an image that was never acknowledged, and something that is none.
    const day = join(a.folder, 'spool', 'instances', readdirSync(join(a.folder, 'spool', 'instances'))[0]!);
    writeFileSync(join(day, 'half.dcm'), buildInstance().subarray(0, 6_000));
    writeFileSync(join(day, 'other'), 'no image');
    await start('a');
    await start('b');
    await until(() => study(a, waiting) && study(a, sent));
    await until(() => existsSync(join(a.folder, 'spool', 'unclaimed')));
    await until(() => readdirSync(join(a.folder, 'spool', 'unclaimed')).length === 2);
    expect(codesAt(a)).toEqual(['ledger-found']);
    for (const uid of [sent, waiting])
      expect(study(a, uid)).toMatchObject({ state: 'held', origin: 'KLINIK_B', items: 3 });
    if (how === 'damaged') {
      expect(readdirSync(join(a.folder, 'damaged'))).toHaveLength(1);
      await stop('a');
      const desk = openDesk(a.folder);
      expect(desk.audit.list({ limit: 9 } as never).map(({ act }) => act)).toContain('ledger-made-anew');
      desk.close();
      await start('a');
    }
    expect(await atPacs()).toBe(3);
    releaseAll(a);
    await until(async () => (await atPacs()) === 6 && unfinished(a, b).length === 0);
  },
);

test('the receiver’s ledger is damaged: what was delivered is not delivered again, what was not is there', {
  timeout: 240_000,
}, async () => {
  const { b } = sites;
  await start('a');
  await start('b');
  const delivered = await send();
  await until(isConfirmed(delivered));
  await pacs.stop();
  const waiting = await send();
  await until(() => study(b, waiting)?.deliveries === 3);
  await stop('b');
  await damage(b);
  pacs = await startStorescp({ ae: 'PACS', port: pacs.port });
  await start('b');
  await until(() => study(b, waiting) && study(b, delivered));
  for (const uid of [delivered, waiting]) {
    expect(study(b, uid)).toMatchObject({ direction: 'in', origin: 'a', items: 3, deliveries: 3, deliveries_held: 3 });
  }
  expect(codesAt(b)).toEqual(['ledger-found']);
  const known = await atPacs();
  releaseAll(b);
  await until(() => study(b, waiting)?.deliveries_done === 3 && study(b, delivered)?.deliveries_done === 3);
  expect(known).toBe(0);
});
