import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Imap, Partner, Settings, Smtp } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import { RohrpostError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { ImapAccount } from '../mail/imap.ts';
import { openSmtp, type SmtpAccount, type SmtpSender } from '../mail/smtp.ts';

/** The ways to partners: our mail server, or a partner's own listener where the settings name it. */
export interface Ways {
  /** @throws RohrpostError send-no-way, secret-…, disk-error, disk-full */
  to(partner: Partner): Promise<{ account: string; sender: SmtpSender }>;
  /** The smallest of what profile, server and experience allow for one mail, in bytes. */
  limitBytes(partner: Partner, learned_bytes: number | null): Promise<number>;
  /** Settings changed: connections of accounts that are no more are closed. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** One sender for each account of the settings, made anew where its password or its CA became another. */
export function openWays(o: { settings(): Settings; secrets: Secrets; folder: string; log: Log }): Ways {
  const senders = new Map<string, { account: SmtpAccount; sender: SmtpSender }>();
  // Without its password an account is refused, as with a wrong one: its mails wait for a better one (F35).
  const secrets = { get: async (name: string) => (await o.secrets.find(name)) ?? '' };

  const senderFor = async (smtp: Smtp) => {
    const account = await readAccount(smtp, { folder: o.folder, secrets });
    const key = keyOf(smtp);
    const known = senders.get(key);
    if (known && isDeepStrictEqual(known.account, account)) return known.sender;
    const sender = openSmtp(account, { log: o.log, maxConnections: 4 });
    senders.set(key, { account, sender });
    await known?.sender.close();
    return sender;
  };

  const to: Ways['to'] = async (partner) => {
    const smtp = partner.smtp ?? o.settings().mail.smtp;
    if (!smtp) throw new RohrpostError('send-no-way', { details: { partner: partner.id } });
    return { account: `${smtp.user ?? ''}@${smtp.host}:${smtp.port}`, sender: await senderFor(smtp) };
  };

  return {
    to,
    limitBytes: async (partner, learned) => {
      const { sender } = await to(partner);
      const announced = await sender.limit().catch(() => null);
      return Math.min(
        partner.max_mail_bytes,
        announced ?? Number.POSITIVE_INFINITY,
        learned ?? Number.POSITIVE_INFINITY,
      );
    },
    refresh: async () => {
      const { mail, partners } = o.settings();
      const used = new Set(
        [mail.smtp, ...partners.map(({ smtp }) => smtp)].flatMap((smtp) => (smtp ? keyOf(smtp) : [])),
      );
      for (const [key, { sender }] of senders) {
        if (used.has(key)) continue;
        senders.delete(key);
        await sender.close();
      }
    },
    close: async () => {
      await Promise.all([...senders.values()].map(({ sender }) => sender.close()));
    },
  };
}

const keyOf = (smtp: Smtp) => JSON.stringify(smtp);

/**
 * An SMTP account of the settings as the mail kit wants it, with its password. Files are named relative to the data folder.
 * @throws RohrpostError secret-…, disk-error, disk-full; what the file system says of the CA's file
 */
export async function readAccount(
  smtp: Smtp,
  { folder, secrets }: { folder: string; secrets: Pick<Secrets, 'get'> },
): Promise<SmtpAccount> {
  return {
    host: smtp.host,
    port: smtp.port,
    security: smtp.security,
    ...(smtp.user !== undefined && {
      user: smtp.user,
      password: smtp.password === undefined ? '' : await secrets.get(smtp.password),
    }),
    ...(smtp.ca_file !== undefined && { ca: readFileSync(resolve(folder, smtp.ca_file), 'utf8') }),
    ...(smtp.client_name !== undefined && { clientName: smtp.client_name }),
  };
}

/** Settings of the mailbox as the mail kit wants them. */
export function mailboxOf(imap: Imap, password: string, folder: string): ImapAccount {
  return {
    host: imap.host,
    port: imap.port,
    security: imap.security,
    user: imap.user,
    password,
    folder: imap.folder,
    ...(imap.ca_file !== undefined && { ca: readFileSync(resolve(folder, imap.ca_file), 'utf8') }),
    afterwards: imap.afterwards === 'move' ? { action: 'move', folder: imap.move_to } : { action: 'delete' },
  };
}
