import { type ClockDoubt, clockDoubt } from '../box/clock-watch.ts';
import { asRohrpostError, type Language, plainText } from '../core/errors.ts';
import { healthLimits } from '../core/limits.ts';
import type { House, WorkingBox } from './house.ts';
import { lookAtFirmware, lookAtStorage } from './looks/appliance.ts';
import { lookAtBox, lookAtClock, lookAtDoors, lookAtRows, lookAtUnclaimed } from './looks/box.ts';
import { lookAtCertificates, lookAtKeys } from './looks/expiry.ts';
import { lookAtDisk, lookAtMemory, lookAtTemperature } from './looks/machine.ts';
import { lookAtMailbox, lookAtOutgoing, lookAtTwin } from './looks/mail.ts';
import { type Knock, knockAtTargets, lookAtTargets } from './looks/targets.ts';
import { type Light, lightOf, type Sign, signOf } from './signs.ts';
import { type TimeService, timeService } from './time.ts';

export type { Light } from './signs.ts';

/** What one look at everything has seen. */
export interface Look {
  readonly signs: readonly Sign[];
  /** Whether there was nothing that could not be looked at: else what is missing among the signs may still be so. */
  readonly isWhole: boolean;
}

export interface Health {
  /** How everything was at the last look, in somebody's language; at once, from memory. */
  lights(language: Language): Light[];
  /** Looks now at what lies at hand. */
  refresh(): Promise<void>;
  /** Calls `listener` after each look; gives back what ends that. */
  onLook(listener: (look: Look) => void): () => void;
  /** Waits for what is being asked over the network. */
  asked(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Watches what the box lives on, in the background: every half minute what lies at hand, every ten minutes, and after the
 * settings have changed, what must be asked for over the network. Partners are never knocked at.
 */
export function watchHealth(house: House): Health {
  const { clock } = house;
  const stop = new AbortController();
  let signs: readonly Sign[] = [];
  let seldom: Seldom = { service: undefined, knocks: new Map(), keys: [], temperature: [] };
  let asked_ms = Number.NEGATIVE_INFINITY;
  let askedOf = '';
  let asking: Promise<void> = Promise.resolve();
  let looking: Promise<void> | null = null;
  let heard: WorkingBox | null = null;
  let unhear = () => {};
  const listeners = new Set<(look: Look) => void>();
  /** As the box judges it: by what was written before this start. */
  let doubt: () => ClockDoubt | null = () => null;

  /** What is saved shows at once. */
  const hear = () => {
    const box = house.box();
    if (box === heard) return;
    unhear();
    heard = box;
    unhear = box ? box.settings.onChange(() => void refresh()) : () => {};
    doubt = box ? clockDoubt(box.store, clock, house.appliance) : () => null;
  };

  const lookNow = async () => {
    const found = await look(house, seldom, doubt());
    if (stop.signal.aborted) return;
    signs = found.signs;
    for (const listener of listeners) listener(found);
  };
  /** What takes longer goes its own way. */
  const askSeldom = () => {
    const revision = house.box()?.settings.revision() ?? '';
    if (clock.steady() - asked_ms < healthLimits.knock_ms && revision === askedOf) return;
    asked_ms = clock.steady();
    askedOf = revision;
    asking = asking.then(async () => {
      const isStopped = () => stop.signal.aborted;
      if (isStopped()) return;
      seldom = { ...seldom, ...(await askSystem(house)) };
      await lookNow();
      const box = house.box();
      if (box && !isStopped())
        seldom = { ...seldom, knocks: await knockAtTargets(house, box.settings.current(), isStopped) };
      await lookNow();
    });
  };
  const refresh = async () => {
    // A look that is under way may have seen what was before.
    await looking;
    if (stop.signal.aborted) return;
    hear();
    looking ??= lookNow().finally(() => {
      looking = null;
    });
    await looking;
    askSeldom();
  };
  const work = async () => {
    while (!stop.signal.aborted) {
      await refresh();
      await clock.sleep(healthLimits.look_ms, stop.signal).catch(() => {});
    }
  };
  const ended = work();
  return {
    lights: (language) => signs.map((sign) => lightOf(sign, language)),
    refresh,
    onLook: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    asked: () => asking,
    // What is being asked over the network is not waited for: its answer is for nobody any more.
    stop: async () => {
      stop.abort();
      unhear();
      await ended;
    },
  };
}

/** What is asked for seldom. */
interface Seldom {
  service: TimeService | null | undefined;
  knocks: ReadonlyMap<string, Knock>;
  keys: Sign[];
  temperature: Sign[];
}

/** What costs a process or a thousand files. */
async function askSystem(house: House): Promise<Omit<Seldom, 'knocks'>> {
  const box = house.box();
  const [service, temperature, keys] = await Promise.all([
    timeService(),
    told('temperature', lookAtTemperature),
    box ? told('keys', () => lookAtKeys(house, box)) : [],
  ]);
  return { service, temperature, keys };
}

async function look(house: House, seldom: Seldom, clockDoubt: ClockDoubt | null): Promise<Look> {
  const { service, knocks, keys, temperature } = seldom;
  const box = house.box();
  const inBox = box
    ? [
        told('attention', () => lookAtRows(box)),
        told('doors', () => lookAtDoors(box)),
        told('mailbox', () => lookAtMailbox(house, box)),
        told('mail-server', () => lookAtOutgoing(house, box)),
        told('twin', () => lookAtTwin(house, box)),
        told('targets', () => lookAtTargets(house, box, knocks)),
        keys,
      ]
    : [];
  const found = await Promise.all([
    told('box', () => lookAtBox(house)),
    ...inBox,
    told('certificates', () => lookAtCertificates(house, box)),
    told('firmware', () => lookAtFirmware(house)),
    told('storage', () => lookAtStorage(house)),
    told('unclaimed', () => lookAtUnclaimed(house)),
    told('disk', () => lookAtDisk(house)),
    told('memory', lookAtMemory),
    temperature,
    told('clock', () => lookAtClock(clockDoubt, service)),
  ]);
  const signs = found.flat();
  return { signs, isWhole: box !== null && !signs.some(({ code }) => code === 'internal') };
}

/** What one look sees; one that fails is a sign too, and takes none of the others with it. */
async function told(id: string, look: () => Sign[] | Promise<Sign[]>): Promise<Sign[]> {
  try {
    return await look();
  } catch (thrown) {
    const error = asRohrpostError(thrown, 'internal');
    return [{ ...signOf(error, { id, title: () => id }), plain: (_, language) => plainText(error.code, language) }];
  }
}
