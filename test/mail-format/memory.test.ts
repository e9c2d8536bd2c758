import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { tempFolder } from './helpers.ts';

const RESIDENT_BYTES = 250 << 20;

/** Runs in a process of its own: 220 MB of content, 300 MB of mail, composed, cut, joined and read again. */
const SCRIPT = `
import { open, truncate } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'node:fs';
const { composeInner, newBoundary } = await import(process.argv[1] + '/compose.ts');
const { readInner } = await import(process.argv[1] + '/inner.ts');
const folder = process.argv[2];
const path = folder + '/zeros';
const sizeBytes = 220 << 20;
await (await open(path, 'w')).close();
await truncate(path, sizeBytes);
let number = 0;
for (const encoding of ['base64', 'binary']) {
  const contents = [{ kind: 'dicom', name: '1.dcm', path, sizeBytes }];
  const plan = { fields: { setId: 's', part: 1, total: 1 }, contents, encoding, boundary: newBoundary() };
  await pipeline(Readable.from(composeInner(plan)), createWriteStream(folder + '/mail'));
  const { contents: [content] } = await readInner(folder + '/mail', { newPath: () => folder + '/out' + ++number });
  if (content.sizeBytes !== sizeBytes) throw new Error('wrong size');
}
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
`;

test('F55: a mail of 300 MB is composed and read in flat memory, binary zeros without a line end too', async () => {
  const folder = await tempFolder();
  const kit = new URL('../../src/mail', import.meta.url).pathname;
  const args = ['--input-type=module', '-e', SCRIPT, kit, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
  expect((await stat(`${folder}/out1`)).size).toBe(220 << 20);
  expect(Number(stdout)).toBeLessThan(RESIDENT_BYTES);
});
