import { join } from 'node:path';
import type { Secrets } from '../config/secrets.ts';
import { RohrpostError } from '../core/errors.ts';
import { makeFolder, removeFile, writeDurably } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { silentLog } from '../core/log.ts';
import { updateLimits } from '../core/update-limits.ts';
import { messageId, newBoundary } from '../mail/compose.ts';
import { reportEntity, signedReportMail } from '../mail/report-mail.ts';
import { openSmtp } from '../mail/smtp.ts';
import { signDetached } from '../pgp/detached.ts';
import type { BoxReport } from '../update/words.ts';
import type { Box } from './box.ts';
import { accountOf } from './ways.ts';

/**
 * Sends a report of the box as a mail that bears the box's signature, by its own mail server.
 * @throws RohrpostError update-report-no-mail, own-key-missing, pgp-…, transport-…
 */
export async function mailReport(
  to: string,
  report: BoxReport,
  o: { folder: string; secrets: Secrets; box: Box | null; now_ms: number },
): Promise<void> {
  const { folder, box } = o;
  const { smtp, address: from } = box?.settings.current().mail ?? { smtp: null, address: '' };
  if (!box || !smtp) throw new RohrpostError('update-report-no-mail');
  const passwords = new Map(smtp.password === undefined ? [] : [[smtp.password, await o.secrets.get(smtp.password)]]);
  const key = await box.keyring.ownKey();
  const entity = reportEntity(JSON.stringify(report), { publicKey: key.publicKey.armored, boundary: newBoundary() });
  const id = newId();
  const mail = signedReportMail({
    ...{ from, to, entity, dateMs: o.now_ms, boundary: newBoundary() },
    messageId: messageId(id, from.slice(from.lastIndexOf('@') + 1)),
    armoredSignature: await signDetached(entity, key, o.now_ms),
  });
  const work = join(folder, 'spool', 'work');
  const path = join(work, `report-${id}.eml`);
  await makeFolder(work);
  await writeDurably(path, mail);
  const sender = openSmtp(accountOf(smtp, passwords, folder), { log: silentLog, maxConnections: 1 });
  try {
    const signal = AbortSignal.timeout(updateLimits.request_ms);
    const sent = await sender.send({ path, from, to, sizeBytes: mail.length }, { signal });
    // Where the answer was lost, a second report does no harm; where it was not, one is enough.
    if (sent.kind === 'failed') throw sent.error;
  } finally {
    await sender.close();
    await removeFile(path);
  }
}
