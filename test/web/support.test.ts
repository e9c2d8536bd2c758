import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSecrets } from '../../src/config/secrets.ts';
import { createSettings } from '../../src/config/settings.ts';
import { openLog } from '../../src/core/log.ts';
import type { Alarm } from '../../src/store/desk/alarms.ts';
import { eventually } from '../support/boxes.ts';
import { storescu } from '../support/dcmtk.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { pythonJson } from '../support/python.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

/** F78: patients and passwords everywhere they can be, and none of them in a bundle, the log or the audit. */

const PATIENT = { name: 'Testperson^Erika', id: 'TEST-0001', birth: '19551224', accession: 'ACC-4711' };
const SECRETS = ['postfach-kennwort-7', 'smtp-kennwort-8', 'pacs-kennwort-9', 'getipptes-kennwort-10'];
const BACKUP_PASSPHRASE = 'sicherungs-passphrase-11';
/** By it an operator takes somebody who reports for one of theirs. */
const REPORT_TOKEN = 'berichts-geheimnis-12345';
const NEVER = [
  ...['Testperson', 'Erika', 'Doppelgänger', PATIENT.id, PATIENT.birth, PATIENT.accession, 'Schädelbasis'],
  ...[...SECRETS, BACKUP_PASSPHRASE, REPORT_TOKEN, 'BEGIN PGP PRIVATE', 'PRIVATE KEY'],
];

const ALARM: Alarm = {
  ...{ id: 'alarm-1', light: 'mailbox', matter: 'fail operator', tone: 'fail', code: 'transport-auth-failed' },
  ...{ urgent: false, title: { de: 'Postfach', en: 'Mailbox' }, words: { de: 'abgelehnt', en: 'log-in refused' } },
  ...{ link: null, since_ms: 1, until_ms: null, times: 1, told: 0 },
};

const written: string[] = [];
let root: string;
let web: TestWeb;
let files: Record<string, string>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rohrpost-support-'));
  const log = openLog('debug', { write: (line: string) => void written.push(line) });
  const folder = join(root, 'box');
  const secrets = await openSecrets(folder);
  await secrets.setAll(
    new Map([
      ['mailbox', SECRETS[0]!],
      ['smtp', SECRETS[1]!],
      ['pacs', SECRETS[2]!],
    ]),
  );
  await createSettings(folder, {
    site: { name: 'Testpraxis', language: 'en' },
    disk: { refuse_below_bytes: 0 },
    dicom: { host: '127.0.0.1', port: 0, duplicates: 'warn' },
    log: { level: 'debug' },
    settle: { quiet_s: 1 },
    update: { report_url: `https://fleet.example/report/${REPORT_TOKEN}` },
    mail: {
      address: 'box@test.example',
      smtp: { host: '127.0.0.1', port: 9, security: 'tls', user: 'box', password: 'secret:smtp' },
      imap: { host: '127.0.0.1', port: 9, user: 'box', password: 'secret:mailbox' },
    },
    targets: [
      { id: 'ablage', kind: 'smb', host: '127.0.0.1', port: 9, share: 'x', user: 'u', password: 'secret:pacs' },
    ],
    partners: [{ id: 'praxis', name: 'Praxis', address: 'praxis@test.example', ae_title: 'PRAXIS' }],
  });
  web = await openWeb({ log, folder });
  await patientsEverywhere();
  await passwordsEverywhere();
  web.premises.desk.alarms.put([ALARM], 9);
  files = await bundle();
});
afterAll(async () => {
  await web?.stop();
  await rm(root, { recursive: true, force: true });
});

/** Real images, a contradiction within a study, and rows whose reason quotes a peer that quotes the patient. */
async function patientsEverywhere(): Promise<void> {
  const { store, ports } = web.premises.box()!;
  const StudyInstanceUID = newUid();
  const tags = {
    ...{ StudyInstanceUID, PatientName: PATIENT.name, PatientID: PATIENT.id, PatientBirthDate: PATIENT.birth },
    ...{ AccessionNumber: PATIENT.accession, StudyDescription: 'Schädelbasis' },
  };
  const sopUid = newUid();
  const images = [
    buildInstance({ ...tags, SOPInstanceUID: sopUid }),
    buildInstance(tags),
    // The same image with other bytes; then another patient in the same study.
    buildInstance({ ...tags, SOPInstanceUID: sopUid, pixelBytes: 100 }),
    buildInstance({ ...tags, PatientName: 'Doppelgänger^Otto', PatientID: 'TEST-0002' }),
  ];
  const paths = images.map((_, index) => join(root, `${PATIENT.name}-${index}.dcm`));
  await Promise.all(images.map((image, index) => writeFile(paths[index]!, image)));
  await storescu({ port: ports().dicom, calledAe: 'PRAXIS', callingAe: 'CT1', files: paths, mayFail: true });
  await eventually(() => store.overview.troubles(9).length > 0, { within_ms: 20_000 });
  const { id } = store.overview.troubles(9)[0]!;
  const quoted = new (await import('better-sqlite3')).default(join(web.folder, 'rohrpost.sqlite'));
  quoted.prepare('UPDATE study SET reason = ? WHERE id = ?').run(`The PACS said: ${PATIENT.name} ${PATIENT.id}`, id);
  quoted.close();
}

async function passwordsEverywhere(): Promise<void> {
  const nobody = web.as(null);
  for (const name of ['test-admin', SECRETS[3]!]) await nobody.post('/api/session', { name, password: SECRETS[3] });
  const admin = web.as('admin');
  await admin.post('/api/backup', { passphrase: BACKUP_PASSPHRASE });
  await admin.post('/api/restore/look', { upload: '0123456789abcdefghjk', passphrase: BACKUP_PASSPHRASE });
  await nobody.get(`/api/studies?patient=${PATIENT.name}&id=${PATIENT.id}`);
  await admin.get(`/api/log?text=${PATIENT.name}`);
  await admin.get(`/api/nothing/${PATIENT.name}`);
}

async function bundle(): Promise<Record<string, string>> {
  const { status, bytes, headers } = await web.as('admin').get('/api/support');
  expect(status).toBe(200);
  expect(headers['content-disposition']).toMatch(/^attachment; filename="rohrpost-support-[\d-]+\.zip"$/);
  await mkdir(join(root, 'zip'), { recursive: true });
  const path = join(root, 'zip', 'support.zip');
  await writeFile(path, bytes);
  await promisify(execFile)('python3', ['-m', 'zipfile', '-t', path]);
  return pythonJson(`
import json, zipfile
with zipfile.ZipFile(${JSON.stringify(path)}) as z:
    print(json.dumps({n.split('/')[-1]: z.read(n).decode() for n in z.namelist()}))`);
}

describe('F78: no patient and no password', () => {
  test('in the support bundle', () => {
    for (const [name, text] of Object.entries(files)) {
      for (const word of NEVER) expect(text.includes(word), `${word} in ${name}`).toBe(false);
    }
  });

  test('in the log', () => {
    const text = written.join('');
    expect(text).toContain('association ended');
    for (const word of NEVER) expect(text.includes(word), word).toBe(false);
  });

  test('in the audit and its export', async () => {
    for (const format of ['csv', 'jsonl']) {
      const { text, status } = await web.as('admin').get(`/api/audit/export?format=${format}`);
      expect(status).toBe(200);
      expect(text).toContain('backup');
      for (const word of NEVER) expect(text.includes(word), `${word} in ${format}`).toBe(false);
    }
  });

  test('the words looked for are really there, where they belong', async () => {
    const { store } = web.premises.box()!;
    expect(JSON.stringify(store.overview.studies({ limit: 9 }))).toContain(PATIENT.name);
    expect(store.overview.troubles(9)[0]!.reason).toContain(PATIENT.id);
    expect(await web.premises.secrets.get('smtp')).toBe(SECRETS[1]);
  });
});

describe('a support bundle', () => {
  test('holds what helps', () => {
    expect(Object.keys(files).sort()).toEqual(
      [
        'README.txt',
        'alarms.json',
        'box.json',
        'doctor.json',
        'log.jsonl',
        'machine.json',
        'rows.json',
        'settings.json',
        'troubles.json',
      ].sort(),
    );
    const json = (name: string) => JSON.parse(files[name]!);
    expect(json('box.json')).toMatchObject({ version: expect.stringMatching(/^\d/), trouble: null });
    expect(json('machine.json').network.hostname).not.toBe('');
    expect(json('settings.json').update.report_url).toBe('https://fleet.example/…');
    expect(json('settings.json').mail).toMatchObject({
      address: 'box@test.example',
      smtp: { password: 'secret:smtp' },
    });
    expect(json('rows.json')).toContainEqual(expect.objectContaining({ entity: 'study', count: expect.any(Number) }));
    expect(json('troubles.json')[0]).toMatchObject({ entity: 'study', state: 'held', code: expect.any(String) });
    expect(json('alarms.json')).toContainEqual(
      expect.objectContaining({
        light: 'mailbox',
        code: 'transport-auth-failed',
        words: 'log-in refused',
      }),
    );
    expect(json('doctor.json').map(({ state }: { state: string }) => state)).toContain('fail');
    expect(files['log.jsonl']).toContain('"msg":"box ready"');
  });

  test('can be had of a box that cannot start, and says why', async () => {
    const folder = join(root, 'broken');
    await mkdir(folder);
    await writeFile(join(folder, 'settings.yaml'), 'version: 1\nsite: {}\n');
    const broken = await openWeb({ folder });
    try {
      const { status, bytes } = await broken.as('admin').get('/api/support');
      expect(status).toBe(200);
      await writeFile(join(root, 'broken.zip'), bytes);
      const { stdout } = await promisify(execFile)('unzip', ['-p', join(root, 'broken.zip'), '*/box.json']);
      expect(JSON.parse(stdout).trouble.code).toBe('config-invalid');
    } finally {
      await broken.stop();
    }
  });

  test('is for admins', async () => {
    expect((await web.as('operator').get('/api/support')).status).toBe(403);
  });
});
