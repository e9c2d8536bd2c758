import { mailboxOf, readAccount } from '../../box/ways.ts';
import { group, id } from '../../config/kinds.ts';
import type { Imap, Settings, Smtp } from '../../config/schema.ts';
import { RohrpostError } from '../../core/errors.ts';
import { healthLimits, mailLimits } from '../../core/limits.ts';
import type { Check } from '../../health/check.ts';
import { imapCheck, smtpCheck } from '../../health/mail.ts';
import { healthSay } from '../../health/say.ts';
import { mailOurselves } from '../../health/self-mail.ts';
import type { Premises } from '../premises.ts';
import { expectSmallFiles } from '../probes/files.ts';
import { keptSecrets } from '../probes/kept.ts';
import { openRuns } from '../probes/runs.ts';
import { findingAnswer, imapDraft, mailDraft, type RunAnswer, runAnswer, smtpDraft } from '../probes/shapes.ts';
import { type Probe, placeOf } from '../probes/turns.ts';
import type { Web } from '../route.ts';
import { keyringOf, settingsOf } from '../settings/open.ts';

const config = { right: 'operator' } as const;
const tags = ['tests'];

/** Tests of mail accounts, as they are saved or as somebody is about to save them. */
export function mailProbes(web: Web, premises: Premises, probe: Probe): void {
  const { folder, clock, secrets } = premises;
  const runs = openRuns(premises);

  web.post(
    '/api/probes/smtp',
    {
      config,
      schema: {
        ...{ tags, summary: 'Logs in to a mail server for sending; sends nothing' },
        ...{ body: smtpDraft, response: { 200: findingAnswer } },
      },
    },
    async (request) => {
      const { body, language } = request;
      const settings = await settingsOf(premises);
      const smtp = body.smtp ?? needed(settings.mail.smtp);
      await expectSmallFiles(folder, smtp);
      const kept = keptSecrets(secrets, settings, smtp, body.password);
      const check = smtpCheck({ folder, secrets: kept, language }, withPassword(smtp, body.password));
      return probe(request, { kind: 'smtp', ...placeOf(smtp) }, check);
    },
  );
  web.post(
    '/api/probes/imap',
    {
      config,
      schema: {
        ...{ tags, summary: 'Logs in to a mailbox and looks at its folder; touches no mail' },
        ...{ body: imapDraft, response: { 200: findingAnswer } },
      },
    },
    async (request) => {
      const { body, language } = request;
      const settings = await settingsOf(premises);
      const imap = body.imap ?? needed(settings.mail.imap);
      await expectSmallFiles(folder, imap);
      const kept = keptSecrets(secrets, settings, imap, body.password);
      return probe(request, { kind: 'imap', ...placeOf(imap) }, imapCheck({ folder, secrets: kept, language }, imap));
    },
  );
  web.post(
    '/api/probes/self-mail',
    {
      config,
      schema: {
        tags,
        summary: 'Sends a signed and encrypted mail to ourselves and fetches it back',
        description:
          'Answers at once; ask /api/probes/runs/:run until it has ended. The mail is removed from the mailbox.',
        body: mailDraft,
        response: { 200: runAnswer },
      },
    },
    async (request): Promise<RunAnswer> => {
      const { body, language } = request;
      const settings = await settingsOf(premises);
      const plan = await selfMailPlan(premises, settings, body);
      const parts = { folder, clock, keyring: keyringOf(premises), language };
      return runs.begin('sealing', language, (onStep) => {
        const check: Check = {
          name: healthSay(language)('check.self-mail'),
          deadline_ms: mailLimits.self_mail_ms + healthLimits.check_ms,
          run: (signal) => mailOurselves(parts, { ...plan, signal, onStep }),
        };
        return probe(request, { kind: 'self-mail', host: plan.smtp.host, port: plan.smtp.port }, check);
      });
    },
  );
  const byRun = group({ id: id({ description: 'Of the test' }) }, { description: 'Which one' });
  web.get(
    '/api/probes/runs/:id',
    { config, schema: { tags, summary: 'How a longer test goes', params: byRun, response: { 200: runAnswer } } },
    async (request): Promise<RunAnswer> => runs.look(request.params.id),
  );
}

interface MailDraft {
  smtp?: Smtp;
  smtp_password?: string;
  imap?: Imap;
  imap_password?: string;
}

/** The accounts for the mail to ourselves, passwords and all. @throws RohrpostError probe-no-mailbox, probe-password-needed, secret-… */
async function selfMailPlan({ folder, secrets }: Premises, settings: Settings, draft: MailDraft) {
  const smtp = withPassword(draft.smtp ?? needed(settings.mail.smtp), draft.smtp_password);
  const imap = draft.imap ?? needed(settings.mail.imap);
  await expectSmallFiles(folder, { smtp, imap });
  const kept = keptSecrets(secrets, settings, smtp, draft.smtp_password);
  const imapPassword = await keptSecrets(secrets, settings, imap, draft.imap_password).get(imap.password);
  return {
    address: settings.mail.address,
    smtp: await readAccount(smtp, { folder, secrets: kept }),
    imap: mailboxOf(imap, imapPassword, folder),
  };
}

function needed<T>(setting: T | null): T {
  if (setting === null) throw new RohrpostError('probe-no-mailbox');
  return setting;
}

/** A draft need not say under which name its password will be stored. */
function withPassword(smtp: Smtp, typed: string | undefined): Smtp {
  return typed !== undefined && smtp.password === undefined ? { ...smtp, password: 'secret:typed' } : smtp;
}
