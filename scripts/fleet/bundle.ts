import { X509Certificate } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFile } from '../../src/core/files.ts';
import { sha256 } from '../../src/core/ids.ts';
import { isVersion } from '../../src/core/versions.ts';
import { FleetError, failure, reasonOf } from './errors.ts';
import { DEVELOPMENT } from './keys.ts';
import { openssl } from './openssl.ts';
import { isVerityGood } from './verity.ts';

/** Extended key usage "code signing" (RFC 5280 §4.2.1.12). */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
/** A CMS signature with manifest and certificates has some 5 KiB; RAUC itself draws a line here too. */
const MOST_SIGNATURE_BYTES = 64 * 1024;
/** The big-endian size of the signature stands at the very end. */
const SIZE_BYTES = 8;

export interface Bundle {
  product: string;
  version: string;
  size_bytes: number;
  sha256: string;
  /** Of the signed manifest: it holds the root of the hash tree over all that is in the bundle. */
  manifest_sha256: string;
  /** The signed manifest allows boxes with something newer to go back to this. */
  mayDowngrade: boolean;
  /** As the signed manifest says; null: it does not. */
  variant: string | null;
  /** Until when boxes take the signature. */
  signedUntil: Date;
}

/**
 * Looks at a RAUC bundle (format `verity`) as a box would, without RAUC: signed under one of these roots, now; every byte as
 * it was signed.
 * @param o.roots a PEM file of roots
 * @throws FleetError bundle-unreadable, bundle-foreign, bundle-development, bundle-damaged, bundle-format
 */
export async function readBundle(path: string, o: { roots: string; now_ms: number }): Promise<Bundle> {
  const file = await open(path).catch((cause) => {
    throw failure('file-unreadable', { file: path, reason: reasonOf(cause) });
  });
  try {
    const { size } = await file.stat();
    const signature = await readSignature(file, size, path);
    const { manifest, signer } = await verified(signature, path, o);
    const entries = readManifest(manifest.toString('utf8'));
    await expectIntact(file, size - SIZE_BYTES - signature.length, entries, path);
    const product = entries.get('update.compatible') ?? '';
    const version = entries.get('update.version') ?? '';
    if (product === '' || !isVersion(version)) {
      throw failure('bundle-format', { file: path, reason: `compatible=${product} version=${version}` });
    }
    return {
      ...{ product, version, size_bytes: size, sha256: await hashFile(path), manifest_sha256: sha256(manifest) },
      mayDowngrade: entries.get('meta.rohrpost.allow-downgrade') === 'true',
      variant: entries.get('meta.rohrpost.variant') ?? null,
      signedUntil: signer.validToDate,
    };
  } finally {
    await file.close();
  }
}

async function readSignature(file: FileHandle, size: number, path: string): Promise<Buffer> {
  const tail = Buffer.alloc(SIZE_BYTES);
  if (size > SIZE_BYTES) await file.read(tail, 0, SIZE_BYTES, size - SIZE_BYTES);
  const length = Number(tail.readBigUInt64BE());
  if (length <= 0 || length > MOST_SIGNATURE_BYTES || length + SIZE_BYTES >= size) {
    throw failure('bundle-format', { file: path, reason: 'no signature at its end' });
  }
  const signature = Buffer.alloc(length);
  await file.read(signature, 0, length, size - SIZE_BYTES - length);
  return signature;
}

/** The manifest inside the CMS signature (RFC 5652 §5), once the signature is good. */
async function verified(
  signature: Buffer,
  path: string,
  o: { roots: string; now_ms: number },
): Promise<{ manifest: Buffer; signer: X509Certificate }> {
  const folder = await mkdtemp(join(tmpdir(), 'rohrpost-bundle-'));
  try {
    const at = String(Math.floor(o.now_ms / 1000));
    const trust = ['-CAfile', o.roots, '-no-CApath', '-no-CAstore', '-purpose', 'any', '-attime', at];
    const from = ['-inform', 'DER', '-binary', '-signer', join(folder, 'signer.pem')];
    const manifest = await openssl(['cms', '-verify', ...from, ...trust], { input: signature });
    const signer = new X509Certificate(await readFile(join(folder, 'signer.pem')));
    if (!signer.keyUsage?.includes(CODE_SIGNING))
      throw failure('bundle-foreign', { file: path, reason: 'codeSigning' });
    return { manifest, signer };
  } catch (thrown) {
    if (!(thrown instanceof FleetError) || thrown.key !== 'openssl-failed') throw thrown;
    if (await isOfDevelopment(signature)) throw failure('bundle-development', { file: path });
    throw failure('bundle-foreign', { file: path, reason: thrown.message.replace(/^.*verify error:/i, '') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By the names in the certificates it brings; only to say the right word about a signature that is refused anyway. */
async function isOfDevelopment(signature: Buffer): Promise<boolean> {
  const names = await openssl(['pkcs7', '-inform', 'DER', '-print_certs', '-noout'], { input: signature }).catch(
    () => '',
  );
  return names.toString().includes(DEVELOPMENT);
}

async function expectIntact(
  file: FileHandle,
  payload_bytes: number,
  entries: ReadonlyMap<string, string>,
  path: string,
): Promise<void> {
  if (entries.get('bundle.format') !== 'verity') {
    throw failure('bundle-format', { file: path, reason: `format=${entries.get('bundle.format') ?? 'plain'}` });
  }
  const tree_bytes = Number(entries.get('bundle.verity-size'));
  const hex = (key: string) => Buffer.from(entries.get(key) ?? '', 'hex');
  const good =
    Number.isSafeInteger(tree_bytes) &&
    (await isVerityGood(file, {
      ...{ data_bytes: payload_bytes - tree_bytes, tree_bytes },
      ...{ rootHash: hex('bundle.verity-hash'), salt: hex('bundle.verity-salt') },
    }));
  if (!good) throw failure('bundle-damaged', { file: path });
}

/** A GLib key file as `section.key` → value; RAUC writes nothing of it that would need more. */
function readManifest(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    const header = /^\[(.+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) section = header;
    const [, key, value] = /^([A-Za-z0-9_-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined) entries.set(`${section}.${key}`, value!);
  }
  return entries;
}
