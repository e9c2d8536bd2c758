/**
 * Loads every module of the program from the pruned tree that goes into the image: what was pruned too much shows here and not in
 * a clinic.   node image/lib/loads.ts FOLDER
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const missing = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ENOENT']);
const folder = join(process.argv[2] ?? '.', 'src');
const names = (await readdir(folder, { recursive: true })).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('main.ts'),
);
const failed: string[] = [];
for (const name of names) {
  try {
    await import(pathToFileURL(join(folder, name)).href);
  } catch (error) {
    // A thread's module misses its parent here: that is another kind of error.
    if (missing.has((error as NodeJS.ErrnoException).code ?? '')) failed.push(`${name}: ${(error as Error).message}`);
  }
}
for (const line of failed) console.error(line);
process.exit(failed.length || names.length < 100 ? 1 : 0);
