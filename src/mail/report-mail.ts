import { parseAddress } from './address.ts';
import { encodeLines } from './base64.ts';
import { headerBlock, mailDate, parameter } from './lines.ts';

/**
 * A report of the box to whoever looks after it: JSON, signed and not encrypted, for it tells of nobody. It bears none of the
 * fields by which a box knows a DICOM e-mail.
 */
export interface ReportHead {
  from: string;
  to: string;
  messageId: string;
  dateMs: number;
}

/**
 * The report as a MIME entity with CRLF line ends, 7-bit as RFC 3156 §5 wants it: ready to be signed. The box's public key is beside
 * it (RFC 3156 §7), for who hears of the box for the first time.
 */
export function reportEntity(json: string, o: { publicKey: string; boundary: string }): Buffer {
  return Buffer.concat([
    headerBlock(['Content-Type: multipart/mixed;', `\t${parameter('boundary', o.boundary)}`]),
    headerBlock([
      `--${o.boundary}`,
      'Content-Type: application/json',
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment; ${parameter('filename', 'report.json')}`,
    ]),
    encodeLines(Buffer.from(json)),
    Buffer.from('\r\n'),
    headerBlock([`--${o.boundary}`, 'Content-Type: application/pgp-keys']),
    Buffer.from(`${o.publicKey.trim().replace(/\r?\n/g, '\r\n')}\r\n--${o.boundary}--\r\n`, 'latin1'),
  ]);
}

/** The mail that carries it and its detached signature (RFC 3156 §5, SHA-512). @throws mail-address-invalid */
export function signedReportMail(
  head: ReportHead & { entity: Buffer; armoredSignature: string; boundary: string },
): Buffer {
  const { boundary } = head;
  return Buffer.concat([
    headerBlock([
      `From: ${parseAddress(head.from)}`,
      `To: ${parseAddress(head.to)}`,
      'Subject: Rohrpost: report',
      `Message-ID: ${head.messageId}`,
      `Date: ${mailDate(head.dateMs)}`,
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
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
