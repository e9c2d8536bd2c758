/**
 * Loads every module of the bundle from the tree that goes into the image: what is missing there shows here and not in a clinic.
 *   node image/lib/loads.ts FOLDER
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** They act when they are loaded; of what they import, all is a module of its own. */
const ACTING = new Set(['main.js', 'caretaker.js']);

const folder = process.argv[2] ?? '.';
const names = (await readdir(folder)).filter((name) => name.endsWith('.js') && !ACTING.has(name));
const failed: string[] = [];
for (const name of names) {
  try {
    await import(pathToFileURL(join(folder, name)).href);
  } catch (error) {
    // A thread's module misses its parent here: that is another kind of error.
    if (error instanceof ReferenceError || (error as NodeJS.ErrnoException).code !== undefined) {
      failed.push(`${name}: ${(error as Error).message}`);
    }
  }
}
for (const line of failed) console.error(line);
process.exit(failed.length || names.length < 20 ? 1 : 0);
