import type { ImapFlowError, MailboxObject } from 'imapflow';
import { RohrpostError } from '../core/errors.ts';
import type { ImapAccount, MailKey } from './imap.ts';
import type { ImapConnection } from './imap-client.ts';

/**
 * Selects the mailbox (anew, when it was selected already: fresh counts, fresh UIDVALIDITY).
 * @throws transport-folder-missing, also when it may only be read; the failures of the connection
 */
export async function openMailbox(connection: ImapConnection, account: ImapAccount): Promise<MailboxObject> {
  const mailbox = await orMissing(account, account.folder, () =>
    connection.run('select', () => connection.client.mailboxOpen(levels(account.folder))),
  );
  if (mailbox.readOnly) throw missing(account, account.folder, 'read-only');
  return mailbox;
}

/**
 * How mails of the selected mailbox are moved or deleted once they are ours. The function throws transport-not-put-away
 * when the server did not do it, and transport-folder-missing when the folder cannot be made.
 */
export function putterAway(connection: ImapConnection, account: ImapAccount): (mail: MailKey) => Promise<void> {
  const { client, run } = connection;
  const { afterwards } = account;
  let folderThere = false;

  async function ensureFolder(folder: string): Promise<void> {
    if (folderThere) return;
    const status = await run('status', () => client.status(levels(folder), { messages: true }).catch(() => false));
    if (!status) await orMissing(account, folder, () => run('create', () => client.mailboxCreate(levels(folder))));
    folderThere = true;
  }

  /**
   * Without UIDPLUS (RFC 4315) a mail is removed by an EXPUNGE that takes every mail marked as deleted with it. Other
   * people's marks are not ours to carry out: then this mail waits.
   */
  async function wouldRemoveOthers(uid: number): Promise<boolean> {
    const has = (name: string) => client.capabilities.has(name);
    if (has('UIDPLUS') || (afterwards.action === 'move' && has('MOVE'))) return false;
    const marked = await run('search', () => client.search({ deleted: true }, { uid: true }));
    return !Array.isArray(marked) || marked.some((other) => other !== uid);
  }

  return async ({ uid }) => {
    if (afterwards.action === 'move') await ensureFolder(afterwards.folder);
    const done =
      !(await wouldRemoveOthers(uid)) &&
      (afterwards.action === 'move'
        ? await run('move', () => client.messageMove(String(uid), levels(afterwards.folder), { uid: true }))
        : await run('delete', () => client.messageDelete(String(uid), { uid: true })));
    if (!done) throw new RohrpostError('transport-not-put-away', { details: { host: account.host } });
  };
}

/** A folder's path as its levels: the server's own separator may be `.` where our settings have `/`. */
function levels(folder: string): string[] {
  return folder.split('/');
}

/** A NO of the server to opening or making a folder, under its own code. */
async function orMissing<T>(account: ImapAccount, folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const cause = thrown instanceof RohrpostError ? (thrown.cause as ImapFlowError | undefined) : undefined;
    if (cause?.responseStatus !== 'NO') throw thrown;
    throw missing(account, folder, cause.responseText ?? '', thrown);
  }
}

function missing(account: ImapAccount, folder: string, reason: string, cause?: unknown): RohrpostError {
  return new RohrpostError('transport-folder-missing', { cause, details: { host: account.host, folder, reason } });
}
