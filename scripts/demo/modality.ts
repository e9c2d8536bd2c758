import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashFile } from '../../src/core/files.ts';
import { silentLog } from '../../src/core/log.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { storeInstances } from '../../src/dicom/scu.ts';
import { DemoError, type Household, isInstalled } from './household.ts';

/** An image as it lies in a file; `sha256` is of its data set's bytes, without the file's own head. */
export interface Image {
  path: string;
  sopUid: string;
  studyUid: string;
  sizeBytes: number;
  sha256: string;
}

const SAMPLE_FOLDER = '/usr/lib/python3/dist-packages/pydicom/data/test_files';
/** Real objects of different kinds, among them JPEG, JPEG lossless and JPEG 2000; DCMTK sends each of them as it lies there. */
const SAMPLES = [
  'GDCMJ2K_TextGBR.dcm',
  'J2K_pixelrep_mismatch.dcm',
  'SC_rgb_dcmtk_+eb+cr.dcm',
  'SC_rgb_jpeg_dcmtk.dcm',
  'SC_rgb_jpeg_gdcm.dcm',
  'SC_rgb_small_odd.dcm',
  'SC_rgb_small_odd_jpeg.dcm',
  'test-SR.dcm',
];
const CALLING_AE = 'CT01';
const SEND_MS = 120_000;

/** Copies the samples of Debian's python3-pydicom that are there; gives back their paths. */
export async function takeSamples(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const found = SAMPLES.filter((name) => existsSync(join(SAMPLE_FOLDER, name)));
  await Promise.all(found.map((name) => cp(join(SAMPLE_FOLDER, name), join(folder, name))));
  return found.map((name) => join(folder, name));
}

export async function readImages(paths: readonly string[]): Promise<Image[]> {
  const images: Image[] = [];
  for (const path of paths) {
    const { sopInstanceUid, header, sizeBytes, dataSetOffset } = await readPart10(path);
    const sha256 = await hashFile(path, dataSetOffset);
    images.push({ path, sopUid: sopInstanceUid, studyUid: header.studyInstanceUid, sizeBytes, sha256 });
  }
  return images;
}

/** The name of what plays the modality. */
export const modalityName = () => (isInstalled('storescu') ? 'DCMTK storescu' : "Rohrpost's own DICOM sender");

/**
 * Sends a folder's images by C-STORE, as a modality would: with DCMTK's storescu, its dcmsend where files are compressed
 * (storescu wants to be told each syntax), or without DCMTK with our own sender.
 */
export async function send(
  household: Household,
  images: readonly Image[],
  o: { port: number; calledAe: string; compressed: boolean },
): Promise<void> {
  const tool = o.compressed ? 'dcmsend' : 'storescu';
  if (!isInstalled(tool)) return sendOurselves(household, images, o);
  const options = o.compressed ? ['--decompress-never', '--no-uid-checks', '+sd'] : ['+sd'];
  const addresses = ['-aet', CALLING_AE, '-aec', o.calledAe, '127.0.0.1', String(o.port)];
  await household.run(tool, [...addresses, ...options, dirname(images[0]!.path)], SEND_MS);
}

async function sendOurselves(household: Household, images: readonly Image[], o: { port: number; calledAe: string }) {
  const peer = { host: '127.0.0.1', port: o.port, calledAe: o.calledAe, callingAe: CALLING_AE };
  const failed: string[] = [];
  await storeInstances(
    peer,
    images.map(({ path }) => ({ id: path, path })),
    {
      log: silentLog,
      signal: household.signal,
      onOutcome: ({ id, kind }) => {
        if (kind !== 'accepted') failed.push(`${kind}: ${id}`);
      },
    },
  );
  household.signal.throwIfAborted();
  if (failed.length > 0) throw new DemoError(`box A did not take ${failed.length} images:\n${failed.join('\n')}`);
}
