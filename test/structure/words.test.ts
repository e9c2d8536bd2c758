import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './sources.ts';

/** What belongs to the machine that the project is written on has no place in it. */

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((name) => name !== '' && existsSync(join(root, name)));

function holding(words: readonly string[]): string[] {
  return files.flatMap((name) => {
    const text = readFileSync(join(root, name), 'utf8');
    return words.filter((word) => text.includes(word)).map((word) => `${name}: ${word}`);
  });
}

test('there are files to look at', () => {
  expect(files).toContain('package.json');
  expect(holding(['"name": "rohrpost"'])).not.toEqual([]);
});

test('no path of this machine', () => {
  const here = root.replace(/\/$/, '');
  const paths = [here, dirname(here), homedir()].filter((path) => path.split('/').length > 2 || path.length > 5);
  const own = paths.filter((path) => !['/root', '/home'].includes(path)).map((path) => `${path}/`);
  expect(holding(own)).toEqual([]);
});

test('no host name of a package registry or mirror', () => {
  const configured = [
    execFileSync('npm', ['config', 'get', 'registry'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
    ...aptSources(),
    ...Object.entries(process.env)
      .filter(([name]) => /proxy|registry|index_url|mirror/i.test(name))
      .map(([, value]) => value ?? ''),
  ];
  const hosts = configured
    .flatMap((text) => [...text.matchAll(/\bhttps?:\/\/(?:[^\s/@]*@)?([^\s/:]+)/g)].map((match) => match[1]!))
    .filter((host) => host.includes('.') && !/^(?:127\.|localhost)/.test(host));
  expect(hosts).not.toEqual([]);
  expect(holding([...new Set(hosts)])).toEqual([]);
});

test('the lock file names no host at all', () => {
  expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "http/);
});

function aptSources(): string[] {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return ['/etc/apt/sources.list', ...names].filter(existsSync).map((name) => readFileSync(name, 'utf8'));
}
