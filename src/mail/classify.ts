import { createReadStream } from 'node:fs';
import { RohrpostError } from '../core/errors.ts';
import { readChunks } from '../core/files.ts';
import { parseMailbox } from './address.ts';
import type { Entity } from './entity.ts';
import { parseSetFields, type SetFields } from './fields.ts';
import { type FragmentFields, readFragmentFields } from './fragments.ts';
import { type Headers, readMessageId } from './headers.ts';
import { boundedBuffer, readHeadEntity } from './read.ts';
import { scanMime } from './scan.ts';
import { openTransferDecoder, type TransferDecoder } from './transfer.ts';

export type MailKind =
  /** RFC 3156 §4: `encryptedPayload` gives the OpenPGP message. */
  | { kind: 'encrypted' }
  /** RFC 3156 §5, a signed receipt for example: `signedParts` gives what is signed and the signature. */
  | { kind: 'signed' }
  /** RFC 2046 §5.2.2: a piece of another mail. */
  | ({ kind: 'fragment' } & FragmentFields)
  /** RFC 8098, unsigned. */
  | { kind: 'report' }
  /** RFC 3464: what a mail server says of a mail of ours. */
  | { kind: 'bounce' }
  /** Ordinary mail: not for us. */
  | { kind: 'other' };

/** What the outer header says. Nothing of it is proven. */
export interface MailHead {
  headers: Headers;
  /** The one strictly readable address of From; null otherwise. */
  from: string | null;
  messageId: string | null;
  /** Null too where they are invalid: the fields inside the encryption decide. */
  fields: SetFields | null;
  /** Where the sender wants an RFC 8098 receipt. */
  receiptTo: string | null;
}

export type Classified = MailKind & MailHead;

/**
 * What kind of mail a file holds, by its header; of a plain multipart/mixed the first parts are looked at too.
 *
 * @throws mail-headers-too-long, mail-fragment-invalid
 */
export async function classifyMail(path: string): Promise<Classified> {
  const entity = await readHeadEntity(path);
  return { ...(await kindOf(path, entity)), ...readMailHead(entity.headers) };
}

function readMailHead(headers: Headers): MailHead {
  const [from, ...others] = headers.all('from');
  return {
    headers,
    from: others.length === 0 ? parseMailbox(from) : null,
    messageId: readMessageId(headers.get('message-id')),
    fields: validSetFields(headers),
    receiptTo: parseMailbox(headers.get('disposition-notification-to')),
  };
}

function validSetFields(headers: Headers): SetFields | null {
  try {
    return parseSetFields(headers);
  } catch {
    return null;
  }
}

async function kindOf(path: string, entity: Entity): Promise<MailKind> {
  const report = entity.params['report-type']?.toLowerCase();
  switch (entity.type) {
    case 'multipart/encrypted':
      return { kind: 'encrypted' };
    case 'multipart/signed':
      return { kind: /pgp/i.test(entity.params.protocol ?? 'pgp') ? 'signed' : 'other' };
    case 'message/partial':
      return { kind: 'fragment', ...readFragmentFields(entity) };
    case 'multipart/report':
      if (report === 'disposition-notification') return { kind: 'report' };
      return { kind: report === 'delivery-status' ? 'bounce' : 'other' };
    case 'multipart/mixed':
      return { kind: (await looksEncrypted(path)) ? 'encrypted' : 'other' };
    default:
      return { kind: 'other' };
  }
}

const FIRST_PARTS = 3;

/** Exchange servers are known to turn multipart/encrypted into multipart/mixed and to put an empty text before its parts. */
async function looksEncrypted(path: string): Promise<boolean> {
  let parts = 0;
  try {
    for await (const event of scanMime(readChunks(path))) {
      if (event.kind !== 'open' || event.entity.depth !== 1) continue;
      if (event.entity.type === 'application/pgp-encrypted') return true;
      if (++parts === FIRST_PARTS) return false;
    }
  } catch (error) {
    // Broken mail that does not even look like ours is ordinary mail.
    if (!(error instanceof RohrpostError)) throw error;
  }
  return false;
}

/**
 * The OpenPGP message, armored or binary, of an encrypted mail: the part behind application/pgp-encrypted, its transfer
 * encoding undone.
 *
 * @throws mail-structure-invalid when there is none, mail-truncated, mail-base64-broken and what else reading MIME throws
 */
export async function* encryptedPayload(path: string): AsyncGenerator<Buffer> {
  let payload = null as { path: string; decoder: TransferDecoder } | null;
  let announced = false;
  for await (const event of scanMime(readChunks(path))) {
    if (event.kind === 'open') {
      if (announced && payload === null)
        payload = { path: event.entity.path, decoder: openTransferDecoder(event.entity) };
      if (event.entity.type === 'application/pgp-encrypted') announced = true;
    } else if (payload?.path === event.entity.path) {
      yield event.kind === 'data' ? payload.decoder.push(event.chunk) : payload.decoder.end();
    }
  }
  if (payload === null)
    throw new RohrpostError('mail-structure-invalid', { details: { expected: 'multipart/encrypted' } });
}

export interface SignedParts {
  /** The exact bytes that are signed: the first part with its header, lines ending in CRLF (RFC 3156 §5). Can be read again. */
  content(): AsyncIterable<Buffer>;
  /** The armored detached signature. */
  signature: string;
}

/**
 * Takes a multipart/signed apart: a whole mail, or the entity that RFC 3156 §6.1 puts inside the encryption.
 *
 * @throws mail-structure-invalid when it is none, and what reading MIME throws
 */
export async function signedParts(path: string): Promise<SignedParts> {
  let first: Entity | undefined;
  let end = 0;
  let decoder: TransferDecoder | undefined;
  const signature = boundedBuffer();
  for await (const event of scanMime(readChunks(path))) {
    const { entity } = event;
    if (entity.path === '' && event.kind === 'open' && entity.type !== 'multipart/signed') throw notSigned();
    if (entity.path === '1' && event.kind === 'open') first = entity;
    if (entity.path === '1' && event.kind === 'close') end = event.end;
    if (entity.path === '2') {
      if (entity.type !== 'application/pgp-signature') throw notSigned();
      decoder ??= openTransferDecoder(entity);
      if (event.kind === 'data') signature.add(decoder.push(event.chunk));
      if (event.kind === 'close') signature.add(decoder.end());
    }
  }
  if (first === undefined || decoder === undefined) throw notSigned();
  const { start, crlf } = first;
  // Opened by who reads it: where the signature itself is refused, nobody does, and an open file would stay open.
  const signed = async function* () {
    if (end === start) return; // nothing is signed, and a range of no bytes cannot be asked for
    yield* createReadStream(path, { start, end: end - 1, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
  };
  return { content: () => (crlf ? signed() : withCrlf(signed())), signature: signature.bytes().toString('latin1') };
}

/** A mail that was stored with bare line feeds: what was signed had CRLF. */
async function* withCrlf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let afterCr = false;
  for await (const chunk of source) {
    const text = chunk.toString('latin1');
    const head = afterCr && text.startsWith('\n') ? '\n' : '';
    yield Buffer.from(head + text.slice(head.length).replace(/(?<!\r)\n/g, '\r\n'), 'latin1');
    afterCr = text.endsWith('\r');
  }
}

function notSigned(): RohrpostError {
  return new RohrpostError('mail-structure-invalid', { details: { expected: 'multipart/signed' } });
}
