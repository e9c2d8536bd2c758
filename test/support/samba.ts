import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A private Samba server on 127.0.0.1 with one share, `pacs`, all its files in a temporary folder. */
export interface SambaHost {
  readonly port: number;
  /** The folder behind the share. */
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  /** Kills it as a power cut would, connections and all; the files stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface SambaOptions {
  /** More lines for smb.conf's [global], such as `server signing = mandatory`. */
  readonly global?: readonly string[];
  /** More lines for the share, such as `read only = yes`. */
  readonly share?: readonly string[];
  /** Largest file the server may write, in bytes: beyond it the share is full. */
  readonly fileLimit_bytes?: number;
}

const PASSWORD = 'Prüf-Wort 1; "x"';

/**
 * Starts smbd (Debian package samba) in the foreground and waits until it answers.
 * Needs root, as smbd does. Ends all that it started on `stop()`.
 */
export async function startSamba(options: SambaOptions = {}): Promise<SambaHost> {
  const base = await mkdtemp(join(tmpdir(), 'rohrpost-samba-'));
  await chmod(base, 0o755);
  const folder = join(base, 'share');
  const port = await freePort();
  const user = userInfo().username;
  for (const name of ['share', 'private', 'state', 'log']) await mkdir(join(base, name));
  const config = join(base, 'smb.conf');
  await writeFile(config, smbConf(base, port, options));
  await setPassword(config, user);
  let server = await start(config, port, options.fileLimit_bytes);

  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    // A process group of its own: one child serves each connection.
    process.kill(-server.pid!, 'SIGKILL');
    await ended;
  };
  return {
    port,
    folder,
    user,
    password: PASSWORD,
    kill,
    restart: async () => {
      await kill();
      server = await start(config, port, options.fileLimit_bytes);
    },
    stop: async () => {
      await kill();
      await rm(base, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function smbConf(base: string, port: number, { global = [], share = [] }: SambaOptions): string {
  return `[global]
workgroup = CLINIC
netbios name = TESTNAS
server role = standalone server
interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = ${port}
private dir = ${base}/private
lock directory = ${base}/state
state directory = ${base}/state
cache directory = ${base}/state
pid directory = ${base}/state
ncalrpc dir = ${base}/state/ncalrpc
log file = ${base}/log/smbd.log
passdb backend = tdbsam:${base}/private/passdb.tdb
disable netbios = yes
disable spoolss = yes
load printers = no
printcap name = /dev/null
usershare path =
map to guest = never
${global.join('\n')}
[pacs]
path = ${base}/share
read only = no
${share.join('\n')}
`;
}

async function setPassword(config: string, user: string): Promise<void> {
  const run = promisify(execFile)('smbpasswd', ['-c', config, '-s', '-a', user]);
  run.child.stdin!.end(`${PASSWORD}\n${PASSWORD}\n`);
  await run;
}

async function start(config: string, port: number, fileLimit_bytes?: number): Promise<ChildProcess> {
  // With SIGXFSZ ignored, a write past the limit fails with EFBIG, which smbd reports as a full disk.
  const limit = fileLimit_bytes === undefined ? '' : `trap '' XFSZ; ulimit -f ${Math.ceil(fileLimit_bytes / 512)}; `;
  const command = `${limit}exec smbd --foreground --no-process-group --configfile="$0"`;
  const server = spawn('sh', ['-c', command, config], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  for (let tries = 0; tries < 200; tries++) {
    if (server.exitCode !== null) break;
    if (await answers(port)) return server;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.kill(-server.pid!, 'SIGKILL');
  throw new Error(`smbd did not start: ${await readFile(join(config, '../log/smbd.log'), 'utf8').catch(() => '')}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
