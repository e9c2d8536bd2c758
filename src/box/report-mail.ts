import type { Secrets } from '../config/secrets.ts';
import { RohrpostError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { updateLimits } from '../core/update-limits.ts';
import { messageId, newBoundary } from '../mail/compose.ts';
import { reportEntity, signedReportMail } from '../mail/report-mail.ts';
import { signDetached } from '../pgp/detached.ts';
import type { BoxReport } from '../update/words.ts';
import type { Box } from './box.ts';
import { sendOwnMail } from './own-mail.ts';

/**
 * Sends a report of the box as a mail that bears the box's signature, by its own mail server.
 * @throws RohrpostError update-report-no-mail, own-key-missing, pgp-…, transport-…
 */
export async function mailReport(
  to: string,
  report: BoxReport,
  o: { folder: string; secrets: Secrets; box: Box | null; now_ms: number },
): Promise<void> {
  const { folder, secrets, box } = o;
  const { smtp, address: from } = box?.settings.current().mail ?? { smtp: null, address: '' };
  if (!box || !smtp) throw new RohrpostError('update-report-no-mail');
  const key = await box.keyring.ownKey();
  const entity = reportEntity(JSON.stringify(report), { publicKey: key.publicKey.armored, boundary: newBoundary() });
  const mail = signedReportMail({
    ...{ from, to, entity, dateMs: o.now_ms, boundary: newBoundary() },
    messageId: messageId(newId(), from.slice(from.lastIndexOf('@') + 1)),
    armoredSignature: await signDetached(entity, key, o.now_ms),
  });
  const signal = AbortSignal.timeout(updateLimits.request_ms);
  const sent = await sendOwnMail({ bytes: mail, from, to }, { smtp, folder, secrets, signal });
  // Where the answer was lost, a second report does no harm; where it was not, one is enough.
  if (sent.kind === 'failed') throw sent.error;
}
