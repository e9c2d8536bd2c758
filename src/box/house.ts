import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance } from '../appliance/appliance.ts';
import { auditRestore, finishRestore } from '../backup/swap.ts';
import { SETTINGS_FILE } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { openSecrets } from '../config/secrets.ts';
import { openSettings } from '../config/settings.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { asRohrpostError, RohrpostError, reasonOf } from '../core/errors.ts';
import { makeFolder } from '../core/files.ts';
import { configLimits, webLimits } from '../core/limits.ts';
import type { Log, OpenLog } from '../core/log.ts';
import { repeat } from '../core/repeat.ts';
import { keepAlarms } from '../health/alarms/keeper.ts';
import { watchHealth } from '../health/lights.ts';
import { lockFolder } from '../store/database.ts';
import { type Desk, deskOnTrial, openDesk } from '../store/desk.ts';
import type { Updates } from '../update/updates.ts';
import { type Certificate, ensureCertificate, ownNames } from '../web/certificate.ts';
import type { Premises } from '../web/premises.ts';
import type { Web } from '../web/route.ts';
import { isUnfinished, remember } from '../web/setup.ts';
import { alarmPost } from './alarm-post.ts';
import type { Box } from './box.ts';
import { boxKeeper } from './box-keeper.ts';
import { followPorts } from './open-ports.ts';
import { type DoorAt, type PageKeeper, pageKeeper } from './page-keeper.ts';
import { openReserve } from './reserve.ts';
import { takeStickSettings } from './stick-settings.ts';
import { trialOver } from './trial.ts';
import { auditTurnedAway } from './turned-away.ts';
import { openUpdating } from './updating.ts';

/** What runs: the page always, the box as soon as it is set up. */
export interface House {
  readonly premises: Premises;
  /** The page's server, where it is open. */
  app(): Web;
  ports(): Partial<ReturnType<Box['ports']>> & { web: number; redirect?: number };
  /** Resolves when everything is to be stopped and started anew. */
  readonly restartAsked: Promise<void>;
  /** What of it hangs, for the service manager's watchdog; null: nothing. Never a matter of the network. */
  hanging(): string | null;
  stop(): Promise<void>;
}

/** Where the page of a box is that has no settings yet. */
const USUAL_DOOR: DoorAt = { host: '0.0.0.0', port: 443, redirectPort: 80 };

/**
 * Opens the data folder, the desk (accounts, audit) and the page, and starts the box if there are settings. A box that cannot
 * start does not take the page down, which is where people see why and mend it; it is tried again with a back-off.
 * @param o.door where the page is opened; without it as the settings say
 * @param o.appliance the machine around the program, where it is an appliance
 * @param o.updates what updates it; for tests
 * @throws RohrpostError store-in-use, desk-…, secret-…, web-listen-failed (not for a box that works: its page comes later)
 */
export async function startHouse(
  folder: string,
  o: { log: OpenLog; clock?: Clock; door?: DoorAt; appliance?: Appliance | null; updates?: Updates },
): Promise<House> {
  const { log, clock = systemClock(), appliance = null } = o;
  await makeFolder(folder);
  const lock = lockFolder(folder);
  const opened: (() => Promise<unknown> | unknown)[] = [() => lock.release()];
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const reserve = await openReserve({ folder, clock, log });
    opened.push(() => reserve.stop());
    const restored = await finishRestore(folder);
    const desk = openTheDesk(folder, { appliance, clock, log });
    opened.push(() => desk.close());
    opened.push(watchTrial(folder, { appliance, clock, log }));
    if (restored) {
      log.warn('restored from a backup', { host: restored.host, made_ms: restored.made_ms });
      auditRestore(desk, restored, clock.now());
      // Accounts that stay have a box before them that is set up now.
      if (!restored.accounts && isUnfinished(desk)) remember(desk, { finished: true });
    }
    const secrets = await openSecrets(folder, { clock, watch_ms: configLimits.watch_ms });
    opened.push(() => secrets.close());
    const { promise: restartAsked, resolve: restart } = Promise.withResolvers<void>();
    let page: PageKeeper | null = null;
    const keeper = boxKeeper(folder, {
      ...{ log, clock, appliance },
      onBox: ({ settings, ports }) => {
        log.info('box ready', { pid: process.pid, ...ports() });
        if (o.door) return;
        page?.move(doorOf(settings.current()));
        settings.onChange((changed) => page?.move(doorOf(changed)));
      },
      onNewLedger: (aside) =>
        desk.audit.add({ by: 'box', act: 'ledger-made-anew', details: { aside }, now_ms: clock.now() }),
      turnedAway: auditTurnedAway({ audit: desk.audit, clock, log }),
    });
    opened.push(() => keeper.stop());
    const certificates = await certificateKeeper(folder, {
      ...{ log, clock },
      onNew: ({ replaces, fingerprint }) => {
        if (replaces)
          desk.audit.add({ by: 'box', act: 'certificate-made', details: { fingerprint }, now_ms: clock.now() });
        page?.server()?.secure(certificates.current());
      },
    });
    opened.push(() => certificates.stop());
    const { box, trouble, begin } = keeper;
    const certificate = certificates.current;
    if (appliance) {
      await takeStickSettings(folder, { desk, log, clock }).catch((error) =>
        log.error('settings from a stick not looked at', { reason: reasonOf(error) }),
      );
    }
    if (existsSync(join(folder, SETTINGS_FILE))) await begin().catch(onlyTrouble);
    const lights = () => health.lights('en');
    const updates =
      o.updates ?? (appliance && (await openUpdating({ folder, ...{ clock, log, appliance, secrets, box, lights } })));
    if (!o.updates) opened.push(() => updates?.stop());
    const health = watchHealth({
      folder,
      clock,
      secrets,
      box,
      trouble,
      certificate,
      appliance,
      updates: () => updates,
    });
    opened.push(() => health.stop());
    const post = alarmPost({ folder, secrets, clock, box });
    const alarms = keepAlarms({ health, table: desk.alarms, post, clock, log });
    opened.push(() => alarms.stop());
    const premises: Premises = {
      ...{ folder, clock, log, desk, secrets, restart, box, trouble, begin, health, certificate, appliance },
      ...{ updates, alarms },
      door: () => page?.at() ?? at,
      renewCertificate: certificates.renew,
    };
    const at = o.door ?? (await knownDoorOf(folder, { log, clock }));
    // A box that works goes on without its page, until whatever took the page's port has gone.
    page = await pageKeeper(premises, { at, mayWait: keeper.box() !== null && !o.door });
    const { at: door, server, stop: shutPage } = page;
    opened.push(shutPage);
    const ports = () => ({
      ...keeper.box()?.ports(),
      web: door().port,
      ...(door().redirectPort !== null && { redirect: door().redirectPort! }),
    });
    if (appliance) {
      const following = followPorts(appliance, { ports: () => Object.values(ports()), clock, log });
      opened.push(following.stop);
    }
    return {
      premises,
      app: () => {
        const open = server();
        if (!open) throw new Error('the page is not open');
        return open.app;
      },
      restartAsked,
      hanging: () => (deskAnswers(desk) ? (keeper.box()?.hanging() ?? null) : 'desk'),
      stop,
      ports,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the world did to the box, the page tells; a bug ends the process. */
function onlyTrouble(thrown: unknown): void {
  if (!(thrown instanceof RohrpostError) || thrown.code === 'internal') throw thrown;
}

/** Where the settings have the page, also of a box that does not work. */
async function knownDoorOf(folder: string, o: { log: OpenLog; clock: Clock }): Promise<DoorAt> {
  const settings = await openSettings(folder, o).catch(() => null);
  await settings?.close();
  return settings ? doorOf(settings.current()) : USUAL_DOOR;
}

/** The desk, which an image on trial must leave readable for the one before it. */
function openTheDesk(folder: string, o: { appliance: Appliance | null; clock: Clock; log: Log }): Desk {
  const { appliance, clock, log } = o;
  if (!appliance) return openDesk(folder);
  const isOld = deskOnTrial.takeOld(folder);
  if (appliance.onTrial()) deskOnTrial.keepOld(folder);
  const desk = openDesk(folder);
  if (isOld) {
    log.warn('accounts and audit are those from before the update');
    desk.audit.add({ by: 'box', act: 'desk-taken-back', now_ms: clock.now() });
  }
  return desk;
}

/** Once the image is to stay, accounts as they were before it must not come back. Gives back what ends the waiting. */
function watchTrial(folder: string, o: { appliance: Appliance | null; clock: Clock; log: Log }): () => Promise<void> {
  const { appliance, clock, log } = o;
  const stop = new AbortController();
  const watch = async () => {
    if (!appliance) return;
    await trialOver(appliance, { clock, signal: stop.signal });
    deskOnTrial.dropOld(folder);
  };
  const watching = watch().catch((error) => {
    if (!stop.signal.aborted) log.error('old desk not removed', { reason: reasonOf(error) });
  });
  return () => {
    stop.abort();
    return watching;
  };
}

function deskAnswers(desk: Desk): boolean {
  try {
    desk.revision();
    return true;
  } catch {
    return false;
  }
}

const doorOf = ({ web }: Settings): DoorAt => ({ host: web.host, port: web.port, redirectPort: web.redirect_port });

/** The page's certificate: looked at once a day, for the box renews its own in time. */
async function certificateKeeper(
  folder: string,
  o: { log: Log; clock: Clock; onNew(found: { replaces: boolean; fingerprint: string }): void },
) {
  let current: Certificate;
  const renew = async () => {
    const found = await ensureCertificate(folder, { names: ownNames(), clock: o.clock });
    const isNew = found.made || found.fingerprint !== current?.fingerprint;
    current = found;
    if (!isNew) return;
    o.log.info('certificate of the page', { fingerprint: found.fingerprint, made: found.made });
    o.onNew(found);
  };
  await renew().catch((error) => {
    throw asRohrpostError(error, 'disk-error');
  });
  const watch = () => renew().catch((error) => o.log.error('certificate not renewed', { reason: reasonOf(error) }));
  const { stop } = repeat(watch, { clock: o.clock, pause_ms: webLimits.certificate_ms });
  return { current: () => current!, renew, stop };
}
