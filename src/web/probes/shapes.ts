import { group, integer, list, nullable, oneOf, optional, port, text, type ValueOf } from '../../config/kinds.ts';
import { imap, smtp } from '../../config/sections/mail.ts';
import { dicomTarget, folderTarget, smbTarget } from '../../config/sections/target.ts';

/** The shapes of tests: drafts of settings in, findings out. */

const finding = {
  state: oneOf(['ok', 'warn', 'fail'], { description: 'How it went' }),
  words: text({ description: 'What was found, with the words of whoever answered', maxLength: 5_000 }),
  code: optional(text({ description: 'Of the error table' })),
  advice: optional(text({ description: 'What to do about it', maxLength: 2_000 })),
};
const elapsed_ms = integer(0, Number.MAX_SAFE_INTEGER, { description: 'How long it took' });

export const findingAnswer = group({ ...finding, elapsed_ms }, { description: 'What a test found' });
export type FindingAnswer = ValueOf<typeof findingAnswer>;

export const reportAnswer = group(
  {
    checks: list(
      group(
        { name: text({ description: 'What was looked at', maxLength: 200 }), ...finding },
        {
          description: 'A check',
        },
      ),
      { description: 'In order', maxItems: 10_000 },
    ),
  },
  { description: 'Everything that the box lives on' },
);
export type ReportAnswer = ValueOf<typeof reportAnswer>;

export const runAnswer = group(
  {
    run: text({ description: 'Names the test; ask for it again until it has ended' }),
    step: text({ description: 'What is being done, or was done last' }),
    elapsed_ms,
    finding: nullable(group(finding, { description: 'How it ended; null: it has not yet' })),
  },
  { description: 'A test that takes a while' },
);
export type RunAnswer = ValueOf<typeof runAnswer>;

export const trialAnswer = group(
  {
    trial: text({ description: 'Names the test set: the id of its consignment' }),
    study: text({ description: 'The study that it belongs to' }),
    partner: text({ description: 'To whom' }),
    state: text({ description: 'Of the consignment' }),
    elapsed_ms,
    finding: nullable(group(finding, { description: 'How it ended; null: it is under way' })),
    so_far: nullable(group(finding, { description: 'What holds it up, while it is under way' })),
  },
  { description: 'A test set to a partner' },
);
export type TrialAnswer = ValueOf<typeof trialAnswer>;

const password = optional(
  text({
    description: 'The password; without it the one that is stored under the name in the draft',
    maxLength: 1_000,
  }),
);
const draft = 'A draft of the settings; without it, those that are saved';

export const smtpDraft = group({ smtp: optional(smtp), password }, { description: draft });
export const imapDraft = group({ imap: optional(imap), password }, { description: draft });
export const mailDraft = group(
  {
    smtp: optional(smtp),
    smtp_password: password,
    imap: optional(imap),
    imap_password: password,
  },
  { description: draft },
);
const { host, ae_title, tls } = dicomTarget.properties;
export const pacsDraft = group(
  { host, port: port({ description: 'Its port', default: 104 }), ae_title, tls },
  { description: 'A PACS' },
);
export const shareDraft = group({ share: smbTarget, password }, { description: 'A shared folder' });
export const folderDraft = group({ folder: folderTarget }, { description: 'A folder of this machine' });
