import type { Imap, Settings, Smtp } from '../../../../config/schema.ts';
import type { ServersAnswer } from '../../../routes/setup.ts';

type Found = ServersAnswer['accounts'][number];

/** A server as it stands in the form; the port is undefined while no number is typed. */
export interface ServerDraft {
  readonly host: string;
  readonly port: number | undefined;
  readonly security: 'starttls' | 'tls';
}

/** The mail account as it stands in the form. */
export interface MailAccount {
  readonly smtp: ServerDraft;
  readonly imap: ServerDraft;
  readonly user: string;
  /** Empty: the same as for sending. */
  readonly imapUser: string;
  /** Empty: the one that is stored. */
  readonly password: string;
  /** Empty: the authorities that everybody trusts. */
  readonly ca: string;
}

const SECRET = 'secret:mail';

/** An account to be filled in by hand. */
export const emptyAccount = (address: string): MailAccount => ({
  smtp: { host: '', port: 587, security: 'starttls' },
  imap: { host: '', port: 993, security: 'tls' },
  ...{ user: address, imapUser: '', password: '', ca: '' },
});

/** The account that the settings have; null where they have none. */
export function savedAccount({ mail: { smtp, imap, address } }: Settings): MailAccount | null {
  if (!smtp && !imap) return null;
  const { user = imap?.user ?? address } = smtp ?? {};
  const empty = emptyAccount(address);
  return {
    smtp: smtp ? pick(smtp) : empty.smtp,
    imap: imap ? pick(imap) : empty.imap,
    ...{ user, imapUser: imap && imap.user !== user ? imap.user : '' },
    ...{ password: '', ca: smtp?.ca_file ?? imap?.ca_file ?? '' },
  };
}

const pick = ({ host, port, security }: Smtp | Imap): ServerDraft => ({ host, port, security });

/** What was found, in the place of what stands in the form; what only the person knows stays. */
export function withFound(account: MailAccount, { smtp, imap }: Found): MailAccount {
  const user = smtp?.user ?? imap?.user ?? account.user;
  return {
    ...account,
    ...(smtp && { smtp: { host: smtp.host, port: smtp.port, security: smtp.security } }),
    ...(imap && { imap: { host: imap.host, port: imap.port, security: imap.security } }),
    ...{ user, imapUser: imap && imap.user !== user ? imap.user : '' },
  };
}

/** The account as settings, for tests and to be saved. What the form does not show stays as it was. */
export function draftsOf(account: MailAccount, { mail }: Settings) {
  const { user, ca } = account;
  const trust = ca.trim() === '' ? {} : { ca_file: ca.trim() };
  const { ca_file: _, ...smtp } = mail.smtp ?? {};
  const { ca_file: __, ...imap } = mail.imap ?? {};
  const password = account.password === '' ? undefined : account.password;
  return {
    smtp: { ...smtp, ...trimmed(account.smtp), user: user.trim(), password: mail.smtp?.password ?? SECRET, ...trust },
    imap: {
      ...{ ...imap, ...trimmed(account.imap) },
      ...{ user: account.imapUser.trim() || user.trim(), password: mail.imap?.password ?? SECRET, ...trust },
    },
    password,
  };
}

const trimmed = (server: ServerDraft) => ({ ...server, host: server.host.trim() });

/** The password under the names by which the two servers refer to it; undefined where the stored one stays. */
export function secretsOf({ smtp, imap, password }: ReturnType<typeof draftsOf>): Record<string, string> | undefined {
  if (password === undefined) return undefined;
  const names = [smtp.password, imap.password].map((reference) => reference.slice('secret:'.length));
  return Object.fromEntries(names.map((name) => [name, password]));
}
