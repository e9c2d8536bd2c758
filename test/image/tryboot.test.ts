import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

/**
 * The Raspberry Pi's way of changing slots, with the firmware simulated: it reads autoboot.txt as Raspberry Pi's documentation
 * says ("autoboot.txt", "The [tryboot] filter"), and forgets the flag before it starts anything.
 */

const script = new URL('../../image/pi/tryboot', import.meta.url).pathname;
const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

type Slot = 'A' | 'B';
const other = (slot: Slot): Slot => (slot === 'A' ? 'B' : 'A');

/** A Pi of files: its firmware partition, the two boot partitions, and what runs. */
function pi() {
  const folder = mkdtempSync(join(tmpdir(), 'pi-'));
  made.push(folder);
  const at = (...names: string[]) => join(folder, ...names);
  for (const name of ['firmware', 'boot-a', 'boot-b', 'bin']) mkdirSync(at(name));
  const autoboot = readFileSync(new URL('../../image/pi/autoboot.txt', import.meta.url), 'latin1');
  writeFileSync(at('firmware', 'autoboot.txt'), autoboot.padEnd(256, '\n'));
  // The script mounts the boot partition whose command line it writes; here it is a folder.
  for (const [name, text] of Object.entries({
    mount: `for last; do :; done; for one; do case $one in ${folder}/boot-*) cp "$one"/* "$last"/; echo "$one" >"$last/.of";; esac; done`,
    umount: 'of=$(cat "$1/.of"); rm "$1/.of"; cp "$1"/* "$of"/; rm "$1"/*',
    sync: ':',
    // A power cut: before or after the one write.
    dd: '[ "$CUT" != before ] || { kill -9 $PPID; exit; }; /bin/dd "$@"; [ "$CUT" != after ] || kill -9 $PPID',
  })) {
    writeFileSync(at('bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  let booted: Slot = 'A';
  const power = (tryboot: boolean) => {
    const [all = '', tried = ''] = readFileSync(at('firmware', 'autoboot.txt'), 'latin1').split('[tryboot]');
    const partition = /^boot_partition=(\d)$/m.exec(tryboot ? tried : all)?.[1] ?? '2';
    booted = partition === '2' ? 'A' : 'B';
    writeFileSync(at('partition'), Buffer.from([0, 0, 0, Number(partition)]));
    rmSync(at('reboot-param'), { force: true });
    return booted;
  };
  const env = (cut?: 'before' | 'after') => ({
    PATH: `${at('bin')}:/usr/bin:/bin`,
    FIRMWARE: at('firmware'),
    REBOOT_PARAM: at('reboot-param'),
    BOOTED_PARTITION: at('partition'),
    BOOT_OF: at('boot-'),
    ...(cut && { CUT: cut }),
  });
  power(false);
  return {
    rauc: (...words: string[]) => execFileSync(script, words, { env: env(), encoding: 'utf8' }).trim(),
    /** The same, and the power goes around its write. */
    cut: (when: 'before' | 'after', ...words: string[]) => spawnSync(script, words, { env: env(when) }).signal,
    /** What an installation writes into a boot partition. */
    write: (slot: Slot) => {
      for (const name of ['a', 'b'])
        writeFileSync(at(`boot-${slot.toLowerCase()}`, `cmdline-${name}.txt`), `rauc.slot=${name.toUpperCase()}\n`);
    },
    commandLine: (slot: Slot) => readFileSync(at(`boot-${slot.toLowerCase()}`, 'cmdline.txt'), 'utf8').trim(),
    /** `systemctl reboot`: the kernel hands the flag to the firmware. */
    reboot: () =>
      power(existsSync(at('reboot-param')) && readFileSync(at('reboot-param'), 'utf8').includes(' tryboot')),
    /** A watchdog's reset, a panic, the plug. */
    reset: () => power(false),
    booted: () => booted,
    autoboot: () => readFileSync(at('firmware', 'autoboot.txt'), 'latin1'),
    damage: (text: string) => writeFileSync(at('firmware', 'autoboot.txt'), text),
  };
}

type Pi = ReturnType<typeof pi>;

/** What RAUC does to install into the other slot. */
function install(box: Pi): Slot {
  const target = other(box.booted());
  box.rauc('set-state', target, 'bad');
  box.write(target);
  box.rauc('set-primary', target);
  return target;
}

test('an update is tried once, confirmed, and started from then on', () => {
  const box = pi();
  expect(install(box)).toBe('B');
  expect(box.rauc('get-primary')).toBe('B');
  expect(box.rauc('get-state', 'B')).toBe('bad');
  expect(box.commandLine('B')).toBe('rauc.slot=B');
  expect(box.reboot()).toBe('B');
  expect(box.rauc('get-current')).toBe('B');
  box.rauc('set-state', 'B', 'good');
  expect(box.rauc('get-primary')).toBe('B');
  expect(box.reset()).toBe('B');
  expect(install(box)).toBe('A');
  expect(box.commandLine('A')).toBe('rauc.slot=A');
});

test.for(['reset', 'reboot'] as const)('an update that hangs or gives up (%s) falls back at the next start', (how) => {
  const box = pi();
  install(box);
  expect(box.reboot()).toBe('B');
  if (how === 'reboot') box.rauc('set-state', 'B', 'bad');
  expect(box[how]()).toBe('A');
  expect(box.rauc('get-primary')).toBe('A');
  expect(box.rauc('get-state', 'A')).toBe('good');
  expect(box.reset()).toBe('A');
});

test('an update is taken back before the restart', () => {
  const box = pi();
  install(box);
  box.rauc('set-primary', 'A');
  expect(box.rauc('get-primary')).toBe('A');
  expect(box.reboot()).toBe('A');
});

test('what runs is found bad: the other slot is started where it is good, and only there', () => {
  const box = pi();
  box.rauc('set-state', 'A', 'bad');
  expect(box.reset()).toBe('A');
  box.rauc('set-state', 'A', 'good');
  install(box);
  box.reboot();
  box.rauc('set-state', 'B', 'good');
  box.rauc('set-state', 'B', 'bad');
  expect(box.reset()).toBe('A');
});

test('the power goes at any write: what starts without the flag was confirmed, and the file is whole', () => {
  // What has happened before, and the call that the power ends.
  const marked = (box: Pi) => {
    box.rauc('set-state', 'B', 'bad');
    box.write('B');
  };
  const tried = (box: Pi) => {
    install(box);
    box.reboot();
  };
  const steps: [name: string, before: (box: Pi) => void, words: string[]][] = [
    ['marking the target bad', () => {}, ['set-state', 'B', 'bad']],
    ['choosing it', marked, ['set-primary', 'B']],
    ['confirming it', tried, ['set-state', 'B', 'good']],
    ['giving it up', tried, ['set-state', 'B', 'bad']],
  ];
  for (const [name, prepare, words] of steps) {
    for (const when of ['before', 'after'] as const) {
      const box = pi();
      prepare(box);
      expect(box.cut(when, ...words), `${name}, ${when}`).toBe('SIGKILL');
      const confirmed = name === 'confirming it' && when === 'after' ? 'B' : 'A';
      expect(box.reset(), `${name}, ${when}`).toBe(confirmed);
      expect(box.autoboot()).toHaveLength(256);
      expect(box.rauc('get-primary')).toBe(confirmed);
      // And a new attempt works.
      const target = install(box);
      expect(box.reboot()).toBe(target);
      box.rauc('set-state', target, 'good');
      expect(box.reset()).toBe(target);
    }
  }
});

test.for(['', 'garbage \u0000\u0001', '[all]\n'])(
  'autoboot.txt is damaged (%j): slot A starts, an update repairs it',
  (text) => {
    const box = pi();
    box.damage(text);
    box.reset();
    expect(box.rauc('get-primary')).toBe('A');
    install(box);
    expect(box.reboot()).toBe('B');
    box.rauc('set-state', 'B', 'good');
    expect(box.reset()).toBe('B');
  },
);

test('nonsense is refused and changes nothing', () => {
  const box = pi();
  const before = box.autoboot();
  for (const words of [
    [],
    ['set-primary'],
    ['set-primary', 'C'],
    ['set-state', 'A', 'fine'],
    ['get-state', '../B'],
    ['format'],
  ]) {
    expect(() => box.rauc(...words)).toThrow();
  }
  expect(box.autoboot()).toBe(before);
});
