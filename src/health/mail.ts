import { mailboxOf, readAccount } from '../box/ways.ts';
import type { Imap, Partner, Smtp } from '../config/schema.ts';
import { type Language, RohrpostError } from '../core/errors.ts';
import { bytesText } from '../core/figures.ts';
import { testImap } from '../mail/imap.ts';
import { type SmtpWords, testSmtp } from '../mail/smtp.ts';
import type { Check } from './check.ts';
import { type Finding, ok } from './finding.ts';
import type { HealthParts } from './parts.ts';
import { healthSay } from './say.ts';

type Parts = Pick<HealthParts, 'folder' | 'secrets' | 'language'>;

/** Tests the mail server that takes our mails: connection, encryption, log-in. Nothing is sent. */
export function smtpCheck(parts: Parts, smtp: Smtp): Check {
  return { name: healthSay(parts.language)('check.smtp'), run: () => talk(parts, smtp) };
}

/** Tests how mails get to a partner: by its own listener, or by our mail server, which has a check of its own. */
export function wayCheck(parts: Parts & Pick<HealthParts, 'settings'>, partner: Partner): Check {
  const say = healthSay(parts.language);
  return {
    name: say('check.way', { id: partner.id }),
    run: async () => {
      if (partner.smtp) return talk(parts, partner.smtp);
      const { smtp } = parts.settings.mail;
      if (smtp) return ok(say('check.by-server', { host: smtp.host }));
      throw new RohrpostError('send-no-way', { details: { partner: partner.id } });
    },
  };
}

async function talk({ folder, secrets, language }: Parts, smtp: Smtp): Promise<Finding> {
  const words = await testSmtp(await readAccount(smtp, { folder, secrets }));
  return ok(`${smtp.host}:${smtp.port}: ${smtpWords(words, language)}`);
}

/** The server's own words, as far as they tell something. */
export function smtpWords(words: SmtpWords, language: Language): string {
  const size = words.size === null ? healthSay(language)('check.any-size') : bytesText(words.size, language);
  return `${words.greeting} – ${words.tls}, SIZE ${size}${words.auth ? ', AUTH' : ''}`;
}

/** Tests the mailbox: connection, encryption, log-in, the folder. No mail is touched. */
export function imapCheck({ folder, secrets, language }: Parts, imap: Imap): Check {
  const say = healthSay(language);
  return {
    name: say('check.imap'),
    run: async () => {
      const words = await testImap(mailboxOf(imap, await secrets.get(imap.password), folder));
      const found = say('check.mailbox', { folder: imap.folder, mails: words.messages });
      return ok(`${imap.host}:${imap.port}: ${words.greeting} – ${words.tls}, ${found}`);
    },
  };
}
