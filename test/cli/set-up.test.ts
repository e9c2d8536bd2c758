import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKey } from '../../src/pgp/keys.ts';
import { startGnupg } from '../support/gnupg.ts';
import { freePort } from '../support/ports.ts';
import { type CommandOptions, rohrpost, rohrpostProcess } from './rohrpost.ts';

/** Setting a box up: init, settings, keys, partners, targets. One box, in the order in which a person would do it. */

let root: string;
let data: string;
const run = (args: string[], o?: CommandOptions) => rohrpost([...args, '--data', data], o);
const PASSPHRASE = 'nicht-zeigen-4711';
const PASSWORD = 'geheim-0815';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rohrpost-cli-'));
  data = join(root, 'nord');
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function partnerKey(name: string): Promise<{ file: string; fingerprint: string }> {
  const made = await generateKey({ name, email: `${name}@x.example`, passphrase: 'x', nowMs: Date.now() - 60_000 });
  const file = join(root, `${name}.asc`);
  await writeFile(file, made.publicArmored);
  return { file, fingerprint: made.fingerprint };
}

const grouped = (fingerprint: string) => fingerprint.replace(/(.{4})(?=.)/g, '$1 ').replace(/^((?:\S+ ){5})/, '$1 ');

describe('wrong usage', () => {
  test.each([
    [['stauts'], 'Den Befehl „stauts“ gibt es nicht. Gemeint war vielleicht status.'],
    [['status', '--nonsense'], 'Die Option „--nonsense“ gibt es nicht.'],
    [['study', 'show'], 'Es fehlt die Angabe „id“.'],
    [['study', 'show', 'a', 'b'], 'Das sind zu viele Angaben.'],
    [['init', '--name', 'A'], 'Es fehlt die Option „--address <address>“.'],
    [['init', '--name'], 'Zur Option „--name <name>“ fehlt der Wert.'],
    [['init', '--key', 'dsa'], '„dsa“ ist hier nicht erlaubt. Erlaubt ist: curve25519, rsa3072'],
  ])('%j is told in German and ends with 2', async (args, words) => {
    const german = await rohrpost([...args, '--data', join(root, 'none')], { env: { LANG: 'de_DE.UTF-8' } });
    expect(german).toEqual({ code: 2, out: '', err: `rohrpost: ${words}\n` });
  });

  test('without a command the help is shown and the exit code is 2; with --help it is 0', async () => {
    const bare = await rohrpost([]);
    expect(bare.code).toBe(2);
    expect(bare.err).toContain('Usage: rohrpost');
    const help = await rohrpost(['--help', '--lang', 'de']);
    expect(help.code).toBe(0);
    expect(help.out).toContain('Aufruf: rohrpost');
    expect(help.out).toContain('75  zurzeit nicht möglich');
    for (const name of ['run', 'init', 'status', 'study', 'partner', 'target', 'key', 'settings', 'doctor']) {
      expect(help.out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    }
  });

  test('a box that was never set up says what to do', async () => {
    const german = await rohrpost(['status', '--data', join(root, 'none'), '--lang', 'de']);
    expect(german).toMatchObject({ code: 1, out: '' });
    expect(german.err).toContain('Bitte zuerst „rohrpost init“ ausführen. [config-missing]');
    const english = await rohrpost(['status'], { env: { ROHRPOST_DATA: join(root, 'none') } });
    expect(english.err).toContain('Please run "rohrpost init" first.');
    const start = await rohrpostProcess(['run', '--web', 'off', '--data', join(root, 'none')]);
    expect(start.code).toBe(78);
    expect(start.err).toContain('"code":"config-missing"');
  });
});

describe('init', () => {
  test('refuses a bad address and makes nothing', async () => {
    const made = await run(['init', '--name', 'Nord', '--address', '"a@evil.example x"@good.example']);
    expect(made.code).toBe(1);
    expect(made.err).toContain('mail.address: must be a plain mail address');
    await expect(stat(join(data, 'settings.yaml'))).rejects.toThrow('ENOENT');
  });

  test('makes settings and key, and shows the fingerprint in groups of four', async () => {
    const o = ['--name', 'Klinik Nord', '--address', 'box@nord.example', '--ae', 'NORD', '--language', 'de'];
    const made = await run(['init', ...o]);
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(/^Fingerabdruck {2}([0-9A-F]{4} ){5} ([0-9A-F]{4} ?){5}$/m);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect((await stat(join(data, 'keys', 'own.private.asc'))).mode & 0o777).toBe(0o600);
  });

  test('never touches a box that is there', async () => {
    const before = await readFile(join(data, 'keys', 'own.private.asc'));
    const again = await run(['init', '--name', 'Other', '--address', 'other@nord.example']);
    expect(again.code).toBe(1);
    expect(again.err).toContain('[config-exists]');
    expect(again.err).toContain('Im Datenordner gibt es schon Einstellungen');
    expect(await readFile(join(data, 'keys', 'own.private.asc'))).toEqual(before);
  });

  test('makes an RSA key by choice', async () => {
    const folder = join(root, 'rsa');
    const o = ['--name', 'R', '--address', 'r@r.example', '--key', 'rsa3072'];
    expect((await rohrpost(['init', '--data', folder, ...o])).code).toBe(0);
    const shown = await rohrpost(['key', 'show', '--json', '--data', folder]);
    expect(JSON.parse(shown.out)).toMatchObject({ algorithm: 'RSA-3072', userIds: ['R <r@r.example>'] });
  });
});

describe('settings', () => {
  test('shows every setting as "settings set" takes it, and as JSON', async () => {
    const shown = await run(['settings', 'show']);
    expect(shown.out).toContain('site.ae_title = "NORD"\n');
    expect(JSON.parse((await run(['settings', 'show', '--json'])).out)).toMatchObject({ site: { language: 'de' } });
  });

  test('sets numbers, texts that look like numbers, groups, and switches off', async () => {
    for (const [path, value, shown] of [
      ['dicom.port', '0', 'dicom.port = 0'],
      ['dicom.host', '127.0.0.1', 'dicom.host = "127.0.0.1"'],
      ['site.name', '2024', 'site.name = "2024"'],
      ['mail.smtp', '{"host":"mx.example","user":"u","password":"secret:mx"}', 'mail.smtp.port = 587'],
      ['mail.smtp.port', '2525', 'mail.smtp.port = 2525'],
      ['mail.smtp', 'null', 'mail.smtp = null'],
      ['disk', '{"refuse_below_bytes":0}', 'disk.refuse_below_bytes = 0'],
    ]) {
      expect((await run(['settings', 'set', path!, value!])).code).toBe(0);
      expect((await run(['settings', 'show'])).out).toContain(`${shown}\n`);
    }
  });

  test.each([
    ['dicom.port', '99999', 'dicom.port: Hier muss eine ganze Zahl von 0 bis 65535 stehen.'],
    ['mail.smtp', '{host: mx.example}', 'Gruppen und Listen bitte als JSON angeben'],
    ['dicom.prot', '1', 'dicom.prot: Diesen Schlüssel gibt es hier nicht. Erlaubt sind: host, port'],
    ['mail.smtp.password', PASSWORD, 'Passwörter stehen nicht in dieser Datei.'],
    ['partners.nobody.hold', 'true', '[id-unknown]'],
    ['__proto__.x', '1', '[setting-path-unfit]'],
  ])('refuses %s = %s with a reason and changes nothing', async (path, value, words) => {
    const before = await readFile(join(data, 'settings.yaml'), 'utf8');
    const refused = await run(['settings', 'set', path, value]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(words);
    expect(refused.err + refused.out).not.toContain(PASSWORD);
    expect(await readFile(join(data, 'settings.yaml'), 'utf8')).toBe(before);
  });

  test('check tells every problem with its line and ends with 1', async () => {
    const file = join(root, 'broken.yaml');
    await writeFile(file, 'version: 1\nsite:\n  name: A\n  nmae: B\nmail:\n  address: x\n');
    const german = await run(['settings', 'check', file]);
    expect(german.code).toBe(1);
    expect(german.out).toMatch(/^Zeile 4: site\.nmae: Diesen Schlüssel gibt es hier nicht\./m);
    expect(german.out).toMatch(/^Zeile 6: mail\.address: /m);
    expect((await run(['settings', 'check', file, '--lang', 'en'])).out).toMatch(
      /^line 4: site\.nmae: there is no such key/m,
    );
    expect((await run(['settings', 'check'])).code).toBe(0);
    expect(await run(['settings', 'check', join(root, 'absent')])).toMatchObject({ code: 1 });
  });

  test('a broken file is told, kept, and not written over', async () => {
    const path = join(data, 'settings.yaml');
    const good = await readFile(path, 'utf8');
    await writeFile(path, `${good}half: [`);
    expect((await run(['settings', 'show'])).err).toContain('die Box arbeitet mit der letzten gültigen Fassung weiter');
    const refused = await run(['settings', 'set', 'site.name', 'X']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('[config-last-good-used]');
    expect(await readFile(path, 'utf8')).toBe(`${good}half: [`);
    await writeFile(path, good);
  });

  test('a secret comes from standard input and is seen nowhere again', async () => {
    const stored = await run(['settings', 'secret', 'mx'], { input: `${PASSWORD}\n` });
    expect(stored).toMatchObject({ code: 0, out: 'Hinterlegt: secret:mx\n' });
    expect((await run(['settings', 'secret', 'empty'], { input: '\n' })).err).toContain('[input-missing]');
    expect((await run(['settings', 'secret', 'Bad Name'], { input: 'x' })).err).toContain('[secret-name]');
    for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) expect(await readFile(join(entry.parentPath, entry.name), 'latin1')).not.toContain(PASSWORD);
    }
    expect((await run(['settings', 'secret', 'mx', '--delete'])).code).toBe(0);
    expect((await run(['settings', 'secret', 'mx', '--delete'])).err).toContain('[secret-unknown]');
  });
});

describe('key', () => {
  test('shows fingerprint and public key', async () => {
    const shown = await run(['key', 'show']);
    expect(shown.out).toContain('-----BEGIN PGP PUBLIC KEY BLOCK-----');
    const exported = await run(['key', 'export']);
    expect(exported.out).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*-----END PGP PUBLIC KEY BLOCK-----\n$/);
    expect(exported.out).not.toContain('PRIVATE');
  });

  test('the private key leaves only under a passphrase, which is shown nowhere, and comes back with it', async () => {
    const file = join(root, 'own.private.asc');
    expect((await run(['key', 'export', '--private'], { input: '' })).err).toContain('[input-missing]');
    expect((await run(['key', 'export', '--private', '--passphrase-env', 'NONE'])).err).toContain('[input-variable]');
    const env = { KEY_PASS: PASSPHRASE };
    const exported = await run(['key', 'export', '--private', '--out', file, '--passphrase-env', 'KEY_PASS'], { env });
    expect(exported.code).toBe(0);
    expect(exported.out + exported.err).not.toContain(PASSPHRASE);
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const other = join(root, 'other');
    await rohrpost(['init', '--data', other, '--name', 'O', '--address', 'o@o.example']);
    const into = (args: string[], o: CommandOptions) => rohrpost(['key', 'import', file, '--data', other, ...args], o);
    const from = ['--passphrase-env', 'KEY_PASS'];
    expect((await into(from, { env })).err).toContain('[own-key-exists]');
    const wrong = await into([...from, '--replace'], { env: { KEY_PASS: 'wrong' } });
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.err).toContain('[pgp-passphrase-wrong]');
    expect((await into([...from, '--replace'], { env })).code).toBe(0);
    const shown = async (folder: string) =>
      JSON.parse((await rohrpost(['key', 'show', '--json', '--data', folder])).out) as { fingerprint: string };
    expect((await shown(other)).fingerprint).toBe((await shown(data)).fingerprint);
  });
});

describe('partner', () => {
  const base = ['--name', 'Klinik Süd', '--address', 'radiologie@sued.example', '--ae', 'SUED'];

  test('is added with its key, pinned and to be compared by telephone', async () => {
    const { file, fingerprint } = await partnerKey('sued');
    const added = await run([
      'partner',
      'add',
      'sued',
      ...base,
      '--key',
      file,
      '--smtp',
      '[::1]:2526',
      '--form',
      'batch',
    ]);
    expect(added).toMatchObject({ code: 0, err: '' });
    expect(added.out).toContain(grouped(fingerprint));
    expect(added.out).toContain('am Telefon');
    const [partner] = JSON.parse((await run(['partner', 'list', '--json'])).out);
    expect(partner).toMatchObject({
      ...{ id: 'sued', fingerprints: [fingerprint], form: 'batch' },
      smtp: { host: '::1', port: 2526, security: 'starttls' },
    });
    const shown = await run(['partner', 'show', 'sued']);
    expect(shown.out).toContain('address = "radiologie@sued.example"');
    expect(shown.out).toContain(grouped(fingerprint));
    expect((await run(['partner', 'list'])).out).toContain('Klinik Süd');
  });

  test.each([
    ['a taken id', ['sued', ...base], '[id-taken]'],
    ['a bad id', ['Süd', ...base, '--ae', 'X', '--address', 'x@y.example'], 'partners[1].id: Eine Kennung besteht aus'],
    ['a taken address', ['west', ...base, '--ae', 'WEST'], 'ist schon vergeben'],
    ['two addresses in one', ['west', ...base, '--address', 'a@b.example, c@d.example'], 'reine Mail-Adresse'],
    ['no way at all', ['west', ...base, '--smtp', 'a:b:c'], 'keine Angabe der Form RECHNER:PORT'],
    ['a size in words', ['west', ...base, '--max-mail-bytes', 'many'], 'Hier muss eine ganze Zahl'],
    ['a key file that is not there', ['west', ...base, '--key', '/nonexistent'], '[input-file]'],
    ['a file that is no key', ['west', ...base, '--key', '/etc/hostname'], '[pgp-key-malformed]'],
  ])('%s is refused and changes nothing', async (_, args, words) => {
    const before = await readFile(join(data, 'settings.yaml'), 'utf8');
    const refused = await run(['partner', 'add', ...args]);
    expect(refused.err).toContain(words);
    expect([1, 2]).toContain(refused.code);
    expect(await readFile(join(data, 'settings.yaml'), 'utf8')).toBe(before);
  });

  test('a private key sent by mistake is refused and kept nowhere', async () => {
    const refused = await run(['partner', 'key', 'sued', join(root, 'own.private.asc')]);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain('[pgp-key-is-private]');
  });

  test('F25: a key that cannot be used is refused before it can hold a study', async () => {
    const gnupg = await startGnupg();
    try {
      const file = join(root, 'weak.asc');
      await writeFile(file, await gnupg.exportPublic(await gnupg.generate('Alt <alt@alt.example>', 'dsa')));
      const old = [
        'partner',
        'add',
        'alt',
        '--name',
        'Alt',
        '--address',
        'alt@alt.example',
        '--ae',
        'ALT',
        '--key',
        file,
      ];
      const refused = await run(old);
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.err).toContain('[pgp-key-weak]');
      const taken = await run([...old, '--legacy-crypto']);
      expect(taken).toMatchObject({ code: 0 });
      expect(taken.out).toContain('UNSICHER');
      expect((await run(['partner', 'remove', 'alt'])).code).toBe(0);
    } finally {
      await gnupg.stop();
    }
  });

  test('a new key is put before the old one', async () => {
    const before = JSON.parse((await run(['partner', 'show', 'sued', '--json'])).out) as { fingerprints: string[] };
    const { file, fingerprint } = await partnerKey('sued-neu');
    const input = await readFile(file, 'utf8');
    expect((await run(['partner', 'key', 'sued', '-'], { input })).code).toBe(0);
    const after = JSON.parse((await run(['partner', 'show', 'sued', '--json'])).out);
    expect(after.fingerprints).toEqual([fingerprint, ...before.fingerprints]);
    expect(after.keys).toHaveLength(2);
  });

  test('one that a rule names cannot be removed; an unknown one is told with those that are known', async () => {
    await run(['settings', 'set', 'routes', '[{"id":"alles","when":{},"to":["sued"]}]']);
    expect((await run(['partner', 'remove', 'sued'])).err).toContain('„sued“ wird noch gebraucht: alles [id-in-use]');
    await run(['settings', 'set', 'routes', '[]']);
    expect((await run(['partner', 'show', 'west'])).err).toContain('Bekannt sind: sued [id-unknown]');
  });

  test('test tells the raw reason of a way that does not work, and ends with 1', async () => {
    await run(['settings', 'set', 'partners.sued.smtp.host', '127.0.0.1']);
    await run(['settings', 'set', 'partners.sued.smtp.port', String(await freePort())]);
    const tested = await run(['partner', 'test', 'sued']);
    expect(tested.code).toBe(1);
    expect(tested.out).toMatch(/^ok {6}Schlüssel von sued: /m);
    expect(tested.out).toMatch(/^FEHLER {2}Weg zu sued: .*ECONNREFUSED/m);
    const send = await run(['partner', 'test', 'sued', '--send', '--json']);
    expect(JSON.parse(send.out)).toContainEqual(expect.objectContaining({ state: 'fail', code: 'box-not-running' }));
  });
});

describe('target', () => {
  test('a folder is tested by writing to it', async () => {
    const path = await mkdtemp(join(root, 'import-'));
    expect((await run(['target', 'add', 'folder', 'ordner', '--path', path])).code).toBe(0);
    const tested = await run(['target', 'test', 'ordner']);
    expect(tested).toMatchObject({ code: 0 });
    expect(tested.out).toMatch(/^ok {6}Ziel ordner: /);
    expect(await readdir(path)).toEqual([]);
    await rm(path, { recursive: true });
    expect(await run(['target', 'test', 'ordner'])).toMatchObject({ code: 1 });
  });

  test('a PACS that is not there, and one that is something else', async () => {
    const port = await freePort();
    const add = ['target', 'add', 'dicom', 'pacs', '--host', '127.0.0.1', '--ae', 'PACS', '--no-default'];
    expect((await run([...add, '--port', String(port)])).code).toBe(0);
    const away = await run(['target', 'test', 'pacs']);
    expect(away.code).toBe(1);
    expect(away.out).toContain('ECONNREFUSED');
    const stranger = createServer((socket) => void socket.on('error', () => {}).end('220 this is no PACS\r\n'));
    await new Promise<void>((done) => stranger.listen(port, '127.0.0.1', done));
    const wrong = await run(['target', 'test', 'pacs', '--json']);
    stranger.close();
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.out)[0]).toMatchObject({ state: 'fail', code: expect.stringMatching(/^dicom-/) });
  });

  test("a share's password is asked for, stored, and shown nowhere", async () => {
    const add = ['target', 'add', 'smb', 'nas', '--host', 'nas.example', '--share', 'pacs$', '--user', 'box'];
    const added = await run(add, { input: `${PASSWORD}\n` });
    expect(added).toMatchObject({ code: 0 });
    const [shown, listed] = [await run(['settings', 'show']), await run(['target', 'list'])];
    expect(shown.out).toContain('targets.nas.password = "secret:target-nas"');
    expect(listed.out).toMatch(/^nas +smb +\/\/nas\.example\/pacs\$ +ja$/m);
    expect(added.out + added.err + shown.out + listed.out).not.toContain(PASSWORD);
    expect((await run(add, { input: 'x' })).err).toContain('[id-taken]');
    expect((await run(['target', 'remove', 'nas'])).code).toBe(0);
  });

  test.each([
    [['dicom', 'x', '--host', 'h', '--ae', 'P', '--port', 'abc'], 'targets[2].port'],
    [['folder', 'x', '--path', '../x'], 'Hier muss ein vollständiger Pfad stehen'],
    [['folder', 'x', '--path', '/x', '--pattern', '{patient}'], 'Ein Ordnermuster besteht aus'],
  ])('%j is refused', async (args, words) => {
    const refused = await run(['target', 'add', ...args]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(words);
  });
});

describe('doctor', () => {
  test('looks at everything, one line each, and ends with 1 where something fails', async () => {
    const looked = await run(['doctor']);
    expect(looked.code).toBe(1);
    for (const line of [
      /^WARN {4}Box: die Box läuft nicht$/m,
      /^ok {6}eigener Schlüssel: [0-9A-F]{4} /m,
      /^ok {6}Schlüssel von sued: /m,
      /^FEHLER {2}Weg zu sued: /m,
      /^FEHLER {2}Ziel ordner: /m,
      /^FEHLER {2}Ziel pacs: /m,
      /^ok {6}Uhr: /m,
      /Arbeitsspeicher: /,
      /Temperatur: /,
      /Speicherplatz: /,
    ]) {
      expect(looked.out).toMatch(line);
    }
    const report = JSON.parse((await run(['doctor', '--json', '--lang', 'en'])).out) as {
      name: string;
      state: string;
    }[];
    expect(report).toContainEqual(expect.objectContaining({ name: 'own key', state: 'ok' }));
    expect(report).toHaveLength(looked.out.trimEnd().split('\n').length);
  });

  test('an own key that cannot be unlocked fails', async () => {
    const path = join(data, 'secrets.json');
    const good = await readFile(path, 'utf8');
    await run(['settings', 'secret', 'own-key'], { input: 'another passphrase' });
    expect((await run(['doctor'])).out).toMatch(/^FEHLER {2}eigener Schlüssel: /m);
    await writeFile(path, good);
  });
});
