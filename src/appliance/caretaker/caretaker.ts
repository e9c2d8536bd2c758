import type { Places } from './places.ts';
import { serve } from './serve.ts';
import { takeStick } from './stick.ts';

/**
 * One run of the caretaker: for one connection, which is its standard input and output; or, with `stick FOLDER`, for the stick
 * that is mounted there. What it says goes to standard error.
 */
export async function caretaker(places: Places, args: readonly string[]): Promise<void> {
  const [what, folder] = args;
  const log = (line: string) => process.stderr.write(`${line}\n`);
  // Every file and folder is given its mode; those that others must read would lose it by a unit's UMask.
  process.umask(0o022);
  if (what === undefined) await serve(places, process.stdin, process.stdout, log);
  else if (what === 'stick' && folder?.startsWith('/')) await takeStick(places, folder, log);
  else {
    log('usage: main.ts [stick FOLDER]');
    process.exitCode = 64;
  }
  // The other end may keep its side open for as long as it likes.
  process.stdin.destroy();
}
