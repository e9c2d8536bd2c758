import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openKeyring } from '../../src/box/keyring.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { openSettings } from '../../src/config/settings.ts';
import { systemClock } from '../../src/core/clock.ts';
import { hashFile } from '../../src/core/files.ts';
import { newId } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { listenSmtp, type MailListener } from '../../src/mail/listener.ts';
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
import { type Gnupg, startGnupg } from '../support/gnupg.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { freePort } from '../support/ports.ts';

const run = promisify(execFile);
const STRANGER = 'dicom@fremd.example';
const OURS = 'dicom@klinik-b.example';

let root: string;
let site: Site;
let box: BoxProcess;
let gnupg: Gnupg;
let mailbox: MailListener;
let listenerPort: number;
let arrived: string[] = [];
let strangerKey: string;
let ca: string;

/** A box whose only partner is a site that has GnuPG and Python and nothing of ours; its mailbox is an SMTP listener. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rp-stranger-'));
  const authority = await makeCa(join(root, 'ca'));
  const issued = await authority.issue({ names: ['localhost'], ips: ['127.0.0.1'] });
  const files = await writeListenerFiles(join(root, 'tls'), { ...issued, ca: authority.caPem });
  ca = files.ca;
  listenerPort = await freePort();
  gnupg = await startGnupg();
  strangerKey = await gnupg.generate(`Klinik Fremd <${STRANGER}>`);
  mailbox = await listenSmtp({
    ...{ host: '127.0.0.1', port: 0, tls: issued, security: 'starttls', hostname: 'fremd.example' },
    ...{ address: STRANGER, maxBytes: 1e8, log: silentLog, clock: systemClock() },
    newPath: () => join(root, `mailbox-${newId()}.eml`),
    received: async ({ path }) => {
      arrived.push(path);
    },
  });
  [site] = (await makeSites(root, [
    {
      ...{ id: 'b', address: OURS, aeTitle: 'KLINIK_B' },
      mail: {
        listener: {
          ...{ host: '127.0.0.1', port: listenerPort, security: 'starttls' },
          ...{ key_file: files.key, cert_file: files.cert },
        },
      },
      targets: [{ id: 'folder', kind: 'folder', path: join(root, 'delivered'), folder_pattern: '{study_id}' }],
    },
  ])) as [Site];
  await mkdir(join(root, 'delivered'));
  await befriend(await gnupg.exportPublic(strangerKey));
  await gnupg.importKey(site.publicKey);
  box = await site.start();
});

afterAll(async () => {
  await box?.stop();
  await mailbox?.stop();
  await gnupg?.stop();
  if (root) await rm(root, { recursive: true, force: true });
});

async function befriend(publicKey: string) {
  await openKeyring(site.folder, await openSecrets(site.folder)).importPublic(publicKey);
  const settings = await openSettings(site.folder, { log: silentLog });
  const partner = {
    ...{ id: 'fremd', name: 'Klinik Fremd', address: STRANGER, ae_title: 'FREMD', fingerprints: [strangerKey] },
    smtp: { host: '127.0.0.1', port: mailbox.port, security: 'starttls', ca_file: ca },
  };
  await settings.save((draft) => {
    draft.partners.push(partner as (typeof draft.partners)[number]);
  }, settings.revision());
  await settings.close();
}

/** Runs the stranger's program. */
async function stranger<T>(...args: string[]): Promise<T> {
  const script = new URL('./stranger.py', import.meta.url).pathname;
  const { stdout } = await run('/usr/bin/python3', [script, args[0]!, gnupg.home, ...args.slice(1)], {
    timeout: 60_000,
  });
  return JSON.parse(stdout) as T;
}

async function writeStudy(folder: string, slices: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const [study, series] = [newUid(), newUid()];
  return Promise.all(
    Array.from({ length: slices }, async (_, index) => {
      const path = join(folder, `slice${index}.dcm`);
      const tags = { StudyInstanceUID: study, SeriesInstanceUID: series, SOPInstanceUID: newUid() };
      await writeFile(path, buildInstance({ ...tags, InstanceNumber: String(index + 1) }));
      return path;
    }),
  );
}

async function dataSetHash(path: string): Promise<string> {
  return hashFile(path, (await readPart10(path)).dataSetOffset);
}

interface OpenedMail {
  subject: string;
  to: string;
  receiptTo: string;
  outer: [string, number, number];
  inner: [string, number, number];
  signer: string;
  files: { type: string; path: string }[];
}

test('a study sealed by the box is opened with GnuPG and Python’s email package alone', async () => {
  arrived = [];
  const files = await writeStudy(join(root, 'out'), 3);
  await storescu({ port: site.dicomPort, calledAe: 'FREMD', files });
  await eventually(() => arrived.length === 3, { within_ms: 60_000, describe: () => describeSite(site) + box.log() });

  const hashes: string[] = [];
  const numbers: number[] = [];
  for (const [index, mail] of arrived.entries()) {
    const folder = join(root, `opened${index}`);
    await mkdir(folder);
    const opened = await stranger<OpenedMail>('open', mail, folder);
    expect(opened.subject).toBe('DICOM-eMail');
    expect(opened.to).toBe(STRANGER);
    expect(opened.receiptTo).toBe(OURS);
    expect(opened.signer).toBe(site.fingerprint);
    expect(opened.inner).toEqual(opened.outer);
    expect(opened.inner[2]).toBe(3);
    numbers.push(opened.inner[1]);
    expect(opened.files.map((file) => file.type)).toEqual(['application/dicom']);
    hashes.push(await dataSetHash(opened.files[0]!.path));
  }
  expect(numbers.sort()).toEqual([1, 2, 3]);
  expect(hashes.sort()).toEqual((await Promise.all(files.map(dataSetHash))).sort());
});

interface ReadReceipt {
  signer: string;
  from: string;
  fields: Record<string, string>;
}

test('a classic set made by GnuPG and Python alone, out of order, one mail twice: delivered once, answered with MDNs', async () => {
  arrived = [];
  const folder = join(root, 'in');
  const images = await writeStudy(folder, 3);
  const pdf = join(folder, 'befund.pdf');
  await writeFile(pdf, '%PDF-1.4\n% An invented report about nobody.\n%%EOF\n');
  const studyUid = (await readPart10(images[0]!)).header.studyInstanceUid;
  const items = [
    ...images.map((path) => ({ path, type: 'application/dicom' })),
    { path: pdf, type: 'application/pdf', studyUid },
  ];
  const job = { setId: `fremd-${newId()}`, from: STRANGER, to: OURS, host: '127.0.0.1', port: listenerPort, ca, items };
  await writeFile(join(root, 'job.json'), JSON.stringify({ ...job, order: [3, 1, 1, 4, 2] }));
  await stranger('send', join(root, 'job.json'));

  const answered = () => new Set(site.look((store) => store.overview.counts()).map((c) => `${c.entity}:${c.state}`));
  await eventually(() => answered().has('inbound_set:delivered') && arrived.length >= 4, {
    within_ms: 60_000,
    describe: () => describeSite(site) + box.log(),
  });

  const delivered = (await readdir(join(root, 'delivered'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const dicom = delivered.filter((path) => path.endsWith('.dcm'));
  expect((await Promise.all(dicom.map((path) => hashFile(path)))).sort()).toEqual(
    (await Promise.all(images.map((path) => hashFile(path)))).sort(),
  );
  const reports = delivered.filter((path) => path.endsWith('.pdf'));
  expect(reports).toHaveLength(1);
  expect(await readFile(reports[0]!)).toEqual(await readFile(pdf));
  expect(delivered.some((path) => path.endsWith('FINISHED.txt'))).toBe(true);

  const receipts = await Promise.all(arrived.map((mail) => stranger<ReadReceipt>('receipt', mail)));
  const answers = new Map(receipts.map((receipt) => [receipt.fields['Original-Message-ID'], receipt]));
  expect([...answers.keys()].sort()).toEqual([1, 2, 3, 4].map((n) => `<${job.setId}.${n}@fremd.example>`));
  for (const { signer, from, fields } of receipts) {
    expect(signer).toBe(site.fingerprint);
    expect(from).toBe(OURS);
    expect(fields['Final-Recipient']).toBe(`rfc822;${OURS}`);
    expect(fields.Disposition).toBe('automatic-action/MDN-sent-automatically;displayed');
  }
});
