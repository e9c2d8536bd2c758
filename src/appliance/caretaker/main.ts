import { systemPlaces } from './places.ts';
import { serve } from './serve.ts';
import { takeStick } from './stick.ts';

/**
 * The appliance's only root program of ours: started by systemd for one connection to `caretaker.sock`, which is its standard
 * input and output; or, with `stick FOLDER`, at the start for the stick that is mounted there. What it says goes to the journal.
 */
const [what, folder] = process.argv.slice(2);
const log = (line: string) => process.stderr.write(`${line}\n`);
process.umask(0o077);
if (what === undefined) await serve(systemPlaces(), process.stdin, process.stdout, log);
else if (what === 'stick' && folder?.startsWith('/')) await takeStick(systemPlaces(), folder, log);
else {
  log('usage: main.ts [stick FOLDER]');
  process.exitCode = 64;
}
// The other end may keep its side open for as long as it likes.
process.stdin.destroy();
