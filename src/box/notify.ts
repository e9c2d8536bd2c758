import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { serviceLimits as limits } from '../core/program-limits.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the program tells the service manager that started it (sd_notify(3)); says nothing where none wants to know. */
export interface ServiceManager {
  /** It is open for work. */
  ready(status: string): void;
  /** How it is, for `systemctl status`. */
  status(text: string): void;
  stopping(): void;
  /**
   * Gives a sign of life as often as the unit wants it (`WatchdogSec=`), at half that time, unless `ailing` names what hangs: then
   * the manager ends the process and starts it anew.
   */
  watch(ailing: () => string | null): void;
  /** Ends the signs of life, and waits for what is being told. */
  close(): Promise<void>;
}

/**
 * Node.js has no datagram sockets below AF_UNIX, so systemd's own `systemd-notify` says it: one process at a time, the newest word of
 * each kind. The unit needs `NotifyAccess=all`.
 */
export function serviceManager(o: { env: Environment; log: Log; pid?: number }): ServiceManager {
  const { env, log, pid = process.pid } = o;
  const program = env.NOTIFY_SOCKET ? programIn(env.PATH, 'systemd-notify') : null;
  if (env.NOTIFY_SOCKET && !program) log.error('systemd-notify is not there: the service manager learns nothing');
  const waiting = new Map<string, string>();
  let telling: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const tell = (words: Readonly<Record<string, string>>) => {
    if (!program) return;
    for (const [name, value] of Object.entries(words)) waiting.set(name, value);
    telling ??= tellAll(program).finally(() => {
      telling = null;
    });
  };
  const tellAll = async (path: string) => {
    while (waiting.size > 0) {
      const lines = [...waiting].map(([name, value]) => `${name}=${value}`);
      waiting.clear();
      await run(path, lines, env).catch((error) => {
        log.error('service manager not told', { what: lines.join(' '), reason: reasonOf(error) });
      });
    }
  };
  return {
    ready: (status) => tell({ READY: '1', STATUS: oneLine(status) }),
    status: (text) => tell({ STATUS: oneLine(text) }),
    stopping: () => tell({ STOPPING: '1' }),
    watch: (ailing) => {
      clearInterval(timer);
      const every_ms = watchdogMs(env, pid);
      if (every_ms === null || !program) return;
      const beat = () => {
        const hanging = ailing();
        if (hanging === null) tell({ WATCHDOG: '1' });
        else log.error('no sign of life for the service manager', { hanging });
      };
      beat();
      timer = setInterval(beat, every_ms / 2);
    },
    close: async () => {
      clearInterval(timer);
      await telling;
    },
  };
}

/** Milliseconds within which a sign of life is wanted of this process; null: of nobody (sd_watchdog_enabled(3)). */
function watchdogMs(env: Environment, pid: number): number | null {
  const usec = Number(env.WATCHDOG_USEC);
  const isOurs = !env.WATCHDOG_PID || Number(env.WATCHDOG_PID) === pid;
  return isOurs && Number.isFinite(usec) && usec > 0 ? usec / 1_000 : null;
}

/** The file of that name in the first folder of the path that has one to run. */
function programIn(path: string | undefined, name: string): string | null {
  const folders = (path || '/usr/bin:/bin').split(delimiter).filter(isAbsolute);
  const isThere = (file: string) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return folders.map((folder) => join(folder, name)).find(isThere) ?? null;
}

function run(program: string, lines: readonly string[], env: Environment): Promise<void> {
  const child = spawn(program, lines, {
    stdio: 'ignore',
    env: { NOTIFY_SOCKET: env.NOTIFY_SOCKET },
    timeout: limits.notify_ms,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`systemd-notify ended with ${code ?? signal}`));
    });
  });
}

const oneLine = (text: string) => text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, limits.status_characters);
