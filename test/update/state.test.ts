import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log.ts';
import { type UpdateLimits, updateLimits } from '../../src/core/update-limits.ts';
import { readOperator } from '../../src/update/operator.ts';
import { openState } from '../../src/update/state.ts';
import { openUploads } from '../../src/update/uploads.ts';
import { smallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/store.ts';

const MINE = { name: 'rohrpost-0a1b', running: '1.0.0', log: silentLog };
const source = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)));
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'good',
    (error) => (error instanceof RohrpostError ? error.code : String(error)),
  );

describe('what a box knows of its updates', () => {
  test('kill -9 at any moment of writing: the file is the old or the new one, whole', async () => {
    const folder = temporaryFolder();
    const program = `
      import { openState } from ${source('update/state.ts')};
      import { silentLog } from ${source('core/log.ts')};
      const state = await openState(${JSON.stringify(folder)}, { name: 'rohrpost-0a1b', running: '1.0.0', log: silentLog });
      console.log('ready');
      for (let n = 1; ; n++) await state.set({ running: '1.0.' + n, noted: 'x'.repeat(n % 90 + 1) });
    `;
    const ids = new Set<string>();
    let last = 0;
    for (const wait_ms of [1, 5, 14, 30, 55]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, wait_ms));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const { box, running, noted } = (await openState(folder, MINE)).now();
      ids.add(box);
      last = Number(running.split('.')[2]);
      expect(noted?.length ?? 0).toBe(last === 0 ? 0 : (last % 90) + 1);
    }
    expect(ids.size).toBe(1);
  });

  test.each(['', '{', '{"format":9}', 'null', '{"format":1,"box":7}', 'x'.repeat(300_000)])(
    'damaged (%#): begins anew, and says so in the log',
    async (text) => {
      const folder = temporaryFolder();
      await mkdir(join(folder, 'update'));
      await writeFile(join(folder, 'update', 'state.json'), text);
      const warned: string[] = [];
      const log = { ...silentLog, warn: (message: string) => void warned.push(message) };
      const state = await openState(folder, { ...MINE, log });
      expect(state.now()).toMatchObject({ running: '1.0.0', pending: null, failed: [] });
      expect(warned).toHaveLength(1);
      expect((await openState(folder, MINE)).now().box).toBe(state.now().box);
    },
  );

  test.runIf(smallDisk.isPossible)('a full disk: the box starts all the same, and knows what it knew', async () => {
    const folder = smallDisk(1);
    const state = await openState(folder, MINE);
    await writeFile(join(folder, 'full'), Buffer.alloc(1 << 20)).catch(() => {});
    expect(await codeOf(state.set({ noted: 'x' }))).toBe('disk-full');
    const again = await openState(folder, { ...MINE, name: 'rohrpost-beef' });
    expect(again.now().name).toBe('rohrpost-beef');
    expect(JSON.parse(readFileSync(join(folder, 'update', 'state.json'), 'utf8')).name).toBe('rohrpost-0a1b');
  });
});

describe('a bundle that somebody uploads', () => {
  const pieces = async function* (count: number, size_bytes = 10_000) {
    for (let n = 0; n < count; n++) yield Buffer.alloc(size_bytes, n);
  };
  const stored = (folder: string) => (existsSync(join(folder, 'update')) ? readdirSync(join(folder, 'update')) : []);
  const limits: UpdateLimits = { ...updateLimits, upload_bytes: 100_000, upload_idle_ms: 300, upload_reserve_bytes: 0 };

  test('lies there whole, with its hash; the next one takes its place', async () => {
    const folder = temporaryFolder();
    const uploads = openUploads(folder, limits);
    const first = await uploads.take(pieces(3), 30_000);
    expect(first).toMatchObject({ size_bytes: 30_000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const second = await uploads.take(pieces(2), null);
    expect(stored(folder)).toEqual([second.file]);
    expect(() => uploads.find(first.file)).toThrow();
    expect(() => uploads.find('../settings.yaml')).toThrow();
    expect(uploads.find(second.file).path).toBe(join(folder, 'update', second.file));
    await uploads.sweep();
    expect(stored(folder)).toEqual([]);
  });

  test('too large as announced, or only as it comes: nothing stays', async () => {
    const folder = temporaryFolder();
    const uploads = openUploads(folder, limits);
    expect(await codeOf(uploads.take(pieces(1), 100_001))).toBe('update-too-large');
    expect(await codeOf(uploads.take(pieces(20), null))).toBe('update-too-large');
    expect(stored(folder)).toEqual([]);
  });

  test('that breaks off, is shorter than announced, or stands still: nothing stays', async () => {
    const folder = temporaryFolder();
    const uploads = openUploads(folder, limits);
    const cut = async function* () {
      yield Buffer.alloc(10);
      throw new Error('socket hang up');
    };
    const still = async function* () {
      yield Buffer.alloc(10);
      await new Promise(() => {});
    };
    expect(await codeOf(uploads.take(cut(), null))).toBe('update-upload-broken');
    expect(await codeOf(uploads.take(pieces(2), 30_000))).toBe('update-upload-broken');
    expect(await codeOf(uploads.take(still(), null))).toBe('update-upload-broken');
    expect(stored(folder)).toEqual([]);
  });

  test('while another one comes: has to wait', async () => {
    const uploads = openUploads(temporaryFolder(), limits);
    const gate = Promise.withResolvers<void>();
    const held = async function* () {
      yield Buffer.alloc(10);
      await gate.promise;
    };
    const first = uploads.take(held(), null);
    expect(await codeOf(uploads.take(pieces(1), null))).toBe('update-busy');
    gate.resolve();
    expect(await codeOf(first)).toBe('good');
  });

  test('for which there is no room beside studies: refused before it is taken, or on the way', async () => {
    const folder = temporaryFolder();
    const tight = openUploads(folder, { ...limits, upload_reserve_bytes: Number.MAX_SAFE_INTEGER });
    expect(await codeOf(tight.take(pieces(1), 10_000))).toBe('disk-full');
    expect(await codeOf(tight.take(pieces(1), null))).toBe('disk-full');
    expect(stored(folder)).toEqual([]);
  });

  test.runIf(smallDisk.isPossible)('that fills the disk although there seemed to be room: nothing stays', async () => {
    const folder = smallDisk(1);
    const uploads = openUploads(folder, { ...limits, upload_bytes: 10 << 20, upload_reserve_bytes: -(10 << 20) });
    expect(await codeOf(uploads.take(pieces(400), null))).toBe('disk-full');
    expect(stored(folder)).toEqual([]);
  });
});

describe("the operator's defaults", () => {
  const read = async (text: string) => {
    const path = join(temporaryFolder(), 'operator.json');
    await writeFile(path, text);
    return readOperator(path, silentLog);
  };

  test('are read, and what is not known is passed over', async () => {
    const said = { name: 'Praxisdienst', channel: 'https://updates.example/stable', key: 'x', report: { url: null } };
    expect(await read(JSON.stringify(said))).toMatchObject({
      channel: said.channel,
      report: { url: null, address: null },
    });
    expect(await read('{"name":"A"}')).toEqual({ name: 'A', channel: null, report: { url: null, address: null } });
  });

  test.each(['', '[]', '{"name":"A","channel":"http://plain.example"}', '{"channel":null}'])(
    '%j: none',
    async (text) => {
      expect(await read(text)).toBeNull();
    },
  );

  test('no file, none named: none', () => {
    expect(readOperator(undefined, silentLog)).toBeNull();
    expect(readOperator('/nonexistent/operator.json', silentLog)).toBeNull();
  });
});
