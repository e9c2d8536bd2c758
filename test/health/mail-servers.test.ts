import { describe, expect, test } from 'vitest';
import { type FindOptions, findMailServers } from '../../src/mail/mail-servers.ts';
import { providers } from '../../src/mail/providers.ts';

type Srv = { name: string; port: number; priority: number; weight: number };

/** A DNS of these records and nothing else; a name that is not there fails as node's resolver fails. */
function dns(o: { srv?: Record<string, Srv[]>; mx?: { exchange: string; priority: number }[] }) {
  const absent = (name: string) => Object.assign(new Error(`queryA ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
  return {
    resolveSrv: async (name: string) => o.srv?.[name] ?? Promise.reject(absent(name)),
    resolveMx: async (name: string) => o.mx ?? Promise.reject(absent(name)),
  } as NonNullable<FindOptions['resolver']>;
}

const nothing = { fetchText: async () => null };
const at = (name: string, port: number, priority = 0, weight = 1): Srv => ({ name, port, priority, weight });

describe('the table of providers', () => {
  test('an address of a provider needs no DNS', async () => {
    const resolver = dns({});
    const [gmx] = await findMailServers('praxis@gmx.de', { resolver, ...nothing });
    expect(gmx).toMatchObject({ by: 'provider', provider: 'GMX', note: 'switch-on' });
    expect(gmx!.imap).toEqual({ host: 'imap.gmx.net', port: 993, security: 'tls', user: 'address' });
  });

  test('KIM, and providers that take no mail programs, are told as what they are', async () => {
    expect((await findMailServers('praxis@klinik.kim.telematik'))[0]).toMatchObject({ note: 'kim', smtp: null });
    expect((await findMailServers('box@proton.me'))[0]).toMatchObject({ note: 'no-imap', imap: null });
    expect((await findMailServers('box@outlook.de'))[0]).toMatchObject({ note: 'oauth-only' });
  });

  test('no server is in plain text, no domain in two entries', () => {
    const servers = providers.flatMap(({ smtp, imap }) => [smtp, imap]).filter((server) => server !== null);
    expect(servers.filter(({ security }) => !['tls', 'starttls'].includes(security))).toEqual([]);
    expect(servers.filter(({ port, security }) => (port === 587) !== (security === 'starttls'))).toEqual([]);
    const domains = providers.flatMap((provider) => provider.domains);
    expect(new Set(domains).size).toBe(domains.length);
  });
});

describe('what the domain says', () => {
  test('SRV records (RFC 6186): TLS before STARTTLS, the lowest priority, the highest weight', async () => {
    const srv = {
      '_submission._tcp.klinik.example': [at('smtp.klinik.example', 587)],
      '_submissions._tcp.klinik.example': [at('late.klinik.example', 465, 20), at('mail.klinik.example', 465, 10, 5)],
      '_imaps._tcp.klinik.example': [at('a.klinik.example', 993, 1, 1), at('imap.klinik.example', 993, 1, 9)],
    };
    const found = await findMailServers('box@klinik.example', { resolver: dns({ srv }), ...nothing });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      by: 'srv',
      smtp: { host: 'mail.klinik.example', port: 465, security: 'tls' },
      imap: { host: 'imap.klinik.example', port: 993, security: 'tls' },
    });
  });

  test('a record that leads to the root says "not offered"; plain imap means STARTTLS', async () => {
    const srv = {
      '_imaps._tcp.klinik.example': [at('', 0)],
      '_imap._tcp.klinik.example': [at('imap.klinik.example', 143)],
    };
    const [found] = await findMailServers('box@klinik.example', { resolver: dns({ srv }), ...nothing });
    expect(found).toMatchObject({ smtp: null, imap: { port: 143, security: 'starttls' } });
  });

  test('a customer of a provider is known by the MX of the domain', async () => {
    const mx = [
      { exchange: 'mx01.kundenserver.de', priority: 10 },
      { exchange: 'mx00.kundenserver.de', priority: 5 },
    ];
    const found = await findMailServers('box@praxis.example', { resolver: dns({ mx }), ...nothing });
    expect(found).toMatchObject([{ by: 'provider-mx', provider: 'IONOS', smtp: { host: 'smtp.ionos.de' } }]);
  });

  test('an unknown MX is a guess, and told as one', async () => {
    const resolver = dns({ mx: [{ exchange: 'Mail.Praxis.example.', priority: 1 }] });
    const found = await findMailServers('box@praxis.example', { resolver, ...nothing });
    expect(found).toMatchObject([{ by: 'mx', smtp: { host: 'mail.praxis.example', port: 587, security: 'starttls' } }]);
  });

  test('autoconfig: the first encrypted server that takes a password; plain ones and nonsense are passed over', async () => {
    const server = (kind: string, type: string, o: Record<string, string>) =>
      `<${kind} type="${type}">${Object.entries(o)
        .map(([name, value]) => `<${name}>${value}</${name}>`)
        .join('\n')}</${kind}>`;
    const good = { username: '%EMAILLOCALPART%', authentication: 'password-cleartext' };
    const text = [
      server('incomingServer', 'imap', { hostname: 'plain.example', port: '143', socketType: 'plain', ...good }),
      server('incomingServer', 'imap', { hostname: 'bad host', port: '993', socketType: 'SSL', ...good }),
      server('incomingServer', 'imap', { hostname: 'imap.example.org', port: '993', socketType: 'SSL', ...good }),
      server('outgoingServer', 'smtp', {
        ...{ hostname: 'smtp.example.org', port: '587', socketType: 'STARTTLS' },
        ...{ username: '%EMAILADDRESS%', authentication: 'OAuth2' },
      }),
    ].join('\n');
    const asked: string[] = [];
    const fetchText = async (url: string) => {
      asked.push(url);
      return url.startsWith('https://autoconfig.') ? text : null;
    };
    const [found] = await findMailServers('box@praxis.example', { resolver: dns({}), fetchText });
    expect(found).toMatchObject({
      by: 'autoconfig',
      smtp: null,
      imap: { host: 'imap.example.org', port: 993, security: 'tls', user: 'local-part' },
    });
    expect(asked.every((url) => url.startsWith('https://') && !url.includes('@'))).toBe(true);
  });

  test('nobody says anything: an empty list; a DNS that never answers: the same, in time', async () => {
    expect(await findMailServers('box@praxis.example', { resolver: dns({}), ...nothing })).toEqual([]);
    const never = () => new Promise<never>(() => {});
    const resolver = { resolveSrv: never, resolveMx: never } as unknown as NonNullable<FindOptions['resolver']>;
    const began = performance.now();
    const found = await findMailServers('box@praxis.example', { resolver, fetchText: never, timeout_ms: 200 });
    expect(found).toEqual([]);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test('what is no address is refused', async () => {
    await expect(findMailServers('box@a@b')).rejects.toMatchObject({ code: 'mail-address-invalid' });
  });
});
