import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Machine } from '../machine/qemu.ts';
import { CALLED } from './modality.ts';
import { type BoxPage, openPage } from './page.ts';
import { seconds } from './transcript.ts';
import type { World } from './world.ts';

/** A box under test: the machine it runs on, and its page. */
export interface TestBox {
  readonly machine: Machine;
  readonly page: BoxPage;
}

/** Who got to own a box: what its admin keeps. */
export interface Owner {
  fingerprint: string;
  token: string;
}

/** From power-on to an answer of the page on a machine that emulates every instruction; the first boot also makes the data partition. */
export const BOOT_MS = 600_000;
/** From power-on until the root shell answers, if the page has answered. */
export const SHELL_MS = 300_000;
/** Of the admin who claimed it. */
export const PASSWORD = 'Rohrpost-Kapsel-7';
export const ADMIN = { name: 'admin', password: PASSWORD };
const TRUST_FILE = '/var/lib/rohrpost/test-trust.pem';

/** Waits for a machine's page. @param owner of a box that is known already: only its certificate counts, and its token is used */
export async function waitForPage(machine: Machine, owner?: Owner, within_ms = BOOT_MS): Promise<TestBox> {
  const gaveUp = async () => (await machine.console()).slice(-3_000);
  const page = await openPage(machine.port(443), { within_ms, gaveUp, ...owner });
  return { machine, page };
}

/** What stands on its screen (console_codes(4): /dev/vcs1 is the text of tty1). */
export function screen({ machine }: Pick<TestBox, 'machine'>): Promise<string> {
  return machine.shell.run("tr -c '[:print:]' ' ' < /dev/vcs1 | tr -s ' '");
}

/** The pairing code, read off the screen. */
export async function readPairingCode(box: Pick<TestBox, 'machine'>): Promise<string> {
  await box.machine.shell.ready(SHELL_MS);
  for (const deadline = performance.now() + SHELL_MS; ; await delay(2_000)) {
    const text = await screen(box);
    const code = /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(text)?.[0];
    if (code) return code;
    if (performance.now() > deadline) throw new Error(`no pairing code on the screen: ${text}`);
  }
}

/** Takes a new box into possession, by its pairing code, and makes a token for what follows. */
export async function claim(box: TestBox): Promise<Owner> {
  const code = await readPairingCode(box);
  const claimed = await box.page.tryAsk('POST', '/api/claim', {
    code,
    language: 'en',
    ...ADMIN,
  });
  if (claimed.status !== 200 || claimed.cookie === null) throw new Error(`not claimed: ${JSON.stringify(claimed)}`);
  const token = await box.page.tokenFor(claimed.cookie);
  box.page.use(token);
  return { fingerprint: box.page.fingerprint, token };
}

/** Sets a claimed box up as a clinic that sends to the world's partner, and has its updates from the world's channel. */
export async function setUp(box: TestBox, world: World): Promise<void> {
  const { page, machine } = box;
  const { mailhost, clinic } = world;
  const { address, password } = mailhost.users.a!;
  const site = { name: 'Klinik A', ae_title: 'KLINIK_A', address, port: 11_112, language: 'en' };
  const began = await page.ask('PUT', '/api/setup/site', site);
  if (!began.running) throw new Error(`the box does not begin: ${JSON.stringify(began)}`);
  await machine.shell.write(TRUST_FILE, world.trust);
  await machine.shell.run(`chmod 644 ${TRUST_FILE}`);
  const account = {
    host: '10.0.2.2',
    user: address,
    password: 'secret:mail',
    ca_file: TRUST_FILE,
    security: 'starttls',
  };
  await changeSettings(
    page,
    {
      'mail.smtp': { ...account, port: mailhost.smtp.port },
      'mail.imap': { ...account, port: mailhost.imap.port },
      'mail.poll_s': 10,
      'settle.quiet_s': 3,
      // Not by itself: tests say when.
      'update.automatic': false,
      'update.channel': world.channel.url,
      'update.tls_ca_file': TRUST_FILE,
      'update.report_url': world.channel.reportUrl,
    },
    { mail: password },
  );
  const { revision } = await page.ask('GET', '/api/settings');
  await page.ask('POST', '/api/partners', {
    revision,
    partner: { id: 'b', name: 'Klinik B', address: clinic.address, ae_title: CALLED },
    key: { armored: clinic.publicKey, compared: true },
  });
  const { key } = await page.ask('GET', '/api/key/partner-file');
  await clinic.meet({ name: 'Klinik A', address, publicKey: key });
}

/** Changes settings by their paths, as an admin does on the page. */
export async function changeSettings(
  page: BoxPage,
  changes: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { revision } = await page.ask('GET', '/api/settings');
  const list = Object.entries(changes).map(([path, value]) => ({ path, value }));
  await page.ask('PATCH', '/api/settings', { revision, changes: list, secrets });
}

/** What of the system runs: the facts of this boot. */
export async function fact({ machine }: Pick<TestBox, 'machine'>, name: string): Promise<string | null> {
  const { code, output } = await machine.shell.tryRun(`cat /run/rohrpost-system/${name}`);
  return code === 0 ? output : null;
}

/** How long kernel, initrd, user space and our own program took until it said that it is ready. */
export async function bootTimes({ machine }: TestBox): Promise<string> {
  const said = await machine.shell.run(
    `systemctl show -p InitRDTimestampMonotonic -p UserspaceTimestampMonotonic
     systemctl show rohrpost -p ExecMainStartTimestampMonotonic -p ActiveEnterTimestampMonotonic`,
  );
  // Microseconds since the kernel began.
  const at = (name: string) =>
    Number(new RegExp(`^${name}TimestampMonotonic=(\\d+)`, 'm').exec(said)?.[1] ?? Number.NaN) / 1_000;
  const [initrd, userspace, started, ready] = ['InitRD', 'Userspace', 'ExecMainStart', 'ActiveEnter'].map(at) as [
    number,
    number,
    number,
    number,
  ];
  return `kernel ${seconds(initrd)}, initrd ${seconds(userspace - initrd)}, user space ${seconds(started - userspace)}, our start ${seconds(ready - started)}`;
}

/** A screen shot as PNG. */
export async function picture({ machine }: Pick<TestBox, 'machine'>, path: string): Promise<Buffer> {
  await machine.monitor.ask('screendump', { filename: path, format: 'png' });
  return readFile(path);
}

/** Starts a machine and waits for the page; the transcript tells how long that took. */
export async function boot(
  world: World,
  words: string,
  o: Parameters<World['start']>[0],
  owner?: Owner,
): Promise<TestBox> {
  const machine = await world.start(o);
  const box = await waitForPage(machine, owner);
  world.transcript.say(`${words}: page after ${seconds(machine.since())}`);
  return box;
}
