import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, truncateSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BundleSource } from '../../src/appliance/appliance.ts';
import { progressOf, whatRaucMeans } from '../../src/appliance/caretaker/rauc-words.ts';
import type { Progress } from '../../src/appliance/words.ts';
import { makeCa } from '../support/ca.ts';
import { type Caretaker, fixture, openCaretaker } from '../support/caretaker.ts';

let caretaker: Caretaker;
let progress: Progress[];

beforeEach(async () => {
  caretaker = await openCaretaker();
  caretaker.put('update/a.raucb', 'a bundle');
  progress = [];
});

afterEach(() => caretaker.close());

const ADDRESS = 'https://updates.example/a.raucb';
const install = (bundle: Partial<BundleSource> = {}, signal?: AbortSignal) =>
  caretaker
    .appliance()
    .install(
      { source: caretaker.path('update/a.raucb'), ...bundle },
      { onProgress: (item) => progress.push(item), ...(signal && { signal }) },
    );
/** The bundle says something else of itself. */
const says = (from: string, to: string) => {
  caretaker.put('fixtures/rauc-info.json', caretaker.get('fixtures/rauc-info.json')!.replace(from, to));
};
const installs = () => caretaker.calls().filter((call) => call.startsWith('rauc install'));
const MANIFEST = JSON.parse(fixture('rauc-info.json'))['manifest-hash'] as string;

test('a bundle is looked at, installed, found in the other slot, and remembered', async () => {
  expect(await install()).toEqual({ version: '1.1.0' });
  const file = caretaker.path('update/a.raucb');
  expect(caretaker.calls()).toEqual([
    `rauc info --output-format=json-2 ${file}`,
    'rauc status --detailed --output-format=json',
    `rauc install ${file}`,
    'rauc status --detailed --output-format=json',
    'rauc status mark-active rootfs.1',
  ]);
  expect(progress[0]).toEqual({ percent: 0, text: 'Installing' });
  expect(progress).toContainEqual({ percent: 57, text: 'Copying image to rootfs.1' });
  expect(progress.at(-1)).toEqual({ percent: 100, text: 'Installing done.' });
  expect(caretaker.get('data/pending')).toBe('1.1.0\n');
});

test('certificates for the server lie in a file that RAUC can read, and are gone afterwards', async () => {
  const { caPem } = await makeCa(caretaker.path('ca'));
  caretaker.program(
    'rauc',
    `case "$1" in
  info) for a; do case $a in --tls-ca=*) stat -c %a "\${a#--tls-ca=}" > mode; cat "\${a#--tls-ca=}" > seen;; esac; done; cat fixtures/rauc-info.json ;;
  status) cat fixtures/rauc-status.json ;;
esac`,
  );
  await install({ source: ADDRESS, tlsCa: `something before\n${caPem}` });
  expect([caretaker.get('seen')?.trim(), caretaker.get('mode')]).toEqual([caPem.trim(), '644\n']);
  const [tls] = /--tls-ca=(\S+)/.exec(installs()[0]!)!.slice(1);
  expect(installs()).toEqual([`rauc install --tls-ca=${tls} ${ADDRESS}`]);
  expect(caretaker.get(tls!.slice(caretaker.root.length + 1))).toBeNull();
});

test.each([
  ['for another product', '"compatible" : "rohrpost-amd64"', '"compatible" : "rohrpost-pi"', 'bundle-other-product'],
  ['older than what runs', '"version" : "1.1.0"', '"version" : "1.0.0-rc.1"', 'bundle-older'],
  ['without a version that can be compared', '"version" : "1.1.0"', '"version" : "latest"', 'bundle-damaged'],
  ['with an image larger than its slot', '"size" : 2002944', '"size" : 2100001', 'bundle-too-large'],
])('a bundle %s is not installed', async (_, from, to, code) => {
  says(from, to);
  await expect(install()).rejects.toMatchObject({ code });
  expect([installs(), caretaker.get('data/pending')]).toEqual([[], null]);
});

test('an older bundle is installed where its signed manifest says so; the same version may be again', async () => {
  says('"version" : "1.1.0"', '"version" : "0.9.0"');
  says('"min-version" : "1.0.0"', '"allow-downgrade" : "true"');
  expect(await install()).toEqual({ version: '0.9.0' });
  says('"version" : "0.9.0"', '"version" : "1.0.0"');
  says('"allow-downgrade" : "true"', '"allow-downgrade" : "yes"');
  expect(await install()).toEqual({ version: '1.0.0' });
});

test('the manifest that the index names is the one that is installed, or none', async () => {
  expect(await install({ source: ADDRESS, manifestSha256: MANIFEST })).toEqual({ version: '1.1.0' });
  await expect(install({ source: ADDRESS, manifestSha256: 'a'.repeat(64) })).rejects.toMatchObject({
    code: 'bundle-other-hash',
  });
  expect(installs()).toHaveLength(1);
});

test('a file is hashed before RAUC sees it', async () => {
  const sha256 = createHash('sha256').update('a bundle').digest('hex');
  expect(await install({ sha256 })).toEqual({ version: '1.1.0' });
  await expect(install({ sha256: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'bundle-other-hash' });
  expect(caretaker.calls().filter((call) => call.startsWith('rauc info'))).toHaveLength(1);
});

test('a bundle that was exchanged between look and installation is not started', async () => {
  caretaker.put(
    'fixtures/rauc-status.json',
    caretaker.get('fixtures/rauc-status.json')!.replaceAll(MANIFEST, 'b'.repeat(64)),
  );
  await expect(install()).rejects.toMatchObject({ code: 'bundle-other-hash' });
  expect(caretaker.calls().slice(-2)).toEqual(['rauc status mark-active booted', 'rauc status mark-bad other']);
  expect(caretaker.get('data/pending')).toBeNull();
});

test('a slot is the next one to start only by the caretaker’s word, not by RAUC’s', async () => {
  const config = readFileSync(new URL('../../image/rauc/system.conf.in', import.meta.url), 'utf8');
  expect(config).toContain('\nactivate-installed=false\n');
  caretaker.program(
    'rauc',
    `case "$*" in
  info*) cat fixtures/rauc-info.json ;;
  'status mark-active'*) echo 'Failed to write the environment' >&2; exit 1 ;;
  'status --detailed'*) cat fixtures/rauc-status.json ;;
esac`,
  );
  await expect(install()).rejects.toMatchObject({ code: 'appliance-failed' });
  expect(caretaker.get('data/pending')).toBeNull();
});

test('who hung up while RAUC wrote its last block does not restart into it', async () => {
  caretaker.program(
    'rauc',
    `case "$*" in
  info*) cat fixtures/rauc-info.json ;;
  install*) touch written; echo '100% Installing done.' ;;
  'status --detailed'*) [ ! -e written ] || { echo x > looked; sleep 1; }; cat fixtures/rauc-status.json ;;
esac`,
  );
  const abort = new AbortController();
  const broken = expect(install({}, abort.signal)).rejects.toMatchObject({ code: 'stopped' });
  await expect.poll(() => caretaker.get('looked')).not.toBeNull();
  abort.abort();
  await broken;
  await expect.poll(() => caretaker.running()).toBe(0);
  expect(caretaker.calls()).not.toContain('rauc status mark-active rootfs.1');
  expect(caretaker.get('data/pending')).toBeNull();
});

test('no slot is written while the one that runs has to prove itself', async () => {
  caretaker.put('facts/trial', '');
  await expect(install()).rejects.toMatchObject({ code: 'appliance-on-trial' });
  expect(caretaker.calls()).toEqual([]);
});

test('a new box has nothing to come back to: a stick may bring it newer firmware before it has proved itself', async () => {
  caretaker.put('facts/trial', '1.0.0');
  caretaker.put('facts/new', '1.0.0');
  await install();
  expect(caretaker.calls()).toContain('rauc status mark-active rootfs.1');
});

test('links, pipes, folders and what lies elsewhere are no bundles', async () => {
  caretaker.put('data/secret', 'root’s own');
  mkdirSync(caretaker.path('update/folder'));
  symlinkSync(caretaker.path('data/secret'), caretaker.path('update/link'));
  symlinkSync(caretaker.path('data'), caretaker.path('update/way'));
  execFileSync('mkfifo', [caretaker.path('update/pipe')]);
  const codes: Record<string, string> = {
    'update/link': 'appliance-refused',
    'update/way/secret': 'appliance-refused',
    'update/../data/secret': 'appliance-refused',
    'data/secret': 'appliance-refused',
    'update/folder': 'bundle-missing',
    'update/pipe': 'bundle-missing',
    'update/nothing.raucb': 'bundle-missing',
  };
  for (const [name, code] of Object.entries(codes)) {
    await expect(install({ source: `${caretaker.root}/${name}` }), name).rejects.toMatchObject({ code });
  }
  expect(caretaker.calls()).toEqual([]);
});

test('what RAUC refuses while it installs is told by its code', async () => {
  caretaker.program(
    'rauc',
    `case "$1" in
  info) cat fixtures/rauc-info.json ;;
  status) cat fixtures/rauc-status.json ;;
  install) printf '%s\\n' installing '  0% Installing' "100% Installing failed." "LastError: $(cat why)"; echo "Installing failed" >&2; exit 1 ;;
esac`,
  );
  const words: Record<string, string> = {
    "Version mismatch: Expected at least '0.5' but bundle manifest has '0.4.0'": 'bundle-too-old',
    'Failed updating slot boot.1: Error reading from file: Input/output error': 'bundle-not-read',
    'Failed updating slot rootfs.1: Error writing to file descriptor: No space left on device': 'bundle-too-large',
    'Failed mounting bundle: Failed to open /dev/mapper/control: No such file or directory': 'bundle-not-written',
    'signature verification failed: Verify error: certificate has expired': 'bundle-signer-expired',
  };
  for (const [why, code] of Object.entries(words)) {
    caretaker.put('why', why);
    await expect(install(), why).rejects.toMatchObject({ code });
  }
  expect(caretaker.get('data/pending')).toBeNull();
});

test('RAUC at work for somebody else', async () => {
  caretaker.program(
    'rauc',
    `case "$1" in
  info) cat fixtures/rauc-info.json ;;
  status) cat fixtures/rauc-status.json ;;
  install) echo "Failed to contact rauc service: Already processing a different method" >&2; exit 2 ;;
esac`,
  );
  await expect(install()).rejects.toMatchObject({ code: 'appliance-busy' });
});

test('who gives up ends the installation, and nothing starts from what was written', async () => {
  caretaker.program(
    'rauc',
    `case "$*" in
  info*) cat fixtures/rauc-info.json ;;
  install*) echo ' 43% Copying image to rootfs.1'; exec sleep 20 ;;
  'status --detailed'*) cat fixtures/rauc-status.json ;;
esac`,
  );
  const abort = new AbortController();
  const broken = expect(install({}, abort.signal)).rejects.toMatchObject({ code: 'stopped' });
  await expect.poll(() => progress).toHaveLength(1);
  abort.abort();
  await broken;
  await expect.poll(() => caretaker.running()).toBe(0);
  expect(caretaker.calls().slice(-4)).toEqual([
    'systemctl stop rauc.service',
    'rauc status --detailed --output-format=json',
    'rauc status mark-active booted',
    'rauc status mark-bad other',
  ]);
  expect(caretaker.get('data/pending')).toBeNull();
});

test('an installation that takes hours keeps nobody from the network or the switch; a second one has to wait', async () => {
  caretaker.program(
    'rauc',
    `case "$*" in
  info*) cat fixtures/rauc-info.json ;;
  install*) echo '  0% Installing'; exec sleep 30 ;;
  'status --detailed'*) cat fixtures/rauc-status.json ;;
esac`,
  );
  const abort = new AbortController();
  const broken = expect(install({}, abort.signal)).rejects.toMatchObject({ code: 'stopped' });
  await expect.poll(() => progress).toHaveLength(1);
  await caretaker.appliance().setPorts([104]);
  await caretaker.appliance().reboot();
  expect(caretaker.calls()).toContain('systemctl --no-block reboot');
  await expect(install()).rejects.toMatchObject({ code: 'appliance-busy' });
  abort.abort();
  await broken;
});

test('a caretaker that is killed in mid-installation leaves RAUC to it, and nothing starts from what it writes', async () => {
  caretaker.program(
    'rauc',
    `case "$*" in
  info*) cat fixtures/rauc-info.json ;;
  install*) echo ' 43% Copying image to rootfs.1'; exec sleep 5 ;;
  *) cat fixtures/rauc-status.json ;;
esac`,
  );
  const broken = expect(install()).rejects.toMatchObject({ code: 'appliance-away' });
  await expect.poll(() => progress).toHaveLength(1);
  caretaker.kill();
  await broken;
  expect(caretaker.calls()).not.toContain('systemctl stop rauc.service');
  expect(caretaker.calls().filter((call) => call.includes('mark-'))).toEqual([]);
  await caretaker.appliance().setPorts([104]);
});

test('a device whose size nobody knows does not stand in the way', async () => {
  for (const name of ['root-b', 'boot-b']) truncateSync(caretaker.path(name), 0);
  await expect(install()).rejects.toMatchObject({ code: 'bundle-too-large' });
  caretaker.put('root-b', null);
  caretaker.put('boot-b', null);
  expect(await install()).toEqual({ version: '1.1.0' });
});

const REFUSALS = JSON.parse(fixture('rauc-info-refusals.json')) as Record<string, string>;

test.each([
  ['evil', 'bundle-untrusted'],
  ['mail', 'bundle-untrusted'],
  ['old', 'bundle-signer-expired'],
  ['future', 'bundle-signer-expired'],
  ['sigbyte', 'bundle-damaged'],
  ['truncated', 'bundle-damaged'],
  ['empty', 'bundle-damaged'],
  ['random', 'bundle-damaged'],
  ['html', 'bundle-damaged'],
  ['tail', 'bundle-damaged'],
  ['missing', 'bundle-missing'],
  ['url-tls', 'bundle-server-untrusted'],
  ['url-tls-expired', 'bundle-server-untrusted'],
  ['url-othername', 'bundle-server-untrusted'],
  ['url-404', 'bundle-unreachable'],
  ['url-500', 'bundle-unreachable'],
  ['url-norange', 'bundle-unreachable'],
  ['url-refused', 'bundle-unreachable'],
  ['url-name', 'bundle-unreachable'],
  ['url-truncated', 'bundle-damaged'],
])('RAUC 1.13 on a bundle that is "%s" means %s', (name, code) => {
  const error = whatRaucMeans(REFUSALS[name]!, 'internal');
  expect(error.code).toBe(code);
  expect(error.message).not.toMatch(/[( ]\?/);
});

test('the reason of an unreachable server is the one that people can act upon', () => {
  const reason = (name: string) => whatRaucMeans(REFUSALS[name]!, 'internal').details.reason;
  expect(reason('url-404')).toBe('unexpected HTTP error code 404');
  expect(reason('url-name')).toBe('Could not resolve host: nowhere.invalid');
  expect(reason('url-norange')).toBe('range requests not supported by server');
});

test('words that nobody has seen yet are a refusal too', () => {
  const error = whatRaucMeans('rauc-Message: x\nThe moon is in the wrong place\n', 'bundle-damaged');
  expect([error.code, error.details.reason]).toEqual(['bundle-damaged', 'The moon is in the wrong place']);
});

test('progress is what RAUC calls so', () => {
  const lines = fixture('rauc-install.txt').split('\n');
  expect(lines.map(progressOf).filter((item) => item !== null)).toHaveLength(lines.length - 3);
  expect(progressOf('Installing `/x` succeeded')).toBeNull();
});
