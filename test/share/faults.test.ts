import { once } from 'node:events';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashFile } from '../../src/core/files.ts';
import type { SmbShare } from '../../src/share/engine.ts';
import { openShare, type Share } from '../../src/share/share.ts';
import { type SambaHost, startSamba } from '../support/samba.ts';
import { code, large, local, options, smb, work } from './helpers.ts';

async function openFiles(): Promise<string[]> {
  const numbers = await readdir('/proc/self/fd');
  return Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')));
}

async function memoryTest(open: () => Promise<{ share: Share; folder: string }>): Promise<void> {
  const { share, folder } = await open();
  const file = await large(200 << 20);
  const before_bytes = process.memoryUsage().rss;
  let peak_bytes = before_bytes;
  const watch = setInterval(() => {
    peak_bytes = Math.max(peak_bytes, process.memoryUsage().rss);
  }, 20);
  try {
    expect((await share.put(file)).outcome).toBe('written');
  } finally {
    clearInterval(watch);
  }
  expect(await hashFile(join(folder, 'large/large.bin'))).toBe(file.sha256);
  expect(peak_bytes - before_bytes).toBeLessThan(120 << 20);
  await rm(join(folder, 'large'), { recursive: true });
  await rm(file.source);
}

test('folder: 200 MB go through without being held in memory', () =>
  memoryTest(async () => {
    const folder = await mkdtemp(join(work, 'folder-'));
    return { share: await openShare({ kind: 'folder', path: folder }, options), folder };
  }));

describe.each(['smbclient', 'node-smb2'] as const)('%s', (engine) => {
  let host: SambaHost;
  beforeAll(async () => {
    host = await startSamba();
  });
  afterAll(() => host?.stop());
  const open = (more: Partial<SmbShare> = {}) =>
    openShare(smb(host, { engine, ...more }), { ...options, connect_ms: 3000 });

  test('200 MB go through without being held in memory', () =>
    memoryTest(async () => ({ share: await open(), folder: host.folder })));

  test('F66: wrong password, no such share, nobody there, no such host', async () => {
    await expect(open({ password: 'wrong' })).rejects.toThrow(code('share-logon-refused'));
    await expect(open({ user: 'nobody-here' })).rejects.toThrow(code('share-logon-refused'));
    await expect(open({ share: 'other' })).rejects.toThrow(code('share-missing'));
    await expect(open({ port: 1 })).rejects.toThrow(code('share-away'));
    await expect(open({ host: 'no-such-host.invalid' })).rejects.toThrow(code('share-away'));
  });

  test('the raw reason is in the details, the password is not', async () => {
    const error = await open({ password: 'wr0ng-w0rd' }).catch((thrown) => thrown);
    expect(error.details.reason).toContain('LOGON_FAILURE');
    expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.toContain('wr0ng-w0rd');
  });

  test('F66: killed in mid-file: no file under the final name; after the restart it goes through', async () => {
    const share = await open();
    const file = await large(64 << 20);
    const putting = share.put(file).catch((error) => error);
    await expect
      .poll(() => readdir(join(host.folder, 'large')).catch(() => []), { interval: 2, timeout: 20_000 })
      .not.toEqual([]);
    await host.kill();
    expect(await putting).toEqual(code('share-away'));
    await expect.poll(openFiles, { timeout: 20_000 }).not.toContain(file.source);
    expect((await readdir(join(host.folder, 'large'))).filter((name) => !name.endsWith('.part'))).toEqual([]);
    await host.restart();
    expect((await share.put(file)).outcome).toBe('written');
    expect(await readdir(join(host.folder, 'large'))).toEqual(['large.bin']);
  });

  test('stopped in mid-file: ends soon, no file under the final name', async () => {
    const share = await open();
    const file = { ...(await large(64 << 20)), folder: ['stopped'] };
    const stop = new AbortController();
    const putting = share.put(file, stop.signal).catch((error) => error);
    await expect
      .poll(() => readdir(join(host.folder, 'stopped')).catch(() => []), { interval: 2, timeout: 20_000 })
      .not.toEqual([]);
    stop.abort(new Error('stop'));
    expect((await putting).message).toBe('stop');
    expect((await readdir(join(host.folder, 'stopped'))).filter((name) => !name.endsWith('.part'))).toEqual([]);
  });

  test('a server that says nothing, or nonsense, is away', async () => {
    for (const words of [null, 'HTTP/1.1 400 Bad Request\r\n\r\n', Buffer.alloc(100_000, 0)]) {
      const fake = createServer((socket) => {
        socket.on('error', () => {});
        if (words) socket.end(words);
      }).listen(0, '127.0.0.1');
      await once(fake, 'listening');
      const { port } = fake.address() as { port: number };
      const opening = open({ port });
      await expect(opening).rejects.toThrow(expect.objectContaining({ retry: 'later' }));
      fake.close();
    }
  });

  test('nothing is written to the console', async () => {
    const words: unknown[] = [];
    const { log, error } = console;
    console.log = (...args) => void words.push(args);
    console.error = (...args) => void words.push(args);
    try {
      await Promise.all([open(), open(), open()]);
      await (await open()).test();
      await open({ port: 1 }).catch(() => {});
    } finally {
      Object.assign(console, { log, error });
    }
    expect(words).toEqual([]);
  });
});

describe.each(['smbclient', 'node-smb2'] as const)('F66, %s: the share', (engine) => {
  test('is full: nothing under the final name, nothing left behind, smaller files still go', async () => {
    const host = await startSamba({ fileLimit_bytes: 4 << 20 });
    try {
      const share = await openShare(smb(host, { engine }), options);
      await expect(share.put(await large(8 << 20))).rejects.toThrow(code('share-full'));
      expect(await readdir(join(host.folder, 'large'))).toEqual([]);
      expect((await share.put(await local('small', ['large'], 'small'))).outcome).toBe('written');
    } finally {
      await host.stop();
    }
  });

  test('may not be written', async () => {
    const host = await startSamba({ share: ['read only = yes'] });
    try {
      const share = await openShare(smb(host, { engine }), options);
      await expect(share.put(await local('x', ['a'], 'b'))).rejects.toThrow(code('share-denied'));
      await expect(share.test()).rejects.toThrow(code('share-denied'));
    } finally {
      await host.stop();
    }
  });
});

describe('the choice of the engine', () => {
  let host: SambaHost;
  beforeAll(async () => {
    host = await startSamba({ global: ['server max protocol = SMB2_10'] });
  });
  afterAll(() => host?.stop());

  test('auto takes smbclient where it is installed', async () => {
    expect((await openShare(smb(host, { engine: 'auto' }), options)).engine).toBe('smbclient');
  });

  test('encryption that is required and not to be had is refused by both', async () => {
    for (const engine of ['smbclient', 'node-smb2'] as const) {
      const opening = openShare(smb(host, { engine, encrypt: 'required' }), options);
      await expect(opening).rejects.toThrow(code('share-encryption-unavailable'));
    }
  });

  test('without smbclient: auto falls back to node-smb2, smbclient itself is refused', async () => {
    const { PATH } = process.env;
    process.env.PATH = '/nonexistent';
    try {
      expect((await openShare(smb(host, { engine: 'auto' }), options)).engine).toBe('node-smb2');
      await expect(openShare(smb(host, { engine: 'smbclient' }), options)).rejects.toThrow(
        code('share-engine-missing'),
      );
    } finally {
      process.env.PATH = PATH;
    }
  });

  test('a password that a logon file cannot hold is refused before anyone sees it', async () => {
    for (const password of ['a\nusername = root', ' a', 'a ']) {
      const opening = openShare(smb(host, { engine: 'smbclient', password }), options);
      await expect(opening).rejects.toThrow(code('share-password-unfit'));
    }
  });

  test('no file with the password outlives a run', async () => {
    const { TMPDIR } = process.env;
    const temporary = await mkdtemp(join(work, 'tmp-'));
    process.env.TMPDIR = temporary;
    try {
      await (await openShare(smb(host, { engine: 'smbclient' }), options)).test();
      await openShare(smb(host, { engine: 'smbclient', password: 'wrong' }), options).catch(() => {});
      expect(await readdir(temporary)).toEqual([]);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
  });
});
