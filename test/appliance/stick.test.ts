import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applianceLimits as limits } from '../../src/core/appliance-limits.ts';
import { type Caretaker, fixture, OWNER, openCaretaker } from '../support/caretaker.ts';

let caretaker: Caretaker;
let stick: string;

beforeEach(async () => {
  caretaker = await openCaretaker();
  stick = caretaker.path('mounted');
  mkdirSync(stick);
});

afterEach(() => caretaker.close());

const bring = (name: string, content: string) => writeFileSync(join(stick, name), content);
const outcome = async (): Promise<string[]> => {
  await caretaker.stick(stick);
  return (caretaker.get('facts/stick') ?? '').split('\n').filter((line) => line !== '');
};
const REBOOT = 'systemctl --no-block reboot';
const MANIFEST = JSON.parse(fixture('rauc-info.json'))['manifest-hash'] as string;

test('an empty stick, or one of holiday pictures, changes nothing', async () => {
  bring('IMG_0001.jpg', 'x');
  bring('.hidden.raucb', 'x');
  bring('-rf.raucb', 'x');
  expect(await outcome()).toEqual([]);
  expect(caretaker.calls()).toEqual([]);
});

test('settings are left for the program, as its own, also before it ever ran', async () => {
  bring('settings.yaml', 'site: {}\n');
  for (let start = 0; start < 2; start++) expect(await outcome()).toEqual([expect.stringMatching(/^settings done /)]);
  expect(caretaker.get('program/stick/settings.yaml')).toBe('site: {}\n');
  expect(statSync(caretaker.path('facts/stick')).mode & 0o777).toBe(0o644);
  const modes = ['program', 'program/stick', 'program/stick/settings.yaml'].map((name) => {
    const { uid, mode } = statSync(caretaker.path(name));
    return [uid, mode & 0o777];
  });
  expect(modes).toEqual([
    [OWNER, 0o700],
    [OWNER, 0o700],
    [OWNER, 0o600],
  ]);
});

test('settings that are huge, a link or a folder are not taken; nor where the program has laid a link', async () => {
  const failed = [expect.stringMatching(/^settings failed /)];
  bring('settings.yaml', 'x'.repeat(limits.stick_settings_bytes + 1));
  expect(await outcome()).toEqual(failed);
  caretaker.put('mounted/settings.yaml', null);
  symlinkSync('/etc/passwd', join(stick, 'settings.yaml'));
  expect(await outcome()).toEqual(failed);
  caretaker.put('mounted/settings.yaml', null);
  bring('settings.yaml', 'site: {}\n');
  mkdirSync(caretaker.path('program'));
  symlinkSync(caretaker.path('data'), caretaker.path('program/stick'));
  expect(await outcome()).toEqual(failed);
  expect(readdirSync(caretaker.path('data'))).toEqual([]);
});

test('a network is put in use and kept, once', async () => {
  const network = { mode: 'static', address: '192.0.2.10/24', gateway: null, dns: [] };
  bring('network.json', JSON.stringify(network));
  caretaker.program(
    'systemctl',
    `case "$2" in
  *network-trial*) echo 220 > facts/network-trial ;;
  *network-keep*) mv data/network/trial.network data/network/10-operator.network; rm facts/network-trial ;;
esac`,
  );
  expect(await outcome()).toEqual(['network done 192.0.2.10/24']);
  expect(caretaker.calls()).toEqual(
    ['network-trial', 'network-keep'].map((what) => `systemctl start rohrpost-apply@${what}.service`),
  );
  expect(await outcome()).toEqual([expect.stringMatching(/^network skipped /)]);
  expect(caretaker.calls()).toHaveLength(2);
});

test.each([
  ['no JSON', '{mode: dhcp}'],
  ['a field too many', '{"mode":"dhcp","exec":"x"}'],
  ['a line of its own', '{"mode":"static","address":"192.0.2.1/24\\nDNS=203.0.113.1","gateway":null,"dns":[]}'],
])('a network with %s is said to be wrong', async (_, text) => {
  bring('network.json', text);
  expect(await outcome()).toEqual([expect.stringMatching(/^network failed .*does not take this/)]);
  expect(caretaker.calls()).toEqual([]);
});

test('a newer bundle is copied, checked, installed, and started; left in the box, it is not installed again', async () => {
  bring('rohrpost-1.1.0.raucb', 'a bundle');
  expect(await outcome()).toEqual(['bundle done 1.1.0']);
  const copy = caretaker.path('data/stick.raucb');
  expect(caretaker.calls()).toEqual(expect.arrayContaining([`rauc install ${copy}`]));
  expect(caretaker.calls().at(-1)).toBe(REBOOT);
  expect(existsSync(copy)).toBe(false);
  expect([caretaker.get('data/stick-tried'), caretaker.get('data/pending')]).toEqual([`${MANIFEST}\n`, '1.1.0\n']);
  // It came back: what runs is still 1.0.0.
  expect(await outcome()).toEqual(['bundle skipped 1.1.0 was installed from a stick before']);
  expect(caretaker.calls().filter((call) => call === REBOOT)).toHaveLength(1);
});

test('a bundle that is not newer, not ours, or for others stays on the stick', async () => {
  bring('a.raucb', 'a bundle');
  caretaker.put('facts/version', '1.1.0\n');
  expect(await outcome()).toEqual(['bundle skipped 1.1.0 is not newer than 1.1.0']);
  caretaker.put('facts/version', '1.0.0\n');
  caretaker.put('facts/product', 'rohrpost-pi\n');
  expect(await outcome()).toEqual(['bundle failed it is for another product']);
  caretaker.put('facts/product', 'rohrpost-amd64\n');
  caretaker.program(
    'rauc',
    'echo "signature verification failed: Verify error: unable to get local issuer certificate" >&2; exit 1',
  );
  expect(await outcome()).toEqual([expect.stringMatching(/^bundle failed a\.raucb: .*not signed/)]);
  expect(caretaker.calls().filter((call) => /install|reboot/.test(call))).toEqual([]);
});

test('the newest of several bundles, whatever they are called', async () => {
  for (const name of ['a', 'b', 'c']) bring(`${name}.raucb`, name);
  caretaker.program(
    'rauc',
    `case "$1" in
  info) case "$3" in
    */b.raucb) cat fixtures/rauc-info.json ;;
    */stick.raucb) [ "$(cat "$3")" = b ] && cat fixtures/rauc-info.json ;;
    */a.raucb) sed 's/"1.1.0"/"1.1.0-rc.2"/' fixtures/rauc-info.json ;;
    *) echo "Invalid bundle format: it is broken" >&2; exit 1 ;;
  esac ;;
  install) cat fixtures/rauc-install.txt ;;
  status) cat fixtures/rauc-status.json ;;
esac`,
  );
  expect(await outcome()).toEqual(['bundle done 1.1.0']);
});

test('a factory reset renames its file first, destroys, starts anew, and takes nothing else', async () => {
  bring('factory-reset', 'rohrpost-0a1b\r\n');
  bring('settings.yaml', 'site: {}\n');
  expect(await outcome()).toEqual([expect.stringMatching(/^factory-reset done /)]);
  expect(readdirSync(stick).sort()).toEqual(['factory-reset-done', 'settings.yaml']);
  expect(caretaker.calls()).toEqual(['systemctl start rohrpost-apply@factory-reset.service', REBOOT]);
  expect(caretaker.get('program/stick/settings.yaml')).toBeNull();
  // The box starts again with the stick still in.
  expect(await outcome()).toEqual([expect.stringMatching(/^settings done /)]);
});

test('a factory reset of another box, or by a stick that cannot be written, destroys nothing', async () => {
  bring('factory-reset', 'rohrpost-ffff\n');
  expect(await outcome()).toEqual([expect.stringMatching(/^factory-reset failed .*rohrpost-0a1b/)]);
  bring('factory-reset', 'rohrpost-0a1b\n');
  // A folder of that name that is not empty stands for a stick that cannot be written: root would write past any mode.
  mkdirSync(join(stick, 'factory-reset-done'));
  bring('factory-reset-done/x', '');
  chmodSync(stick, 0o500);
  expect(await outcome()).toEqual([expect.stringMatching(/^factory-reset failed .*cannot be renamed/)]);
  expect(caretaker.calls()).toEqual([]);
});
