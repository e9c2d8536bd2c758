import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { DEFLATED_SYNTAXES } from '../../src/dicom/uids.ts';
import { endsWhole } from '../../src/dicom/whole.ts';
import { buildInstance, element, sequence } from '../support/instances.ts';
import { listSamples } from '../support/samples.ts';
import { temporaryFolder } from '../support/store.ts';

// Which of the files that a box was writing when it was killed are whole.

function written(bytes: Buffer): string {
  const path = join(temporaryFolder(), 'image.dcm');
  writeFileSync(path, bytes);
  return path;
}

const looksWhole = async (path: string) => endsWhole(path, await readPart10(path));

describe('an image of which only a beginning was written', () => {
  const image = buildInstance({
    pixelBytes: 3_000,
    elements: { 4194933: sequence(0x00400275, [element(0x00400007, 'LO', 'a step')]) },
  });

  test('is whole at its end, and nowhere before', async () => {
    expect(await looksWhole(written(image))).toBe(true);
    for (const cut of [1, 2, 8, 12, 500, 2_999, 3_000]) {
      expect(await looksWhole(written(image.subarray(0, -cut))), `${cut} bytes before its end`).toBe(false);
    }
  });

  test('and one with something behind its end is not the image either', async () => {
    expect(await looksWhole(written(Buffer.concat([image, Buffer.from([0, 0, 0])])))).toBe(false);
  });
});

test('real samples of every kind are whole, and cut by a tenth they are not', { timeout: 60_000 }, async () => {
  let looked = 0;
  for (const { path, transferSyntaxUid } of await listSamples()) {
    const file = await readPart10(path).catch(() => null);
    if (file === null || DEFLATED_SYNTAXES.has(transferSyntaxUid)) continue;
    const bytes = await readFile(path);
    // Some samples are broken on purpose; what is whole must be seen as such, and then its beginning must not.
    if (!(await endsWhole(path, file))) continue;
    looked++;
    // Elements are of even length (PS3.5 §7.1.1): an odd place is never between two of them.
    const end = Math.floor(bytes.length * 0.9) | 1;
    if (end <= file.dataSetOffset) continue;
    const cut = written(bytes.subarray(0, end));
    expect(await endsWhole(cut, { ...file, sizeBytes: end }), path).toBe(false);
  }
  expect(looked).toBeGreaterThan(60);
});
