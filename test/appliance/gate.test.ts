import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** What the image's own scripts decide around the health gate; on folders of the test, with what they call written down. */

const SCRIPTS = new URL('../../image/rootfs/usr/lib/rohrpost-system/', import.meta.url).pathname;
/** Enough of grub-editenv(1): its block is lines here. */
const EDITENV = `file=$1
case $2 in
  list) cat "$file" ;;
  set) shift 2; for one; do sed -i "/^\${one%%=*}=/d" "$file"; echo "$one" >>"$file"; done ;;
esac`;

let root: string;
const at = (...names: string[]) => join(root, ...names);
const put = (name: string, text: string) => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
};
const get = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8').trim() : null);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gate-'));
  mkdirSync(at('lib'));
  for (const name of readdirSync(SCRIPTS)) {
    const text = readFileSync(join(SCRIPTS, name), 'utf8')
      .replaceAll('/usr/lib/rohrpost-system', at('lib'))
      .replaceAll(/(?<![\w-])\/(run|efi|data\/system|proc\/cmdline|var\/cache)(?=[/\s;"'})]|$)/gm, `${root}/$1`);
    writeFileSync(at('lib', name), text);
    chmodSync(at('lib', name), 0o755);
  }
  const programs = {
    rauc: '',
    systemctl: `case $* in *is-active*) [ -e ${at('active')} ] ;; esac`,
    'grub-editenv': EDITENV,
  };
  for (const [name, script] of Object.entries(programs)) {
    put(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >>${at('calls')}\n${script}\n`);
    chmodSync(at('bin', name), 0o755);
  }
  put('proc/cmdline', 'quiet roothash=aa rauc.slot=A\n');
  put('run/rohrpost-system/version', '1.0.0\n');
  put('run/rohrpost-gate/said', 'store-too-new\n');
  put('efi/rohrpost/confirmed-A', 'aa\n');
  put('efi/rohrpost/confirmed-B', 'bb\n');
  counters({ ORDER: 'A B', A_OK: '1', A_TRY: '1', B_OK: '1', B_TRY: '0' });
  put('active', '');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const counters = (values: Record<string, string>) =>
  put(
    'efi/EFI/BOOT/grubenv',
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
/** What a script has changed: calls that only ask are left out. */
const run = (name: string) => {
  rmSync(at('calls'), { force: true });
  execFileSync(at('lib', name), { env: { PATH: `${at('bin')}:${process.env.PATH}` }, stdio: 'pipe', timeout: 10_000 });
  const calls = get('calls')?.split('\n') ?? [];
  return calls.filter((call) => !/ list$|is-active/.test(call)).map((call) => call.replace(root, ''));
};

test('an image on trial that is not healthy goes, and says why', () => {
  put('run/rohrpost-system/trial', '');
  expect(run('fall-back')).toEqual(['rauc status mark-bad booted', 'systemctl --no-block reboot']);
  expect(get('efi/rohrpost/fell-back')).toBe('1.0.0 store-too-new');
});

test('a confirmed image that is not healthy stays, and restarts of it do not add up to the older one', () => {
  expect(run('fall-back')).toEqual(['rauc status mark-good']);
});

test('where not even the page opens, the tries go on counting: the other image may do better', () => {
  rmSync(at('active'));
  expect(run('fall-back')).toEqual([]);
});

test('power cuts that led to an older image which cannot work: the first choice is asked again, once', () => {
  counters({ ORDER: 'B A', A_OK: '1', A_TRY: '1', B_OK: '1', B_TRY: '3' });
  expect(run('fall-back')).toEqual(['grub-editenv /efi/EFI/BOOT/grubenv set B_TRY=0', 'systemctl --no-block reboot']);
  counters({ ORDER: 'B A', A_OK: '1', A_TRY: '2', B_OK: '1', B_TRY: '3' });
  expect(run('fall-back')).toEqual(['rauc status mark-good']);
  expect(run('confirm')).toEqual(['rauc status mark-good']);
  expect(get('efi/rohrpost/asked-again')).toBeNull();
});

test('an image that was given up is not asked again', () => {
  counters({ ORDER: 'B A', A_OK: '1', A_TRY: '1', B_OK: '0', B_TRY: '3' });
  expect(run('fall-back')).toEqual(['rauc status mark-good']);
});

test('an update that hung is marked bad, also where the program has noted that it came back', () => {
  put('run/rohrpost-system/came-back', '1.1.0 boot\n');
  expect(run('confirm')).toEqual(['rauc status mark-good', 'rauc status mark-bad other']);
  // A newer one on trial has the good one beside it.
  put('run/rohrpost-system/trial', '');
  expect(run('confirm')).toEqual(['rauc status mark-good']);
  expect(get('efi/rohrpost/confirmed-A')).toBe('aa');
});

test('compiled code that the program wrote does not outlive the image that it was made by', () => {
  put('data/system/compiled-by', 'aa\n');
  put('var/cache/rohrpost/compiled/v24/code', 'of this image');
  run('fresh-cache');
  expect(get('var/cache/rohrpost/compiled/v24/code')).toBe('of this image');
  put('proc/cmdline', 'quiet roothash=cc rauc.slot=B\n');
  run('fresh-cache');
  expect(existsSync(at('var/cache/rohrpost/compiled'))).toBe(false);
  expect(get('data/system/compiled-by')).toBe('cc');
});
