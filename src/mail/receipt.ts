import { RohrpostError } from '../core/errors.ts';
import { readChunks } from '../core/files.ts';
import { parseAddress } from './address.ts';
import { encodeLines } from './base64.ts';
import { Headers, readMessageId, withoutComments } from './headers.ts';
import { headerBlock, mailDate, parameter, SUBJECT } from './lines.ts';
import { boundedBuffer, readMime } from './read.ts';

/**
 * The partner's answer to a mail, by RFC 8098: `displayed` stored, `displayed/warning` stored with a warning,
 * `deleted/error` failed and worth sending again, `deleted` failed for good.
 */
export type Disposition = 'displayed' | 'displayed/warning' | 'deleted/error' | 'deleted';

const MODE = 'automatic-action/MDN-sent-automatically';

const TEXTS: Record<Disposition, { de: string; en: string }> = {
  displayed: { de: 'Die Mail wurde angenommen und gespeichert.', en: 'The mail was accepted and stored.' },
  'displayed/warning': {
    de: 'Die Mail wurde angenommen und gespeichert, jedoch mit einer Warnung.',
    en: 'The mail was accepted and stored, but with a warning.',
  },
  'deleted/error': {
    de: 'Die Mail konnte nicht verarbeitet werden. Bitte senden Sie sie noch einmal.',
    en: 'The mail could not be processed. Please send it again.',
  },
  deleted: {
    de: 'Die Mail wurde endgültig abgelehnt. Ein erneutes Senden hilft nicht.',
    en: 'The mail was refused for good. Sending it again will not help.',
  },
};

export interface ReceiptContent {
  /** The Message-ID of the mail that this answers, with its angle brackets. */
  originalMessageId: string;
  /** Our own address, to which that mail was sent. */
  finalRecipient: string;
  disposition: Disposition;
  /** For people; a sentence that fits the disposition by default. */
  text?: { de: string; en: string };
  /** Our error code, if there is one. */
  code?: string;
  /** Further fields of the report; RFC 8098 §3.3 wants names that begin with X-. */
  fields?: readonly (readonly [name: string, value: string])[];
  boundary: string;
}

/** The receipt as a MIME entity with CRLF line ends, 7-bit as RFC 3156 §5 wants it: ready to be signed, or sent plainly. */
export function composeReceipt(receipt: ReceiptContent): Buffer {
  const text = receipt.text ?? TEXTS[receipt.disposition];
  const { boundary } = receipt;
  return Buffer.concat([
    headerBlock([
      'Content-Type: multipart/report; report-type=disposition-notification;',
      `\t${parameter('boundary', boundary)}`,
    ]),
    headerBlock([`--${boundary}`, 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64']),
    encodeLines(Buffer.from(`${text.de}\r\n\r\n${text.en}\r\n`)),
    Buffer.from('\r\n'),
    headerBlock([`--${boundary}`, 'Content-Type: message/disposition-notification', 'Content-Transfer-Encoding: 7bit']),
    headerBlock([
      'Reporting-UA: Rohrpost',
      `Final-Recipient: rfc822;${parseAddress(receipt.finalRecipient)}`,
      `Original-Message-ID: ${receipt.originalMessageId}`,
      // Without a blank after the semicolon: deployed readers compare the whole value.
      `Disposition: ${MODE};${receipt.disposition}`,
      ...(receipt.code === undefined ? [] : [`X-Rohrpost-Code: ${receipt.code}`]),
      ...(receipt.fields ?? []).map(([name, value]) => `${name}: ${value}`),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
}

export interface ReceiptHead {
  from: string;
  to: string;
  messageId: string;
  dateMs: number;
  originalMessageId: string;
}

/** A mail that carries a receipt unsigned. To be sent with the null envelope sender (RFC 8098 §2.1). */
export function plainReceiptMail(head: ReceiptHead, entity: Buffer): Buffer {
  return Buffer.concat([openHeader(head), entity]);
}

/** A mail that carries a receipt and its detached signature (RFC 3156 §5, SHA-512). To be sent with the null envelope sender. */
export function signedReceiptMail(
  head: ReceiptHead & { entity: Buffer; armoredSignature: string; boundary: string },
): Buffer {
  const { boundary } = head;
  return Buffer.concat([
    openHeader(head),
    headerBlock([
      'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha512;',
      `\t${parameter('boundary', boundary)}`,
    ]),
    Buffer.from(`--${boundary}\r\n`),
    head.entity,
    Buffer.from('\r\n'),
    headerBlock([`--${boundary}`, 'Content-Type: application/pgp-signature']),
    Buffer.from(`${head.armoredSignature.trim().replace(/\r?\n/g, '\r\n')}\r\n--${boundary}--\r\n`, 'latin1'),
  ]);
}

/** Header lines to which the entity's own are added. */
function openHeader(head: ReceiptHead): Buffer {
  const block = headerBlock([
    `From: ${parseAddress(head.from)}`,
    `To: ${parseAddress(head.to)}`,
    `Subject: ${SUBJECT}`,
    `Message-ID: ${head.messageId}`,
    `In-Reply-To: ${head.originalMessageId}`,
    `References: ${head.originalMessageId}`,
    `Date: ${mailDate(head.dateMs)}`,
    // RFC 3834: no answering machine answers this.
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
  ]);
  return block.subarray(0, -2);
}

export interface Receipt {
  disposition: Disposition;
  /** What it answers, by mechanism 1: the Message-ID of our mail. */
  originalMessageId: string | null;
  /** What it answers, by mechanism 2: the Content-ID that was inside our mail's encryption. */
  originalContentId: string | null;
  /** Our error code, where the partner's box speaks it. */
  code: string | null;
  /** The fields of the report: our own further ones too. */
  fields: Headers;
}

/**
 * Reads a receipt: a multipart/report, alone, as a mail or inside a multipart/signed (then only from the signed part); the
 * fields of a message/disposition-notification alone; or the X-TELEMEDICINE fields of mechanism 2 in a header.
 *
 * @throws mail-receipt-malformed, and what reading MIME throws
 */
export async function parseReceipt(entity: Buffer | string): Promise<Receipt> {
  const source = typeof entity === 'string' ? readChunks(entity) : oneChunk(entity);
  const notification = boundedBuffer();
  let found = false;
  let inSigned = false;
  let head: Headers | undefined;
  const root = await readMime(source, {
    multipart(part) {
      if (part.path === '' && part.type === 'multipart/signed') inSigned = true;
      if (part.path === (inSigned ? '1' : '')) head = part.headers;
    },
    leaf(part) {
      if (inSigned && !/^1(?:\.|$)/.test(part.path)) return null;
      if (part.path === (inSigned ? '1' : '')) head = part.headers;
      if (found || !/^message\/(?:global-)?disposition-notification$/.test(part.type)) return null;
      found = true;
      return notification.add;
    },
  });
  const outside = head ?? root;
  const fields = found ? new Headers(notification.bytes()) : outside;
  return readReceipt(fields, outside);
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function readReceipt(fields: Headers, outside: Headers): Receipt {
  const status = fields.get('disposition') ?? outside.get('x-telemedicine-report');
  if (status === undefined) throw malformed('it has no disposition', 'sie nennt kein Ergebnis');
  const originalMessageId = readMessageId(fields.get('original-message-id'));
  const originalContentId = outside.get('x-telemedicine-original-content-id') ?? null;
  if (originalMessageId === null && originalContentId === null)
    throw malformed('it does not say what it answers', 'sie sagt nicht, was sie bestätigt');
  return {
    disposition: readDisposition(status),
    originalMessageId,
    originalContentId,
    code: fields.get('x-rohrpost-code') ?? null,
    fields,
  };
}

/** RFC 8098 §3.2.6, and the modifiers of its forerunners: `mode; type/modifier,modifier`, in any case, with comments. */
function readDisposition(status: string): Disposition {
  const [, type = '', modifiers = ''] =
    /^[^;]*;([^/]*)(?:\/(.*))?$/.exec(withoutComments(status).replace(/\s+/g, '')) ?? [];
  const worst = modifiers.toLowerCase().split(',');
  if (type.toLowerCase() === 'deleted') return worst.includes('error') ? 'deleted/error' : 'deleted';
  if (type.toLowerCase() !== 'displayed' || worst.includes('error'))
    throw malformed('its disposition is unknown', 'ihr Ergebnis ist unbekannt');
  return modifiers === '' ? 'displayed' : 'displayed/warning';
}

function malformed(reason: string, reason_de: string): RohrpostError {
  return new RohrpostError('mail-receipt-malformed', { details: { reason, reason_de } });
}
