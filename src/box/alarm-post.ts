import { mailDomain, type Settings } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import { openSettings } from '../config/settings.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { sha256 } from '../core/ids.ts';
import { silentLog } from '../core/log.ts';
import type { Post } from '../health/alarms/courier.ts';
import { letterOf } from '../health/alarms/letter.ts';
import { type News, subjectsOf, tellable } from '../health/alarms/news.ts';
import { messageId } from '../mail/compose.ts';
import { noticeMail } from '../mail/notice-mail.ts';
import { testSmtp } from '../mail/smtp.ts';
import type { Box } from './box.ts';
import { sendOwnMail } from './own-mail.ts';
import { readAccount } from './ways.ts';

/**
 * How alarms go to the clinic's own people: in plain words, by the clinic's own mail server, never on a way to a partner. A box that
 * cannot start has them told as well, by its settings on disk.
 */
export function alarmPost(o: {
  folder: string;
  secrets: Secrets;
  clock: Clock;
  box(): Box | null;
}): () => Promise<Post | null> {
  const { folder, secrets, clock } = o;
  return async () => {
    const settings = o.box()?.settings.current() ?? (await settingsOnDisk(folder));
    if (!settings) return null;
    const { alarms, mail, site } = settings;
    const language = alarms.language ?? site.language;
    const smtp = () => {
      if (!mail.smtp) throw new RohrpostError('alarm-no-mail-server');
      return mail.smtp;
    };
    return {
      addresses: alarms.mail_to,
      language,
      reach: async (signal) => {
        await testSmtp(await readAccount(smtp(), { folder, secrets }), { signal });
      },
      send: async (to, news, signal) => {
        const bytes = noticeMail({
          ...letterOf(news, { site: site.name, language }),
          ...{ from: mail.address, to, dateMs: clock.now() },
          messageId: messageId(idOf(to, news), mailDomain(settings)),
        });
        const sent = await sendOwnMail({ bytes, from: mail.address, to }, { smtp: smtp(), folder, secrets, signal });
        // Where the answer was lost it goes again, under the same Message-ID.
        if (sent.kind !== 'accepted') throw sent.error;
      },
    };
  };
}

/** The same for the same news to the same address: mailboxes know by it what they have. */
function idOf(to: string, news: News): string {
  const told = subjectsOf(news).map((alarm) => `${alarm.id}:${tellable(alarm)}`);
  return `alarm-${sha256([to, ...told].join(' ')).slice(0, 32)}`;
}

/** Also the last that were valid; null where there are none. */
async function settingsOnDisk(folder: string): Promise<Settings | null> {
  const settings = await openSettings(folder, { log: silentLog }).catch(() => null);
  await settings?.close();
  return settings?.current() ?? null;
}
