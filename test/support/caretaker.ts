import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Appliance, openAppliance } from '../../src/appliance/appliance.ts';

const FIXTURES = fileURLToPath(new URL('../appliance/fixtures', import.meta.url));
const MAIN = fileURLToPath(new URL('./caretaker-main.ts', import.meta.url));

/** As the launcher does: it saves two thirds of each start. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/rohrpost', import.meta.url));

export const fixture = (name: string) => readFileSync(join(FIXTURES, name), 'utf8');

/** The real caretaker, started for each connection as systemd would, on a folder of its own and over programs of the test. */
export interface Caretaker {
  /** Everything the caretaker believes to be the system lies below. */
  readonly root: string;
  readonly socket: string;
  appliance(): Appliance;
  path(...names: string[]): string;
  /** Writes a file below the root; null: takes it away. */
  put(name: string, content: string | null): void;
  get(name: string): string | null;
  /** From now on the program `name` runs these lines of shell. */
  program(name: ProgramName, script: string): void;
  /** What has been called, `NAME ARGUMENT …` each. */
  calls(): string[];
  /** What the caretaker has said to the journal. */
  journal(): string;
  /** Takes the stick whose content lies in `folder`. */
  stick(folder: string): Promise<void>;
  /** Instances that are at work. */
  running(): number;
  /** Kills all instances, as a crash would. */
  kill(): void;
  close(): Promise<void>;
}

type ProgramName = 'rauc' | 'systemctl' | 'ip' | 'timedatectl' | 'unlock';

export async function openCaretaker(): Promise<Caretaker> {
  const root = mkdtempSync(join(tmpdir(), 'caretaker-'));
  const path = (...names: string[]) => join(root, ...names);
  const put = (name: string, content: string | null) => {
    if (content === null) rmSync(path(name), { force: true });
    else writeFileSync(path(name), content);
  };
  for (const folder of ['bin', 'facts', 'data', 'update', 'fixtures']) mkdirSync(path(folder));
  const program = (name: string, script: string) => {
    const line = `printf '%s\\n' "${name} $*" >> ${path('calls')}`;
    writeFileSync(path('bin', name), `#!/bin/sh\ncd ${root}\n${line}\n${script}\n`, { mode: 0o755 });
  };
  for (const [name, content] of Object.entries(SYSTEM)) put(name, content);
  for (const name of ['rauc-info.json', 'rauc-install.txt', 'rauc-status-installed.json', 'ip-address.json']) {
    put(`fixtures/${name}`, fixture(name));
  }
  const hash = JSON.parse(fixture('rauc-info.json'))['manifest-hash'] as string;
  const status = fixture('rauc-status-installed.json').replace(/"hash": "\w+"/g, `"hash": "${hash}"`);
  put('fixtures/rauc-status.json', status.replaceAll('/w/', `${root}/`));
  for (const name of ['root-a', 'root-b', 'boot-a', 'boot-b']) put(name, 'x'.repeat(2_100_000));
  for (const [name, script] of Object.entries(PROGRAMS)) program(name, script);
  writeFileSync(path('bin', 'flock'), '#!/bin/sh\nexec flock "$@"\n', { mode: 0o755 });

  const children = new Set<ChildProcess>();
  let journal = '';
  const start = (args: string[], stdio: Parameters<typeof spawn>[2]['stdio']) => {
    // As the unit does: UMask=0077.
    const command = ['-c', 'umask 077; exec "$@"', 'sh', process.execPath, MAIN, root, ...args];
    const child = spawn('/bin/sh', command, { stdio, env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: CACHE } });
    children.add(child);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      journal += text;
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    void ended.then(() => children.delete(child));
    return ended;
  };
  const socket = path('facts', 'caretaker.sock');
  const server = createServer({ pauseOnConnect: true }, (connection) => {
    // The child gets the connection itself, as with Accept=yes; ours is closed without a word.
    void start([], [connection, connection, 'pipe']);
    connection.destroy();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    root,
    socket,
    path,
    put,
    program,
    appliance: () => openAppliance({ ROHRPOST_SYSTEM: path('facts'), ROHRPOST_CLOCK: path('synchronised') })!,
    get: (name) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : null),
    calls: () => (existsSync(path('calls')) ? readFileSync(path('calls'), 'utf8').trimEnd().split('\n') : []),
    journal: () => journal,
    stick: (folder) => start(['stick', folder], ['ignore', 'pipe', 'pipe']),
    running: () => children.size,
    kill: () => {
      for (const child of children) child.kill('SIGKILL');
    },
    close: async () => {
      const ends = [...children].map((child) => new Promise((resolve) => child.once('close', resolve)));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(ends);
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Whom the program's files belong to: another one, where the tests may give files away. */
export const OWNER = process.getuid!() === 0 ? 900 : process.getuid!();

/** What a healthy box has written before the program starts. */
const SYSTEM: Record<string, string> = {
  'facts/slot': 'A\n',
  'facts/version': '1.0.0\n',
  'facts/variant': 'release\n',
  'facts/product': 'rohrpost-amd64\n',
  'facts/name': 'rohrpost-0a1b\n',
  'facts/hardware': 'QEMU Standard PC\n',
  'facts/storage': 'tpm2\n',
  hostname: 'rohrpost-0a1b\n',
  users: `root:x:0:0::/:/bin/false\nrohrpost:x:${OWNER}:${OWNER}::/:/bin/false\n`,
  uptime: '100.25 180.00\n',
  resolv: '# written by systemd-resolved\nnameserver 192.0.2.53\nnameserver 2001:db8::53\nsearch .\n',
  synchronised: '',
};

/** The programs as they answer where all is well: real words of theirs (RAUC 1.13, iproute2 6.15, systemd 257). */
const PROGRAMS: Record<string, string> = {
  rauc: `case "$1" in
  info) cat fixtures/rauc-info.json ;;
  install) cat fixtures/rauc-install.txt ;;
  status) if [ "$2" = --detailed ]; then cat fixtures/rauc-status.json; fi ;;
esac`,
  systemctl: 'exit 0',
  ip: `case "$*" in
  *address*) cat fixtures/ip-address.json ;;
  *-4*) echo '[{"dst":"default","gateway":"192.0.2.254","dev":"eth0","metric":2048,"flags":[]},{"dst":"default","gateway":"192.0.2.1","dev":"eth0","metric":1024,"flags":[]}]' ;;
  *) echo '[]' ;;
esac`,
  timedatectl: "printf 'ServerName=time.example.org\\nServerAddress=192.0.2.123\\n'",
  unlock: 'cat > unlock-key',
};
