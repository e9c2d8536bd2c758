import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeyring } from '../../src/box/keyring.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { createSettings } from '../../src/config/settings.ts';
import { moves } from '../../src/line/states.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { makeCa, type TestCa } from '../../test/support/ca.ts';
import { freePort } from '../../test/support/ports.ts';
import type { Household } from './household.ts';
import { addAdmin, type PageDoor, pageDoor } from './pages.ts';

/** The demo's quiet time: real ones are a minute, but nobody wants to wait. */
export const QUIET_S = 2;

/** One site with its box. */
export interface Clinic {
  /** How the other box knows it. */
  id: string;
  name: string;
  address: string;
  /** The AE title that stands for it on the other box. */
  aeTitle: string;
  folder: string;
  dicomPort: number;
  smtpPort: number;
  page: PageDoor;
}

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

/**
 * Makes two sites that know each other, as `rohrpost init`, `key export`, `partner add` and `target add` would: own keys,
 * the other's public key pinned by its fingerprint, an SMTP listener each with a certificate of an authority made for this
 * run. No mail server is needed: each box posts straight to the other's listener.
 */
export async function makeClinics(
  folder: string,
  o: { pacsPort: number; password: string },
): Promise<[Clinic, Clinic]> {
  const ca = await makeCa(join(folder, 'ca'));
  const a = await makeClinic(folder, 'a', ca);
  const b = await makeClinic(folder, 'b', ca);
  await Promise.all([a, b].map((clinic) => addAdmin(clinic.folder, o.password)));
  const pacs = { kind: 'dicom', id: 'pacs', host: '127.0.0.1', port: o.pacsPort, ae_title: 'PACS', default: true };
  await Promise.all([introduce(a, b, []), introduce(b, a, [pacs])]);
  return [a, b];
}

async function makeClinic(root: string, letter: string, ca: TestCa): Promise<Clinic & { publicKey: string }> {
  const id = `klinik-${letter}`;
  const name = `Klinik ${letter.toUpperCase()}`;
  const folder = join(root, id);
  const address = `dicom@${id}.example`;
  await mkdir(folder, { mode: 0o700 });
  const { key, cert } = await ca.issue({ names: ['localhost'], ips: ['127.0.0.1'] });
  await writeFile(join(folder, 'listener.key'), key, { mode: 0o600 });
  await writeFile(join(folder, 'listener.pem'), cert);
  await writeFile(join(folder, 'ca.pem'), ca.caPem);
  const keyring = openKeyring(folder, await openSecrets(folder));
  await keyring.ensureOwnKey({ name, email: address, nowMs: Date.now() });
  const [publicKey, dicomPort, smtpPort] = await Promise.all([keyring.ownPublic(), freePort(), freePort()]);
  const page = await pageDoor(letter === 'a' ? 'localhost' : '127.0.0.1');
  return { id, name, address, aeTitle: id.toUpperCase(), folder, dicomPort, smtpPort, page, publicKey };
}

/** Writes the settings of `own`, with `other` as its one partner. */
async function introduce(own: Clinic, other: Clinic & { publicKey: string }, targets: object[]): Promise<void> {
  const keyring = openKeyring(own.folder, await openSecrets(own.folder));
  const { info } = await keyring.importPublic(other.publicKey);
  const tls = { security: 'starttls' };
  const key_file = join(own.folder, 'listener.key');
  const cert_file = join(own.folder, 'listener.pem');
  await createSettings(own.folder, {
    site: { name: own.name, language: 'en', ae_title: 'ROHRPOST' },
    dicom: { host: '127.0.0.1', port: own.dicomPort },
    mail: {
      address: own.address,
      listener: { host: '127.0.0.1', port: own.smtpPort, key_file, cert_file, ...tls },
    },
    web: { host: '127.0.0.1', port: own.page.port, redirect_port: null },
    settle: { quiet_s: QUIET_S, cap_s: 60 },
    disk: { refuse_below_bytes: 0 },
    targets,
    partners: [
      {
        id: other.id,
        name: other.name,
        address: other.address,
        ae_title: other.aeTitle,
        fingerprints: [info.fingerprint],
        smtp: { host: '127.0.0.1', port: other.smtpPort, ca_file: join(own.folder, 'ca.pem'), ...tls },
        form: 'auto',
      },
    ],
  });
}

/** Starts a clinic's box and waits until all its doors are open. */
export async function startBox(household: Household, clinic: Clinic): Promise<void> {
  const box = household.start(clinic.id, process.execPath, [MAIN, 'run', '--data', clinic.folder]);
  await household.answers(box, clinic.dicomPort);
  await household.answers(box, clinic.smtpPort);
  await household.answers(box, clinic.page.port);
}

/** A look into a running box's database; to be closed. */
export function look(clinic: Clinic): Store {
  return openStore(clinic.folder, moves);
}
