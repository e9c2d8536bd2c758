import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, writeDurably } from '../../src/core/files.ts';
import { sayIn } from '../../src/core/texts.ts';
import { certificatesOf } from '../../src/update/trust.ts';
import { type KeyKind, makeRoot, makeSigner, type Pair } from './certificates.ts';
import { failure, reasonOf } from './errors.ts';
import { messages } from './texts/messages.ts';

/**
 * A folder of keys: `root.pem` (every root that images trust), `signer.pem` and `signer.key` (bundles and indexes), and, in a
 * folder of its own that leaves the machine, the root's key. `image/build.sh` takes it as KEYS.
 */
export const ROOTS_FILE = 'root.pem';
export const SIGNER_CERT_FILE = 'signer.pem';
export const SIGNER_KEY_FILE = 'signer.key';
export const ROOT_KEY_FILE = 'root.key';
/** Stands in the names of development certificates, by which people and programs tell them. */
export const DEVELOPMENT = 'DEVELOPMENT';

const LEAST_PASSPHRASE = 16;
const PUBLIC = 0o644;

export interface KeyPlan {
  /** Whose updates these are: the O of the certificates. */
  organisation: string;
  kind: KeyKind;
  development: boolean;
  /** Of the root; null for development only. */
  passphrase: string | null;
  /** Of the signer; null: its key lies open, for machines that sign without a person. */
  signerPassphrase: string | null;
  /** Where the root goes, best a medium that leaves the machine. */
  rootFolder: string;
}

/** Makes a root and its first signer. @throws FleetError keys-exist, keys-passphrase-short */
export async function makeKeys(folder: string, plan: KeyPlan): Promise<{ root: Pair; signer: Pair }> {
  const files = [ROOTS_FILE, SIGNER_CERT_FILE, SIGNER_KEY_FILE].map((name) => join(folder, name));
  if (files.some(existsSync)) throw failure('keys-exist', { folder });
  const root = await writeRoot(plan);
  const signer = await makeSigner(
    signerSubject(plan),
    plan.kind,
    { ...root, key: openKey(root.key, plan.passphrase, ROOT_KEY_FILE) },
    plan.signerPassphrase,
  );
  await makeFolder(folder);
  await writeDurably(join(folder, ROOTS_FILE), root.cert, PUBLIC);
  await writeSigner(folder, signer);
  return { root, signer };
}

/** A further root, trusted beside the first by images that are built from now on. */
export async function addRoot(folder: string, plan: Omit<KeyPlan, 'signerPassphrase'>): Promise<Pair> {
  const roots = await readRoots(folder);
  const root = await writeRoot(plan);
  await writeRoots(folder, [...roots, new X509Certificate(root.cert)]);
  return root;
}

/** Takes a root out of what images trust. @throws FleetError keys-no-such-root, keys-last-root */
export async function retireRoot(folder: string, fingerprint: string): Promise<void> {
  const roots = await readRoots(folder);
  const same = (root: X509Certificate) => plainHex(root.fingerprint256) === plainHex(fingerprint);
  const left = roots.filter((root) => !same(root));
  if (left.length === roots.length) throw failure('keys-no-such-root', { file: ROOTS_FILE, fingerprint });
  const signer = new X509Certificate(await readKeyFile(folder, SIGNER_CERT_FILE));
  if (!left.some((root) => isIssuer(root, signer))) throw failure('keys-last-root');
  await writeRoots(folder, left);
}

/** A new signer under the root in `rootFolder`; gives back the file name that the old one's certificate has now. */
export async function renewSigner(
  folder: string,
  o: { rootFolder: string; kind: KeyKind; passphrase: string | null; signerPassphrase: string | null },
): Promise<{ signer: Pair; old: string }> {
  const cert = await readKeyFile(o.rootFolder, ROOTS_FILE);
  const root = new X509Certificate(cert);
  const trusted = await readRoots(folder);
  if (!trusted.some(({ fingerprint256 }) => fingerprint256 === root.fingerprint256)) {
    throw failure('keys-no-such-root', { file: join(folder, ROOTS_FILE), fingerprint: root.fingerprint256 });
  }
  const key = openKey(await readKeyFile(o.rootFolder, ROOT_KEY_FILE), o.passphrase, join(o.rootFolder, ROOT_KEY_FILE));
  const before = new X509Certificate(await readKeyFile(folder, SIGNER_CERT_FILE));
  const subject = { organisation: organisationOf(root), development: isDevelopment(root) };
  const signer = await makeSigner(signerSubject(subject), o.kind, { key, cert }, o.signerPassphrase);
  const old = `signer-${before.serialNumber.slice(0, 8).toLowerCase()}`;
  for (const end of ['pem', 'key']) {
    const from = join(folder, `signer.${end}`);
    if (existsSync(from)) await rename(from, join(folder, `${old}.${end}`));
  }
  await writeSigner(folder, signer);
  return { signer, old: `${old}.pem` };
}

/** Opens the root's key, to know that a copy of it is good. @throws FleetError keys-passphrase-wrong, keys-mismatch */
export async function checkRoot(rootFolder: string, passphrase: string | null): Promise<X509Certificate> {
  const certificate = new X509Certificate(await readKeyFile(rootFolder, ROOTS_FILE));
  const file = join(rootFolder, ROOT_KEY_FILE);
  const key = createPrivateKey(openKey(await readKeyFile(rootFolder, ROOT_KEY_FILE), passphrase, file));
  if (!certificate.checkPrivateKey(key)) throw failure('keys-mismatch', { file });
  return certificate;
}

/** The roots of a folder of keys. @throws FleetError keys-missing, file-unreadable */
export async function readRoots(folder: string): Promise<X509Certificate[]> {
  return readCertificates(await readKeyFile(folder, ROOTS_FILE), join(folder, ROOTS_FILE));
}

/** The certificates of a PEM text, at least one. @throws FleetError file-unreadable */
export function readCertificates(pem: string, file: string): X509Certificate[] {
  try {
    const found = certificatesOf(pem);
    if (found.length > 0) return found;
    throw new Error('no BEGIN CERTIFICATE');
  } catch (cause) {
    throw failure('file-unreadable', { file, reason: reasonOf(cause) });
  }
}

/** Whether a key needs a passphrase to be opened. */
export function isProtected(key: string): boolean {
  return key.includes('ENCRYPTED PRIVATE KEY');
}

/** A file of a folder of keys. @throws FleetError keys-missing, file-unreadable */
export async function readKeyFile(folder: string, name: string): Promise<string> {
  const file = join(folder, name);
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw failure('keys-missing', { folder, file: name });
    throw failure('file-unreadable', { file, reason: reasonOf(cause) });
  });
}

/** A key as it is without its passphrase, in memory only. @throws FleetError keys-passphrase-wrong */
export function openKey(pem: string, passphrase: string | null, file: string): string {
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase === null ? {} : { passphrase }) });
    return key.export({ type: 'pkcs8', format: 'pem' }) as string;
  } catch {
    throw failure('keys-passphrase-wrong', { file });
  }
}

/** Whether `root` issued `certificate`: by name and by signature. */
export function isIssuer(root: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(root) && certificate.verify(root.publicKey);
}

/** A certificate of the development set; what it signed has no place on boxes of clinics. */
export function isDevelopment(certificate: X509Certificate): boolean {
  return `${certificate.subject} ${certificate.issuer}`.includes(DEVELOPMENT);
}

async function writeRoot(plan: Omit<KeyPlan, 'signerPassphrase'>): Promise<Pair> {
  const { rootFolder, passphrase, development, organisation } = plan;
  if ([ROOT_KEY_FILE, ROOTS_FILE].some((name) => existsSync(join(rootFolder, name)))) {
    throw failure('keys-exist', { folder: rootFolder });
  }
  if (!development && (passphrase ?? '').length < LEAST_PASSPHRASE) {
    throw failure('keys-passphrase-short', { least: LEAST_PASSPHRASE });
  }
  const year = new Date().getUTCFullYear();
  const root = await makeRoot(
    { organisation, name: `Rohrpost updates: ${development ? `${DEVELOPMENT} ` : ''}root ${year}` },
    plan.kind,
    passphrase,
  );
  await makeFolder(rootFolder);
  await writeDurably(join(rootFolder, ROOT_KEY_FILE), root.key);
  await writeDurably(join(rootFolder, ROOTS_FILE), root.cert, PUBLIC);
  if (!development) await writeDurably(join(rootFolder, 'README.txt'), readme(new X509Certificate(root.cert)), PUBLIC);
  return root;
}

/** The certificate first: who finds a key without one starts over, who finds one without its key is told so. */
async function writeSigner(folder: string, signer: Pair): Promise<void> {
  await writeDurably(join(folder, SIGNER_CERT_FILE), signer.cert, PUBLIC);
  await writeDurably(join(folder, SIGNER_KEY_FILE), signer.key);
}

async function writeRoots(folder: string, roots: readonly X509Certificate[]): Promise<void> {
  await writeDurably(join(folder, ROOTS_FILE), roots.map((root) => root.toString()).join(''), PUBLIC);
}

function readme(root: X509Certificate): string {
  const values = { subject: root.subject.replace(/\n/g, ', '), fingerprint: root.fingerprint256 };
  return (['de', 'en'] as const).map((language) => sayIn(messages, language)('keys-offline-readme', values)).join('\n');
}

function signerSubject({ organisation, development }: { organisation: string; development: boolean }) {
  const month = new Date().toISOString().slice(0, 7);
  return { organisation, name: `Rohrpost updates: ${development ? `${DEVELOPMENT} ` : ''}signer ${month}` };
}

/** Whose certificate it is; Node's `subject` escapes some characters, this does not. */
function organisationOf(certificate: X509Certificate): string {
  const { O: name } = certificate.toLegacyObject().subject as { O?: string | string[] };
  return (Array.isArray(name) ? name[0] : name) ?? 'Rohrpost';
}

function plainHex(fingerprint: string): string {
  return fingerprint.replace(/[^0-9a-f]/gi, '').toLowerCase();
}
