import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compare } from '../../scripts/demo/compare.ts';
import { readImages } from '../../scripts/demo/modality.ts';
import { writePhantom } from '../../scripts/phantom.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { dcmdump } from '../support/dcmtk.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phantom-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('the phantom packs as real CT does: 2.0 to 2.6 by zlib level 1', async () => {
  const { paths } = await writePhantom({ folder, slices: 3 });
  for (const path of paths) {
    const file = await readFile(path);
    const ratio = file.length / deflateSync(file, { level: 1 }).length;
    expect(ratio).toBeGreaterThan(2);
    expect(ratio).toBeLessThan(2.6);
  }
});

test('the phantom is one study of one invented patient, in the series that were asked for, and DCMTK reads it', async () => {
  const { paths, studyUid } = await writePhantom({ folder, slices: 5, series: 2, size: 64 });
  const files = await Promise.all(paths.map((path) => readPart10(path)));
  expect(new Set(files.map(({ header }) => header.studyInstanceUid))).toEqual(new Set([studyUid]));
  expect(new Set(files.map(({ header }) => header.patientName))).toEqual(new Set(['Testperson^Erika']));
  expect(new Set(files.map(({ header }) => header.seriesInstanceUid)).size).toBe(2);
  expect(new Set(files.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(5);
  const dump = await dcmdump(paths[0]!);
  expect(dump).not.toMatch(/^[EW]: /m);
  expect(dump).toMatch(/\(7fe0,0010\) OW .*# 8192, 1 PixelData/);
});

test('the same seed makes the same images under fresh UIDs', async () => {
  const [one, two, other] = await Promise.all(
    [7, 7, 8].map(async (seed, index) => {
      const made = await writePhantom({ folder: join(folder, String(index)), slices: 1, size: 64, seed });
      const file = await readFile(made.paths[0]!);
      return { uid: made.studyUid, pixels: file.subarray(file.length - 2 * 64 * 64) };
    }),
  );
  expect(two!.pixels.equals(one!.pixels)).toBe(true);
  expect(other!.pixels.equals(one!.pixels)).toBe(false);
  expect(two!.uid).not.toBe(one!.uid);
});

test('the demo sees an image that is missing, doubled, different, or was never sent', async () => {
  const { paths } = await writePhantom({ folder, slices: 4, size: 64 });
  const [missing, doubled, different, fine] = await readImages(paths);
  const sent = [missing!, doubled!, different!, fine!];
  expect(compare(sent, sent)).toEqual({ identical: 4, faults: [] });
  const arrived = [doubled!, doubled!, { ...different!, sha256: 'other' }, fine!, { ...fine!, sopUid: '1.2.3' }];
  expect(compare(sent, arrived)).toEqual({
    identical: 1,
    faults: [
      `missing:   ${missing!.sopUid}`,
      `doubled:   ${doubled!.sopUid} came 2 times`,
      `different: ${different!.sopUid}`,
      'never sent: 1.2.3',
    ],
  });
});
