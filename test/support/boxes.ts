import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openKeyring } from '../../src/box/keyring.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { createSettings } from '../../src/config/settings.ts';
import { release, retry } from '../../src/line/acts.ts';
import { moves } from '../../src/line/states.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { freePort } from './ports.ts';

/** What tells one test site from another. Test sites and their people are invented. */
export interface SitePlan {
  /** Short: `a`, `b`; also the partner id that others know it by. */
  id: string;
  address: string;
  /** What people call it; without, `Klinik a`. */
  name?: string;
  /** Of the site; English without. */
  language?: 'de' | 'en';
  /** The AE title by which others' boxes call this site. */
  aeTitle: string;
  /** Sections of the settings: mail ways, targets, routes, settle … */
  mail?: object;
  targets?: object[];
  routes?: object[];
  settle?: object;
  dicom?: object;
  secrets?: Record<string, string>;
  /** What is kept free on its disk; nothing without. */
  reserve_bytes?: number;
  /** Changes to how this site sees a partner. */
  partner?(id: string): object;
}

/** A site's data folder, made but not running. */
export interface Site {
  id: string;
  folder: string;
  dicomPort: number;
  fingerprint: string;
  publicKey: string;
  /** Looks into the database beside the running box. */
  look<T>(question: (store: Store) => T): T;
  /** @param webPort where its page is opened; without one it has none */
  start(webPort?: number): Promise<BoxProcess>;
}

export interface BoxProcess {
  readonly process: ChildProcess;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<number | null>;
  /** The highest resident set so far, in bytes (VmHWM). */
  peakBytes(): number;
  log(): string;
}

/**
 * Makes the data folders of sites that all know each other: keys made and exchanged, partners set.
 * @param o.program what starts a box; without, `scripts/rohrpost`
 */
export async function makeSites(
  root: string,
  plans: readonly SitePlan[],
  o: { program?: string | undefined } = {},
): Promise<Site[]> {
  const made = await Promise.all(
    plans.map(async (plan) => {
      const folder = join(root, plan.id);
      await mkdir(folder, { recursive: true });
      const secrets = await openSecrets(folder);
      for (const [name, value] of Object.entries(plan.secrets ?? {})) await secrets.set(name, value);
      const keyring = openKeyring(folder, secrets);
      await keyring.ensureOwnKey({ name: nameOf(plan), email: plan.address, nowMs: Date.now() - 60_000 });
      const publicKey = await keyring.ownPublic();
      const { publicKey: key } = await keyring.ownKey();
      return { plan, folder, keyring, publicKey, fingerprint: key.info.fingerprint, dicomPort: await freePort() };
    }),
  );
  for (const site of made) {
    const others = made.filter((other) => other !== site);
    for (const other of others) await site.keyring.importPublic(other.publicKey);
    const { plan } = site;
    await createSettings(site.folder, {
      site: { name: nameOf(plan), language: plan.language ?? 'en', ae_title: 'ROHRPOST' },
      dicom: { host: '127.0.0.1', port: site.dicomPort, ...plan.dicom },
      mail: { address: plan.address, ...plan.mail },
      settle: { quiet_s: 1, cap_s: 60, ...plan.settle },
      targets: plan.targets ?? [],
      routes: plan.routes ?? [],
      disk: { refuse_below_bytes: plan.reserve_bytes ?? 0 },
      log: { level: 'info' },
      partners: others.map((other) => ({
        id: other.plan.id,
        name: nameOf(other.plan),
        address: other.plan.address,
        ae_title: other.plan.aeTitle,
        fingerprints: [other.fingerprint],
        ...plan.partner?.(other.plan.id),
      })),
    });
  }
  return made.map((site) => ({
    id: site.plan.id,
    folder: site.folder,
    dicomPort: site.dicomPort,
    fingerprint: site.fingerprint,
    publicKey: site.publicKey,
    look: (question) => {
      const store = openStore(site.folder, moves);
      try {
        return question(store);
      } finally {
        store.close();
      }
    },
    start: (webPort) => startProcess(site.folder, { ...o, answersAt: webPort ?? site.dicomPort, webPort }),
  }));
}

const nameOf = ({ id, name }: SitePlan) => name ?? `Klinik ${id}`;

const PROGRAM = new URL('../../scripts/rohrpost', import.meta.url).pathname;

/** Runs a box on a data folder, and waits until this port takes connections; a page alone is a box that is not set up yet. */
export async function startProcess(
  folder: string,
  o: {
    answersAt: number;
    host?: string;
    webPort?: number | undefined;
    env?: Record<string, string>;
    program?: string | undefined;
  },
): Promise<BoxProcess> {
  const web = o.webPort === undefined ? 'off' : `127.0.0.1:${o.webPort}`;
  const child = spawn(o.program ?? PROGRAM, ['run', '--data', folder, '--web', web], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...o.env },
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-200_000);
  });
  const ended = once(child, 'exit');
  const deadline = Date.now() + 30_000;
  while (!(await answers(o.answersAt, o.host))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`box in ${folder} did not start:\n${text}`);
    }
    await delay(50);
  }
  return {
    process: child,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(late);
      return child.exitCode;
    },
    peakBytes: () => {
      const status = `/proc/${child.pid}/status`;
      if (!existsSync(status)) return 0;
      return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) * 1024;
    },
    log: () => text,
  };
}

function answers(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Waits until `question` answers with something true; fails with what `describe` says when it takes too long. */
export async function eventually<T>(
  question: () => T | Promise<T>,
  o: { within_ms: number; describe?: () => string },
): Promise<NonNullable<T>> {
  const deadline = Date.now() + o.within_ms;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > deadline)
      throw new Error(`did not come true within ${o.within_ms} ms: ${o.describe?.() ?? question}`);
    await delay(100);
  }
}

/** Everything that is not as it should be in the end, for the message of a failing test. */
export function describeSite(site: Site): string {
  return site.look((store) =>
    JSON.stringify({ counts: store.overview.counts(), troubles: store.overview.troubles(20) }, null, 1),
  );
}

/** The operator decides that everything that is held goes on, and what the disk has spoilt is tried again. */
export function releaseAll(site: Site): void {
  const now = Date.now;
  const o = { by: 'test', now, steady: now, owe: () => {}, confirmWithin_ms: () => 3_600_000 };
  site.look((store) => {
    for (;;) {
      // Their parts and studies are released, and consignments follow.
      const held = store.overview
        .troubles(99)
        .filter(({ entity }) => entity !== 'consignment')
        .filter(({ state, code }) => state === 'held' || (state === 'quarantined' && code === 'disk-error'));
      if (held.length === 0) return;
      const { id, state } = held[0]!;
      (state === 'held' ? release : retry)(store, id, o);
    }
  });
}

/** TLS files for a listener in the site's folder. */
export async function writeListenerFiles(folder: string, files: { key: string; cert: string; ca: string }) {
  await mkdir(folder, { recursive: true });
  const paths = { key: join(folder, 'listener.key'), cert: join(folder, 'listener.pem'), ca: join(folder, 'ca.pem') };
  await Promise.all([
    writeFile(paths.key, files.key, { mode: 0o600 }),
    writeFile(paths.cert, files.cert),
    writeFile(paths.ca, files.ca),
  ]);
  return paths;
}
