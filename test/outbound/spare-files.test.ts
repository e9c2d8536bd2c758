import { closeSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lineLimits } from '../../src/core/limits.ts';
import { spareFiles } from '../../src/outbound/spare-files.ts';
import { temporaryFolder } from '../support/store.ts';

function spares() {
  const root = temporaryFolder();
  const state = { day: 'monday' };
  const folder = () => {
    const path = join(root, state.day);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const pool = spareFiles(folder);
  onTestFinished(() => pool.close());
  const take = () => {
    const file = pool.take();
    closeSync(file.fd);
    return file.path;
  };
  return { root, state, pool, take };
}

test('every file is new, however many are taken at once', () => {
  const { take } = spares();
  const paths = Array.from({ length: 3 * lineLimits.spare_files }, take);
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths.every((path) => existsSync(path))).toBe(true);
});

test('what nobody took is gone after the end, what was taken stays', async () => {
  const { root, pool, take } = spares();
  const taken = take();
  await pool.close();
  expect(readdirSync(join(root, 'monday')).map((name) => join(root, 'monday', name))).toEqual([taken]);
});

test('a new day’s folder is used as soon as the spares of the old one are', async () => {
  const { state, take } = spares();
  take();
  state.day = 'tuesday';
  const later = Array.from({ length: 2 * lineLimits.spare_files }, take);
  expect(later.at(-1)).toContain('tuesday');
});

test('F04: a disk that takes no new file is told to whom it concerns, and nobody else', async () => {
  const pool = spareFiles(() => '/nonexistent');
  expect(() => pool.take()).toThrow('ENOENT');
  await pool.close();
});

test('F04: a folder that cannot be made is told likewise, and made once it can be', async () => {
  let isFull = true;
  const root = temporaryFolder();
  const pool = spareFiles(() => {
    if (isFull) throw new Error('ENOSPC');
    return root;
  });
  expect(() => pool.take()).toThrow('ENOSPC');
  isFull = false;
  closeSync(pool.take().fd);
  await pool.close();
});
