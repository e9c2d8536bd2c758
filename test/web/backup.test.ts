import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openKeyring } from '../../src/box/keyring.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { createSettings } from '../../src/config/settings.ts';
import { readPublicKey } from '../../src/pgp/keys.ts';
import { openMessage } from '../../src/pgp/open.ts';
import { openWithPassphrase, sealWithPassphrase } from '../../src/pgp/passphrase.ts';
import { sealStream } from '../../src/pgp/seal.ts';
import { isUnfinished, remember } from '../../src/web/setup.ts';
import { bytesOf, sourceOf } from '../pgp/helpers.ts';
import { makeCa } from '../support/ca.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

/** Box A is backed up, and restored onto other boxes. */

const PASSPHRASE = 'ein langer Satz zum Merken';
const SECRET = 'postfach-kennwort-1';
const NOW_MS = Date.now() - 60_000;

let root: string;
let a: TestWeb;
let backup: Buffer;
let sealedForA: Buffer;
const opened: TestWeb[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rohrpost-backup-'));
  const partner = await party(join(root, 'partner'), 'partner@praxis.example');
  const folder = join(root, 'a');
  const own = await party(folder, 'a@klinik.example');
  await own.keyring.importPublic(await partner.keyring.ownPublic());
  await own.secrets.set('mailbox', SECRET);
  const ca = await makeCa(join(root, 'ca'));
  const tls = await ca.issue({ names: ['localhost'] });
  await mkdir(join(root, 'etc'));
  const files = { key_file: join(root, 'etc', 'listener.key'), cert_file: join(root, 'etc', 'listener.pem') };
  await writeFile(files.key_file, tls.key);
  await writeFile(files.cert_file, tls.cert);
  const { info } = (await partner.keyring.ownKey()).publicKey;
  await createSettings(folder, {
    site: { name: 'Klinik A', language: 'de', ae_title: 'KLINIKA' },
    dicom: { host: '127.0.0.1', port: 0 },
    mail: {
      address: 'a@klinik.example',
      smtp: { host: '127.0.0.1', port: 9, user: 'a', password: 'secret:mailbox' },
      listener: { host: '127.0.0.1', port: 0, ...files },
    },
    disk: { refuse_below_bytes: 0 },
    targets: [{ id: 'ablage', kind: 'folder', path: join(root, 'etc') }],
    partners: [
      {
        id: 'praxis',
        name: 'Praxis',
        address: 'partner@praxis.example',
        ae_title: 'PRAXIS',
        fingerprints: [info.fingerprint],
      },
    ],
  });
  const content = sealStream(sourceOf(Buffer.from('Testperson^Erika')), {
    to: (await own.keyring.ownKey()).publicKey,
    signer: await partner.keyring.ownKey(),
    nowMs: NOW_MS + 1_000,
  });
  sealedForA = await bytesOf(content);
  a = await openWeb({ folder });
  const made = await a.as('admin').post('/api/backup', { passphrase: PASSPHRASE });
  expect(made.status).toBe(200);
  expect(made.headers['content-disposition']).toMatch(/^attachment; filename="rohrpost-\d{4}-\d\d-\d\d\.pgp"$/);
  backup = made.bytes;
});

afterEach(async () => {
  for (const web of opened.splice(0)) await web.stop();
});
afterAll(async () => {
  await a?.stop();
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

async function party(folder: string, email: string) {
  const secrets = await openSecrets(folder);
  const keyring = openKeyring(folder, secrets);
  await keyring.ensureOwnKey({ name: 'Test', email, nowMs: NOW_MS });
  return { secrets, keyring };
}

let count = 0;
/** A box that was just claimed and has no settings. */
async function emptyBox(): Promise<TestWeb> {
  const web = await openWeb({ folder: join(root, `b${++count}`) });
  opened.push(web);
  return web;
}

async function again(web: TestWeb): Promise<TestWeb> {
  await web.stop();
  opened.splice(opened.indexOf(web), 1);
  const started = await openWeb({ folder: web.folder });
  opened.push(started);
  return started;
}

async function upload(web: TestWeb, bytes = backup): Promise<string> {
  const headers = { 'content-type': 'application/octet-stream' };
  const taken = await web.as('admin').post('/api/restore/upload', bytes, { headers });
  expect(taken.status, taken.text).toBe(200);
  expect(taken.body.size_bytes).toBe(bytes.length);
  return taken.body.upload as string;
}

async function look(web: TestWeb, bytes = backup, passphrase = PASSPHRASE) {
  return web.as('admin').post('/api/restore/look', { upload: await upload(web, bytes), passphrase });
}

/** The content of a backup, changed, as a backup again. */
async function altered(change: (text: string) => string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await openWithPassphrase(sourceOf(backup), PASSPHRASE, { write: (piece) => void pieces.push(piece) });
  const bytes = Buffer.from(change(Buffer.concat(pieces).toString('utf8')));
  return bytesOf(sealWithPassphrase(sourceOf(bytes), PASSPHRASE));
}

/** A running box opens what was sealed for A by A's partner. */
async function opensMailForA(web: TestWeb): Promise<string> {
  const { keyring, settings } = web.premises.box()!;
  const [partner] = await keyring.correspondents(settings.current().partners);
  const pieces: Buffer[] = [];
  await openMessage(sourceOf(sealedForA), {
    own: [await keyring.ownKey()],
    signers: await Promise.all(partner!.keys.map(readPublicKey)),
    nowMs: Date.now(),
    write: (piece) => void pieces.push(piece),
  });
  return Buffer.concat(pieces).toString();
}

describe('a backup of box A', () => {
  test('restored onto an empty box makes that one A: it opens a mail that was sealed for A', async () => {
    const b = await emptyBox();
    const found = await look(b);
    expect(found.status, found.text).toBe(200);
    expect(found.body).toMatchObject({ site: 'Klinik A', address: 'a@klinik.example', partners: 1, targets: 1 });
    expect(found.body.accounts).toEqual(['test-admin']);
    expect(found.body.passwords).toBe(2);
    expect(found.body.findings.filter((finding: { blocks: boolean }) => finding.blocks)).toEqual([]);
    expect(b.premises.box()).toBeNull();
    const decided = await b
      .as('admin')
      .post('/api/restore', { look: found.body.look, accounts: true, certificate: true });
    expect(decided.status, decided.text).toBe(202);
    await b.house.restartAsked;
    const restored = await again(b);
    expect(restored.premises.box()).not.toBeNull();
    expect(await opensMailForA(restored)).toBe('Testperson^Erika');
    expect(await restored.premises.secrets.get('mailbox')).toBe(SECRET);
    expect(restored.premises.certificate().fingerprint).toBe(a.premises.certificate().fingerprint);
    expect(restored.premises.desk.audit.verify().brokenAt).toBeNull();
    const acts = restored.premises.desk.audit.list({ limit: 10 }).map(({ act, subject }) => [act, subject]);
    expect(acts[0]).toEqual(['restore', 'Klinik A']);
    expect(await readdir(restored.folder)).not.toContain('backup');
  });

  test('restored without its accounts leaves those of this box, and the certificate', async () => {
    const b = await emptyBox();
    await b.premises.secrets.set('totp-of-somebody', 'bleibt');
    const before = b.premises.certificate().fingerprint;
    remember(b.premises.desk, { steps: { site: 'done' } });
    const { body } = await look(b);
    await b.as('admin').post('/api/restore', { look: body.look, accounts: false, certificate: false });
    const { token } = b.as('viewer');
    const restored = await again(b);
    expect(await opensMailForA(restored)).toBe('Testperson^Erika');
    expect(restored.premises.certificate().fingerprint).toBe(before);
    expect(isUnfinished(restored.premises.desk)).toBe(false);
    expect(await restored.premises.secrets.get('totp-of-somebody')).toBe('bleibt');
    const { status } = await restored.ask({
      ...{ method: 'GET', url: '/api/settings' },
      headers: { authorization: `Bearer ${token}` },
    });
    expect(status).toBe(403);
  });

  test('brings the files that its settings name, where they are not here', async () => {
    const b = await emptyBox();
    const kept = join(root, 'etc', 'listener.key');
    const bytes = await readFile(kept);
    await rm(kept);
    const { body } = await look(b);
    await writeFile(kept, bytes);
    expect(body.findings.map((finding: { code: string }) => finding.code)).toEqual([
      'backup-file-moved',
      'backup-port-other',
    ]);
    await b.as('admin').post('/api/restore', { look: body.look, accounts: true, certificate: false });
    const restored = await again(b);
    const { listener } = restored.premises.box()!.settings.current().mail;
    expect(listener!.key_file.startsWith(join(restored.folder, 'restored'))).toBe(true);
    expect(await readFile(listener!.key_file)).toEqual(bytes);
    expect(listener!.cert_file).toBe(join(root, 'etc', 'listener.pem'));
  });

  test('keeps what it replaces aside', async () => {
    const b = await openWeb({ folder: await readyFolder('Klinik B') });
    opened.push(b);
    const { body } = await look(b);
    await b.as('admin').post('/api/restore', { look: body.look, accounts: true, certificate: true });
    const restored = await again(b);
    expect(restored.premises.box()!.settings.current().site.name).toBe('Klinik A');
    const aside = join(restored.folder, 'before-restore');
    expect(await readFile(join(aside, 'settings.yaml'), 'utf8')).toContain('Klinik B');
    expect((await readdir(aside)).sort()).toEqual(
      ['desk.sqlite', 'keys', 'secrets.json', 'settings.last-good.yaml', 'settings.yaml', 'web'].sort(),
    );
  });

  test('is not readable without its passphrase, and holds no password and no key in clear', async () => {
    for (const word of [SECRET, 'Klinik A', 'BEGIN PGP', 'BEGIN PRIVATE', 'test-admin']) {
      expect(backup.includes(word), word).toBe(false);
    }
  });
});

async function readyFolder(name: string): Promise<string> {
  const folder = join(root, `ready-${++count}`);
  await createSettings(folder, {
    site: { name, language: 'de', ae_title: 'KLINIKB' },
    dicom: { host: '127.0.0.1', port: 0 },
    mail: { address: 'b@klinik.example' },
    disk: { refuse_below_bytes: 0 },
  });
  return folder;
}

describe('what is wrong with a backup is said before anything is touched', () => {
  async function refused(bytes: Buffer, passphrase = PASSPHRASE) {
    const b = await emptyBox();
    const before = await readdir(b.folder);
    const { status, body } = await look(b, bytes, passphrase);
    expect(status).toBe(422);
    expect((await readdir(b.folder)).filter((name) => name !== 'backup')).toEqual(before);
    return body.code as string;
  }

  test('a wrong passphrase, which can be tried again without another upload', async () => {
    const b = await emptyBox();
    const id = await upload(b);
    const wrong = await b.as('admin').post('/api/restore/look', { upload: id, passphrase: 'etwas anderes ganz' });
    expect(wrong.body.code).toBe('backup-passphrase');
    expect((await b.as('admin').post('/api/restore/look', { upload: id, passphrase: PASSPHRASE })).status).toBe(200);
  });

  test('a passphrase that is too short to guard anything', async () => {
    const { status, body } = await a.as('admin').post('/api/backup', { passphrase: 'kurz' });
    expect([status, body.code]).toEqual([422, 'backup-passphrase-short']);
  });

  test('damage and a missing end', async () => {
    const flipped = Buffer.from(backup);
    flipped[Math.floor(backup.length / 2)]! ^= 1;
    expect(await refused(flipped)).toBe('backup-damaged');
    expect(await refused(backup.subarray(0, -100))).toBe('backup-damaged');
    expect(await refused(await altered((text) => text.slice(0, text.lastIndexOf('{"end"'))))).toBe('backup-damaged');
    expect(await refused(await altered((text) => text.replace('S2xpbmlrIEE', 'S2xpbmlrIEI')))).toBe('backup-damaged');
  });

  test('a file that is something else', async () => {
    expect(await refused(Buffer.from('PK\x03\x04 no backup at all'))).toBe('backup-foreign');
    expect(await refused(await altered(() => 'ein Brief\n'))).toBe('backup-foreign');
    expect(await refused(await altered(() => '{"some":"json"}\n'))).toBe('backup-foreign');
  });

  test('a newer program', async () => {
    expect(await refused(await altered((text) => text.replace('"rohrpost_backup":1', '"rohrpost_backup":2')))).toBe(
      'backup-newer',
    );
  });

  test('a path in a file name', async () => {
    for (const place of ['../../etc/passwd', '/etc/passwd', 'keys/../../x', 'spool/x', 'master.key']) {
      expect(await refused(await altered((text) => text.replace('keys/own.public.asc', place)))).toBe('backup-damaged');
    }
  });

  test('settings that are not valid, and a key that cannot be unlocked: said one by one, and not restored', async () => {
    // Everything in it is well formed but for the settings and one password.
    const rebuilt = await altered((text) => {
      const lines = text.trimEnd().split('\n').slice(0, -1);
      const settings = Buffer.from('version: 1\nsite: { name: Klinik A }\nmail: { address: nonsense }\n');
      const at = lines.indexOf('{"file":"settings.yaml"}');
      const sum = createHash('sha256').update(settings).digest('hex');
      lines.splice(
        at + 1,
        2,
        `{"data":"${settings.toString('base64')}"}`,
        `{"sha256":"${sum}","size_bytes":${settings.length}}`,
      );
      const key = lines.findIndex((line) => line.includes('"secret":"own-key"'));
      lines[key] = '{"secret":"own-key","value":"falsch"}';
      const all = `${lines.join('\n')}\n`;
      return `${all}{"end":${lines.length},"sha256":"${createHash('sha256').update(all).digest('hex')}"}\n`;
    });
    const b = await emptyBox();
    const { status, body } = await look(b, rebuilt);
    expect(status).toBe(200);
    expect(body.findings).toMatchObject([
      { code: 'backup-setting', blocks: true, message: expect.stringContaining('mail.address') },
      { code: 'backup-key', blocks: true },
    ]);
    const decided = await b.as('admin').post('/api/restore', { look: body.look, accounts: true, certificate: true });
    expect([decided.status, decided.body.code]).toEqual([422, 'backup-refused']);
  });

  test('an upload that nobody knows', async () => {
    const b = await emptyBox();
    for (const id of ['0123456789abcdefghjk', '00000000000000000000']) {
      const { body } = await b.as('admin').post('/api/restore/look', { upload: id, passphrase: PASSPHRASE });
      expect(body.code).toBe('backup-gone');
      const decided = await b.as('admin').post('/api/restore', { look: id, accounts: true, certificate: true });
      expect(decided.body.code).toBe('backup-gone');
    }
  });

  test('only an admin may, and two at once may not', async () => {
    for (const role of ['viewer', 'operator'] as const) {
      expect((await a.as(role).post('/api/backup', { passphrase: PASSPHRASE })).status).toBe(403);
    }
    const b = await emptyBox();
    const id = await upload(b);
    const ask = () => b.as('admin').post('/api/restore/look', { upload: id, passphrase: PASSPHRASE });
    const codes = (await Promise.all([ask(), ask()])).map(({ body }) => body.code ?? 'fine');
    expect(codes.sort()).toEqual(['fine', 'restore-under-way']);
  });
});
