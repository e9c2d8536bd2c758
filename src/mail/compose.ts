import { randomBytes } from 'node:crypto';
import { RohrpostError } from '../core/errors.ts';
import { readChunks } from '../core/files.ts';
import { parseAddress } from './address.ts';
import { base64Lines, base64Size, encodeLines } from './base64.ts';
import { type SetFields, setFieldLines } from './fields.ts';
import { headerBlock, mailDate, parameter, SUBJECT } from './lines.ts';
import { displayName } from './names.ts';

/** A Part-10 file. Its name must say nothing about the patient: `0001.dcm`. */
export interface DicomContent {
  kind: 'dicom';
  name: string;
  path: string;
  sizeBytes: number;
}

/** A file that is not DICOM and belongs to a study. */
export interface DocumentContent {
  kind: 'document';
  type: string;
  name: string;
  path: string;
  sizeBytes: number;
  studyUid: string;
}

export interface CommentContent {
  kind: 'comment';
  text: string;
  studyUid: string;
}

export type Content = DicomContent | DocumentContent | CommentContent;

/** What is signed and encrypted as one mail. */
export interface InnerPlan {
  fields: SetFields;
  contents: readonly Content[];
  /** base64 is what deployed receivers know; binary is a third smaller and for partners that say so. */
  encoding: 'base64' | 'binary';
  boundary: string;
  /** Our own fields in the root header, signed with the rest. */
  extraFields?: readonly (readonly [name: string, value: string])[];
}

/** A boundary that no content holds by chance: 160 random bits. */
export function newBoundary(): string {
  return `rohrpost-${randomBytes(20).toString('hex')}`;
}

/** `<id@domain>`. Throws mail-address-invalid where that is no plain address. */
export function messageId(id: string, domain: string): string {
  return `<${parseAddress(`${id}@${domain}`)}>`;
}

/**
 * The MIME entity inside the encryption: multipart/mixed of DICOM files (RFC 3240), documents and comments.
 * Files are read as the stream is, in chunks.
 *
 * @throws mail-content-changed when a file is not as long as planned
 */
export async function* composeInner(plan: InnerPlan): AsyncGenerator<Buffer> {
  for (const piece of layOut(plan)) {
    if (Buffer.isBuffer(piece)) yield piece;
    else if (plan.encoding === 'binary') yield* exactly(piece);
    else yield* base64Lines(exactly(piece));
  }
}

/** The exact number of bytes that `composeInner` will give, from the planned file sizes alone. */
export function innerSize(plan: InnerPlan): number {
  let size = 0;
  for (const piece of layOut(plan)) {
    if (Buffer.isBuffer(piece)) size += piece.length;
    else size += plan.encoding === 'binary' ? piece.sizeBytes : base64Size(piece.sizeBytes);
  }
  return size;
}

type FileContent = DicomContent | DocumentContent;

/** The entity as ready bytes and files to be put in between. */
function* layOut(plan: InnerPlan): Generator<Buffer | FileContent> {
  yield headerBlock([
    `Content-Type: multipart/mixed; ${parameter('boundary', plan.boundary)}`,
    `Content-Transfer-Encoding: ${plan.encoding === 'binary' ? 'binary' : '7bit'}`,
    ...setFieldLines(plan.fields),
    ...(plan.extraFields ?? []).map(([name, value]) => `${name}: ${value}`),
  ]);
  for (const content of plan.contents) {
    yield headerBlock([`--${plan.boundary}`, ...partHeader(content, plan.encoding)]);
    yield content.kind === 'comment' ? encodeLines(Buffer.from(content.text.replace(/\r?\n/g, '\r\n'))) : content;
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${plan.boundary}--\r\n`);
}

function partHeader(content: Content, encoding: 'base64' | 'binary'): string[] {
  if (content.kind === 'comment') {
    return [
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      `X-TELEMEDICINE-STUDYID: ${content.studyUid}`,
    ];
  }
  const name = displayName(content.name, NAME_CHARACTERS) ?? 'document';
  return [
    `Content-Type: ${content.kind === 'dicom' ? 'application/dicom' : leafType(content.type)}; ${parameter('name', name)}`,
    `Content-Transfer-Encoding: ${encoding}`,
    `Content-Disposition: attachment; ${parameter('filename', name)}`,
    ...(content.kind === 'document' ? [`X-TELEMEDICINE-STUDYID: ${content.studyUid}`] : []),
  ];
}

/** Percent-encoded at twelve characters each, with its parameter's name, this still fits a line. */
const NAME_CHARACTERS = 60;

/** A type that came with an upload; what is none, or would be a container to the reader, becomes plain bytes. */
function leafType(type: string): string {
  const container = /^(?:multipart|message)\//i.test(type);
  return /^[a-z0-9]+\/[a-z0-9.+-]{1,80}$/i.test(type) && !container ? type.toLowerCase() : 'application/octet-stream';
}

async function* exactly({ path, sizeBytes }: FileContent): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of readChunks(path)) {
    size += chunk.length;
    yield chunk;
  }
  if (size !== sizeBytes) {
    throw new RohrpostError('mail-content-changed', { details: { expected_bytes: sizeBytes, actual_bytes: size } });
  }
}

export interface OuterHead {
  from: string;
  to: string;
  messageId: string;
  dateMs: number;
  fields: SetFields;
  /** Where an RFC 8098 receipt is to go, if one is wanted. */
  receiptTo?: string;
  boundary: string;
}

/**
 * The mail up to its OpenPGP message: header and first part of RFC 3156 multipart/encrypted. Behind it come ONE armored
 * message with CRLF line ends, then `outerTail`.
 *
 * @throws mail-address-invalid
 */
export function outerHead(head: OuterHead): Buffer {
  const receiptTo = head.receiptTo === undefined ? [] : [parseAddress(head.receiptTo)];
  return Buffer.concat([
    headerBlock([
      `From: ${parseAddress(head.from)}`,
      `To: ${parseAddress(head.to)}`,
      `Subject: ${SUBJECT}`,
      `Message-ID: ${head.messageId}`,
      `Date: ${mailDate(head.dateMs)}`,
      'MIME-Version: 1.0',
      ...receiptTo.map((address) => `Disposition-Notification-To: ${address}`),
      ...setFieldLines(head.fields),
      'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";',
      `\t${parameter('boundary', head.boundary)}`,
    ]),
    headerBlock([`--${head.boundary}`, 'Content-Type: application/pgp-encrypted']),
    Buffer.from('Version: 1\r\n\r\n'),
    headerBlock([`--${head.boundary}`, 'Content-Type: application/octet-stream']),
  ]);
}

/** What closes the mail that `outerHead` began. */
export function outerTail(boundary: string): Buffer {
  return Buffer.from(`\r\n--${boundary}--\r\n`);
}

/** Header of the mail with the longest addresses and ids, boundary lines, armor header and checksum. */
const OUTER_BYTES = 4096;
/** Session key for the recipient (RSA-4096: 540 bytes), one-pass signature, signature, literal header, integrity tag. */
const OPENPGP_BYTES = 4096;
/** One length byte per partial chunk and 16 bytes of tag per AEAD chunk, both chunks of 16 KiB or more. */
const OPENPGP_SHARE = 1 / 512;

/**
 * An upper bound for the bytes of the mail that seals an inner entity of so many bytes: uncompressed, one recipient,
 * armored in lines of 64 characters or more with CRLF (RFC 9580 §6).
 */
export function sealedSize(innerBytes: number): number {
  const message = innerBytes + Math.ceil(innerBytes * OPENPGP_SHARE) + OPENPGP_BYTES;
  return Math.ceil(message / 48) * 66 + OUTER_BYTES;
}
