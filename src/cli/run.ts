import type { Command } from 'commander';
import { asRohrpostError, framesOf } from '../core/errors.ts';
import { type Log, openLog } from '../core/log.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { readOnce } from './data.ts';
import { EXIT, exitOf } from './exits.ts';

/** `rohrpost run`: the service. It logs JSON lines to standard error and ends cleanly on SIGTERM and SIGINT. */
export function addRunCommand(program: Command, c: Console): void {
  addCommand(program, c, 'run', 'help.run').action(async () => {
    c.exitCode = await run(c);
  });
}

async function run(c: Console): Promise<number> {
  let log = openLog();
  try {
    log = openLog((await readOnce(c)).log.level);
    endOnBugs(log);
    const signalled = firstSignal(log);
    const { startBox } = await import('../box/box.ts');
    const box = await startBox(c.folder, { log, clock: c.clock });
    log.info('box ready', { pid: process.pid, ...box.ports() });
    const signal = await signalled;
    log.info('box stopping', { signal });
    await box.stop();
    log.info('box stopped');
    return EXIT.ok;
  } catch (thrown) {
    const ofTheSystem = thrown instanceof Error && 'syscall' in thrown;
    const error = asRohrpostError(thrown, ofTheSystem ? 'disk-error' : 'internal');
    log.error('box cannot run', { code: error.code, reason: error.message });
    return error.code.startsWith('config-') && error.code !== 'config-busy' ? EXIT.settings : exitOf(error.code);
  }
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
