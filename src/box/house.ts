import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS_FILE } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { openSecrets } from '../config/secrets.ts';
import { backoff } from '../core/backoff.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { makeFolder } from '../core/files.ts';
import { configLimits, webLimits } from '../core/limits.ts';
import type { Log, OpenLog } from '../core/log.ts';
import { lockFolder } from '../store/database.ts';
import { openDesk } from '../store/desk.ts';
import { type Certificate, ensureCertificate, ownNames } from '../web/certificate.ts';
import type { Premises } from '../web/premises.ts';
import type { Web } from '../web/route.ts';
import { startWeb, type WebServer } from '../web/server.ts';
import { type Box, startBox } from './box.ts';

/** Where the page is opened. */
export interface DoorAt {
  host: string;
  port: number;
  redirectPort: number | null;
}

/** What runs: the page always, the box as soon as it is set up. */
export interface House {
  readonly premises: Premises;
  /** The page's server. */
  readonly app: Web;
  ports(): Partial<ReturnType<Box['ports']>> & { web: number; redirect?: number };
  /** Resolves when everything is to be stopped and started anew. */
  readonly restartAsked: Promise<void>;
  stop(): Promise<void>;
}

/** Where the page of a box is that has no settings yet. */
const USUAL_DOOR: DoorAt = { host: '0.0.0.0', port: 443, redirectPort: 80 };

/**
 * Opens the data folder, the desk (accounts, audit) and the page, and starts the box if there are settings. A box that cannot
 * start does not take the page down, which is where people see why and mend it; it is tried again with a back-off, and at once
 * after `begin()`.
 * @param o.door where the page is opened; without it as the settings say
 * @throws RohrpostError store-in-use, desk-…, secret-…, web-listen-failed
 */
export async function startHouse(folder: string, o: { log: OpenLog; clock?: Clock; door?: DoorAt }): Promise<House> {
  const { log, clock = systemClock() } = o;
  await makeFolder(folder);
  const lock = lockFolder(folder);
  const opened: (() => Promise<unknown> | unknown)[] = [() => lock.release()];
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const desk = openDesk(folder);
    opened.push(() => desk.close());
    const secrets = await openSecrets(folder, { clock, watch_ms: configLimits.watch_ms });
    opened.push(() => secrets.close());
    const keeper = boxKeeper(folder, { log, clock });
    opened.push(() => keeper.stop());
    const { promise: restartAsked, resolve: restart } = Promise.withResolvers<void>();
    const certificates = await certificateKeeper(folder, { log, clock });
    let server: WebServer | null = null;
    const premises: Premises = {
      ...{ folder, clock, log, desk, secrets },
      box: keeper.box,
      trouble: keeper.trouble,
      begin: keeper.begin,
      restart,
      door: () => ({ host: at.host, port: server?.port ?? at.port, redirectPort: server?.redirectPort ?? null }),
      certificate: certificates.current,
      renewCertificate: async () => {
        await certificates.renew();
        server?.secure(certificates.current());
      },
    };
    if (isSetUp(folder)) await keeper.begin().catch(() => {});
    const settings = keeper.box()?.settings.current();
    const at = o.door ?? (settings ? doorOf(settings) : USUAL_DOOR);
    server = await startWeb(premises, at);
    opened.push(() => server?.stop());
    log.info('page open', { port: server.port, redirect: server.redirectPort });
    return {
      premises,
      app: server.app,
      restartAsked,
      stop,
      ports: () => ({
        ...keeper.box()?.ports(),
        web: server!.port,
        ...(server!.redirectPort !== null && { redirect: server!.redirectPort }),
      }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const isSetUp = (folder: string) => existsSync(join(folder, SETTINGS_FILE));
const doorOf = ({ web }: Settings): DoorAt => ({ host: web.host, port: web.port, redirectPort: web.redirect_port });

/** Starts the box, and again where it could not; knows why. A bug is none of its business: it ends the process. */
function boxKeeper(folder: string, o: { log: OpenLog; clock: Clock }) {
  const { log, clock } = o;
  let box: Box | null = null;
  let trouble: RohrpostError | null = null;
  let attempts = 0;
  let starting: Promise<void> | null = null;
  let retry = new AbortController();
  let isStopped = false;

  const start = async () => {
    try {
      box = await startBox(folder, { log, clock, locked: true });
      trouble = null;
      attempts = 0;
      log.info('box ready', { ...box.ports() });
    } catch (thrown) {
      if (!(thrown instanceof RohrpostError) || thrown.code === 'internal') throw thrown;
      trouble = thrown;
      log.error('box cannot start', { code: thrown.code, reason: thrown.message });
      later();
      throw thrown;
    }
  };
  const later = () => {
    const wait_ms = backoff(++attempts, { first_ms: webLimits.reopen_ms, cap_ms: webLimits.reopen_most_ms });
    retry = new AbortController();
    clock.sleep(wait_ms, retry.signal).then(
      () => void begin().catch(() => {}),
      () => {},
    );
  };
  const begin = async () => {
    if (box || isStopped) return;
    retry.abort();
    starting ??= start().finally(() => {
      starting = null;
    });
    await starting;
  };
  return {
    box: () => box,
    trouble: () => trouble,
    begin,
    stop: async () => {
      isStopped = true;
      retry.abort();
      await starting?.catch(() => {});
      const running = box;
      box = null;
      await running?.stop();
    },
  };
}

/** The page's certificate, and what happens when it is another one. */
async function certificateKeeper(folder: string, o: { log: Log; clock: Clock }) {
  let current: Certificate;
  const renew = async () => {
    const found = await ensureCertificate(folder, { names: ownNames(), clock: o.clock });
    current = found;
    o.log.info('certificate of the page', { fingerprint: found.fingerprint, new: found.made });
  };
  await renew().catch((error) => {
    throw asRohrpostError(error, 'disk-error');
  });
  return { current: () => current!, renew };
}
