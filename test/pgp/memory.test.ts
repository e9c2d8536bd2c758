import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('512 MiB are sealed, armored and opened in constant memory', async () => {
  const child = fileURLToPath(new URL('stream-child.ts', import.meta.url));
  const args = ['--expose-gc', child, '512'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 55_000, killSignal: 'SIGKILL' });
  const { isSame, sizeBytes, grown_mib } = JSON.parse(stdout);
  expect(isSame).toBe(true);
  expect(sizeBytes).toBe(512 * 1024 * 1024);
  expect(grown_mib).toBeLessThan(150);
});
