import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { openKeyring } from '../../src/box/keyring.ts';
import type { Partner, Settings } from '../../src/config/schema.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { openSettings } from '../../src/config/settings.ts';
import { systemClock } from '../../src/core/clock.ts';
import { codes, type ErrorCode } from '../../src/core/errors.ts';
import { hashFile } from '../../src/core/files.ts';
import { newId } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { retell } from '../../src/core/retell.ts';
import { listenSmtp } from '../../src/mail/listener.ts';
import { readHead } from '../../src/mail/read.ts';
import { parseReceipt, type Receipt } from '../../src/mail/receipt.ts';
import { generateKey, type OwnKey, type PublicKey, readPublicKey, unlockOwnKey } from '../../src/pgp/keys.ts';
import type { MailRow } from '../../src/store/mails.ts';
import {
  type BoxProcess,
  describeSite,
  eventually,
  makeSites,
  type Site,
  writeListenerFiles,
} from '../support/boxes.ts';
import { makeCa } from '../support/ca.ts';
import { type Gnupg, startGnupg } from '../support/gnupg.ts';
import {
  type Envelope,
  encryptedMail,
  fieldLines,
  type HandmadePart,
  innerEntity,
  postMail,
  type SetFieldTexts,
} from '../support/handmade-mail.ts';
import { buildInstance, type InstanceOptions } from '../support/instances.ts';
import { freePort } from '../support/ports.ts';
import { rawDatabase } from '../support/store.ts';

export const OURS = 'dicom@klinik-b.example';
export const NORD = 'dicom@nord.example';
export const SUED = 'dicom@sued.example';
export const WEST = 'dicom@west.example';
/** The invented patients of these tests: what must never be in a log. */
export const PATIENTS = [
  { PatientName: 'Geheimfall^Zoe', PatientID: 'GEHEIM-4711' },
  { PatientName: 'Andersfall^Max', PatientID: 'ANDERS-0815' },
] as const;

const DAY_MS = 86_400_000;

/** What became of a mail: its row's state and the code that a person is told. */
export interface MailEnd {
  state: string;
  code: string | null;
  reason: string | null;
}

/**
 * A running box with an SMTP listener and a folder as its target, and three partners: `nord` (GnuPG; has a mailbox that
 * our answers go to), `sued` (GnuPG) and `west` (our own OpenPGP kit, for mails that GnuPG does not make).
 */
export interface MailWorld {
  root: string;
  site: Site;
  box: BoxProcess;
  gnupg: Gnupg;
  keys: { nord: string; sued: string; unknown: string };
  west: OwnKey;
  boxKey: PublicKey;
  /** Signed by `by` (nord) and encrypted to the box, by GnuPG. */
  seal(inner: Buffer, by?: string, args?: readonly string[]): Promise<Buffer>;
  /** A sealed mail from nord that asks for a receipt. */
  mail(parts: readonly HandmadePart[], o?: { fields?: SetFieldTexts; messageId?: string }): Promise<Posted>;
  /** Posts mails, each of which must be taken (250). */
  post(...mails: readonly Buffer[]): Promise<void>;
  /** Posts a mail that may be refused; the listener's last word. */
  tryToPost(mail: Buffer, size?: number): Promise<string>;
  /** Waits until the latest mail under this Message-ID is where it stays. */
  end(messageId: string): Promise<MailEnd>;
  row(messageId: string): MailRow | undefined;
  /** As `end`, for a mail that must be in quarantine: code, both texts, and the file kept for a person to look at. */
  quarantined(messageId: string, code: ErrorCode | readonly ErrorCode[]): Promise<void>;
  setState(setId: string): MailEnd | undefined;
  /** SHA-256 of each file that is in the target, sorted. */
  delivered(): Promise<string[]>;
  /** Receipts that nord's mailbox got for this Message-ID, in order. */
  answers(messageId: string): Promise<Receipt[]>;
  /** Every mail that nord's mailbox got: paths. */
  arrived: string[];
  describe(): string;
  /** The box has ended: no patient in its log, no plaintext lying about, a row for every file (F78, I4). */
  expectCleanEnd(): Promise<void>;
  stop(): Promise<void>;
}

export interface Posted {
  messageId: string;
  bytes: Buffer;
}

export const newMessageId = () => `<${newId()}@nord.example>`;
export const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
export const instance = (o: InstanceOptions = {}) => buildInstance({ ...PATIENTS[0], ...o });
export const dicomPart = (bytes: Buffer): HandmadePart => ({ type: 'application/dicom', bytes });
export const fromNord = (messageId: string, fields?: SetFieldTexts): Envelope => ({
  ...{ from: NORD, to: OURS, messageId },
  headers: [`Disposition-Notification-To: ${NORD}`, ...(fields ? fieldLines(fields) : [])],
});

/** @param o.dicom changes to the section of the settings */
export async function startMailWorld(o: { dicom?: object } = {}): Promise<MailWorld> {
  const root = await mkdtemp(join(tmpdir(), 'rp-bad-mail-'));
  const authority = await makeCa(join(root, 'ca'));
  const issued = await authority.issue({ names: ['localhost'], ips: ['127.0.0.1'] });
  const files = await writeListenerFiles(join(root, 'tls'), { ...issued, ca: authority.caPem });
  const port = await freePort();
  const gnupg = await startGnupg();
  const keys = {
    nord: await gnupg.generate(`Klinik Nord <${NORD}>`),
    sued: await gnupg.generate(`Klinik Süd <${SUED}>`),
    unknown: await gnupg.generate('Niemand <niemand@fremd.example>'),
  };
  const west = await agedKey(WEST);
  const arrived: string[] = [];
  const mailbox = await listenSmtp({
    ...{ host: '127.0.0.1', port: 0, tls: issued, security: 'starttls', hostname: 'nord.example' },
    ...{ address: NORD, maxBytes: 1e8, log: silentLog, clock: systemClock() },
    newPath: () => join(root, `mailbox-${newId()}.eml`),
    received: async ({ path }) => {
      arrived.push(path);
    },
  });
  const folder = join(root, 'delivered');
  await mkdir(folder);
  const listener = { host: '127.0.0.1', port, security: 'starttls', key_file: files.key, cert_file: files.cert };
  const [site] = (await makeSites(root, [
    {
      ...{ id: 'b', address: OURS, aeTitle: 'KLINIK_B', mail: { listener }, ...o },
      targets: [{ id: 'folder', kind: 'folder', path: folder, folder_pattern: '{study_id}' }],
    },
  ])) as [Site];
  await befriend(site, [
    {
      ...{ id: 'nord', name: 'Klinik Nord', address: NORD, ae_title: 'NORD', fingerprints: [keys.nord] },
      ...{ key: await gnupg.exportPublic(keys.nord), form: 'classic' },
      smtp: { host: '127.0.0.1', port: mailbox.port, security: 'starttls', ca_file: files.ca },
    },
    {
      ...{ id: 'sued', name: 'Klinik Süd', address: SUED, ae_title: 'SUED', fingerprints: [keys.sued] },
      ...{ key: await gnupg.exportPublic(keys.sued), receipts: { send: 'none' } },
    },
    {
      ...{ id: 'west', name: 'Klinik West', address: WEST, ae_title: 'WEST', fingerprints: [west.info.fingerprint] },
      ...{ key: west.publicKey.armored, receipts: { send: 'none' } },
    },
  ]);
  await gnupg.importKey(site.publicKey);
  const box = await site.start();
  return {
    ...{ root, site, box, gnupg, keys, west, arrived, boxKey: await readPublicKey(site.publicKey) },
    ...posting({ site, gnupg, nord: keys.nord, port, ca: authority.caPem }),
    ...looking({ site, box, folder, arrived }),
    stop: async () => {
      await box.stop();
      await mailbox.stop();
      await gnupg.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A key that was made long enough ago for old signatures. */
async function agedKey(email: string): Promise<OwnKey> {
  const nowMs = Date.now() - 400 * DAY_MS;
  const { privateArmored } = await generateKey({ name: 'Klinik West', email, passphrase: 'kennwort', nowMs });
  return unlockOwnKey(privateArmored, 'kennwort');
}

/** Changes the settings of a site, as an editor would: a running box sees it within a second or two. */
export async function changeSettings(site: Site, change: (draft: Settings) => void): Promise<void> {
  const settings = await openSettings(site.folder, { log: silentLog });
  await settings.save(change, settings.revision());
  await settings.close();
}

async function befriend(site: Site, partners: readonly (Record<string, unknown> & { key: string })[]): Promise<void> {
  const keyring = openKeyring(site.folder, await openSecrets(site.folder));
  for (const { key } of partners) await keyring.importPublic(key);
  await changeSettings(site, (draft) => {
    for (const { key: _, ...partner } of partners) draft.partners.push(partner as unknown as Partner);
  });
}

function posting(o: { site: Site; gnupg: Gnupg; nord: string; port: number; ca: string }) {
  const seal: MailWorld['seal'] = (inner, by = o.nord, args = []) =>
    o.gnupg.encryptSign(inner, by, o.site.fingerprint, ['--armor', ...args]);
  const tryToPost: MailWorld['tryToPost'] = (mail, size) =>
    postMail(mail, { port: o.port, ca: o.ca, from: NORD, to: OURS, size });
  return {
    seal,
    tryToPost,
    mail: async (
      parts: readonly HandmadePart[],
      { fields, messageId = newMessageId() }: Parameters<MailWorld['mail']>[1] = {},
    ) => ({
      messageId,
      bytes: encryptedMail(await seal(innerEntity(parts, { fields })), fromNord(messageId, fields)),
    }),
    post: async (...mails: readonly Buffer[]) => {
      for (const mail of mails) expect(await tryToPost(mail)).toMatch(/^250/);
    },
  };
}

const ENDS = new Set(['done', 'joined', 'duplicate', 'set-aside', 'quarantined', 'discarded']);

function looking(o: { site: Site; box: BoxProcess; folder: string; arrived: string[] }) {
  const describe = () => `${describeSite(o.site)}\n${o.box.log()}`;
  const row: MailWorld['row'] = (messageId) =>
    rawDatabase(o.site.folder)
      .prepare('SELECT * FROM mail WHERE message_id = ? ORDER BY rowid DESC LIMIT 1')
      .get(messageId) as MailRow | undefined;
  const end = async (messageId: string): Promise<MailRow> =>
    eventually(() => [row(messageId)].find((found) => found && ENDS.has(found.state)), { within_ms: 20_000, describe });
  return {
    describe,
    expectCleanEnd: () =>
      expectCleanEnd(
        o.site.folder,
        o.box.log(),
        o.site.look((store) => store.overview.paths()),
      ),
    row,
    end,
    quarantined: async (messageId: string, code: ErrorCode | readonly ErrorCode[]) => {
      const found = await end(messageId);
      expect(found.state, describe()).toBe('quarantined');
      expect([code].flat()).toContain(found.code);
      expectTexts(found.code, found.reason);
      expect(await hashFile(join(o.site.folder, found.path))).toBe(found.sha256);
    },
    setState: (setId: string) =>
      rawDatabase(o.site.folder).prepare('SELECT * FROM inbound_set WHERE set_id = ?').get(setId) as
        | MailEnd
        | undefined,
    delivered: async () => {
      const entries = await readdir(o.folder, { recursive: true, withFileTypes: true });
      const isFinal = ({ name }: { name: string }) => name !== 'FINISHED.txt' && !name.startsWith('.rohrpost-');
      const found = entries.filter((entry) => entry.isFile() && isFinal(entry));
      return (await Promise.all(found.map(({ parentPath, name }) => hashFile(join(parentPath, name))))).sort();
    },
    answers: async (messageId: string) => {
      const found: Receipt[] = [];
      for (const path of o.arrived) {
        if ((await readHead(path)).get('In-Reply-To') === messageId) found.push(await parseReceipt(path));
      }
      return found;
    },
  };
}

/** I9: what a person is told exists in both languages, with nothing left unfilled. */
export function expectTexts(code: string | null, reason: string | null): void {
  expect(Object.keys(codes)).toContain(code);
  const [de, en] = (['de', 'en'] as const).map((language) => retell(code, reason, language));
  expect(en).toBe(reason);
  expect(de).not.toBe(en);
  for (const text of [de, en]) expect(text).not.toMatch(/\{|\(\?\)|: \?$|^$/);
}

async function expectCleanEnd(folder: string, log: string, named: ReadonlySet<string>): Promise<void> {
  for (const { PatientName, PatientID } of PATIENTS) {
    for (const word of [PatientID, ...PatientName.split('^')]) expect(log).not.toContain(word);
  }
  expect(await readdir(join(folder, 'spool', 'work'))).toEqual([]);
  const entries = await readdir(join(folder, 'spool'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files.map((path) => relative(folder, path)).filter((path) => !named.has(path))).toEqual([]);
  for (const path of files.filter((path) => !path.includes('/instances/'))) {
    const bytes = await readFile(path);
    for (const { PatientID } of PATIENTS) expect(bytes.includes(PatientID), path).toBe(false);
  }
}
