import { open, rename } from 'node:fs/promises';
import { type Details, type ErrorCode, RohrpostError } from '../core/errors.ts';
import { isDiskError, removeFile, writeDurably } from '../core/files.ts';
import { sameAddress } from '../mail/address.ts';
import { type Bounce, parseBounce } from '../mail/bounce.ts';
import { type Classified, classifyMail, encryptedPayload, signedParts } from '../mail/classify.ts';
import { verifyDetached } from '../pgp/detached.ts';
import { type OwnKey, type PublicKey, readPublicKey } from '../pgp/keys.ts';
import { openMessage } from '../pgp/open.ts';
import { type Answer, readAnswer } from './answer.ts';
import type { LockedKey, Unlock } from './own-key.ts';

/** A partner as far as opening needs it: whose signature counts for which address. */
export interface Correspondent {
  id: string;
  address: string;
  /** Pinned public keys, armored. */
  keys: string[];
  legacy: boolean;
  acceptUnsigned: boolean;
}

export interface OpenJob {
  path: string;
  /** Where the decrypted MIME entity goes: quarantine until this job's answer is `content`. */
  out: string;
  ownKey: LockedKey;
  partners: Correspondent[];
  nowMs: number;
  /** What may be written: a small mail can decrypt to very much, and is nobody's until all of it is verified (F55). */
  roomBytes: number;
}

export type OpenResult =
  | { kind: 'other' }
  | { kind: 'unknown-sender' }
  | { kind: 'fragment'; partnerId: string; id: string; number: number; total: number | null }
  | { kind: 'receipt'; partnerId: string; signed: boolean; receipt: Answer }
  | { kind: 'bounce'; reports: Bounce[] }
  | { kind: 'content'; partnerId: string; signer: string; signedAtMs: number; receiptTo: boolean }
  /** From a partner, as it says, but not to be trusted or not to be read. */
  | { kind: 'refused'; partnerId: string; receiptTo: boolean; code: ErrorCode; details: Details };

/**
 * Says what a mail is and, when it is a partner's, opens and verifies it. Only the signature of a key that is pinned for the
 * From address counts (F51). The plaintext is on disk before its integrity is known; it is removed on any doubt.
 * @throws RohrpostError disk-full where the content is larger than the room left, which may change
 */
export async function openMail(job: OpenJob, unlock: Unlock): Promise<OpenResult> {
  const mail = await classifyMail(job.path);
  if (mail.kind === 'other') return { kind: 'other' };
  if (mail.kind === 'bounce') return { kind: 'bounce', reports: await parseBounce(job.path) };
  const partner = job.partners.find((p) => mail.from !== null && sameAddress(p.address, mail.from));
  if (!partner) return { kind: 'unknown-sender' };
  const receiptTo = mail.receiptTo !== null && sameAddress(mail.receiptTo, partner.address);
  try {
    return await openFrom(job, unlock, partner, mail, receiptTo);
  } catch (thrown) {
    await removeFile(job.out);
    if (!(thrown instanceof RohrpostError) || isDiskError(thrown)) throw thrown;
    const { code, details } = thrown;
    return { kind: 'refused', partnerId: partner.id, receiptTo, code, details: { ...details } };
  }
}

async function openFrom(
  job: OpenJob,
  unlock: Unlock,
  partner: Correspondent,
  mail: Classified,
  receiptTo: boolean,
): Promise<OpenResult> {
  const partnerId = partner.id;
  if (mail.kind === 'fragment') {
    return { kind: 'fragment', partnerId, id: mail.id, number: mail.number, total: mail.total ?? null };
  }
  if (mail.kind === 'report') {
    return { kind: 'receipt', partnerId, signed: false, receipt: await readAnswer(job.path) };
  }
  const signers = await Promise.all(partner.keys.map(readPublicKey));
  if (mail.kind === 'signed') {
    const signed = await signedParts(job.path);
    const options = { nowMs: job.nowMs, legacy: partner.legacy };
    await verifyDetached(signed.content(), signed.signature, signers, options);
    return { kind: 'receipt', partnerId, signed: true, receipt: await readAnswer(job.path) };
  }
  const own = await unlock(job.ownKey);
  const { signer, signedAtMs, intendedRecipients } = await decrypt(job, own, partner, signers);
  // A valid mail to somebody else, encrypted anew to us (F52). Foreign senders name nobody; those are taken.
  if (intendedRecipients.length > 0 && !intendedRecipients.includes(own.info.fingerprint)) {
    throw new RohrpostError('open-not-for-us');
  }
  return { kind: 'content', partnerId, signer: signer.fingerprint, signedAtMs, receiptTo };
}

async function decrypt(job: OpenJob, own: OwnKey, partner: Correspondent, signers: readonly PublicKey[]) {
  const file = await open(job.out, 'wx', 0o600);
  let room_bytes = job.roomBytes;
  let opened: Awaited<ReturnType<typeof openMessage>>;
  try {
    opened = await openMessage(encryptedPayload(job.path), {
      own: [own],
      signers,
      write: (chunk) => {
        room_bytes -= chunk.length;
        if (room_bytes < 0) throw new RohrpostError('disk-full', { details: { free_bytes: job.roomBytes } });
        return file.writeFile(chunk);
      },
      nowMs: job.nowMs,
      legacy: partner.legacy,
      expectSigned: false,
    });
    await file.sync();
  } finally {
    await file.close();
  }
  return opened.signer === null ? verifyInside(job, partner, signers) : opened;
}

/** RFC 3156 §6.1: encrypted first, and inside a multipart/signed. What was signed takes the place of the whole. */
async function verifyInside(job: OpenJob, partner: Correspondent, signers: readonly PublicKey[]) {
  const signed = await signedParts(job.out).catch((error: unknown) => {
    throw new RohrpostError('pgp-unsigned', { cause: error });
  });
  const options = { nowMs: job.nowMs, legacy: partner.legacy };
  const proof = await verifyDetached(signed.content(), signed.signature, signers, options);
  await writeDurably(`${job.out}.signed`, async (file) => {
    for await (const chunk of signed.content()) await file.writeFile(chunk);
  });
  await rename(`${job.out}.signed`, job.out);
  return proof;
}
