import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Imap, Partner, Settings, Smtp } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import { RohrpostError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { ImapAccount } from '../mail/imap.ts';
import { openSmtp, type SmtpAccount, type SmtpSender } from '../mail/smtp.ts';

/** The ways to partners: our mail server, or a partner's own listener where the settings name it. */
export interface Ways {
  /** @throws RohrpostError send-no-way */
  to(partner: Partner): { account: string; sender: SmtpSender };
  /** The smallest of what profile, server and experience allow for one mail, in bytes. */
  limitBytes(partner: Partner, learned_bytes: number | null): Promise<number>;
  /** Settings changed: connections of accounts that are no more are closed. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** Reads secrets once at opening and at each `refresh`, so that `to` can answer at once. */
export async function openWays(o: { settings(): Settings; secrets: Secrets; folder: string; log: Log }): Promise<Ways> {
  const senders = new Map<string, SmtpSender>();
  let passwords = new Map<string, string>();

  const readPasswords = async () => {
    const { mail, partners } = o.settings();
    const names = [mail.smtp, ...partners.map((partner) => partner.smtp)].flatMap((smtp) => smtp?.password ?? []);
    const found = await Promise.all(
      [...new Set(names)].map(async (name) => [name, await o.secrets.get(name).catch(() => '')] as const),
    );
    passwords = new Map(found);
  };

  const senderFor = (smtp: Smtp) => {
    const account = accountOf(smtp, passwords, o.folder);
    const key = JSON.stringify(account);
    const sender = senders.get(key) ?? openSmtp(account, { log: o.log, maxConnections: 4 });
    senders.set(key, sender);
    return { account: `${smtp.user ?? ''}@${smtp.host}:${smtp.port}`, sender };
  };

  const to = (partner: Partner) => {
    const smtp = partner.smtp ?? o.settings().mail.smtp;
    if (!smtp) throw new RohrpostError('send-no-way', { details: { partner: partner.id } });
    return senderFor(smtp);
  };

  await readPasswords();
  return {
    to,
    limitBytes: async (partner, learned) => {
      const announced = await to(partner)
        .sender.limit()
        .catch(() => null);
      return Math.min(
        partner.max_mail_bytes,
        announced ?? Number.POSITIVE_INFINITY,
        learned ?? Number.POSITIVE_INFINITY,
      );
    },
    refresh: async () => {
      await readPasswords();
      const { mail, partners } = o.settings();
      const used = new Set(
        [mail.smtp, ...partners.map((partner) => partner.smtp)].flatMap((smtp) =>
          smtp ? JSON.stringify(accountOf(smtp, passwords, o.folder)) : [],
        ),
      );
      for (const [key, sender] of senders) {
        if (used.has(key)) continue;
        senders.delete(key);
        await sender.close();
      }
    },
    close: async () => {
      await Promise.all([...senders.values()].map((sender) => sender.close()));
    },
  };
}

/** Settings of an SMTP account as the mail kit wants them. Files are named relative to the data folder. */
export function accountOf(smtp: Smtp, passwords: ReadonlyMap<string, string>, folder: string): SmtpAccount {
  return {
    host: smtp.host,
    port: smtp.port,
    security: smtp.security,
    ...(smtp.user !== undefined && { user: smtp.user, password: passwords.get(smtp.password ?? '') ?? '' }),
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
