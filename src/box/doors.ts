import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, type RohrpostError } from '../core/errors.ts';
import { lineLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { repeat } from '../core/repeat.ts';

/** A way into the box that can be opened and shut while it runs. */
export interface Door {
  readonly name: string;
  /** The settings this door lives by, its password among them; null when it is to stay shut. */
  of(settings: Settings): unknown | Promise<unknown>;
  open(at: unknown): Promise<OpenDoor>;
  /** The box works without it, too: then it does not end the start (a mailbox whose password is missing). */
  readonly mayStayShut: boolean;
}

export interface OpenDoor {
  port?: number;
  stop(): Promise<void>;
}

/** A door whose settings have a type of their own. */
export function door<At>(
  name: string,
  of: (settings: Settings) => At | null | Promise<At | null>,
  open: (at: At) => Promise<OpenDoor>,
  mayStayShut = false,
): Door {
  return { name, of, open: (at) => open(at as At), mayStayShut };
}

export interface Doorman {
  /** Ports of the open doors by name. */
  ports(): Record<string, number>;
  /** The doors that should be open and are not, and why. */
  shut(): ReadonlyMap<string, RohrpostError>;
  /** Settings or secrets have changed: looks at every door again. */
  adjust(): void;
  close(): Promise<void>;
}

/**
 * Opens the doors. After a change (`adjust`) those whose settings are others now are shut and opened anew. At the start a door
 * that cannot be opened ends the box, unless it may stay shut; later it stays shut, is logged, and is tried again, with the next
 * change and every few seconds: its port may be free again, or the disk give its password.
 */
export async function doorman(
  doors: readonly Door[],
  settings: () => Settings,
  { clock, log }: { clock: Clock; log: Log },
): Promise<Doorman> {
  const stuck = new Map<string, RohrpostError>();
  const open = new Map<string, OpenDoor & { at: unknown }>();
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  const adjust = async (door: Door) => {
    const now = open.get(door.name);
    const shutIt = async () => {
      open.delete(door.name);
      await now?.stop();
    };
    let at: unknown;
    try {
      at = await door.of(settings());
    } catch (error) {
      await shutIt();
      throw error;
    }
    if (now && isDeepStrictEqual(now.at, at)) return;
    await shutIt();
    if (at === null) return;
    const opened = await door.open(at);
    open.set(door.name, { at, port: opened.port, stop: () => opened.stop() });
    log.info('door open', { door: door.name, port: opened.port });
  };

  const staysShut = (door: Door, error: unknown) => {
    const reason = asRohrpostError(error, 'internal');
    if (stuck.get(door.name)?.code !== reason.code) {
      log.error('door stays shut', { door: door.name, code: reason.code });
    }
    stuck.set(door.name, reason);
  };

  const adjustAll = (which: readonly Door[]) => {
    for (const door of which) {
      queue = queue
        .then(() => adjust(door))
        .then(
          () => void stuck.delete(door.name),
          (error: unknown) => staysShut(door, error),
        );
    }
    return queue;
  };

  const shut = async () => {
    await Promise.all([...open.values()].map((door) => door.stop()));
    open.clear();
  };

  try {
    for (const door of doors) {
      await adjust(door).catch((error: unknown) => {
        if (!door.mayStayShut) throw error;
        staysShut(door, error);
      });
    }
  } catch (error) {
    await shut();
    throw error;
  }
  const trying = repeat(() => adjustAll(doors.filter(({ name }) => stuck.has(name))), {
    ...{ clock, pause_ms: lineLimits.door_again_ms },
  });
  return {
    ports: () =>
      Object.fromEntries([...open].flatMap(([name, { port }]) => (port === undefined ? [] : [[name, port] as const]))),
    shut: () => stuck,
    adjust: () => {
      if (!closed) void adjustAll(doors);
    },
    close: async () => {
      closed = true;
      await trying.stop();
      await queue;
      await shut();
    },
  };
}
