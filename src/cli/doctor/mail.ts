import { accountOf, mailboxOf } from '../../box/ways.ts';
import type { Imap, Partner, Settings, Smtp } from '../../config/schema.ts';
import type { Secrets } from '../../config/secrets.ts';
import { RohrpostError } from '../../core/errors.ts';
import { testImap } from '../../mail/imap.ts';
import { type SmtpWords, testSmtp } from '../../mail/smtp.ts';
import type { Console } from '../console.ts';
import { bytesText, harmless } from '../format.ts';
import { type Check, type Finding, ok } from './report.ts';

/** Tests the mail server that takes our mails: connection, encryption, log-in. Nothing is sent. */
export function smtpCheck(c: Console, smtp: Smtp, secrets: Secrets): Check {
  return { name: c.say('check.smtp'), run: () => talk(c, smtp, secrets) };
}

/** Tests how mails get to a partner: by its own listener, or by our mail server, which has a check of its own. */
export function wayCheck(c: Console, settings: Settings, partner: Partner, secrets: Secrets): Check {
  return {
    name: c.say('check.way', { id: partner.id }),
    run: async () => {
      if (partner.smtp) return talk(c, partner.smtp, secrets);
      if (settings.mail.smtp) return ok(c.say('check.by-server', { host: settings.mail.smtp.host }));
      throw new RohrpostError('send-no-way', { details: { partner: partner.id } });
    },
  };
}

async function talk(c: Console, smtp: Smtp, secrets: Secrets): Promise<Finding> {
  const passwords = new Map(smtp.password === undefined ? [] : [[smtp.password, await secrets.get(smtp.password)]]);
  const words = await testSmtp(accountOf(smtp, passwords, c.folder));
  return ok(`${smtp.host}:${smtp.port}: ${smtpWords(c, words)}`);
}

/** The server's own words, as far as they tell something. */
export function smtpWords(c: Console, words: SmtpWords): string {
  const size = words.size === null ? c.say('smtp.any-size') : bytesText(words.size, c.language);
  return harmless(`${words.greeting} – ${words.tls}, SIZE ${size}${words.auth ? ', AUTH' : ''}`);
}

/** Tests the mailbox: connection, encryption, log-in, the folder. No mail is touched. */
export function imapCheck(c: Console, imap: Imap, secrets: Secrets): Check {
  return {
    name: c.say('check.imap'),
    run: async () => {
      const words = await testImap(mailboxOf(imap, await secrets.get(imap.password), c.folder));
      const found = c.say('check.mailbox', { folder: imap.folder, mails: words.messages });
      return ok(harmless(`${imap.host}:${imap.port}: ${words.greeting} – ${words.tls}, ${found}`));
    },
  };
}
