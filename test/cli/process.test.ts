import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openSecrets } from '../../src/config/secrets.ts';
import { moves } from '../../src/line/states.ts';
import { openStore } from '../../src/store/store.ts';
import { makeCa } from '../support/ca.ts';
import { type RunningBox, rohrpost, rohrpostProcess, startRun } from './rohrpost.ts';
import { addItem, addStudy } from './rows.ts';

/** The command line as processes: exit codes, signals, and commands beside a running box. */

let root: string;
const boxes: RunningBox[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rohrpost-process-'));
});
afterEach(async () => {
  for (const box of boxes.splice(0)) await box.end('SIGKILL');
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function start(folder: string): Promise<RunningBox> {
  const box = await startRun(folder);
  boxes.push(box);
  return box;
}

async function makeBox(name: string, ae: string): Promise<string> {
  const folder = join(root, name);
  const o = ['--name', `Klinik ${name}`, '--address', `box@${name}.example`, '--ae', ae, '--language', 'en'];
  const made = await rohrpost(['init', '--data', folder, ...o]);
  if (made.code !== 0) throw new Error(made.err);
  await set(folder, 'dicom', { host: '127.0.0.1', port: 0 });
  await set(folder, 'disk', { refuse_below_bytes: 0 });
  return folder;
}

async function set(folder: string, path: string, value: unknown): Promise<void> {
  const done = await rohrpost(['settings', 'set', path, JSON.stringify(value), '--data', folder]);
  if (done.code !== 0) throw new Error(done.err);
}

describe('as a process', () => {
  test('init, status, key, settings, partner, study and doctor end with their exit codes', async () => {
    const folder = join(root, 'alone');
    const o = ['--data', folder];
    const run = (...args: string[]) => rohrpostProcess([...args, ...o]);
    expect(await run('init', '--name', 'Allein', '--address', 'a@allein.example', '--language', 'de')).toMatchObject({
      ...{ code: 0, err: '', out: expect.stringContaining('Fingerabdruck') },
    });
    expect((await run('init', '--name', 'B', '--address', 'b@b.example')).code).toBe(1);
    expect((await run('settings', 'set', 'disk', '{"refuse_below_bytes":0}')).code).toBe(0);
    expect((await run('status')).out).toContain('Noch keine Studien.');
    expect((await run('key', 'show', '--lang', 'en')).out).toMatch(/^fingerprint /);
    expect((await run('study', 'show', 'nothing')).code).toBe(1);
    expect((await run('doctor', '--json')).code).toBe(0);
    expect((await run('nonsense')).code).toBe(2);
  });

  test('a reader that has seen enough is no failure', async () => {
    const folder = await makeBox('pipe', 'PIPE');
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
    const script = `set -o pipefail; "$0" "$1" settings show --data "$2" | head -n 1`;
    const shell = spawn('bash', ['-c', script, process.execPath, main, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [code] = await once(shell, 'close');
    expect(code).toBe(0);
  });
});

describe('at a terminal', () => {
  /** Runs a command line at a pseudo-terminal (script(1)), typing `typed` when it asks. */
  async function atTerminal(command: string, typed: string): Promise<{ code: number; shown: string }> {
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (shown === '') setTimeout(() => child.stdin.write(typed), 200);
      shown += text;
    });
    const [code] = (await once(child, 'close')) as [number];
    return { code, shown };
  }
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

  test('a password that is typed is not shown', async () => {
    const folder = await makeBox('typed', 'TYPED');
    const command = `${process.execPath} ${main} settings secret mx --data ${folder}`;
    const { code, shown } = await atTerminal(command, 'unsichtbar-42\r');
    expect(shown).toContain('Value of secret:mx:');
    expect(shown).toContain('Stored: secret:mx');
    expect(shown).not.toContain('unsichtbar');
    expect(code).toBe(0);
    expect(await (await openSecrets(folder)).get('mx')).toBe('unsichtbar-42');
  });

  test('Ctrl-C at the question ends it and stores nothing', async () => {
    const folder = await makeBox('typed2', 'TYPED2');
    const { code } = await atTerminal(`${process.execPath} ${main} settings secret mx --data ${folder}`, 'ab\x03');
    expect(code).toBe(130);
    expect(await (await openSecrets(folder)).names()).not.toContain('mx');
  });

  test('status --watch redraws in place until Ctrl-C', async () => {
    const folder = await makeBox('watched', 'WATCHED');
    const command = `${process.execPath} ${main} status --watch --data ${folder}`;
    const { code, shown } = await atTerminal(command, '\x03');
    expect(shown).toContain('\x1b[H\x1b[J');
    expect(shown).toContain('No studies yet.');
    expect(code).toBe(130);
  });
});

describe('as root', () => {
  test.runIf(process.getuid?.() === 0)('a command leaves no file that the box could not read', async () => {
    const folder = await makeBox('owned', 'OWNED');
    await promisify(execFile)('chown', ['-R', '65534:65534', folder]);
    await chmod(root, 0o755);
    expect((await rohrpostProcess(['settings', 'set', 'site.name', 'X', '--data', folder])).code).toBe(0);
    expect((await rohrpostProcess(['settings', 'secret', 'mx', '--data', folder], { input: 'x' })).code).toBe(0);
    expect((await rohrpostProcess(['status', '--data', folder])).code).toBe(0);
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).uid, name).toBe(65534);
  });
});

describe('run', () => {
  test('F77: a second box on the same folder ends with 75; SIGTERM ends the first with 0', async () => {
    const folder = await makeBox('single', 'SINGLE');
    const box = await start(folder);
    const second = await rohrpostProcess(['run', '--web', 'off', '--data', folder]);
    expect(second.code).toBe(75);
    expect(second.err).toContain('"code":"store-in-use"');
    expect((await rohrpost(['status', '--data', folder])).out).toContain('the box is running');
    const doctor = await rohrpost(['doctor', '--data', folder]);
    expect(doctor.out).toMatch(/^ok {6}box: the box is running$/m);
    const began = Date.now();
    expect(await box.end('SIGTERM')).toBe(0);
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(box.log()).toContain('"box stopped"');
    expect((await rohrpost(['status', '--data', folder])).out).toContain('the box is not running');
    for (const line of box.log().trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  test('SIGINT ends it too, and the folder can be used again at once', async () => {
    const folder = await makeBox('again', 'AGAIN');
    expect(await (await start(folder)).end('SIGINT')).toBe(0);
    expect(await (await start(folder)).end('SIGTERM')).toBe(0);
  });

  test('a second signal ends the process at once, whatever is under way', async () => {
    const folder = await makeBox('hasty', 'HASTY');
    const box = await start(folder);
    // An association under way is given its time by the first signal.
    const modality = connect(box.ports.dicom, '127.0.0.1');
    modality.on('error', () => {});
    await once(modality, 'connect');
    modality.write(associateRequest('HASTY'));
    await once(modality, 'data');
    modality.write(Buffer.from([4, 0, 0, 0, 1, 0, 0, 0])); // the head of a P-DATA that never comes whole
    await new Promise((wake) => setTimeout(wake, 200));
    box.child.kill('SIGTERM');
    await new Promise((wake) => setTimeout(wake, 300));
    expect(box.child.exitCode).toBeNull();
    expect(await box.end('SIGINT')).toBe(130);
    modality.destroy();
  });

  test('settings that cannot be used end it with 78', async () => {
    const folder = join(root, 'broken');
    await rohrpost(['init', '--data', folder, '--name', 'X', '--address', 'x@x.example']);
    for (const name of ['settings.yaml', 'settings.last-good.yaml']) await writeFile(join(folder, name), 'site: [');
    const ended = await rohrpostProcess(['run', '--web', 'off', '--data', folder]);
    expect(ended.code).toBe(78);
    expect(ended.err).toContain('"code":"config-invalid"');
  });
});

describe('beside a running box', () => {
  test('what is released is taken up within seconds; nothing of the patient is in the log', async () => {
    const folder = await makeBox('beside', 'BESIDE');
    const box = await start(folder);
    const store = openStore(folder, moves);
    try {
      const study = addStudy(store, 'held').id;
      addItem(store, study);
      const released = await rohrpost(['study', 'release', study, '--data', folder]);
      expect(released).toMatchObject({ code: 0, err: '' });
      // Nobody is called SUED here: routed at once, it is held with the reason.
      await until(() => store.studies.get(study)!.code === 'route-nobody');
      const o = ['--name', 'S', '--address', 's@s.example', '--ae', 'SUED', '--hold'];
      expect((await rohrpost(['partner', 'add', 'sued', ...o, '--data', folder])).code).toBe(0);
      // The box reads its settings again within a second.
      await new Promise((wake) => setTimeout(wake, 1_500));
      expect((await rohrpost(['study', 'release', study, '--data', folder])).code).toBe(0);
      await until(() => store.consignments.ofStudy(study)[0]?.state === 'held');
      expect(store.consignments.ofStudy(study)[0]).toMatchObject({ code: 'route-partner-on-hold', partner_id: 'sued' });
      expect(box.log()).not.toMatch(/Testperson|TEST-0001/);
    } finally {
      store.close();
    }
  });

  test('partner test --send: two boxes set up by commands alone, a trial there and its receipt back', async () => {
    const ca = await makeCa(join(root, 'ca'));
    const issued = await ca.issue({ names: ['localhost'], ips: ['127.0.0.1'] });
    const files = { key_file: join(root, 'tls.key'), cert_file: join(root, 'tls.pem'), ca: join(root, 'ca', 'ca.pem') };
    await writeFile(files.key_file, issued.key);
    await writeFile(files.cert_file, issued.cert);
    const sites = [];
    for (const [name, ae] of [['west', 'WEST'] as const, ['ost', 'OST'] as const]) {
      const folder = await makeBox(name, ae);
      const listener = { host: '127.0.0.1', port: 0, key_file: files.key_file, cert_file: files.cert_file };
      await set(folder, 'mail.listener', listener);
      const key = join(root, `${name}.asc`);
      await rohrpost(['key', 'export', '--out', key, '--data', folder]);
      sites.push({ name, folder, key, box: await start(folder) });
    }
    const [west, ost] = sites as [(typeof sites)[0], (typeof sites)[0]];
    for (const [from, to] of [[west, ost] as const, [ost, west] as const]) {
      const added = await rohrpost([
        ...['partner', 'add', to.name, '--name', to.name, '--address', `box@${to.name}.example`],
        ...['--ae', `${to.name.toUpperCase()}1`, '--key', to.key, '--data', from.folder],
        ...['--smtp', `127.0.0.1:${to.box.ports.smtp}`, '--smtp-ca', files.ca],
      ]);
      expect(added).toMatchObject({ code: 0, err: '' });
    }
    const arrivals = await mkdtemp(join(root, 'arrivals-'));
    await rohrpost(['target', 'add', 'folder', 'ordner', '--path', arrivals, '--data', ost.folder]);
    await new Promise((wake) => setTimeout(wake, 1_500));

    const tested = await rohrpost(['partner', 'test', 'ost', '--send', '--wait', '40', '--data', west.folder]);
    expect(tested.out).toMatch(/^ok {6}key of ost: /m);
    expect(tested.out).toMatch(/^ok {6}way to ost: 127\.0\.0\.1:\d+: .*TLSv1\.3/m);
    expect(tested.out).toMatch(/^ok {6}trial consignment to ost: confirmed after [\d.]+ s$/m);
    expect(tested.code).toBe(0);
    const listed = await rohrpost(['study', 'list', '--data', west.folder]);
    expect(listed.out).toMatch(/→ ost .*confirmed/);
    const log = await rohrpost(['status', '--json', '--data', ost.folder]);
    expect(JSON.parse(log.out)).toMatchObject({ running: true, troubles: [], studies: [{ direction: 'in' }] });
    const doctor = await rohrpost(['doctor', '--data', ost.folder]);
    expect(doctor.out).toMatch(/^ok {6}target ordner: /m);
    expect(await readFile(join(west.folder, 'settings.yaml'), 'utf8')).toContain('ca_file');
  });
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not come about');
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** An A-ASSOCIATE-RQ (PS3.8 §9.3.2) for CT Image Storage in Implicit VR Little Endian. */
function associateRequest(calledAe: string): Buffer {
  const item = (type: number, body: Buffer) =>
    Buffer.concat([Buffer.from([type, 0, body.length >> 8, body.length & 255]), body]);
  const uid = (type: number, value: string) => item(type, Buffer.from(value));
  const context = Buffer.concat([
    Buffer.from([1, 0, 0, 0]),
    uid(0x30, '1.2.840.10008.5.1.4.1.1.2'),
    uid(0x40, '1.2.840.10008.1.2'),
  ]);
  const user = Buffer.concat([item(0x51, Buffer.from([0, 0, 64, 0])), uid(0x52, '1.2.826.0.1.3680043.10.1')]);
  const body = Buffer.concat([
    Buffer.from([0, 1, 0, 0]),
    Buffer.from(calledAe.padEnd(16) + 'TESTER'.padEnd(16)),
    Buffer.alloc(32),
    uid(0x10, '1.2.840.10008.3.1.1.1'),
    item(0x20, context),
    item(0x50, user),
  ]);
  const head = Buffer.from([1, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}
