import { dirname, relative } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { RohrpostError } from '../core/errors.ts';
import { diskError, isOfDisk, removeFile, syncFile, syncFolder } from '../core/files.ts';
import type { Headers } from '../mail/headers.ts';
import type { MailRow, MailTable } from '../store/mails.ts';

/**
 * Station "collect": what the mailbox or a partner's box hands over → a durable mail file and its row. Only after that may
 * the mail be removed from the server, or be answered with 250 (F42).
 */
export interface Intake {
  /** Records a mail whose bytes are at `path`; resolves when file and row are durable. */
  take(mail: {
    source: MailRow['source'];
    mailboxKey: string | null;
    messageId: string | null;
    path: string;
    sizeBytes: number;
    sha256: string;
  }): Promise<void>;
}

/** @param o.onNotKept told where the disk did not let a mail be kept */
export function intake(o: {
  mails: MailTable;
  folder: string;
  clock: Clock;
  wake(): void;
  onNotKept?(why: RohrpostError): void;
}): Intake {
  return {
    take: async (mail) => {
      try {
        await syncFile(mail.path);
        await syncFolder(dirname(mail.path));
        o.mails.add({
          source: mail.source,
          mailboxKey: mail.mailboxKey,
          // Without a Message-ID the content itself is the identity.
          messageId: mail.messageId ?? `<${mail.sha256}@no-message-id.invalid>`,
          sha256: mail.sha256,
          sizeBytes: mail.sizeBytes,
          path: relative(o.folder, mail.path),
          now_ms: o.clock.now(),
          due_ms: o.clock.steady(),
        });
      } catch (error) {
        await removeFile(mail.path);
        if (!isOfDisk(error)) throw error;
        const why = diskError(error);
        o.onNotKept?.(why);
        throw why;
      }
      o.wake();
    },
  };
}

/**
 * Is a mail in the mailbox ours to take, by its header alone? DICOM e-mails, their fragments, receipts and bounces are;
 * everything else in the mailbox is left as it is (F58).
 */
export function isForBox(headers: Headers, o: { isPartner(address: string): boolean; from: string | null }): boolean {
  const type = (headers.get('Content-Type') ?? '').toLowerCase().replace(/\s+/g, ' ');
  if (headers.get('X-TELEMEDICINE-SETID') !== undefined) return true;
  if (type.startsWith('multipart/report') && type.includes('delivery-status')) return true;
  if (o.from === null || !o.isPartner(o.from)) return false;
  return /^(multipart\/(encrypted|signed|report)|message\/partial)\b/.test(type);
}
