import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { writePhantom } from '../../scripts/phantom.ts';
import { unfinished } from '../e2e/pair.ts';
import { type BoxProcess, describeSite, eventually, makeSites, startProcess } from '../support/boxes.ts';
import { type Cable, layCable } from '../support/cable.ts';
import { startStorescp, storescu } from '../support/dcmtk.ts';
import { accountAt, startMailhost } from '../support/mailhost.ts';
import { checkInvariants } from './invariants.ts';
import { addRow } from './table.ts';
import { type Image, imageAt, readerOf } from './world.ts';

// The network cable of one box is pulled: in the middle of a mail, and for a while. The mail server is Postfix and Dovecot.

const PROGRAM = fileURLToPath(new URL('../../scripts/rohrpost', import.meta.url));
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

type Direction = 'towards' | 'back';

/** Two boxes at one mail server; one of them behind a cable. */
async function openWorld(o: { behind: 'a' | 'b'; onBytes?(direction: Record<Direction, number>, cable: Cable): void }) {
  const root = await mkdtemp(join(tmpdir(), 'rp-cable-'));
  opened.push(() => rm(root, { recursive: true, force: true }));
  const cable = await layCable();
  opened.push(cable.stop);
  const mailhost = await startMailhost({ ips: [cable.here] });
  opened.push(mailhost.stop);
  const pacs = await startStorescp({ ae: 'PACS', args: ['+B', '-uf', '+xa'] });
  opened.push(pacs.stop);
  const ca_file = join(root, 'ca.pem');
  await writeFile(ca_file, mailhost.ca);
  const count = { towards: 0, back: 0 };
  const relay = (port: number) =>
    cable.relay(port, {
      onBytes: (towards, back) => {
        Object.assign(count, { towards: Math.max(count.towards, towards), back: Math.max(count.back, back) });
        o.onBytes?.(count, cable);
      },
    });
  const relayed = { smtp: await relay(mailhost.smtp.port), imap: await relay(mailhost.imap.port) };
  const mailOf = (id: 'a' | 'b') => {
    const isBehind = id === o.behind;
    const { mail, ...account } = accountAt(mailhost, id, ca_file);
    const at = (kind: 'smtp' | 'imap') => ({
      ...mail[kind],
      ...(isBehind && { host: cable.here, port: relayed[kind] }),
    });
    return {
      ...account,
      mail: { smtp: at('smtp'), imap: at('imap'), poll_s: 5 },
      ...(isBehind && { dicom: { host: '0.0.0.0' } }),
    };
  };
  const target = { id: 'pacs', kind: 'dicom', port: pacs.port, ae_title: 'PACS', default: true };
  const host = o.behind === 'b' ? cable.here : '127.0.0.1';
  const [a, b] = await makeSites(root, [
    { id: 'a', aeTitle: 'KLINIK_A', ...mailOf('a') },
    { id: 'b', aeTitle: 'KLINIK_B', ...mailOf('b'), targets: [{ ...target, host }] },
  ]);
  const sites = [a!, b!];
  const inRoom = await cable.wrap(PROGRAM, join(root, 'in-room'));
  const boxes = new Map<string, BoxProcess>();
  for (const site of sites) {
    const room = site.id === o.behind ? { program: inRoom, host: cable.there } : {};
    const box = await startProcess(site.folder, { answersAt: site.dicomPort, ...room });
    opened.push(box.stop);
    boxes.set(site.id, box);
  }
  const acknowledged: Image[] = [];
  let studies = 0;
  const send = async (slices: number, size: number) => {
    const seed = ++studies;
    const patient = { name: `Testperson^Kabel ${seed}`, id: `TEST-${String(seed).padStart(4, '0')}` };
    const { paths, studyUid } = await writePhantom({ folder: join(root, `s${seed}`), slices, size, seed, patient });
    await storescu({
      ...{ port: a!.dicomPort, calledAe: 'KLINIK_B', files: paths },
      ...(o.behind === 'a' && { host: cable.there }),
    });
    for (const path of paths) acknowledged.push({ path, studyUid, to: 'b', ...(await imageAt(path)) });
    return studyUid;
  };
  const delivered = readerOf([{ at: 'b', files: pacs.files }]);
  const logs = () => [...boxes.values()].map((box) => box.log()).join('');
  const describe = () =>
    sites.map((site) => `${describeSite(site)}\n${boxes.get(site.id)!.log().slice(-5_000)}`).join('\n');
  return {
    ...{ cable, send, sites, delivered, describe, b: b! },
    expectKept: async (fault: string) => {
      await eventually(() => unfinished(...sites).length === 0, { within_ms: 180_000, describe });
      const found = await checkInvariants({ sites, acknowledged: () => acknowledged, delivered, logs });
      const { breaches, ...verdict } = found;
      addRow({ fault, runs: 1, hit: 1, ...verdict });
      expect(breaches).toEqual([]);
    },
  };
}

const HALF = 3_000_000;
const OUT_MS = 20_000;

test.each([
  ['DATA, outbound', 'a', 'towards'],
  ['FETCH, inbound', 'b', 'back'],
] as const)('F32 F44 F75: the cable is pulled in the middle of %s, for a while', async (words, behind, direction) => {
  const pulled = Promise.withResolvers<void>();
  let isPulled = false;
  const world = await openWorld({
    behind,
    onBytes: (count, cable) => {
      if (count[direction] <= HALF || isPulled) return;
      isPulled = true;
      cable.pull().then(pulled.resolve, pulled.reject);
    },
  });
  await world.send(12, 512);
  await eventually(() => isPulled, { within_ms: 60_000, describe: world.describe });
  await pulled.promise;
  await delay(OUT_MS);
  expect((await world.delivered()).size).toBe(0);
  await world.cable.plug();
  await world.expectKept(`F32 F44 F75 cable out in the middle of ${words}`);
});

test('F75: the cable is out while studies come; when it is in again they leave, the oldest first', async () => {
  const world = await openWorld({ behind: 'b' });
  await world.send(1, 64);
  await eventually(async () => (await world.delivered()).size === 1, { within_ms: 60_000, describe: world.describe });
  await world.cable.pull();
  const sent: string[] = [];
  for (let study = 0; study < 5; study++) {
    sent.push(await world.send(2, 64));
    // Each is a mail of its own by then.
    await delay(3_000);
  }
  await delay(OUT_MS);
  await world.cable.plug();
  await world.expectKept('F75 cable out, inbound');
  const came = world.b.look((store) =>
    store.overview
      .studies({ limit: 9 })
      .toSorted((one, other) => one.first_ms - other.first_ms)
      .map(({ study_uid }) => study_uid),
  );
  expect(came.slice(1)).toEqual(sent);
});
