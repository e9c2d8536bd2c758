import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { takeMail } from '../../scripts/fleet/mail.ts';
import { openShelf, type ReportShelf } from '../../scripts/fleet/reports.ts';
import { reportEntity, signedReportMail } from '../../src/mail/report-mail.ts';
import { signDetached } from '../../src/pgp/detached.ts';
import { generateKey, type OwnKey, unlockOwnKey } from '../../src/pgp/keys.ts';
import type { BoxReport } from '../../src/update/words.ts';
import { reportOf } from '../support/fleet.ts';

const NOW = Date.now();
let folder: string;
let maildir: string;
let shelf: ReportShelf;
let own: OwnKey;
let other: OwnKey;
let count = 0;

async function newKey(name: string): Promise<OwnKey> {
  const passphrase = 'of a test';
  const made = await generateKey({ name, email: `${name}@clinic.example`, passphrase, nowMs: NOW - 60_000 });
  return unlockOwnKey(made.privateArmored, passphrase);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-report-mail-'));
  [own, other] = [await newKey('box'), await newKey('other')];
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  maildir = await mkdtemp(join(folder, 'maildir-'));
  for (const name of ['new', 'cur', 'tmp']) await mkdir(join(maildir, name));
  shelf = await openShelf(join(maildir, 'reports'));
});

/** The mail of a box, as it sends it, put into the mailbox. */
async function deliver(
  report: BoxReport,
  key: OwnKey,
  spoil: (mail: string) => string = (mail) => mail,
): Promise<void> {
  const entity = reportEntity(JSON.stringify(report), { publicKey: key.publicKey.armored, boundary: 'inner-boundary' });
  const mail = signedReportMail({
    ...{ from: 'box@clinic.example', to: 'fleet@operator.example', messageId: '<1@x.example>', dateMs: NOW },
    ...{ entity, boundary: 'outer-boundary', armoredSignature: await signDetached(entity, key, NOW) },
  });
  await writeFile(join(maildir, 'new', `${++count}.mail`), spoil(mail.toString('latin1')), 'latin1');
}
const take = () => takeMail(maildir, { shelf, keys: join(maildir, 'keys'), now_ms: NOW });
const at = (second: number) => new Date(NOW - 100_000 + second * 1000).toISOString();

test('a box is known by its first key; the mailbox is read once', async () => {
  await deliver(reportOf(1, { at: at(1) }), own);
  expect(await take()).toMatchObject([{ result: 'new-key', fingerprint: own.info.fingerprint }]);
  await deliver(reportOf(1, { at: at(2), version: '2.0.0' }), own);
  expect(await take()).toMatchObject([{ result: 'taken' }]);
  expect(shelf.get(reportOf(1).box)).toMatchObject({ by: 'mail', report: { version: '2.0.0' } });
  expect(await take()).toEqual([]);
  expect((await readdir(join(maildir, 'cur'))).every((name) => name.endsWith(':2,S'))).toBe(true);
});

test('nobody else can speak for a box, with a key of their own', async () => {
  await deliver(reportOf(1, { at: at(1) }), own);
  await take();
  await deliver(reportOf(1, { at: at(2), health: 'red' }), other);
  expect(await take()).toMatchObject([{ result: 'refused', box: reportOf(1).box }]);
  expect(shelf.get(reportOf(1).box)!.report.health).toBe('green');
});

test('what was changed on the way is refused; no key is kept of it', async () => {
  const json = (report: BoxReport) => Buffer.from(JSON.stringify(report)).toString('base64').slice(0, 60);
  const report = reportOf(1, { at: at(1) });
  await deliver(report, own, (mail) => mail.replace(json(report), json(reportOf(2, { at: at(1) }))));
  expect(await take()).toMatchObject([{ result: 'refused' }]);
  expect([shelf.all(), await readdir(join(maildir, 'keys'))]).toEqual([[], []]);
});

test('an old mail that is sent again changes nothing', async () => {
  await deliver(reportOf(1, { at: at(5), version: '2.0.0' }), own);
  await deliver(reportOf(1, { at: at(1) }), own);
  await deliver(reportOf(1, { at: at(5) }), own);
  expect((await take()).map(({ result }) => result)).toEqual(['new-key', 'old', 'old']);
  expect(shelf.get(reportOf(1).box)!.report.version).toBe('2.0.0');
});

test('a box whose clock was years ahead is heard again once it is right', async () => {
  await shelf.put(reportOf(1, { at: '2099-01-01T00:00:00Z' }), { now_ms: NOW, by: 'https' });
  await deliver(reportOf(1, { at: at(1), version: '2.0.0' }), own);
  expect(await take()).toMatchObject([{ result: 'new-key' }]);
  expect(shelf.get(reportOf(1).box)!.report.version).toBe('2.0.0');
});

test('strangers who invent boxes fill neither the shelf nor the folder of keys', async () => {
  shelf = await openShelf(join(maildir, 'reports'), { most_boxes: 2 });
  for (const box of [1, 2, 3, 4]) await deliver(reportOf(box, { at: at(1) }), own);
  expect((await take()).map(({ result }) => result)).toEqual(['new-key', 'new-key', 'refused', 'refused']);
  expect(await readdir(join(maildir, 'keys'))).toHaveLength(2);
});

test('a signature that is none is refused without leaving its mail open', async () => {
  const openFiles = async () => {
    const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
    return (await Promise.all(links)).filter((path) => path.startsWith(maildir));
  };
  for (let n = 0; n < 3; n++) await deliver(reportOf(1), own, (mail) => mail.replace('BEGIN PGP SIG', 'BEGIN PGP GIS'));
  expect((await take()).map(({ result }) => result)).toEqual(['refused', 'refused', 'refused']);
  await delay(50);
  expect(await openFiles()).toEqual([]);
});

test.each([
  ['no mail at all', '\0\0\0'],
  ['an ordinary mail', 'From: a@b.example\r\nSubject: hello\r\n\r\nhello\r\n'],
  ['a report without a signature', 'Content-Type: application/json\r\n\r\n{}\r\n'],
  ['nothing', ''],
  ['a flood', 'x'.repeat(300_000)],
])('passes over %s, and takes what comes after it', async (_, mail) => {
  await writeFile(join(maildir, 'new', '0'), mail);
  await deliver(reportOf(1, { at: at(1) }), own);
  expect((await take()).map(({ result }) => result)).toEqual(['refused', 'new-key']);
});
