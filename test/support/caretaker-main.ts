import { join } from 'node:path';
import { type Places, systemPlaces } from '../../src/appliance/caretaker/places.ts';
import { serve } from '../../src/appliance/caretaker/serve.ts';
import { takeStick } from '../../src/appliance/caretaker/stick.ts';

/** The caretaker's main on the places of a test: `caretaker-main.ts ROOT [stick FOLDER]`. */
const [root, , stick] = process.argv.slice(2);
const log = (line: string) => process.stderr.write(`${line}\n`);
if (stick === undefined) await serve(placesBelow(root!), process.stdin, process.stdout, log);
else await takeStick(placesBelow(root!), stick, log);
process.stdin.destroy();

function placesBelow(folder: string): Places {
  const real = systemPlaces();
  const programs = Object.keys(real.programs).map((name) => [name, join(folder, 'bin', name)]);
  const places = Object.fromEntries(Object.keys(real).map((name) => [name, join(folder, name)]));
  return {
    ...places,
    stick: join(folder, 'program/stick'),
    programs: Object.fromEntries(programs),
  } as unknown as Places;
}
