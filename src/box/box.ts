import type { Appliance } from '../appliance/appliance.ts';
import { finishRestore } from '../backup/swap.ts';
import type { Settings } from '../config/schema.ts';
import { openSecrets } from '../config/secrets.ts';
import { type OpenSettings, openSettings } from '../config/settings.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { configLimits, lineLimits, mailLimits } from '../core/limits.ts';
import type { Log, OpenLog } from '../core/log.ts';
import { type Intake, intake, isForBox } from '../inbound/collect.ts';
import { startConveyor } from '../line/conveyor.ts';
import { moves } from '../line/states.ts';
import { parseMailbox, sameAddress } from '../mail/address.ts';
import { Headers } from '../mail/headers.ts';
import { collectMail } from '../mail/imap.ts';
import { listenSmtp } from '../mail/listener.ts';
import { readHead } from '../mail/read.ts';
import { markCutOff, type Receiver, receiver } from '../outbound/receive.ts';
import { openUploads, type Uploads } from '../outbound/upload.ts';
import { lockFolder } from '../store/database.ts';
import { openStore, type Store } from '../store/store.ts';
import { openWorkers } from '../workers/pool.ts';
import { isAllowed } from './allow.ts';
import { clockWatch } from './clock-watch.ts';
import { dicomDoors, pems } from './dicom-door.ts';
import { door, doorman } from './doors.ts';
import { adoptFound, settleDoubt, startMark } from './doubt.ts';
import { type Keyring, openKeyring } from './keyring.ts';
import { inboxPath, lines } from './lines.ts';
import { type MailboxSight, mailboxWatch } from './mailbox-sight.ts';
import { openPreviews, type Previews } from './previews.ts';
import { openReserve } from './reserve.ts';
import { startRetention } from './retention.ts';
import { type Sightings, sightings } from './sightings.ts';
import { makeSpool, roomWatch, sweepSpool } from './spool.ts';
import type { TurnedAway } from './turned-away.ts';
import { mailboxOf, openWays } from './ways.ts';

/** A running box. */
export interface Box {
  readonly store: Store;
  readonly settings: OpenSettings;
  readonly keyring: Keyring;
  /** What people send from the page. */
  readonly uploads: Uploads;
  readonly previews: Previews;
  /** The ports that are open, for what was configured as port 0 in tests and the demo. */
  ports(): { dicom: number; dicomTls?: number; smtp?: number };
  /** Ways in that should be open and are not, and why, by `dicom`, `dicomTls`, `smtp` and `imap`. */
  shutDoors(): ReadonlyMap<string, RohrpostError>;
  /** How the mailbox was seen last; null where there is none, or nothing is known of it yet. */
  mailbox(): MailboxSight | null;
  readonly sightings: Sightings;
  wake(): void;
  /** What of it hangs, for the service manager's watchdog; null: nothing. Never a matter of the network. */
  hanging(): string | null;
  /** Stops in reverse order: doors first, then the work under way, then the store. */
  stop(): Promise<void>;
}

/**
 * The one wiring place: opens everything, starts in order, stops in reverse. `locked`: the caller holds the data folder.
 * @throws RohrpostError store-in-use, config-…, store-…, dicom-listen-failed, transport-listen-failed
 */
export async function startBox(
  folder: string,
  o: { log: OpenLog; clock?: Clock; locked?: boolean; appliance?: Appliance | null; turnedAway?: TurnedAway },
): Promise<Box> {
  const { log, clock = systemClock(), appliance = null } = o;
  const lock = o.locked ? null : lockFolder(folder);
  const opened: (() => Promise<unknown> | unknown)[] = [() => lock?.release()];
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    if (lock) {
      const reserve = await openReserve({ folder, clock, log });
      opened.push(() => reserve.stop());
      await finishRestore(folder);
    }
    const settings = await openSettings(folder, { log, clock, watch_ms: configLimits.watch_ms });
    opened.push(() => settings.close());
    log.setLevel(settings.current().log.level);
    opened.push(settings.onChange(() => log.setLevel(settings.current().log.level)));
    const secrets = await openSecrets(folder, { clock, watch_ms: configLimits.watch_ms });
    opened.push(() => secrets.close());
    await makeSpool(folder);
    const store = openStore(folder, moves, 'keeper');
    opened.push(() => store.close());
    await settleDoubt({ folder, store, settings: settings.current, clock, log });
    const mark = startMark({ folder, store, clock, log });
    opened.push(() => mark.stop());
    await sweepSpool(folder, store.overview.paths(), log);
    markCutOff({ store, settings: settings.current, clock });
    const keyring = openKeyring(folder, secrets);
    const { site, mail } = settings.current();
    await keyring.ensureOwnKey({ name: site.name, email: mail.address, nowMs: clock.now() });
    const workers = openWorkers(lineLimits.worker_threads);
    opened.push(() => workers.close());
    const ways = openWays({ settings: settings.current, secrets, folder, log });
    opened.push(() => ways.close());

    const clockTrusted = clockWatch(store, clock, appliance);
    const shared = { folder, store, settings: settings.current, clock, clockTrusted, log };
    const seen = sightings(clock);
    const stations = lines({
      ...shared,
      secrets,
      keyring,
      ways,
      workers,
      onRenamed: (id) => seen.see('deliver-renamed', id),
    });
    const conveyor = startConveyor(stations, {
      clock,
      log,
      owner: newId(),
      transaction: (work) => store.transaction(work),
    });
    opened.push(() => conveyor.stop());
    const retention = startRetention(shared);
    opened.push(() => retention.stop());
    const found = adoptFound({ ...shared, wake: conveyor.wake });
    opened.push(() => found.stop());

    const room = roomWatch(folder, () => settings.current().disk.refuse_below_bytes, clock.steady);
    const receive = receiver({
      ...{ store, settings: settings.current, folder, clock, log, roomLeft: room, wake: conveyor.wake },
      allowed: (association) => isAllowed(settings.current().dicom.allow, association),
      ...(o.turnedAway && { turnedAway: o.turnedAway }),
    });
    opened.push(() => receive.close());
    const uploads = await openUploads({
      ...{ store, settings: settings.current, folder, clock, log, roomLeft: room, wake: conveyor.wake },
      survey: (job, signal) => workers.run('survey', job, signal),
    });
    opened.push(() => uploads.close());
    const previews = openPreviews();
    opened.push(() => previews.close());
    const onNotKept = ({ code }: RohrpostError) => seen.see(code);
    const taking = { ...receive, onNotKept };
    const take = intake({ mails: store.mails, folder, clock, wake: conveyor.wake, onNotKept });
    const mailbox = mailboxWatch(clock);
    const surroundings = { folder, store, secrets, clock, log, room, receive: taking, take, mailbox };
    const doors = await openDoors(surroundings, settings.current);
    opened.push(() => doors.close());
    let isOpen = true;
    opened.push(() => {
      isOpen = false;
    });
    const onChange = () => {
      if (!isOpen) return;
      doors.adjust();
      void ways.refresh().then(() => {
        if (!isOpen) return;
        // Mails that wait for a better password need not wait any longer.
        store.parts.pullDue('sealed', clock.steady(), clock.steady());
        conveyor.wake();
      });
    };
    opened.push(settings.onChange(onChange));
    secrets.onChange(onChange);
    return {
      store,
      settings,
      keyring,
      uploads,
      previews,
      ports: doors.ports,
      shutDoors: doors.shut,
      mailbox: mailbox.current,
      sightings: seen,
      wake: conveyor.wake,
      hanging: conveyor.hanging,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Surroundings {
  folder: string;
  store: Store;
  secrets: { get(name: string): Promise<string> };
  clock: Clock;
  log: Log;
  room(): number;
  receive: Receiver;
  take: Intake;
  mailbox: ReturnType<typeof mailboxWatch>;
}

/** The box's ways in: DICOM, DICOM over TLS, the SMTP listener, the mailbox. Each is opened anew when its settings change. */
async function openDoors(o: Surroundings, settings: () => Settings) {
  const doors = await doorman(
    [
      ...dicomDoors(o),
      door(
        'smtp',
        ({ mail }) => mail.listener && { ...mail.listener, address: mail.address },
        (at) => openSmtpDoor(o, at),
      ),
      door(
        'imap',
        async ({ mail, partners }) =>
          mail.imap && {
            ...mail.imap,
            password: await o.secrets.get(mail.imap.password),
            poll_s: mail.poll_s,
            partners: partners.map(({ address }) => address),
          },
        (at) => openMailbox(o, at),
        true,
      ),
    ],
    settings,
    o,
  );
  return {
    ...doors,
    ports: () => doors.ports() as { dicom: number; dicomTls?: number; smtp?: number },
  };
}

async function openSmtpDoor(o: Surroundings, at: NonNullable<Settings['mail']['listener']> & { address: string }) {
  const { key, cert } = pems(o.folder, at);
  return listenSmtp({
    host: at.host,
    port: at.port,
    tls: { key, cert },
    security: at.security,
    hostname: at.address.slice(at.address.lastIndexOf('@') + 1),
    address: at.address,
    maxBytes: lineLimits.mail_bytes,
    log: o.log,
    clock: o.clock,
    newPath: () => inboxPath(o.folder),
    refuse: () => (o.room() > 0 ? null : new RohrpostError('disk-full', { details: { free_bytes: 0 } })),
    received: async ({ path, sizeBytes, sha256 }) => {
      const messageId = (await readHead(path)).get('Message-ID') ?? null;
      await o.take.take({ source: 'smtp', mailboxKey: null, messageId, path, sizeBytes, sha256 });
    },
  });
}

async function openMailbox(
  o: Surroundings,
  at: NonNullable<Settings['mail']['imap']> & { poll_s: number; partners: string[] },
): Promise<{ stop(): Promise<void> }> {
  const isPartner = (address: string) => at.partners.some((partner) => sameAddress(partner, address));
  const account = mailboxOf(at, at.password, o.folder);
  const collector = collectMail(account, {
    clock: o.clock,
    log: o.log,
    limits: { ...mailLimits, poll_ms: at.poll_s * 1_000 },
    wanted: (mail) => {
      if (o.room() <= 0) return 'leave';
      const headers = new Headers(mail.head);
      return isForBox(headers, { isPartner, from: parseMailbox(headers.get('From')) }) ? 'take' : 'leave';
    },
    alreadyTaken: ({ uidValidity, uid }) => o.store.mails.knowsMailboxKey(`${uidValidity}:${uid}`),
    newPath: () => inboxPath(o.folder),
    taken: ({ path, sizeBytes, sha256, messageId, uidValidity, uid }) =>
      o.take.take({ source: 'imap', mailboxKey: `${uidValidity}:${uid}`, messageId, path, sizeBytes, sha256 }),
    gone: o.mailbox.gone,
    onState: (told) => {
      const { state, error } = told;
      o.mailbox.tell(told);
      if (error) o.log.warn('mailbox', { state, code: error.code });
      else o.log.debug('mailbox', { state });
    },
  });
  return {
    stop: async () => {
      await collector.stop();
      o.mailbox.forget();
    },
  };
}
