import { execFile } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBundle } from '../../scripts/fleet/bundle.ts';
import { changeChannel, createChannel } from '../../scripts/fleet/channel.ts';
import { publish } from '../../scripts/fleet/releases.ts';
import { openSigner } from '../../scripts/fleet/signer.ts';
import { readIndex } from '../../src/update/channel.ts';
import type { ChannelIndex } from '../../src/update/words.ts';
import { fleet, fleetKeys, handmadeBundle, spoil } from '../support/fleet.ts';

const run = promisify(execFile);
const DAY_MS = 86_400_000;
let folder: string;
let keys: string;
let devKeys: string;
let bundle: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-channel-'));
  [keys, devKeys, bundle] = [at('keys'), at('dev'), at('2.0.0.raucb')];
  await fleetKeys(keys);
  await fleetKeys(devKeys, { development: true });
  await handmadeBundle(bundle, { keys, version: '2.0.0' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const NOTES = ['--notes-de', 'Neu', '--notes-en', 'New'];
const publishTo = (channel: string, file: string, ...more: string[]) =>
  fleet('publish', channel, '--keys', keys, '--bundle', file, ...NOTES, ...more);

/** A channel of its own for a test; its index as a box reads it. */
async function newChannel(name: string, with_keys = keys): Promise<string> {
  const made = await fleet('create', at(name), '--name', `dev-${name}`, '--keys', with_keys);
  expect(made.code, made.err).toBe(0);
  return at(name);
}
async function indexOf(
  channel: string,
  o: { keys?: string; seen?: { channel: string; sequence: number } } = {},
): Promise<ChannelIndex> {
  const roots = [new X509Certificate(await readFile(join(o.keys ?? keys, 'root.pem')))];
  return readIndex(await readFile(join(channel, 'index.json')), { roots, now_ms: Date.now(), seen: o.seen ?? null });
}
/** Keys of a test alone: what was signed is remembered beside them. */
async function ownKeys(name: string): Promise<string> {
  await mkdir(at(name), { recursive: true });
  for (const file of ['root.pem', 'signer.pem', 'signer.key']) await copyFile(join(keys, file), at(name, file));
  return at(name);
}

test('a bundle made by RAUC itself is read, and refused as a box would refuse it', async () => {
  await mkdir(at('content'));
  await writeFile(at('content', 'root.img'), randomBytes(1_500_000));
  await writeFile(
    at('content', 'manifest.raucm'),
    '[update]\ncompatible=rohrpost-amd64\nversion=3.1.4\n\n[bundle]\nformat=verity\n\n[image.rootfs]\nfilename=root.img\n',
  );
  const conf = '[system]\ncompatible=rohrpost-amd64\nbootloader=noop\n[keyring]\ncheck-purpose=codesign\n';
  await writeFile(at('rauc.conf'), `${conf}path=${join(keys, 'root.pem')}\n`);
  const signer = [`--cert=${join(keys, 'signer.pem')}`, `--key=${join(keys, 'signer.key')}`];
  await run('rauc', [`--conf=${at('rauc.conf')}`, 'bundle', ...signer, at('content'), at('real.raucb')]);
  const look = (file: string) => readBundle(file, { roots: join(keys, 'root.pem'), now_ms: Date.now() });
  expect(await look(at('real.raucb'))).toMatchObject({
    product: 'rohrpost-amd64',
    version: '3.1.4',
    mayDowngrade: false,
  });
  await copyFile(at('real.raucb'), at('real-spoilt.raucb'));
  await spoil(at('real-spoilt.raucb'), 5_000);
  await expect(look(at('real-spoilt.raucb'))).rejects.toMatchObject({ key: 'bundle-damaged' });
});

test('publishing: the bundle is there before the index names it, and boxes can verify all of it', async () => {
  const channel = await newChannel('good');
  const told = await publishTo(channel, bundle, '--version', '2.0.0', '--product', 'rohrpost-amd64');
  expect(told, told.err).toMatchObject({ code: 0, out: expect.stringContaining('rohrpost-amd64 2.0.0: 1 %') });
  const index = await indexOf(channel);
  expect(index).toMatchObject({ channel: 'dev-good', sequence: 2 });
  expect(index.releases).toMatchObject([{ version: '2.0.0', stage: { percent: 1 }, min_version: '0.0' }]);
  const [release] = index.releases;
  expect((await stat(join(channel, release!.bundle))).size).toBe(release!.size_bytes);
  expect(Date.parse(index.expires) - Date.parse(index.made)).toBe(30 * DAY_MS);
  for (const name of await readdir(channel)) expect((await stat(join(channel, name))).mode & 0o777).toBe(0o644);
});

test('stage, stop, withdraw, drop, refresh: each is a new index, and withdrawn is for good', async () => {
  const channel = await newChannel('acts');
  await publishTo(channel, bundle);
  const act = (...args: string[]) => fleet(args[0]!, channel, ...args.slice(1), '--keys', keys);
  await act('stage', '2.0.0', '10');
  expect((await indexOf(channel)).releases[0]!.stage).toEqual({ percent: 10 });
  await act('stop', '2.0.0');
  expect((await indexOf(channel)).releases[0]!.stage).toEqual({ percent: 10, stopped: true });
  expect((await act('stage', '2.0.0', '5')).err).toContain('was stopped; its roll-out goes on');
  await act('refresh');
  expect(await indexOf(channel)).toMatchObject({ sequence: 6 });
  await act('withdraw', '2.0.0');
  expect((await indexOf(channel)).releases[0]).toMatchObject({ withdrawn: true, stage: { percent: 5, stopped: true } });
  expect(await act('stage', '2.0.0', '10')).toMatchObject({
    code: 1,
    err: expect.stringContaining('release-withdrawn'),
  });
  expect(await act('stage', '9.9.9', '10')).toMatchObject({ code: 1, err: expect.stringContaining('release-missing') });
  expect(await act('stage', '2.0.0', '101')).toMatchObject({ code: 1, err: expect.stringContaining('option-invalid') });
  await act('drop', '2.0.0');
  expect((await indexOf(channel)).releases).toEqual([]);
  expect(await readdir(channel)).toEqual(['index.json']);
});

test('bundles that no box would take are not published', async () => {
  const channel = await newChannel('bad');
  const refused = async (file: string, word: string, ...more: string[]) =>
    expect(await publishTo(channel, file, ...more)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`[${word}]`),
    });
  await handmadeBundle(at('dev.raucb'), { keys: devKeys, version: '2.0.1' });
  await refused(at('dev.raucb'), 'bundle-development');
  await fleetKeys(at('stranger'));
  await handmadeBundle(at('stranger.raucb'), { keys: at('stranger'), version: '2.0.1' });
  await refused(at('stranger.raucb'), 'bundle-foreign');
  for (const [name, place] of [
    ['payload', 100_000],
    ['tree', 200 * 4096 + 10],
  ] as const) {
    await copyFile(bundle, at(`${name}.raucb`));
    await spoil(at(`${name}.raucb`), place);
    await refused(at(`${name}.raucb`), 'bundle-damaged');
  }
  await copyFile(bundle, at('signature.raucb'));
  await spoil(at('signature.raucb'), (await stat(bundle)).size - 300);
  await refused(at('signature.raucb'), 'bundle-foreign');
  await copyFile(bundle, at('short.raucb'));
  await truncate(at('short.raucb'), 100_000);
  await refused(at('short.raucb'), 'bundle-format');
  await writeFile(at('empty.raucb'), '');
  await refused(at('empty.raucb'), 'bundle-format');
  await refused(at('away.raucb'), 'file-unreadable');
  await refused(bundle, 'bundle-other', '--version', '2.0.1');
  await refused(bundle, 'bundle-other', '--product', 'rohrpost-pi');
  await refused(bundle, 'bundle-no-downgrade', '--downgrade');
  await refused(bundle, 'release-notes', '--notes-en', ' ');
  expect(await indexOf(channel)).toMatchObject({ sequence: 1, releases: [] });
  expect(await readdir(channel)).toEqual(['index.json']);
});

test('a bundle of a development image does not get into a release channel, though the right key signed it', async () => {
  await fleet('create', at('stable'), '--name', 'stable', '--keys', keys);
  await handmadeBundle(at('variant.raucb'), { keys, version: '2.0.2', manifest: '[meta.rohrpost]\nvariant=dev\n' });
  expect(await publishTo(at('stable'), at('variant.raucb'))).toMatchObject({
    ...{ code: 1, err: expect.stringContaining('bundle-variant') },
  });
});

test('a downgrade is published only if the bundle itself allows it', async () => {
  const channel = await newChannel('down');
  await handmadeBundle(at('down.raucb'), {
    keys,
    version: '1.9.0',
    manifest: '[meta.rohrpost]\nallow-downgrade=true\n',
  });
  expect(await publishTo(channel, at('down.raucb'), '--downgrade')).toMatchObject({ code: 0 });
  expect((await indexOf(channel)).releases[0]).toMatchObject({ downgrade: true });
});

test('development keys make no channel that looks like one for clinics', async () => {
  const made = await fleet('create', at('clinics'), '--name', 'stable', '--keys', devKeys);
  expect(made).toMatchObject({ code: 1, err: expect.stringContaining('channel-development-name') });
  const channel = await newChannel('with-dev', devKeys);
  expect(await indexOf(channel, { keys: devKeys })).toMatchObject({ sequence: 1 });
  // And they cannot sign what the release keys signed before.
  const release = await newChannel('with-release');
  const told = await fleet('refresh', release, '--keys', devKeys);
  expect(told).toMatchObject({ code: 1, err: expect.stringContaining('channel-broken') });
});

test('a version is never replaced', async () => {
  const channel = await newChannel('again');
  await publishTo(channel, bundle);
  await handmadeBundle(at('other.raucb'), { keys, version: '2.0.0' });
  expect(await publishTo(channel, at('other.raucb'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('release-exists'),
  });
});

test('a channel that somebody changed on the web server is not signed again', async () => {
  const channel = await newChannel('changed');
  await publishTo(channel, bundle);
  const file = join(channel, 'index.json');
  const envelope = JSON.parse(await readFile(file, 'utf8'));
  const refused = async (content: string, word: string) => {
    await writeFile(file, content);
    const told = await fleet('refresh', channel, '--keys', keys);
    expect(told).toMatchObject({ code: 1, err: expect.stringContaining(`[${word}]`) });
    expect(await readFile(file, 'utf8')).toBe(content);
  };
  const index = JSON.parse(Buffer.from(envelope.payload, 'base64').toString());
  index.releases[0].stage.percent = 100;
  const payload = Buffer.from(JSON.stringify(index)).toString('base64');
  await refused(JSON.stringify({ ...envelope, payload }), 'channel-broken');
  await refused(JSON.stringify({ ...envelope, signatures: [] }), 'channel-broken');
  await refused('{}', 'channel-broken');
  await refused('', 'channel-broken');
  await rm(file);
  expect((await fleet('refresh', channel, '--keys', keys)).err).toContain('[channel-missing]');
});

test('an index that somebody put back is not signed again; a lost channel goes on with its number', async () => {
  const mine = await ownKeys('put-back-keys');
  await fleet('create', at('put-back'), '--name', 'stable', '--keys', mine);
  await copyFile(at('put-back', 'index.json'), at('old-index.json'));
  await fleet('refresh', at('put-back'), '--keys', mine);
  await copyFile(at('old-index.json'), at('put-back', 'index.json'));
  const told = await fleet('refresh', at('put-back'), '--keys', mine);
  expect(told).toMatchObject({ code: 1, err: expect.stringContaining('channel-rolled-back') });
  await fleet('create', at('anew'), '--name', 'stable', '--keys', mine);
  expect(await indexOf(at('anew'), { seen: { channel: 'stable', sequence: 2 } })).toMatchObject({ sequence: 3 });
});

test('many calls at once: none is lost, no number is given twice', async () => {
  const channel = await newChannel('busy');
  const files = await Promise.all(
    [1, 2, 3].map((number) => handmadeBundle(at(`busy-${number}.raucb`), { keys, version: `3.0.${number}` })),
  );
  const script = join(import.meta.dirname, '../../scripts/rohrpost-fleet');
  const call = (file: string) =>
    run(script, ['publish', channel, '--keys', keys, '--bundle', file, ...NOTES], { timeout: 60_000 });
  await Promise.all(files.map(call));
  const index = await indexOf(channel);
  expect(index.sequence).toBe(4);
  expect(index.releases.map(({ version }) => version).sort()).toEqual(['3.0.1', '3.0.2', '3.0.3']);
});

test('a signer that is over signs nothing; a new one goes on where it ended, and an index that expired is renewed', async () => {
  const mine = await ownKeys('over-keys');
  const signer = new X509Certificate(await readFile(join(mine, 'signer.pem')));
  const end_ms = signer.validToDate.getTime();
  const open = (now_ms: number) => openSigner(mine, { now_ms, passphrase: async () => '' });
  const before = { keys: mine, signer: await open(end_ms - DAY_MS), now_ms: end_ms - DAY_MS };
  await createChannel(at('over'), 'stable', before);
  await expect(open(end_ms + 1)).rejects.toMatchObject({ key: 'keys-expired' });
  const now_ms = end_ms - 1;
  const later = { keys: mine, signer: await open(now_ms), now_ms };
  await expect(changeChannel(at('over'), later, ({ releases }) => releases)).resolves.toMatchObject({ sequence: 2 });
  await expect(publish(at('over'), { ...plan(bundle) }, { ...later, now_ms: end_ms + DAY_MS })).rejects.toMatchObject({
    key: 'bundle-foreign',
  });
});

const plan = (file: string) => ({
  ...{ bundle: file, notes: { de: 'Neu', en: 'New' }, percent: 1, min_version: '0.0', downgrade: false },
});

test('a key that no file holds: a program signs; what it gets wrong is not published', async () => {
  const mine = await ownKeys('hsm-keys');
  const key = at('in-the-hsm.key');
  await copyFile(join(mine, 'signer.key'), key);
  await rm(join(mine, 'signer.key'));
  const program = async (name: string, body: string) => {
    await writeFile(at(name), `#!/bin/sh\n${body}\n`);
    await chmod(at(name), 0o755);
    return ['--keys', mine, '--sign-with', at(name)];
  };
  const signs = await program('hsm', `exec openssl dgst -sha256 -sign ${key}`);
  const made = await fleet('create', at('hsm-channel'), '--name', 'stable', ...signs);
  expect(made, made.err).toMatchObject({ code: 0 });
  expect(await indexOf(at('hsm-channel'))).toMatchObject({ sequence: 1 });
  const lies = await program('hsm-lies', 'echo nonsense');
  expect(await fleet('refresh', at('hsm-channel'), ...lies)).toMatchObject({
    ...{ code: 1, err: expect.stringContaining('update-index-unsigned') },
  });
  const away = await program('hsm-away', 'echo "no token in slot 0" >&2; exit 1');
  expect(await fleet('refresh', at('hsm-channel'), ...away)).toMatchObject({
    ...{ code: 1, err: expect.stringContaining('no token in slot 0') },
  });
  expect(await indexOf(at('hsm-channel'))).toMatchObject({ sequence: 1 });
});

test('a bundle that is gone from the folder is told, and the index is renewed all the same', async () => {
  const channel = await newChannel('gone');
  await publishTo(channel, bundle);
  await rm(join(channel, 'rohrpost-amd64-2.0.0.raucb'));
  const told = await fleet('refresh', channel, '--keys', keys);
  expect(told).toMatchObject({ code: 1, err: expect.stringContaining('rohrpost-amd64-2.0.0.raucb') });
  expect(await indexOf(channel)).toMatchObject({ sequence: 3 });
});
