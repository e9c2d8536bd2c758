import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { RohrpostError } from '../core/errors.ts';
import { removeFile } from '../core/files.ts';
import type { MailLimits } from '../core/limits.ts';
import type { ServerMail } from './imap.ts';
import type { ImapConnection } from './imap-client.ts';

/**
 * Streams one mail of the selected mailbox into a new file, `fetch_bytes` at a time, without touching its flags
 * (BODY.PEEK[], RFC 9051 §6.4.5). Resolves with its SHA-256 (hex), or null when the mail is gone meanwhile.
 * On any failure the file is gone. Making it durable is the caller's.
 * @throws transport-mail-incomplete, transport-mail-oversized, transport-protocol and the failures of the connection
 */
export async function download(
  connection: ImapConnection,
  mail: ServerMail,
  path: string,
  limits: MailLimits,
): Promise<string | null> {
  const file = await open(path, 'wx', 0o600);
  let sha256: string | null = null;
  try {
    sha256 = await fetchInto(file, connection, mail, limits);
  } finally {
    await file.close();
    if (sha256 === null) await removeFile(path);
  }
  return sha256;
}

async function fetchInto(
  file: FileHandle,
  connection: ImapConnection,
  mail: ServerMail,
  limits: MailLimits,
): Promise<string | null> {
  const hash = createHash('sha256');
  let got = 0;
  for (;;) {
    const source = { start: got, maxLength: limits.fetch_bytes };
    const fetched = await connection.run(
      'fetch',
      () => connection.client.fetchOne(String(mail.uid), { uid: true, source }, { uid: true }),
      limits.fetch_ms,
    );
    const chunk = fetched ? fetched.source : undefined;
    if (!fetched || fetched.uid !== mail.uid || chunk === undefined) return null;
    if (chunk.length > limits.fetch_bytes) throw tooMuch(chunk.length, limits);
    hash.update(chunk);
    await file.writeFile(chunk);
    got += chunk.length;
    if (got > limits.mail_bytes) throw oversized(got, limits);
    // A short chunk ends the mail if that is as long as the server said; else one more FETCH shows whether it does.
    if (chunk.length === 0 || (chunk.length < limits.fetch_bytes && got >= mail.sizeBytes)) break;
  }
  if (got < mail.sizeBytes) {
    const details = { host: connection.client.host, got_bytes: got, size_bytes: mail.sizeBytes };
    throw new RohrpostError('transport-mail-incomplete', { details });
  }
  return hash.digest('hex');
}

/** A mail larger than this box takes, whether the server admits its size or not. */
export function oversized(size_bytes: number, limits: MailLimits): RohrpostError {
  return new RohrpostError('transport-mail-oversized', { details: { size_bytes, limit_bytes: limits.mail_bytes } });
}

function tooMuch(bytes: number, limits: MailLimits): RohrpostError {
  const reason = `${bytes} bytes instead of at most ${limits.fetch_bytes}`;
  return new RohrpostError('transport-protocol', { details: { phase: 'fetch', reason } });
}
