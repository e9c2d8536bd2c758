import type { FoundServer } from './mail-servers.ts';

/** What to know of a provider before logging in; the page has the words. */
export type ProviderNote =
  /** IMAP and SMTP must be switched on in the account first. */
  | 'switch-on'
  /** A password made for this program, not the one of the web page. */
  | 'app-password'
  /** A password for mail programs, which is another than that of the customer account. */
  | 'mail-password'
  /** No passwords any more, only OAuth: cannot be used. */
  | 'oauth-only'
  /** No IMAP or SMTP at all: cannot be used. */
  | 'no-imap'
  /** The closed mail service of the German health network: needs its connector, cannot be used from here. */
  | 'kim';

export interface Provider {
  readonly name: string;
  /** Of the addresses that the provider gives out. */
  readonly domains: readonly string[];
  /** How the names of its mail exchangers end, for customers with a domain of their own. */
  readonly exchangers?: readonly string[];
  readonly smtp: FoundServer | null;
  readonly imap: FoundServer | null;
  readonly note?: ProviderNote;
}

const tls = (host: string, port: number): FoundServer => ({ host, port, security: 'tls', user: 'address' });
const starttls = (host: string, port: number): FoundServer => ({ host, port, security: 'starttls', user: 'address' });
const none = { smtp: null, imap: null } as const;
const MICROSOFT = { smtp: starttls('smtp.office365.com', 587), imap: tls('outlook.office365.com', 993) };

/** Mail providers that clinics and practices in and around Germany use, with the servers they publish. Never plain-text ones. */
export const providers: readonly Provider[] = [
  {
    name: 'GMX',
    domains: ['gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch', 'gmx.eu', 'gmx.biz', 'gmx.org', 'gmx.info'],
    exchangers: ['.gmx.net'],
    smtp: tls('mail.gmx.net', 465),
    imap: tls('imap.gmx.net', 993),
    note: 'switch-on',
  },
  {
    name: 'GMX',
    domains: ['gmx.com', 'gmx.us', 'gmx.co.uk'],
    smtp: tls('mail.gmx.com', 465),
    imap: tls('imap.gmx.com', 993),
    note: 'switch-on',
  },
  {
    name: 'WEB.DE',
    domains: ['web.de', 'email.de'],
    exchangers: ['.web.de'],
    smtp: starttls('smtp.web.de', 587),
    imap: tls('imap.web.de', 993),
    note: 'switch-on',
  },
  {
    name: 'T-Online',
    domains: ['t-online.de', 'magenta.de'],
    exchangers: ['.t-online.de'],
    smtp: tls('securesmtp.t-online.de', 465),
    imap: tls('secureimap.t-online.de', 993),
    note: 'mail-password',
  },
  {
    name: 'IONOS',
    domains: ['online.de', 'onlinehome.de'],
    exchangers: ['.ionos.de', '.kundenserver.de', '.schlund.de', '.ionos.com', '.1and1.com', '.1und1.de'],
    smtp: tls('smtp.ionos.de', 465),
    imap: tls('imap.ionos.de', 993),
  },
  {
    name: 'STRATO',
    domains: ['strato.de'],
    exchangers: ['.rzone.de'],
    smtp: tls('smtp.strato.de', 465),
    imap: tls('imap.strato.de', 993),
  },
  {
    name: 'Posteo',
    domains: ['posteo.de', 'posteo.net', 'posteo.at', 'posteo.ch', 'posteo.eu', 'posteo.org', 'posteo.me'],
    exchangers: ['.posteo.de'],
    smtp: tls('posteo.de', 465),
    imap: tls('posteo.de', 993),
  },
  {
    name: 'mailbox.org',
    domains: ['mailbox.org', 'secure.mailbox.org'],
    exchangers: ['.mailbox.org'],
    smtp: tls('smtp.mailbox.org', 465),
    imap: tls('imap.mailbox.org', 993),
  },
  {
    name: 'domainFACTORY',
    domains: [],
    exchangers: ['.ispgateway.de'],
    smtp: tls('sslout.df.eu', 465),
    imap: tls('sslin.df.eu', 993),
  },
  {
    name: 'Hetzner',
    domains: [],
    exchangers: ['.your-server.de'],
    smtp: tls('mail.your-server.de', 465),
    imap: tls('mail.your-server.de', 993),
  },
  {
    name: 'united-domains',
    domains: [],
    exchangers: ['.udag.de'],
    smtp: starttls('smtps.udag.de', 587),
    imap: tls('imaps.udag.de', 993),
  },
  {
    name: 'freenet',
    domains: ['freenet.de'],
    exchangers: ['.freenet.de'],
    smtp: starttls('mx.freenet.de', 587),
    imap: tls('mx.freenet.de', 993),
  },
  {
    name: 'A1',
    domains: ['a1.net', 'aon.at'],
    smtp: starttls('securemail.a1.net', 587),
    imap: tls('securemail.a1.net', 993),
  },
  {
    name: 'Bluewin',
    domains: ['bluewin.ch'],
    smtp: tls('smtpauths.bluewin.ch', 465),
    imap: tls('imaps.bluewin.ch', 993),
  },
  {
    name: 'Infomaniak',
    domains: ['ik.me', 'ikmail.com'],
    exchangers: ['.infomaniak.ch'],
    smtp: tls('mail.infomaniak.com', 465),
    imap: tls('mail.infomaniak.com', 993),
  },
  {
    name: 'OVHcloud',
    domains: [],
    exchangers: ['.mail.ovh.net', '.ovh.net'],
    smtp: tls('ssl0.ovh.net', 465),
    imap: tls('ssl0.ovh.net', 993),
  },
  {
    name: 'Microsoft 365',
    domains: ['onmicrosoft.com'],
    exchangers: ['.mail.protection.outlook.com', '.mx.microsoft'],
    ...MICROSOFT,
    note: 'oauth-only',
  },
  {
    name: 'Outlook.com',
    domains: ['outlook.com', 'outlook.de', 'hotmail.com', 'hotmail.de', 'live.com', 'live.de', 'msn.com'],
    ...MICROSOFT,
    note: 'oauth-only',
  },
  {
    name: 'Google',
    domains: ['gmail.com', 'googlemail.com'],
    exchangers: ['.google.com', '.googlemail.com'],
    smtp: tls('smtp.gmail.com', 465),
    imap: tls('imap.gmail.com', 993),
    note: 'app-password',
  },
  {
    name: 'iCloud',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    exchangers: ['.icloud.com'],
    smtp: starttls('smtp.mail.me.com', 587),
    imap: { ...tls('imap.mail.me.com', 993), user: 'local-part' },
    note: 'app-password',
  },
  {
    name: 'Yahoo',
    domains: ['yahoo.com', 'yahoo.de', 'yahoo.co.uk', 'yahoo.fr', 'ymail.com', 'rocketmail.com'],
    exchangers: ['.yahoodns.net'],
    smtp: tls('smtp.mail.yahoo.com', 465),
    imap: tls('imap.mail.yahoo.com', 993),
    note: 'app-password',
  },
  {
    name: 'AOL',
    domains: ['aol.com', 'aol.de'],
    smtp: tls('smtp.aol.com', 465),
    imap: tls('imap.aol.com', 993),
    note: 'app-password',
  },
  {
    name: 'Fastmail',
    domains: ['fastmail.com', 'fastmail.fm'],
    exchangers: ['.messagingengine.com'],
    smtp: tls('smtp.fastmail.com', 465),
    imap: tls('imap.fastmail.com', 993),
    note: 'app-password',
  },
  {
    name: 'Zoho',
    domains: ['zohomail.eu'],
    exchangers: ['.zoho.eu'],
    smtp: tls('smtp.zoho.eu', 465),
    imap: tls('imap.zoho.eu', 993),
    note: 'switch-on',
  },
  {
    name: 'Zoho',
    domains: ['zohomail.com'],
    exchangers: ['.zoho.com'],
    smtp: tls('smtp.zoho.com', 465),
    imap: tls('imap.zoho.com', 993),
    note: 'switch-on',
  },
  {
    name: 'Proton',
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    exchangers: ['.protonmail.ch'],
    ...none,
    note: 'no-imap',
  },
  {
    name: 'Tuta',
    domains: ['tuta.com', 'tuta.io', 'tutanota.com', 'tutanota.de', 'tutamail.com', 'keemail.me'],
    exchangers: ['.tutanota.de'],
    ...none,
    note: 'no-imap',
  },
  { name: 'KIM', domains: ['kim.telematik'], ...none, note: 'kim' },
];

/** The provider that gives out addresses of this domain, or of one below it. */
export function providerOf(domain: string): Provider | undefined {
  return providers.find(({ domains }) => domains.some((own) => domain === own || domain.endsWith(`.${own}`)));
}

/** The provider whose servers take the mail of a domain. */
export function providerBehind(exchanger: string): Provider | undefined {
  const name = `.${exchanger.toLowerCase().replace(/\.$/, '')}`;
  return providers.find(({ exchangers = [] }) => exchangers.some((end) => name.endsWith(end)));
}
