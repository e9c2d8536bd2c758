import { once } from 'node:events';
import { rawClient } from './raw-lines.ts';

// DICOM e-mails written by hand, right or wrong: nothing of the program's own composer.

export interface HandmadePart {
  type: string;
  bytes: Buffer;
  /** Further header lines. */
  headers?: readonly string[];
}

/** Set id, part, total: as text, so that they can be nonsense. */
export type SetFieldTexts = readonly [id: string, part: string | number, total: string | number];

export const fieldLines = ([id, part, total]: SetFieldTexts) => [
  `X-TELEMEDICINE-SETID: ${id}`,
  `X-TELEMEDICINE-SETPART: ${part}`,
  `X-TELEMEDICINE-SETTOTAL: ${total}`,
];

export const lines = (...text: readonly string[]) => `${text.join('\r\n')}\r\n`;

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/(.{76})/g, '$1\r\n');

/** What goes inside the encryption: a multipart with these parts. */
export function innerEntity(
  parts: readonly HandmadePart[],
  o: { fields?: SetFieldTexts; headers?: readonly string[]; type?: string } = {},
): Buffer {
  const body = parts.map(({ type, bytes, headers = [] }) =>
    lines('--inner', `Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', ...headers, '', base64(bytes)),
  );
  const head = [`Content-Type: ${o.type ?? 'multipart/mixed'}; boundary="inner"`, ...(o.headers ?? [])];
  return Buffer.from(lines(...head, ...(o.fields ? fieldLines(o.fields) : []), '', ...body, '--inner--'));
}

export interface Envelope {
  from: string;
  to: string;
  messageId: string;
  /** Further header lines: set fields, who wants a receipt. */
  headers?: readonly string[];
}

/** An RFC 3156 mail around an armored OpenPGP message. */
export function encryptedMail(armored: string | Buffer, envelope: Envelope): Buffer {
  return plainMail(
    'multipart/encrypted; protocol="application/pgp-encrypted"; boundary="outer"',
    [
      lines('--outer', 'Content-Type: application/pgp-encrypted', '', 'Version: 1', ''),
      lines('--outer', 'Content-Type: application/octet-stream', '', crlf(String(armored)), '--outer--'),
    ].join(''),
    envelope,
  );
}

/** A multipart/signed mail (RFC 3156 §5): `entity` is what was signed. */
export function signedMail(entity: Buffer, signature: string, envelope: Envelope): Buffer {
  return plainMail(signedType, signedBody(entity, signature), envelope);
}

/** The same as an entity, for inside an encryption (RFC 3156 §6.1). */
export function signedEntity(entity: Buffer, signature: string): Buffer {
  return Buffer.from(lines(`Content-Type: ${signedType}`, '', signedBody(entity, signature)), 'latin1');
}

const signedType = 'multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha512; boundary="signed"';

function signedBody(entity: Buffer, signature: string): string {
  const head = ['--signed', entity.toString('latin1'), '--signed', 'Content-Type: application/pgp-signature', ''];
  return lines(...head, crlf(signature), '--signed--');
}

export function plainMail(type: string, body: string, { from, to, messageId, headers = [] }: Envelope): Buffer {
  const addresses = [`From: ${from}`, `To: ${to}`, 'Subject: DICOM-eMail', `Message-ID: ${messageId}`];
  const date = `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`;
  const head = [...addresses, date, 'MIME-Version: 1.0', ...headers, `Content-Type: ${type}`];
  return Buffer.from(lines(...head, '', body), 'latin1');
}

/** A receipt (RFC 8098) as an entity. */
export function receiptEntity(o: { answers: string; disposition: string; recipient: string }): Buffer {
  return Buffer.from(
    [
      'Content-Type: multipart/report; report-type=disposition-notification; boundary="report"',
      '',
      '--report',
      'Content-Type: text/plain',
      '',
      'What became of your mail.',
      '--report',
      'Content-Type: message/disposition-notification',
      '',
      `Final-Recipient: rfc822;${o.recipient}`,
      `Original-Message-ID: ${o.answers}`,
      `Disposition: automatic-action/MDN-sent-automatically;${o.disposition}`,
      '',
      '--report--',
    ].join('\r\n'),
  );
}

/** A mail cut into message/partial (RFC 2046 §5.2.2), in order. */
export function fragmentsOf(mail: Buffer, count: number, o: { from: string; to: string; id: string }): Buffer[] {
  const text = mail.toString('latin1').split('\r\n');
  const each = Math.ceil(text.length / count);
  return Array.from({ length: count }, (_, index) =>
    plainMail(
      `message/partial; id="${o.id}"; number=${index + 1}; total=${count}`,
      text.slice(index * each, (index + 1) * each).join('\r\n'),
      { ...o, messageId: `<${index + 1}.${o.id}>` },
    ),
  );
}

/** Posts a mail to a listener, by STARTTLS, and gives back the reply that ended it: the refusal, or that to the final dot. */
export async function postMail(
  mail: Buffer,
  o: { port: number; ca: string; from: string; to: string; size?: number },
): Promise<string> {
  const client = await rawClient(o.port);
  try {
    await client.say();
    await client.say('EHLO handmade.example');
    await client.say('STARTTLS');
    await client.upgrade(o.ca);
    await client.say('EHLO handmade.example');
    const size = o.size === undefined ? '' : ` SIZE=${o.size}`;
    for (const [command, good] of [
      [`MAIL FROM:<${o.from}>${size}`, '250'],
      [`RCPT TO:<${o.to}>`, '250'],
      ['DATA', '354'],
    ] as const) {
      const reply = await client.say(command);
      if (!reply.startsWith(good)) return reply;
    }
    const stuffed = mail.toString('latin1').replace(/^\./gm, '..');
    client.raw(Buffer.from(stuffed.endsWith('\r\n') ? stuffed : `${stuffed}\r\n`, 'latin1'));
    return await client.say('.');
  } finally {
    client.end();
    if (!client.socket.destroyed) await once(client.socket, 'close');
  }
}

const crlf = (text: string) => text.trim().replace(/\r?\n/g, '\r\n');
