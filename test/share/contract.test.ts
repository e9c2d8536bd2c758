import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/ids.ts';
import { openShare, type Share } from '../../src/share/share.ts';
import { type SambaHost, startSamba } from '../support/samba.ts';
import { code, local, options, smb, work } from './helpers.ts';

/** What every engine must do alike. `folder` is where its files can be seen. */
function contract(open: () => Promise<{ share: Share; folder: string }>): void {
  let share: Share;
  let folder: string;
  beforeAll(async () => {
    ({ share, folder } = await open());
  });
  const seen = (path: string) => readFile(join(folder, path), 'utf8');
  const names = async (path: string) => (await readdir(join(folder, path))).sort();

  test('writes a file into new folders, and the very same again is no second file', async () => {
    const file = await local('one', ['20261122', 'CT-1', 'series_1'], 'a.dcm');
    expect(await share.put(file)).toEqual({ outcome: 'written', name: 'a.dcm' });
    expect(await seen('20261122/CT-1/series_1/a.dcm')).toBe('one');
    expect(await share.put(file)).toEqual({ outcome: 'identical', name: 'a.dcm' });
    expect(await names('20261122/CT-1/series_1')).toEqual(['a.dcm']);
  });

  test('F66: a file of that name with other content stays, ours gets a new name, and again the same', async () => {
    await share.put(await local('first', ['x'], 'b.dcm'));
    const same_size = await local('other', ['x'], 'b.dcm');
    expect(await share.put(same_size)).toEqual({ outcome: 'renamed', name: 'b-2.dcm' });
    expect(await share.put(await local('third one', ['x'], 'b.dcm'))).toEqual({ outcome: 'renamed', name: 'b-3.dcm' });
    expect(await share.put(same_size)).toEqual({ outcome: 'identical', name: 'b-2.dcm' });
    expect(await names('x')).toEqual(['b-2.dcm', 'b-3.dcm', 'b.dcm']);
    expect(await seen('x/b.dcm')).toBe('first');
  });

  test('what an earlier, broken try left is replaced', async () => {
    const file = await local('whole', ['y'], 'c.dcm');
    const left = `.rohrpost-${sha256(`${file.sha256} c.dcm`).slice(0, 24)}.part`;
    await mkdir(join(folder, 'y'));
    await writeFile(join(folder, 'y', left), 'wh');
    expect(await share.put(file)).toEqual({ outcome: 'written', name: 'c.dcm' });
    expect(await names('y')).toEqual(['c.dcm']);
    expect(await seen('y/c.dcm')).toBe('whole');
  });

  test('an empty file, a file at the root, a name without ending, a long name', async () => {
    expect((await share.put(await local('', [], 'empty'))).outcome).toBe('written');
    expect((await share.put(await local('x', [], 'empty'))).name).toBe('empty-2');
    const uid = `1.2.826.0.1.3680043.${'9'.repeat(44)}`;
    expect((await share.put(await local('x', [uid, uid], `${uid}.dcm`))).outcome).toBe('written');
    expect(await seen(`${uid}/${uid}/${uid}.dcm`)).toBe('x');
  });

  test('something else of that name (a folder) is left alone', async () => {
    await mkdir(join(folder, 'z', 'd.dcm'), { recursive: true });
    expect(await share.put(await local('x', ['z'], 'd.dcm'))).toEqual({ outcome: 'renamed', name: 'd-2.dcm' });
  });

  test('ten files at once', async () => {
    const files = await Promise.all(
      Array.from({ length: 10 }, (_, n) => local(`file ${n}`, ['many', 's'], `${n}.dcm`)),
    );
    await Promise.all(files.map((file) => share.put(file)));
    expect(await names('many/s')).toEqual(files.map((file) => file.name).sort());
  });

  test('a source that is not what was taken in goes nowhere', async () => {
    const file = await local('good', ['bad'], 'e.dcm');
    await writeFile(file.source, 'goof');
    await expect(share.put(file)).rejects.toThrow(code('share-source-changed'));
    expect(await readdir(folder)).not.toContain('bad');
  });

  test('a marker appears whole and replaces an earlier one', async () => {
    await share.putMarker(['m'], 'finished.txt', 'study 1\n');
    await share.putMarker(['m'], 'finished.txt', 'study 1\nfiles 2\n');
    await share.putMarker(['m'], 'finished.txt', 'study 1\nfiles 2\n');
    expect(await seen('m/finished.txt')).toBe('study 1\nfiles 2\n');
    expect(await names('m')).toEqual(['finished.txt']);
  });

  test('the test says what it did and leaves nothing behind', async () => {
    const before = await names('.');
    expect((await share.test()).words).toContain(`written, read back, removed (${share.engine}`);
    expect(await names('.')).toEqual(before);
  });

  test('ends at once when told to', async () => {
    const file = await local('x', ['n'], 'f.dcm');
    await expect(share.put(file, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
}

describe('folder', () => {
  contract(async () => {
    const folder = await mkdtemp(join(work, 'folder-'));
    return { share: await openShare({ kind: 'folder', path: folder }, options), folder };
  });

  test('F66: a folder that is away (not mounted) is not made', async () => {
    const path = join(work, 'not-mounted');
    const share = await openShare({ kind: 'folder', path }, options);
    await expect(share.put(await local('x', ['a'], 'b'))).rejects.toThrow(code('share-missing'));
    await expect(share.test()).rejects.toThrow(code('share-missing'));
    expect(await readdir(work)).not.toContain('not-mounted');
  });
});

/** Every engine against every kind of server: it works, with this protection, or is refused with this code. */
const servers: [what: string, global: string[], smbclient: string, nodeSmb2: string][] = [
  ['a server that does not sign', ['server signing = disabled', 'smb encrypt = off'], 'signed', 'none'],
  ['a server of its defaults', [], 'encrypted', 'none'],
  ['a server that requires signing', ['server signing = mandatory'], 'encrypted', 'share-signing-required'],
  ['a server that requires encryption', ['smb encrypt = required'], 'encrypted', 'share-protocol-unsupported'],
  ['a server of SMB 3.1.1 alone', ['server min protocol = SMB3_11'], 'encrypted', 'share-protocol-unsupported'],
  ['an old server of SMB 2.1 alone', ['server max protocol = SMB2_10'], 'signed', 'none'],
];

describe.each(servers)('%s', (_, global, smbclient, nodeSmb2) => {
  let host: SambaHost;
  beforeAll(async () => {
    host = await startSamba({ global });
  });
  afterAll(() => host?.stop());

  describe.each([
    ['smbclient', smbclient],
    ['node-smb2', nodeSmb2],
  ] as const)('%s: %s', (engine, expected) => {
    const open = async () => ({ share: await openShare(smb(host, { engine }), options), folder: host.folder });
    if (expected.startsWith('share-')) {
      test('is refused with a clear word', async () => {
        await expect(open()).rejects.toThrow(code(expected));
      });
      return;
    }
    test('says how the line is protected', async () => {
      expect(await open().then(({ share }) => [share.engine, share.protection])).toEqual([engine, expected]);
    });
    contract(async () => {
      for (const name of await readdir(host.folder)) await rm(join(host.folder, name), { recursive: true });
      return open();
    });
  });
});
