import { spawn } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { openEnvelope, preAuthentication, signEnvelope } from '../../src/update/envelope.ts';
import { trustedKey } from '../../src/update/trust.ts';
import { type Envelope, INDEX_TYPE } from '../../src/update/words.ts';
import { failure, reasonOf } from './errors.ts';
import {
  isDevelopment,
  isIssuer,
  isProtected,
  openKey,
  ROOTS_FILE,
  readCertificates,
  readKeyFile,
  readRoots,
  SIGNER_CERT_FILE,
  SIGNER_KEY_FILE,
} from './keys.ts';

/** Somebody may have to touch a token. */
const COMMAND_MS = 120_000;

/** Who signs indexes, checked as a box will check. */
export interface Signer {
  /** The PEM file of the roots, for openssl. */
  rootsFile: string;
  roots: X509Certificate[];
  certificate: X509Certificate;
  development: boolean;
  /** An envelope around an index, which boxes take. */
  seal(payload: Uint8Array): Promise<Envelope>;
}

export interface SignerOptions {
  now_ms: number;
  /** A program that signs standard input and writes the signature, for keys that no file holds; it gets no arguments. */
  signWith?: string;
  /** Asked for only where the key is protected. */
  passphrase: () => Promise<string>;
}

/**
 * The signer of a folder of keys.
 * @throws FleetError keys-missing, keys-foreign-signer, keys-expired, keys-mismatch, keys-passphrase-wrong;
 * RohrpostError update-signer-untrusted for all else that boxes would not take
 */
export async function openSigner(folder: string, o: SignerOptions): Promise<Signer> {
  const roots = await readRoots(folder);
  const certs = await readKeyFile(folder, SIGNER_CERT_FILE);
  const chain = readCertificates(certs, join(folder, SIGNER_CERT_FILE));
  const certificate = chain[0]!;
  expectValid(certificate, o.now_ms);
  if (!roots.some((root) => chain.some((one) => isIssuer(root, one)))) {
    throw failure('keys-foreign-signer', { file: join(folder, ROOTS_FILE) });
  }
  trustedKey(chain, roots, o.now_ms);
  const sign = o.signWith === undefined ? await withKey(folder, certs, o) : withProgram(o.signWith, chain);
  return {
    ...{ rootsFile: join(folder, ROOTS_FILE), roots, certificate, development: isDevelopment(certificate) },
    async seal(payload) {
      const envelope = await sign(payload);
      const written = Buffer.from(JSON.stringify(envelope));
      openEnvelope(written, { payloadType: INDEX_TYPE, roots, now_ms: o.now_ms });
      return envelope;
    },
  };
}

function expectValid(certificate: X509Certificate, now_ms: number): void {
  const { validFromDate, validToDate, subject } = certificate;
  if (validFromDate.getTime() <= now_ms && now_ms < validToDate.getTime()) return;
  const day = (date: Date) => date.toISOString().slice(0, 10);
  const values = { subject: subject.replace(/\n/g, ', '), from: day(validFromDate), to: day(validToDate) };
  throw failure('keys-expired', values);
}

type Sign = (payload: Uint8Array) => Promise<Envelope>;

async function withKey(folder: string, certs: string, o: SignerOptions): Promise<Sign> {
  const file = join(folder, SIGNER_KEY_FILE);
  const pem = await readKeyFile(folder, SIGNER_KEY_FILE);
  const key = openKey(pem, isProtected(pem) ? await o.passphrase() : null, file);
  if (!new X509Certificate(certs).checkPrivateKey(createPrivateKey(key))) throw failure('keys-mismatch', { file });
  return async (payload) => signEnvelope(INDEX_TYPE, payload, [{ key, certs }]);
}

function withProgram(program: string, chain: readonly X509Certificate[]): Sign {
  return async (payload) => {
    const signature = await runProgram(program, preAuthentication(INDEX_TYPE, payload));
    return {
      payloadType: INDEX_TYPE,
      payload: Buffer.from(payload).toString('base64'),
      signatures: [{ sig: signature.toString('base64'), certs: chain.map((one) => one.toString()) }],
    };
  };
}

async function runProgram(program: string, input: Buffer): Promise<Buffer> {
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'pipe'], timeout: COMMAND_MS, killSignal: 'SIGKILL' });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    const [signature, words, code] = await Promise.all([buffer(child.stdout), text(child.stderr), ended]);
    if (code === 0 && signature.length > 0) return signature;
    throw new Error(words.trim() || `exit ${code}`);
  } catch (cause) {
    throw failure('signer-command', { program, reason: reasonOf(cause) });
  }
}
