import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../structure/sources.ts';
import { remount, smallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/store.ts';

/** The launcher as an image has it: Node.js is a link, and a link in the path leads to the launcher. */
function install(folder: string): string {
  for (const name of ['scripts', 'src', 'node_modules/.bin']) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(join(root, 'scripts/rohrpost'), join(folder, 'scripts/rohrpost'));
  symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'src/main.ts'), 'console.log(process.env.NODE_COMPILE_CACHE, ...process.argv.slice(2));');
  const link = join(temporaryFolder(), 'rohrpost');
  symlinkSync(join(folder, 'scripts/rohrpost'), link);
  return link;
}

function run(link: string, env: Record<string, string>): string {
  return execFileSync(link, ['one', 'two words'], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...env } }).trim();
}

test('compiled code is kept beside a program that can be written, or where somebody says', () => {
  const folder = temporaryFolder();
  const link = install(folder);
  expect(run(link, {})).toBe(`${folder}/node_modules/.cache/rohrpost one two words`);
  const [cache, named] = [temporaryFolder(), temporaryFolder()];
  expect(run(link, { ROHRPOST_CACHE: cache })).toBe(`${cache} one two words`);
  expect(run(link, { ROHRPOST_CACHE: cache, NODE_COMPILE_CACHE: named })).toBe(`${named} one two words`);
});

test.runIf(smallDisk.isPossible)(
  'on a program that is read-only it goes to the data; where there are none, it goes without',
  () => {
    const folder = smallDisk(16);
    const link = install(folder);
    remount(folder, 'ro');
    const data = temporaryFolder();
    expect(run(link, { ROHRPOST_DATA: data })).toBe(`${data}/cache one two words`);
    expect(existsSync(join(data, 'cache'))).toBe(true);
    expect(run(link, { ROHRPOST_DATA: join(data, 'nowhere') })).toBe('undefined one two words');
    expect(existsSync(join(data, 'nowhere'))).toBe(false);
  },
);
