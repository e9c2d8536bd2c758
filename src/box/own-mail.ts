import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Smtp } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import { removeFile } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { silentLog } from '../core/log.ts';
import { openSmtp, type SendResult } from '../mail/smtp.ts';
import { readAccount } from './ways.ts';

/** A mail of the box itself: no consignment, and none of its rows. */
export interface OwnMail {
  readonly bytes: Buffer;
  readonly from: string;
  readonly to: string;
}

/**
 * Sends a mail of the box itself by our own mail server, on a connection of its own.
 * @throws RohrpostError secret-…, disk-error, mail-address-invalid; what the server does is the result
 */
export async function sendOwnMail(
  mail: OwnMail,
  o: { smtp: Smtp; folder: string; secrets: Secrets; signal: AbortSignal },
): Promise<SendResult> {
  const { bytes, from, to } = mail;
  const account = await readAccount(o.smtp, o);
  // Where the data folder takes nothing any more, that is what the mail may have to tell; and a box that starts sweeps its spool.
  const path = join(tmpdir(), `own-${newId()}.eml`);
  const sender = openSmtp(account, { log: silentLog, maxConnections: 1 });
  try {
    await writeFile(path, bytes, { flag: 'wx', mode: 0o600 });
    return await sender.send({ path, from, to, sizeBytes: bytes.length }, { signal: o.signal });
  } finally {
    await sender.close();
    await removeFile(path);
  }
}
