import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../config/schema.ts';
import { asRohrpostError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';

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
  /** Settings or secrets have changed: looks at every door again. */
  adjust(): void;
  close(): Promise<void>;
}

/**
 * Opens the doors. After a change (`adjust`) those whose settings are others now are shut and opened anew. At the start a door
 * that cannot be opened ends the box, unless it may stay shut; later it stays shut, is logged, and is tried again with the next change.
 */
export async function doorman(doors: readonly Door[], settings: () => Settings, log: Log): Promise<Doorman> {
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
    log.error('door stays shut', { door: door.name, code: asRohrpostError(error, 'internal').code });
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
  return {
    ports: () =>
      Object.fromEntries([...open].flatMap(([name, { port }]) => (port === undefined ? [] : [[name, port] as const]))),
    adjust: () => {
      if (closed) return;
      for (const door of doors) {
        queue = queue.then(() => adjust(door)).catch((error: unknown) => staysShut(door, error));
      }
    },
    close: async () => {
      closed = true;
      await queue;
      await shut();
    },
  };
}
