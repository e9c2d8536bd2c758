import { mailLimits } from '../core/limits.ts';
import type { FindOptions, FoundServer } from './mail-servers.ts';

/**
 * What a domain publishes for mail programs (Mozilla's autoconfiguration file format, version 1.1), over https only and from
 * the domain itself; the mail address is not told to anybody.
 */
export async function readAutoconfig(
  domain: string,
  fetchText: FindOptions['fetchText'] = fetchSmall,
  signal: AbortSignal,
): Promise<{ smtp: FoundServer | null; imap: FoundServer | null } | null> {
  const places = [
    `https://autoconfig.${domain}/mail/config-v1.1.xml`,
    `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`,
  ];
  const texts = await Promise.all(places.map((url) => fetchText(url, signal).catch(() => null)));
  for (const text of texts) {
    if (text === null) continue;
    const found = { smtp: serverIn(text, 'outgoingServer', 'smtp'), imap: serverIn(text, 'incomingServer', 'imap') };
    if (found.smtp || found.imap) return found;
  }
  return null;
}

const SECURITY: Readonly<Record<string, FoundServer['security']>> = { SSL: 'tls', STARTTLS: 'starttls' };
const HOST = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;

/** The first server of a kind that has an encrypted line and takes a password. */
function serverIn(xml: string, element: string, type: string): FoundServer | null {
  const blocks = xml.matchAll(new RegExp(`<${element}\\s+type="${type}"\\s*>([^]*?)</${element}>`, 'g'));
  for (const [, block = ''] of blocks) {
    const value = (name: string) => new RegExp(`<${name}>\\s*([^<]{1,300}?)\\s*</${name}>`).exec(block)?.[1] ?? '';
    const host = value('hostname');
    const port = Number(value('port'));
    const security = SECURITY[value('socketType')];
    const user = USERS[value('username')];
    const takesPassword = /<authentication>\s*password-(?:cleartext|encrypted)\s*</.test(block);
    if (!security || !user || !takesPassword || !HOST.test(host) || !(port > 0 && port < 65_536)) continue;
    return { host, port, security, user };
  }
  return null;
}

const USERS: Readonly<Record<string, FoundServer['user']>> = {
  '%EMAILADDRESS%': 'address',
  '%EMAILLOCALPART%': 'local-part',
};

async function fetchSmall(url: string, signal: AbortSignal): Promise<string | null> {
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'text/xml, application/xml' } });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    return null;
  }
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > mailLimits.autoconfig_characters) return null;
  }
  return text;
}
