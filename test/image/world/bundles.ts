import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { hashFile } from '../../../src/core/files.ts';
import { sha256 } from '../../../src/core/ids.ts';

const run = promisify(execFile);

/** A certificate and its key: paths of PEM files. */
export interface Signer {
  cert: string;
  key: string;
}

/**
 * A RAUC bundle in verity format is a squashfs image with its hash tree, then the signed manifest (CMS, RFC 5652, with its content
 * inside), then the size of that as eight bytes, big-endian (RAUC reference, "Bundle Format"). So a test makes a bad bundle out of
 * a good one by signing other words.
 */
export async function readManifest(bundle: string): Promise<{ manifest: string; payload_bytes: number }> {
  const file = await open(bundle);
  const folder = await mkdtemp(join(tmpdir(), 'rp-cms-'));
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(8);
    await file.read(tail, 0, 8, size - 8);
    const signature = Buffer.alloc(Number(tail.readBigUInt64BE()));
    const payload_bytes = size - 8 - signature.length;
    await file.read(signature, 0, signature.length, payload_bytes);
    const [cms, text] = [join(folder, 'cms'), join(folder, 'manifest')];
    await writeFile(cms, signature);
    await run('openssl', ['cms', '-verify', '-noverify', '-binary', '-inform', 'DER', '-in', cms, '-out', text]);
    return { manifest: await readFile(text, 'utf8'), payload_bytes };
  } finally {
    await file.close();
    await rm(folder, { recursive: true });
  }
}

/** What an index says of a bundle. @param of where its manifest is read, if it is damaged: the bundle that it was */
export async function describeBundle(bundle: string, of = bundle) {
  const { manifest } = await readManifest(of);
  const [{ size }, hash] = await Promise.all([stat(bundle), hashFile(bundle)]);
  return { size_bytes: size, sha256: hash, manifest_sha256: sha256(manifest) };
}

/** Writes a bundle with the payload of another, and a manifest that is changed and signed anew. */
export async function resign(
  bundle: string,
  to: string,
  o: { signer: Signer; change?: (manifest: string) => string },
): Promise<string> {
  const { manifest, payload_bytes } = await readManifest(bundle);
  const [text, cms] = [`${to}.manifest`, `${to}.cms`];
  await writeFile(text, o.change?.(manifest) ?? manifest);
  await run('openssl', [
    ...['cms', '-sign', '-nodetach', '-binary', '-outform', 'DER', '-in', text, '-out', cms],
    ...['-signer', o.signer.cert, '-inkey', o.signer.key, '-nosmimecap'],
  ]);
  const signature = await readFile(cms);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(signature.length));
  await copyFile(bundle, to);
  await truncate(to, payload_bytes);
  await writeFile(to, Buffer.concat([signature, size]), { flag: 'a' });
  await Promise.all([rm(text), rm(cms)]);
  return to;
}

/** A copy that ends too soon. */
export async function cutOff(bundle: string, to: string, share: number): Promise<string> {
  await copyFile(bundle, to);
  await truncate(to, Math.floor((await stat(bundle)).size * share));
  return to;
}

/** A copy with one byte altered, so far into it. */
export async function alter(bundle: string, to: string, share: number): Promise<string> {
  await copyFile(bundle, to);
  const file = await open(to, 'r+');
  try {
    const at = Math.floor((await file.stat()).size * share);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] = byte[0]! ^ 0x40;
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
  return to;
}

/** A root that nobody trusts, and a signer below it, in a folder that is made. */
export async function makeStranger(folder: string): Promise<Signer & { root: string }> {
  const at = (name: string) => join(folder, name);
  await run('mkdir', ['-p', folder]);
  const key = ['-newkey', 'rsa:3072', '-nodes'];
  await run('openssl', [
    ...['req', '-x509', ...key, '-keyout', at('root.key'), '-out', at('root.pem'), '-days', '30'],
    ...['-subj', '/O=Somebody else/CN=root', '-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  await run('openssl', [
    'req',
    ...key,
    '-keyout',
    at('signer.key'),
    '-out',
    at('signer.csr'),
    '-subj',
    '/O=Somebody else/CN=signer',
  ]);
  await writeFile(
    at('signer.ext'),
    'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,codeSigning\n',
  );
  await run('openssl', [
    ...['x509', '-req', '-in', at('signer.csr'), '-CA', at('root.pem'), '-CAkey', at('root.key'), '-set_serial', '2'],
    ...['-days', '30', '-extfile', at('signer.ext'), '-out', at('signer.pem')],
  ]);
  return { cert: at('signer.pem'), key: at('signer.key'), root: at('root.pem') };
}

/** Beside a bundle: a name in the same folder. */
export const beside = (bundle: string, name: string): string => join(dirname(bundle), name);
