import { Resolver } from 'node:dns/promises';
import { mailLimits } from '../core/limits.ts';
import { parseAddress } from './address.ts';
import { readAutoconfig } from './autoconfig.ts';
import { type ProviderNote, providerBehind, providerOf } from './providers.ts';

/** A server of a mail account, as somebody says it is. There are no plain-text ones. */
export interface FoundServer {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls';
  /** What to log in with: the whole address, or what stands before the @. */
  readonly user: 'address' | 'local-part';
}

/** Who says so: our table of providers, the domain's SRV records, its configuration for mail programs, or its MX alone. */
export type FoundBy = 'provider' | 'srv' | 'autoconfig' | 'provider-mx' | 'mx';

export interface FoundAccount {
  readonly by: FoundBy;
  /** The provider's name, where it is known. */
  readonly provider: string | null;
  readonly smtp: FoundServer | null;
  readonly imap: FoundServer | null;
  readonly note: ProviderNote | null;
}

export interface FindOptions {
  readonly resolver?: Pick<Resolver, 'resolveSrv' | 'resolveMx'>;
  /** Reads a small text over https; null where there is none. */
  readonly fetchText?: (url: string, signal: AbortSignal) => Promise<string | null>;
  readonly timeout_ms?: number;
}

/**
 * The servers of a mail address, the likeliest first; empty where nobody tells. Nothing is logged in to. DNS answers are not
 * signed, so a person must look at the names; the servers' certificates are verified against them later.
 * @throws RohrpostError mail-address-invalid
 */
export async function findMailServers(address: string, o: FindOptions = {}): Promise<FoundAccount[]> {
  const text = parseAddress(address);
  const domain = text.slice(text.lastIndexOf('@') + 1);
  const known = providerOf(domain);
  if (known) return [{ ...accountOf(known), by: 'provider' }];
  const timeout_ms = o.timeout_ms ?? mailLimits.lookup_ms;
  const resolver = o.resolver ?? new Resolver({ timeout: Math.ceil(timeout_ms / 3), tries: 2 });
  const within = <T>(work: Promise<T | null>) => orNull(work, timeout_ms);
  const [srv, autoconfig, exchanger] = await Promise.all([
    within(bySrv(domain, resolver)),
    within(readAutoconfig(domain, o.fetchText, AbortSignal.timeout(timeout_ms))),
    within(firstExchanger(domain, resolver)),
  ]);
  const behind = exchanger === null ? undefined : providerBehind(exchanger);
  const found: (FoundAccount | null)[] = [
    srv && { ...srv, by: 'srv', provider: behind?.name ?? null, note: behind?.note ?? null },
    behind ? { ...accountOf(behind), by: 'provider-mx' } : null,
    autoconfig && { ...autoconfig, by: 'autoconfig', provider: null, note: null },
    exchanger !== null && !behind && !srv && !autoconfig ? sameHost(exchanger) : null,
  ];
  return found.filter((account) => account !== null);
}

function accountOf({ name, smtp, imap, note }: NonNullable<ReturnType<typeof providerOf>>) {
  return { provider: name, smtp, imap, note: note ?? null };
}

/** Small hosters run everything on the server that takes the mail; a guess, and told as one. */
function sameHost(host: string): FoundAccount {
  const at = { host, user: 'address' as const };
  return {
    ...{ by: 'mx', provider: null, note: null },
    smtp: { ...at, port: 587, security: 'starttls' },
    imap: { ...at, port: 993, security: 'tls' },
  };
}

/** RFC 6186 §3.1 and §3.2; TLS from the first byte is preferred (RFC 8314 §3). */
async function bySrv(domain: string, resolver: Pick<Resolver, 'resolveSrv'>) {
  const lookUp = async (service: string, security: FoundServer['security']) => {
    const records = await resolver.resolveSrv(`_${service}._tcp.${domain}`).catch(() => []);
    const best = records.sort((a, b) => a.priority - b.priority || b.weight - a.weight)[0];
    // The root as a target says "not offered" (RFC 2782).
    if (!best || best.name === '' || best.name === '.' || best.port === 0) return null;
    return { host: best.name.replace(/\.$/, ''), port: best.port, security, user: 'address' as const };
  };
  const [submissions, submission, imaps, imap] = await Promise.all([
    lookUp('submissions', 'tls'),
    lookUp('submission', 'starttls'),
    lookUp('imaps', 'tls'),
    lookUp('imap', 'starttls'),
  ]);
  const [outgoing, incoming] = [submissions ?? submission, imaps ?? imap];
  return outgoing || incoming ? { smtp: outgoing, imap: incoming } : null;
}

async function firstExchanger(domain: string, resolver: Pick<Resolver, 'resolveMx'>): Promise<string | null> {
  const records = await resolver.resolveMx(domain).catch(() => []);
  const name = records
    .sort((a, b) => a.priority - b.priority)[0]
    ?.exchange.replace(/\.$/, '')
    .toLowerCase();
  return name || null;
}

/** What is not answered in time, or fails, counts as not said. */
async function orNull<T>(work: Promise<T | null>, timeout_ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), timeout_ms);
  });
  try {
    return await Promise.race([work.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
