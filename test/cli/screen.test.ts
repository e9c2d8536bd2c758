import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { heldKey } from '../../src/cli/screen-key.ts';
import type { Sight } from '../../src/cli/screen-look.ts';
import { type KeyState, picture } from '../../src/cli/screen-picture.ts';
import { createSettings } from '../../src/config/settings.ts';
import { codes } from '../../src/core/errors.ts';
import { screenLimits as limits } from '../../src/core/program-limits.ts';
import { openPasswords } from '../../src/web/people/passwords.ts';
import { FACTS } from '../support/appliance.ts';
import { openTerminal, type Terminal } from '../support/pty.ts';
import { temporaryFolder } from '../support/store.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('the key', () => {
  /** Types `r` every 50 ms from `from_ms` to `to_ms`. @returns how often it was done */
  const hold = (key: ReturnType<typeof heldKey>, from_ms: number, to_ms: number, byte = 'r') => {
    let done = 0;
    for (let now_ms = from_ms; now_ms <= to_ms; now_ms += 50) {
      key.typed(Buffer.from(byte), now_ms);
      if (key.look(now_ms) === 'done') done++;
    }
    return done;
  };

  test('held for ten seconds it works once, however long it is held on', () => {
    expect(hold(heldKey(), 0, limits.hold_ms - 50)).toBe(0);
    expect(hold(heldKey(), 0, limits.hold_ms)).toBe(1);
    expect(hold(heldKey(), 0, 20 * limits.hold_ms)).toBe(1);
  });

  test('a stuck key works again only after it was let go', () => {
    const key = heldKey();
    expect(hold(key, 0, 5 * limits.hold_ms)).toBe(1);
    const again_ms = 5 * limits.hold_ms + limits.gap_ms + 60;
    expect(hold(key, again_ms, again_ms + limits.hold_ms)).toBe(1);
  });

  test('letting go cancels; two halves are no whole', () => {
    const key = heldKey();
    expect(hold(key, 0, 6_000)).toBe(0);
    expect(key.look(6_500)).toEqual({ left_s: 4 });
    expect(key.look(6_000 + limits.gap_ms + 1)).toBe('idle');
    expect(hold(key, 6_000 + limits.gap_ms + 1, 14_000)).toBe(0);
  });

  test('other keys do nothing, and one among them begins it anew', () => {
    expect(hold(heldKey(), 0, 30_000, 'x')).toBe(0);
    expect(hold(heldKey(), 0, 30_000, 'rx')).toBe(0);
    expect(hold(heldKey(), 0, 30_000, '\x1b[A')).toBe(0);
    // A whole line at once is not held.
    const key = heldKey();
    key.typed(Buffer.alloc(10_000, 'r'), 0);
    expect(key.look(0)).toEqual({ left_s: 10 });
  });
});

describe('the picture', () => {
  const idle: KeyState = { is: 'idle' };
  const page = {
    claimed: true,
    setUp: true,
    unfinished: false,
    running: true,
    version: '1.0.0',
    language: 'de',
  } as const;
  const sight: Sight = {
    ...{ version: '1.0.0', facts: FACTS, onTrial: false, language: 'de', isRunning: true, hasNetwork: true },
    page: { ...page, trouble: null } as Sight['page'],
    addresses: ['https://192.0.2.10/', 'https://rohrpost-0a1b.local/'],
    fingerprint: Array.from({ length: 32 }, (_, n) => n.toString(16).toUpperCase().padStart(2, '0')).join(':'),
    ...{ code: null, update: null, stick: [], stickNote: null },
  };
  const drawn = (more: Partial<Sight> = {}, key: KeyState = idle) => picture({ ...sight, ...more }, key).join('\n');

  test('fits every text console, whatever there is to say', () => {
    const troubles = Object.keys(codes).map((code) => ({ ...page, running: false, trouble: { code, message: '' } }));
    const stick = Array.from(
      { length: 4 },
      () => ({ item: 'bundle', outcome: 'failed', text: 'x'.repeat(500) }) as const,
    );
    const keys: KeyState[] = [
      idle,
      { is: 'held', left_s: 7 },
      { is: 'done', name: 'e'.repeat(100), password: 'abcde-fghij' },
    ];
    for (const trouble of troubles) {
      for (const language of ['de', 'en', null] as const) {
        for (const key of keys) {
          const more = { page: trouble as Sight['page'], language, stick, hasNetwork: false, code: '7KQ2-M9XD' };
          const lines = picture({ ...sight, ...more, update: { stage: 'installing', version: '2.0.0' } }, key);
          expect(lines.length).toBeLessThan(limits.rows);
          for (const line of lines) expect(line).toMatch(/^[\x20-\x7e\xa1-\xff]{0,79}$/);
        }
      }
    }
  });

  test('the one-time password is never what does not fit any more', () => {
    const stick = Array.from(
      { length: 4 },
      () => ({ item: 'bundle', outcome: 'failed', text: 'x'.repeat(500) }) as const,
    );
    const facts = { ...FACTS, fellBack: { version: '2.0.0', code: 'migration-failed' } };
    const key: KeyState = { is: 'done', name: 'erika', password: 'abcde-fghij' };
    const more = { stick, facts, hasNetwork: false, onTrial: true, language: null };
    expect(drawn({ ...more, update: { stage: 'installing', version: '3.0.0' } }, key)).toContain('abcde-fghij');
  });

  test.each([
    ['works', {}, 'Die Box arbeitet.'],
    ['English', { language: 'en' }, 'The box is working.'],
    ['down', { isRunning: false, page: null }, 'Das Programm läuft nicht.'],
    ['starting', { page: null }, 'Die Box startet ...'],
    ['unclaimed', { code: '7KQ2-M9XD', language: null }, 'Kopplungscode / Pairing code  7KQ2-M9XD'],
    ['no network', { hasNetwork: false }, 'Kein Netz'],
    ['trouble', { page: { ...page, trouble: { code: 'migration-waits', message: '' } } }, '[migration-waits]'],
    ['trial', { onTrial: true }, 'Version 1.0.0 wird erprobt'],
    ['installing', { update: { stage: 'installing', version: '2.0.0' } }, 'Version 2.0.0 wird installiert'],
    ['locked', { facts: { ...FACTS, data: 'locked' } }, 'Der Speicher der Box ist gesperrt'],
    ['stick', { stick: [{ item: 'bundle', outcome: 'done', text: '2.0.0' }] }, 'Firmware: übernommen (2.0.0)'],
    [
      'settings of a stick',
      { stickNote: { outcome: 'unusable', at_ms: 1, problems: [{ de: 'Zeile 3: so nicht', en: 'x' }] } },
      'USB-Stick sind nicht brauchbar: Zeile 3: so nicht',
    ],
    ['fingerprint', {}, '00:01:02:03 04:05:06:07 08:09:0A:0B 0C:0D:0E:0F\n'],
    ['fingerprint in both', { language: null }, '10:11:12:13 14:15:16:17 18:19:1A:1B 1C:1D:1E:1F\n'],
    ['slot', {}, 'Steckplatz A, Version 1.0.0'],
  ] as const)('%s', (_, more, words) => {
    expect(drawn(more as unknown as Partial<Sight>)).toContain(words);
  });

  test('the hint at the key stands there only where there is somebody to be helped', () => {
    expect(drawn()).toContain('Taste R');
    expect(drawn({ page: null })).not.toContain('Taste R');
    expect(drawn({ page: { ...page, claimed: false, trouble: null } as Sight['page'] })).not.toContain('Taste R');
  });
});

describe('at a terminal', () => {
  let web: TestWeb;
  let terminal: Terminal;
  let system: string;

  beforeEach(() => {
    system = temporaryFolder();
    const facts = { slot: 'B', version: '1.2.3', variant: 'release', product: 'rohrpost-amd64', storage: 'key-file' };
    for (const [name, value] of Object.entries({ ...facts, name: 'rohrpost-0a1b' }))
      writeFileSync(join(system, name), `${value}\n`);
  });
  const open = (folder: string) => {
    const command = [process.execPath, MAIN, 'screen', '--data', folder];
    terminal = openTerminal(command, { PATH: process.env.PATH, LANG: 'C.UTF-8', ROHRPOST_SYSTEM: system });
    onTestFinished(async () => void (await terminal.end()));
    return terminal;
  };
  const startWeb = async (o: Parameters<typeof openWeb>[0]) => {
    web = await openWeb(o);
    onTestFinished(() => web.stop());
    return web;
  };

  test('follows the box: not there, unclaimed with its code, claimed; and an end in order', async () => {
    const folder = join(temporaryFolder(), 'data');
    mkdirSync(folder);
    open(folder);
    await expect.poll(terminal.shown).toContain('The program is not running');
    await startWeb({ folder, claimed: false, settings: null });
    const code = web.premises.desk.setup.get('pairing-code')!;
    await expect.poll(terminal.shown).toContain(code);
    await expect.poll(terminal.shown).toContain(`https://127.0.0.1:${new URL(web.url).port}/`);
    await expect.poll(terminal.shown).toContain('Nobody owns this box yet.');
    expect(terminal.shown()).toContain(web.premises.certificate().fingerprint.slice(0, 11));
    expect(terminal.shown()).toContain('slot B, version 1.2.3');
    web.as('admin');
    await expect.poll(terminal.shown).not.toContain(code);
    await createSettings(folder, {
      ...{ site: { name: 'Testpraxis', language: 'de' }, mail: { address: 'box@test.example' } },
      ...{ dicom: { host: '127.0.0.1', port: 0 }, disk: { refuse_below_bytes: 0 } },
    });
    await web.premises.begin();
    await expect.poll(terminal.shown).toContain('Die Box arbeitet.');
    expect(terminal.shown()).not.toContain('The box');
    expect(await terminal.end()).toBe(0);
    expect(terminal.written()).toMatch(/^\x1b%G/);
    expect(terminal.written()).toContain('\x1b[?25h');
  });

  test('what is typed is not shown and does nothing, Ctrl-C and Ctrl-Z among it', async () => {
    const { folder } = await startWeb({});
    open(folder);
    await expect.poll(terminal.shown).toContain('Hold the key R');
    terminal.type('root\r\x03\x1a\x04\x1c geheim rrr\r');
    await new Promise((wake) => setTimeout(wake, limits.look_ms + 500));
    expect(terminal.written()).not.toMatch(/root|geheim/);
    expect(terminal.shown()).toContain('The box is working.');
    expect(web.premises.desk.audit.list({ limit: 9 }).map(({ act }) => act)).not.toContain('admin-reset');
  });

  test('R held for ten seconds gives the admin a one-time password, once; another key held does not', {
    timeout: 90_000,
  }, async () => {
    const { folder, premises } = await startWeb({});
    const { desk } = premises;
    const resets = () => desk.audit.list({ limit: 50 }).filter(({ act }) => act === 'admin-reset');
    open(folder);
    await expect.poll(terminal.shown).toContain('Hold the key R');
    terminal.hold('x', 11);
    await new Promise((wake) => setTimeout(wake, 11_500));
    expect(resets()).toEqual([]);
    terminal.hold('r', 3);
    await expect.poll(terminal.shown).toMatch(/Hold for [89] s more/);
    await expect.poll(terminal.shown).toContain('Hold the key R');
    expect(resets()).toEqual([]);
    terminal.hold('r', 14);
    await expect.poll(terminal.shown, { timeout: 20_000 }).toContain('One-time password for test-admin');
    const password = /^ {4,}([0-9a-z]{5}(?:-[0-9a-z]{5}){3})/m.exec(terminal.shown())![1]!;
    const account = desk.accounts.named('test-admin')!;
    expect(account.must_change).toBe(1);
    expect(await openPasswords().verify(password, account.password)).toBeTruthy();
    await new Promise((wake) => setTimeout(wake, 4_000));
    expect(resets()).toMatchObject([{ by: 'screen', subject: 'test-admin' }]);
  });

  test('where the keyboard is none of a terminal, no key does anything', async () => {
    const { folder } = await startWeb({});
    const command = ['/bin/sh', '-c', `exec "$0" "$1" screen --data "$2" </dev/null`, process.execPath, MAIN, folder];
    terminal = openTerminal(command, { PATH: process.env.PATH, LANG: 'C.UTF-8', ROHRPOST_SYSTEM: system });
    onTestFinished(async () => void (await terminal.end()));
    await expect.poll(terminal.shown).toContain('The box is working.');
    terminal.hold('r', 11);
    await new Promise((wake) => setTimeout(wake, 11_500));
    expect(web.premises.desk.audit.list({ limit: 9 }).map(({ act }) => act)).not.toContain('admin-reset');
  });
});
