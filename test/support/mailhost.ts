import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCa } from './ca.ts';

const run = promisify(execFile);

export interface MailUser {
  address: string;
  password: string;
}

export interface Mailhost {
  /** With login; any user may send to any other. */
  smtp: { host: string; port: number; portTls: number };
  imap: { host: string; port: number; portTls: number };
  /** PEM of the authority that issued the servers' certificate (for `localhost` and 127.0.0.1). */
  ca: string;
  /** `a` and `b` are the boxes of clinic-a.example and clinic-b.example; more as asked for. */
  users: Record<string, MailUser>;
  /** Everything of this host, log files too. */
  folder: string;
  /** A token that Dovecot takes for this user by XOAUTH2. */
  accessToken(address: string): string;
  /** Runs doveadm against this host's Dovecot; resolves with its output. */
  doveadm(...args: string[]): Promise<string>;
  /** The logs of Postfix and Dovecot, for a test that went wrong. */
  logs(): Promise<string>;
  stop(): Promise<void>;
}

/** What the settings of a box say of its account at this host, and the secret; the host's authority lies in `ca_file`. */
export function accountAt(host: Pick<Mailhost, 'users' | 'smtp' | 'imap'>, id: string, ca_file: string) {
  const { address, password } = host.users[id]!;
  const account = { host: '127.0.0.1', user: address, password: 'secret:mail', ca_file, security: 'starttls' };
  const mail = { smtp: { ...account, port: host.smtp.port }, imap: { ...account, port: host.imap.port } };
  return { address, secrets: { mail: password }, mail };
}

/**
 * Starts a private Postfix and Dovecot with an authority of their own: loopback ports, all files in a temporary folder,
 * nothing of /etc read or written. Needs root (Postfix does) and Debian's postfix, dovecot-imapd and dovecot-lmtpd.
 * @param o.ips by which others than the host itself reach it; they stand in the servers' certificate
 */
export async function startMailhost(
  o: { users?: string[]; sizeLimit?: number; ips?: string[] } = {},
): Promise<Mailhost> {
  const folder = await mkdtemp(join(tmpdir(), 'rohrpost-mailhost-'));
  await chmod(folder, 0o755); // the servers' own users must reach their folders
  const [smtp, smtps, imap, imaps, lmtp, auth] = await freePorts(6);
  const ports = { smtp: smtp!, smtps: smtps!, imap: imap!, imaps: imaps!, lmtp: lmtp!, auth: auth! };
  const users: Record<string, MailUser> = {
    a: { address: 'box@clinic-a.example', password: 'geheim-a' },
    b: { address: 'box@clinic-b.example', password: 'geheim-b' },
  };
  for (const address of o.users ?? []) users[address] = { address, password: `geheim-${address}` };
  const ca = await makeCa(join(folder, 'tls'));
  const { key, cert } = await ca.issue({ names: ['localhost'], ips: ['127.0.0.1', ...(o.ips ?? [])] });
  await writeFile(join(folder, 'tls', 'server.key'), key);
  await writeFile(join(folder, 'tls', 'server.pem'), cert);
  await layOut(folder);
  await writeFile(join(folder, 'postfix', 'main.cf'), mainCf(folder, ports, o.sizeLimit ?? 60_000_000));
  await writeFile(join(folder, 'postfix', 'master.cf'), masterCf(ports));
  await writeFile(
    join(folder, 'postfix', 'mailboxes'),
    Object.values(users)
      .map(({ address }) => `/^${address.replaceAll('.', '\\.')}$/i ok\n`)
      .join(''),
  );
  await writeFile(
    join(folder, 'dovecot', 'users'),
    Object.values(users)
      .map(({ address, password }) => `${address}:{PLAIN}${password}\n`)
      .join(''),
  );
  await writeFile(join(folder, 'dovecot', 'dovecot.conf'), dovecotConf(folder, ports));

  const config = join(folder, 'dovecot', 'dovecot.conf');
  const servers = [
    spawn('/usr/lib/postfix/sbin/master', ['-c', join(folder, 'postfix')], { stdio: 'ignore' }),
    spawn('dovecot', ['-F', '-c', config], { stdio: 'ignore' }),
  ];
  const stop = async () => {
    await Promise.all(servers.map(end));
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    await Promise.all(Object.values(ports).map(answers));
  } catch (error) {
    const logs = await readLogs(folder);
    await stop();
    throw new Error(`the mail host did not start: ${String(error)}\n${logs}`);
  }
  return {
    smtp: { host: 'localhost', port: ports.smtp, portTls: ports.smtps },
    imap: { host: 'localhost', port: ports.imap, portTls: ports.imaps },
    ca: ca.caPem,
    users,
    folder,
    accessToken,
    doveadm: async (...args) => (await run('doveadm', ['-c', config, ...args])).stdout,
    logs: () => readLogs(folder),
    stop,
  };
}

async function layOut(folder: string): Promise<void> {
  const names = ['postfix', 'queue', 'data', 'run', 'state', 'mail', 'log', 'dovecot/keys/default/HS256'];
  const queues = [
    'active',
    'bounce',
    'corrupt',
    'defer',
    'deferred',
    'flush',
    'hold',
    'incoming',
    'private',
    'saved',
    'trace',
  ];
  for (const name of names) await mkdir(join(folder, name), { recursive: true });
  for (const name of [...queues, 'public', 'maildrop', 'pid']) await mkdir(join(folder, 'queue', name));
  const id = async (...args: string[]) => Number((await run('id', args)).stdout);
  const [postfix, postfixGroup] = [await id('-u', 'postfix'), await id('-g', 'postfix')];
  for (const name of queues) await chown(join(folder, 'queue', name), postfix, 0);
  for (const name of ['public', 'maildrop']) await chown(join(folder, 'queue', name), postfix, postfixGroup);
  await chown(join(folder, 'data'), postfix, postfixGroup);
  await chown(join(folder, 'mail'), await id('-u', 'mail'), await id('-g', 'mail'));
  const secret = Buffer.from(JWT_SECRET).toString('base64');
  await writeFile(join(folder, 'dovecot', 'keys', 'default', 'HS256', 'default'), secret);
  await writeFile(
    join(folder, 'dovecot', 'oauth2.conf'),
    `introspection_mode = local
local_validation_key_dict = fs:posix:prefix=${folder}/dovecot/keys/
username_attribute = email
`,
  );
}

interface Ports {
  smtp: number;
  smtps: number;
  imap: number;
  imaps: number;
  lmtp: number;
  auth: number;
}

function mainCf(folder: string, ports: Ports, sizeLimit: number): string {
  return `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/log/postfix.log
maillog_file_prefixes = ${folder}
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
relayhost =
default_transport = error:no delivery outside of the test
virtual_mailbox_domains = clinic-a.example, clinic-b.example
virtual_mailbox_maps = regexp:${folder}/postfix/mailboxes
virtual_transport = lmtp:inet:127.0.0.1:${ports.lmtp}
message_size_limit = ${sizeLimit}
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_tls_cert_file = ${folder}/tls/server.pem
smtpd_tls_key_file = ${folder}/tls/server.key
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:${ports.auth}
smtpd_sasl_auth_enable = yes
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_reject_unlisted_recipient = yes
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
biff = no
alias_maps =
alias_database =
local_recipient_maps =
`;
}

function masterCf(ports: Ports): string {
  return `127.0.0.1:${ports.smtp} inet n - n - - smtpd
127.0.0.1:${ports.smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;
}

function dovecotConf(folder: string, ports: Ports): string {
  return `base_dir = ${folder}/run
state_dir = ${folder}/state
instance_name = rohrpost-test-${ports.imap}
log_path = ${folder}/log/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <${folder}/tls/server.pem
ssl_key = <${folder}/tls/server.key
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_location = maildir:${folder}/mail/%u/Maildir
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
mail_fsync = never
mail_max_userip_connections = 50
namespace inbox {
  inbox = yes
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${folder}/dovecot/oauth2.conf
}
passdb {
  driver = passwd-file
  mechanisms = plain login
  args = username_format=%u ${folder}/dovecot/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${folder}/mail/%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = ${ports.lmtp}
  }
}
service auth {
  inet_listener {
    port = ${ports.auth}
  }
}
# Or a test with a wrong password slows down all others from 127.0.0.1.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
`;
}

const JWT_SECRET = 'test-secret-test-secret-test-secret';

function accessToken(address: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const head = part({ alg: 'HS256', typ: 'JWT' });
  const claims = part({ email: address, sub: address, iat: now, exp: now + 3600 });
  const signature = createHmac('sha256', JWT_SECRET).update(`${head}.${claims}`).digest('base64url');
  return `${head}.${claims}.${signature}`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Waits until something takes connections at this port of 127.0.0.1. */
async function answers(port: number): Promise<void> {
  for (const deadline = performance.now() + 15_000; ; ) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    if (performance.now() > deadline) throw new Error(`nothing listens at port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Tells a server to end, with its children, and waits for it; after five seconds it is ended by force. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const force = setTimeout(() => server.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(force);
}

async function readLogs(folder: string): Promise<string> {
  const read = (name: string) => readFile(join(folder, 'log', name), 'utf8').catch(() => '');
  return `${await read('postfix.log')}\n${await read('dovecot.log')}`;
}
