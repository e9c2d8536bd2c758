/**
 * `node scripts/screenshots.ts`: takes the pictures in docs/pictures anew. The end-to-end tests of the page write one of each
 * page into build/pictures; those that the documents show are copied. Patients in them are invented.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const from = join(root, 'build', 'pictures');
const to = join(root, 'docs', 'pictures');
const TESTS = ['look', 'wizard', 'appliance'].map((name) => `test/e2e/page-${name}.test.ts`);
/** What everybody who clones the repository has to carry. */
const MOST_BYTES = 1_500_000;

const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'test/vitest.config.ts', ...TESTS], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);

const shown = [...readFileSync(join(root, 'docs', 'page.md'), 'utf8').matchAll(/pictures\/([\w-]+\.webp)/g)];
const names = new Set(shown.map(([, name]) => name!));
mkdirSync(to, { recursive: true });
for (const name of readdirSync(to)) if (!names.has(name)) rmSync(join(to, name));
for (const name of names) cpSync(join(from, name), join(to, name));
const bytes = [...names].reduce((sum, name) => sum + statSync(join(to, name)).size, 0);
console.log(`${names.size} pictures, ${(bytes / 1000).toFixed(0)} kB`);
if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES / 1000} kB: show fewer in docs/page.md`);
