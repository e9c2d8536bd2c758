import { flushCompileCache } from 'node:module';
import type { Command } from 'commander';
import type { DoorAt } from '../box/page-keeper.ts';
import { asRohrpostError, framesOf } from '../core/errors.ts';
import { type Log, type LogLevel, openLog } from '../core/log.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { readOnce } from './data.ts';
import { EXIT, exitOf, UsageError } from './exits.ts';

/**
 * `rohrpost run`: the service. It logs JSON lines to standard error and ends cleanly on SIGTERM and SIGINT. With a page it goes
 * on without settings, and while the box cannot start, for the page is where people mend it; without one that ends it.
 */
export function addRunCommand(program: Command, c: Console): void {
  addCommand(program, c, 'run', 'help.run')
    .option('--web <place>', c.say('help.run-web'))
    .action(async (o: { web?: string }) => {
      c.exitCode = await run(c, o.web);
    });
}

async function run(c: Console, web: string | undefined): Promise<number> {
  const door = web === undefined || web === 'off' ? undefined : doorAt(c, web);
  const log = openLog();
  const { serviceManager } = await import('../box/notify.ts');
  const service = serviceManager({ env: c.env, log });
  try {
    log.setLevel(await logLevel(c, web === 'off'));
    endOnBugs(log);
    const signalled = firstSignal(log);
    const { startHouse } = await import('../box/house.ts');
    const { startBox } = await import('../box/box.ts');
    const { openAppliance } = await import('../appliance/appliance.ts');
    const appliance = openAppliance(c.env);
    const never = new Promise<void>(() => {});
    for (;;) {
      const running =
        web === 'off'
          ? { ...(await startBox(c.folder, { log, clock: c.clock })), restartAsked: never }
          : await startHouse(c.folder, { log, clock: c.clock, appliance, ...(door && { door }) });
      if (web === 'off') log.info('box ready', { pid: process.pid, ...running.ports() });
      // The page is open; a box that cannot work says there why.
      service.ready(statusOf(running.ports()));
      // Now, not at the end: power cuts and crashes have none, and the next start is three times as fast.
      flushCompileCache();
      service.watch(running.hanging);
      const signal = await Promise.race([signalled, running.restartAsked]);
      log.info('box stopping', { signal: signal ?? 'restart' });
      if (signal === undefined) service.status('starting anew');
      else service.stopping();
      // Stopping may take longer than the watchdog waits; what hangs then, the manager's deadline for stopping ends.
      service.watch(() => null);
      await running.stop();
      log.info('box stopped');
      if (signal !== undefined) return EXIT.ok;
    }
  } catch (thrown) {
    const ofTheSystem = thrown instanceof Error && 'syscall' in thrown;
    const error = asRohrpostError(thrown, ofTheSystem ? 'disk-error' : 'internal');
    log.error('box cannot run', { code: error.code, reason: error.message });
    return error.code.startsWith('config-') && error.code !== 'config-busy' ? EXIT.settings : exitOf(error.code);
  } finally {
    await service.close();
  }
}

/** For `systemctl status`: which doors are open. */
function statusOf(ports: object): string {
  const doors = Object.entries(ports).filter(([, port]) => port !== undefined);
  return `open: ${doors.map(([name, port]) => `${name} ${port}`).join(', ')}`;
}

/** A folder without settings has no level yet; that is an end only for a box without a page. */
async function logLevel(c: Console, needsSettings: boolean): Promise<LogLevel> {
  try {
    return (await readOnce(c)).log.level;
  } catch (error) {
    if (needsSettings) throw error;
    return 'info';
  }
}

/** `HOST:PORT`, `[IPV6]:PORT`; then there is no second, plain door. */
function doorAt(c: Console, place: string): DoorAt {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(place);
  if (!match || Number(match[3]) > 65_535) throw new UsageError(c.say('usage.host-port', { what: place }));
  return { host: match[1] ?? match[2]!, port: Number(match[3]), redirectPort: null };
}

/** Resolves with the first signal to end; a second one ends the process at once, whatever is under way. */
function firstSignal(log: Log): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals, number: number) => {
      if (asked) {
        log.warn('box ended at once', { signal });
        process.exit(128 + number);
      }
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/**
 * A bug ends the process; the service starts again, and every station is restart-safe. The frames are logged, not the
 * message: a parser's message may quote what it read.
 */
function endOnBugs(log: Log): void {
  const end = (thrown: unknown) => {
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    log.error('bug', { code: 'internal', name, stack: framesOf(thrown) });
    process.exit(EXIT.internal);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}
