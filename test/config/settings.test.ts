import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Migration } from '../../src/config/migrations.ts';
import { readSettings } from '../../src/config/read.ts';
import type { Partner } from '../../src/config/schema.ts';
import { createSettings, type OpenSettings, openSettings } from '../../src/config/settings.ts';
import { errorText } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log.ts';

const TEXT = `# Box of the night shift
version: 1
site:
  name: Klinik Nord # as on the door
mail:
  address: roentgen@nord.example
partners:
  # Tel. 0100 on weekdays
  - id: sued
    name: Klinik Süd
    address: radiologie@sued.example
    ae_title: SUED
    hold: false # until they have a key
`;

let folder: string;
const opened: OpenSettings[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-settings-'));
});
afterEach(async () => {
  for (const settings of opened.splice(0)) await settings.close();
  await rm(folder, { recursive: true });
});

const put = (text: string, name = 'settings.yaml') => writeFile(join(folder, name), text);
const get = (name = 'settings.yaml') => readFile(join(folder, name), 'utf8');
async function open(options: { watch_ms?: number; migrations?: Migration[] } = {}): Promise<OpenSettings> {
  const settings = await openSettings(folder, { log: silentLog, ...options });
  opened.push(settings);
  return settings;
}
const code = (name: string) => expect.objectContaining({ code: name });

describe('a new box', () => {
  test('has no settings until someone made them', async () => {
    await expect(open()).rejects.toThrow(code('config-missing'));
  });

  test('gets a short file, readable by its owner only, and never twice', async () => {
    await createSettings(folder, { site: { name: 'A' }, mail: { address: 'a@b.example' } });
    expect(await get()).toMatch(/^# .*\n# .*\n\nversion: 1\nsite:\n {2}name: A\nmail:\n {2}address: a@b\.example\n$/);
    expect((await stat(join(folder, 'settings.yaml'))).mode & 0o777).toBe(0o600);
    await expect(createSettings(folder, { site: { name: 'B' }, mail: { address: 'a@b.example' } })).rejects.toThrow(
      code('config-exists'),
    );
    expect((await open()).current().site.name).toBe('A');
  });

  test('is not made from settings that are not valid', async () => {
    await expect(createSettings(folder, { site: { name: 'A' } })).rejects.toThrow(code('config-invalid'));
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('F69: the last version that was valid is used, with an alarm', () => {
  const broken: [what: string, text: string | null][] = [
    ['empty', ''],
    ['half written', TEXT.slice(0, 100)],
    ['an unknown key', `${TEXT}colour: blue\n`],
    ['a bad value', TEXT.replace('SUED', 'A\\B')],
    ['from a newer version', TEXT.replace('version: 1', 'version: 7')],
    ['gone', null],
  ];

  test.each(broken)('%s at start', async (_, text) => {
    await put(TEXT);
    await (await open()).close();
    if (text === null) await rm(join(folder, 'settings.yaml'));
    else await put(text);
    const settings = await open();
    expect(settings.current().partners[0]!.ae_title).toBe('SUED');
    const alarm = settings.alarm()!;
    expect(alarm.code).toBe('config-last-good-used');
    expect(errorText(alarm.code, 'de', alarm.details)).not.toContain('?');
    if (text !== null) expect(await get()).toBe(text);
  });

  test.each(broken)('%s on reload: nothing changes but the alarm, and mending ends it', async (_, text) => {
    await put(TEXT);
    const settings = await open();
    const heard = vi.fn();
    settings.onChange(heard);
    if (text === null) await rm(join(folder, 'settings.yaml'));
    else await put(text);
    await settings.reload();
    await settings.reload();
    expect(heard).toHaveBeenCalledTimes(1);
    expect(settings.alarm()?.code).toBe('config-last-good-used');
    expect(settings.current().site.name).toBe('Klinik Nord');
    await put(TEXT.replace('Klinik Nord', 'Klinik West'));
    await settings.reload();
    expect(settings.alarm()).toBeNull();
    expect(settings.problems()).toEqual([]);
    expect(settings.current().site.name).toBe('Klinik West');
  });

  test('without any valid version the box does not start on factory defaults', async () => {
    await put(`${TEXT}colour: blue\n`);
    await expect(open()).rejects.toThrow(/line 14: colour/);
    await put('', 'settings.last-good.yaml');
    await expect(open()).rejects.toThrow(/line 14: colour/);
  });

  test('unreadable or absurdly large', async () => {
    await put('x'.repeat(5_000_000));
    await expect(open()).rejects.toThrow(code('config-unreadable'));
    await rm(join(folder, 'settings.yaml'));
    await mkdir(join(folder, 'settings.yaml'));
    await expect(open()).rejects.toThrow(code('config-unreadable'));
  });

  test('a save while the file is broken starts from the version in use and keeps the broken one aside', async () => {
    await put(TEXT);
    const settings = await open();
    await put('half');
    await settings.reload();
    await settings.save((draft) => {
      draft.site.language = 'en';
    }, settings.revision());
    expect(settings.alarm()).toBeNull();
    expect(await get()).toContain('language: en');
    expect(await get('settings.broken.yaml')).toBe('half');
  });
});

describe('saving', () => {
  test('keeps comments and order, writes only what changed, and tells listeners', async () => {
    await put(TEXT);
    const settings = await open();
    const heard: string[] = [];
    const stop = settings.onChange((now) => heard.push(now.site.language));
    await settings.save((draft) => {
      draft.site.language = 'en';
      draft.partners[0]!.hold = true;
      draft.mail.smtp = { host: 'mail.nord.example', port: 465, security: 'tls' };
      draft.partners.push({ id: 'ost', name: 'Ost', address: 'a@ost.example', ae_title: 'OST' } as Partner);
    }, settings.revision());
    stop();
    expect(await get()).toBe(
      TEXT.replace('on the door\n', 'on the door\n  language: en\n')
        .replace(
          'nord.example\n',
          'nord.example\n  smtp:\n    host: mail.nord.example\n    port: 465\n    security: tls\n',
        )
        .replace('hold: false', 'hold: true')
        .concat('  - id: ost\n    name: Ost\n    address: a@ost.example\n    ae_title: OST\n'),
    );
    expect(heard).toEqual(['en']);
    expect(settings.current().partners[1]!.form).toBe('auto');
    await settings.save((draft) => {
      draft.partners.shift();
      draft.mail.smtp = null;
    }, settings.revision());
    expect(settings.current()).toMatchObject({ partners: [{ id: 'ost' }], mail: { smtp: null } });
    expect(heard).toEqual(['en']);
  });

  test('takes a whole body, as the API has it, with defaults left out', async () => {
    await put(TEXT);
    const settings = await open();
    await settings.save({ version: 1, site: { name: 'B' }, mail: { address: 'a@b.example' } }, settings.revision());
    expect(settings.current().partners).toEqual([]);
    expect(await get()).toContain('# Box of the night shift');
  });

  test('refuses what is not valid and leaves the file alone', async () => {
    await put(TEXT);
    const settings = await open();
    const bad = settings.save((draft) => {
      draft.dicom.port = 99_999;
    }, settings.revision());
    await expect(bad).rejects.toThrow('dicom.port: must be a whole number from 0 to 65535');
    expect(await get()).toBe(TEXT);
    expect(settings.current().dicom.port).toBe(11_112);
  });

  test('F74: of two admins who started from the same revision the second is told so', async () => {
    await put(TEXT);
    const [a, b] = [await open(), await open()];
    const revision = a.revision();
    const rename = (name: string) => (draft: { site: { name: string } }) => {
      draft.site.name = name;
    };
    const results = await Promise.allSettled([a.save(rename('A'), revision), b.save(rename('B'), revision)]);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.map((result) => result.reason.code)).toEqual(['config-stale']);
    const winner = results[0].status === 'fulfilled' ? 'A' : 'B';
    expect(readSettings(await get()).settings.site.name).toBe(winner);
  });

  test('a file edited by hand since then counts as a change too', async () => {
    await put(TEXT);
    const settings = await open();
    const revision = settings.revision();
    await put(`${TEXT}# seen\n`);
    await expect(settings.save({}, revision)).rejects.toThrow(code('config-stale'));
    expect(await get()).toContain('# seen');
  });

  test('twenty saves at once from one process queue up and none is lost', async () => {
    await put(TEXT);
    const settings = await open();
    const add = async (n: number): Promise<void> => {
      const push = settings.save((draft) => {
        draft.dicom.allow.push({ ae_title: `CT${n}` });
      }, settings.revision());
      await push.catch((error) => (error.code === 'config-stale' ? add(n) : Promise.reject(error)));
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => add(n)));
    expect(settings.current().dicom.allow).toHaveLength(20);
    expect((await readdir(folder)).sort()).toEqual(['settings.last-good.yaml', 'settings.yaml']);
  });

  test('the lock of a process that died is taken over', async () => {
    await put(TEXT);
    const settings = await open();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await put(`${child.pid}\n`, 'settings.lock');
    await settings.save((draft) => {
      draft.site.name = 'B';
    }, settings.revision());
    expect(settings.current().site.name).toBe('B');
  });

  test('so is a lock left by a process whose number lives again; a fresh one is waited for', async () => {
    await put(TEXT);
    const settings = await open();
    await put(`${process.pid}\n`, 'settings.lock');
    const long_ago_s = Date.now() / 1000 - 60;
    await utimes(join(folder, 'settings.lock'), long_ago_s, long_ago_s);
    await settings.save({ ...settings.current(), routes: [] }, settings.revision());
    await put(`${process.pid}\n`, 'settings.lock');
    await expect(settings.save({}, settings.revision())).rejects.toThrow(code('config-busy'));
  });

  test('kill -9 while saving: the file is the old or the new one, whole', async () => {
    await put(TEXT);
    const program = `
      import { openSettings } from ${JSON.stringify(fileURLToPath(new URL('../../src/config/settings.ts', import.meta.url)))};
      import { silentLog } from ${JSON.stringify(fileURLToPath(new URL('../../src/core/log.ts', import.meta.url)))};
      const settings = await openSettings(${JSON.stringify(folder)}, { log: silentLog });
      console.log('ready');
      for (let n = 0; ; n++) await settings.save((draft) => { draft.site.name = 'N'.repeat(n % 90 + 1); }, settings.revision());
    `;
    for (const wait_ms of [3, 11, 23, 40]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, wait_ms));
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(readSettings(await get()).settings.site.name).toMatch(/^(N+|Klinik Nord)$/);
    }
  });
});

test('a file edited by hand is taken over while the box runs', async () => {
  await put(TEXT);
  const settings = await open({ watch_ms: 10 });
  const change = new Promise((resolve) => settings.onChange((now) => resolve(now.site.name)));
  await put(TEXT.replace('Klinik Nord', 'Klinik West'));
  // A reader may catch the file between truncation and writing: the alarm then comes first and passes by itself.
  await change;
  await expect.poll(() => settings.current().site.name).toBe('Klinik West');
  await expect.poll(() => settings.alarm()).toBeNull();
});

describe('migration', () => {
  const old = TEXT.replace('version: 1', 'version: 0').replace('site:', 'clinic:');
  const steps: Migration[] = [
    {
      from: 0,
      up: (document) => {
        document.set('site', document.get('clinic', true));
        document.delete('clinic');
      },
    },
  ];

  test('brings an older file up to date, keeps its comments, and keeps the old file', async () => {
    await put(old);
    const settings = await open({ migrations: steps });
    expect(settings.current().site.name).toBe('Klinik Nord');
    expect(await get('settings.v0.yaml')).toBe(old);
    expect(await get()).toContain('name: Klinik Nord # as on the door');
    expect(await get()).toContain('version: 1');
    expect((await open()).revision()).toBe(settings.revision());
  });

  test('F70: an older program beside a newer file goes on with the copy of its own format', async () => {
    await put(TEXT.replace('version: 1', 'version: 2'));
    await put(TEXT.replace('version: 1', 'version: 2'), 'settings.last-good.yaml');
    await expect(open()).rejects.toThrow(code('config-newer'));
    await put(TEXT, 'settings.v1.yaml');
    const settings = await open();
    expect(settings.current().site.name).toBe('Klinik Nord');
    expect(settings.alarm()?.details.problems).toContain('newer version');
  });

  test('an older format that no step knows is refused', async () => {
    await put(old);
    await expect(open()).rejects.toThrow(/version: must be a whole number from 1 to 1/);
  });

  test('a migrated file that is not valid is not written', async () => {
    await put(`${old}colour: blue\n`);
    await expect(open({ migrations: steps })).rejects.toThrow(code('config-invalid'));
    expect(await get()).toBe(`${old}colour: blue\n`);
  });
});
