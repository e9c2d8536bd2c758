import { join } from 'node:path';
import { caretaker } from '../../src/appliance/caretaker/caretaker.ts';
import { type Places, systemPlaces } from '../../src/appliance/caretaker/places.ts';

/** The caretaker's main on the places of a test: `caretaker-main.ts ROOT [stick FOLDER]`. */
const [root, ...args] = process.argv.slice(2);
await caretaker(placesBelow(root!), args);

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
