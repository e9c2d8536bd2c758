import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  type BoxProcess,
  describeSite,
  eventually,
  makeSites,
  type Site,
  writeListenerFiles,
} from '../support/boxes.ts';
import { makeCa } from '../support/ca.ts';
import { storescu } from '../support/dcmtk.ts';
import { type HostileSmtp, startHostileSmtp } from '../support/hostile-smtp.ts';
import { buildInstance, newUid } from '../support/instances.ts';

// A mail server that takes less than it used to, and says so only when it has all of a mail (552 5.3.4).

const IMAGES = 6;
const PIXEL_BYTES = 50_000;

let root: string;
let server: HostileSmtp;
let site: Site;
let box: BoxProcess;

afterEach(async () => {
  await box?.stop();
  await server?.stop();
  if (root) await rm(root, { recursive: true, force: true });
});

/** A box whose partner is behind that server; `tooLarge` is asked about each mail that came whole. */
async function startWorld(form: 'batch' | 'classic', tooLarge: (bytes: number, mails: number) => boolean) {
  root = await mkdtemp(join(tmpdir(), 'rp-large-'));
  const authority = await makeCa(join(root, 'ca'));
  const issued = await authority.issue({ names: ['localhost'], ips: ['127.0.0.1'] });
  const files = await writeListenerFiles(join(root, 'tls'), { ...issued, ca: authority.caPem });
  server = await startHostileSmtp({
    tls: issued,
    on: {
      get dot() {
        const { mails } = server;
        return tooLarge(mails.at(-1)!.length, mails.length) ? '552 5.3.4 message too large' : undefined;
      },
    } as { dot: string },
  });
  const smtp = { host: '127.0.0.1', port: server.port, security: 'starttls', ca_file: files.ca };
  const partner = () => ({ smtp, form, compress: 'never' });
  [site] = (await makeSites(root, [
    { id: 'a', address: 'box@klinik-a.example', aeTitle: 'KLINIK_A', partner },
    { id: 'b', address: 'box@klinik-b.example', aeTitle: 'KLINIK_B' },
  ])) as [Site, Site];
  box = await site.start();
}

/** Sends one study to the partner's AE title. */
async function sendStudy(): Promise<string[]> {
  const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
  const sops = Array.from({ length: IMAGES }, newUid);
  const files: string[] = [];
  for (const SOPInstanceUID of sops) {
    files.push(join(root, SOPInstanceUID));
    await writeFile(files.at(-1)!, buildInstance({ ...uids, SOPInstanceUID, pixelBytes: randomBytes(PIXEL_BYTES) }));
  }
  await storescu({ port: site.dicomPort, calledAe: 'KLINIK_B', files });
  return sops.sort();
}

const within = { within_ms: 25_000, describe: () => `${describeSite(site)}\n${box.log()}` };

/** The one consignment, its parts, and what each carries. */
const planned = () =>
  site.look((store) => {
    const [study] = store.overview.studies({ limit: 1 });
    const [consignment] = study ? store.consignments.ofStudy(study.id) : [];
    const parts = consignment ? store.parts.ofConsignment(consignment.id) : [];
    return { consignment, parts, sops: parts.flatMap(({ id }) => store.items.ofPart(id).map((item) => item.sop_uid)) };
  });

const field = (mail: Buffer, name: string) =>
  new RegExp(`^${name}: *(.*)\r$`, 'im').exec(mail.toString('latin1').split('\r\n\r\n')[0]!)?.[1] ?? '';

test('F30: no part was accepted: the limit is learned, all of it planned anew under a new set id, and it goes, once', async () => {
  // All six in one mail are above it, three quarters of that are not.
  const LIMIT_BYTES = 400_000;
  await startWorld('batch', (bytes) => bytes > LIMIT_BYTES);
  const sops = await sendStudy();
  await eventually(() => planned().consignment?.state === 'sent', within);
  const { consignment, parts, sops: sent } = planned();
  expect(sent.sort()).toEqual(sops);
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.map(({ state }) => state)).toEqual(parts.map(() => 'sent'));
  const sets = server.mails.map((mail) => [mail.length <= LIMIT_BYTES, field(mail, 'X-TELEMEDICINE-SETID')]);
  const [refused, accepted] = [false, true].map((fits) => sets.filter(([is]) => is === fits).map(([, id]) => id));
  expect(refused!.length).toBeGreaterThan(0);
  expect(accepted).toEqual(parts.map(() => consignment!.set_id));
  expect(refused).not.toContain(consignment!.set_id);
  expect(new Set(server.mails.map((mail) => field(mail, 'Message-ID'))).size).toBe(server.mails.length);
  await eventually(async () => (await readdir(join(site.folder, 'spool', 'outbox'))).length === 0, within);
  expect(site.look((store) => store.facts.get('b', 'mail_limit_bytes'))).toBeDefined();
});

test('F30: a part was accepted before the limit sank: held with the server’s reason, nothing of it sent again', async () => {
  await startWorld('classic', (_, mails) => mails > 1);
  await sendStudy();
  await eventually(() => planned().parts.filter(({ state }) => state === 'held').length === IMAGES - 1, within);
  const setId = planned().consignment!.set_id;
  const before = server.mails.length;
  // Long enough for whatever would be tried again.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const { consignment, parts } = planned();
  expect(consignment).toMatchObject({ state: 'held', code: 'transport-too-large', set_id: setId });
  expect(parts.filter(({ state }) => state === 'sent')).toHaveLength(1);
  expect(parts.filter(({ state }) => state === 'held').length).toBe(IMAGES - 1);
  expect(new Set(server.mails.map((mail) => field(mail, 'Message-ID'))).size).toBe(server.mails.length);
  expect(server.mails.length).toBe(before);
});
