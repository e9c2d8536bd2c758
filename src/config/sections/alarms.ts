import { address, group, list, nullable, oneOf } from '../kinds.ts';

/** Who is called when something is wrong with the box; never a partner. */
export const alarms = group(
  {
    mail_to: list(address({ description: 'Mail address of somebody who looks after the box' }), {
      description: 'Who gets a mail when something is wrong with the box, and when it is over; empty: nobody',
      default: [],
      maxItems: 10,
    }),
    language: nullable(oneOf(['de', 'en'], { description: 'Language of these mails' }), {
      description: 'Language of these mails; off (null): that of the site',
      default: null,
    }),
  },
  { description: 'Alarms', default: {} },
);
