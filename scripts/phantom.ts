/**
 * Makes a CT study that looks like one, of a patient who never lived:
 *
 *     node scripts/phantom.ts FOLDER [SLICES] [SERIES] [SEED]
 *
 * The same seed gives the same images; UIDs are always fresh.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ctFile, newUid, type Patient, type Series } from './phantom/header.ts';
import { scanner } from './phantom/scan.ts';

export interface PhantomOptions {
  /** Made if it is not there. */
  folder: string;
  /** Images in all; a 512 × 512 one has 0.53 MB. */
  slices: number;
  /** The images are shared out among so many series. Default 1. */
  series?: number;
  /** Rows and columns. Default 512. */
  size?: number;
  seed?: number;
  patient?: Partial<Patient>;
}

export interface Phantom {
  studyUid: string;
  /** The files in the order of their making. */
  paths: string[];
  sizeBytes: number;
}

const PATIENT: Patient = { name: 'Testperson^Erika', id: 'TEST-0001', birthDate: '19600102', sex: 'F' };
const KERNELS = [
  { description: 'Thorax 1.0 Weichteil', kernel: 'B31f' },
  { description: 'Thorax 1.0 Lunge', kernel: 'B70f' },
  { description: 'Thorax 1.0 Knochen', kernel: 'B60s' },
] as const;

/** Writes the study's files, `ct00001.dcm` and so on. 200 slices take some three seconds. */
export async function writePhantom(o: PhantomOptions): Promise<Phantom> {
  const { size = 512, seed = 1, series: seriesCount = 1 } = o;
  await mkdir(o.folder, { recursive: true });
  const scan = scanner(size, seed);
  const study = newStudy(size, { ...PATIENT, ...o.patient });
  const perSeries = Math.ceil(o.slices / seriesCount);
  const phantom: Phantom = { studyUid: study.studyUid, paths: [], sizeBytes: 0 };
  let series = nthSeries(study, 0);
  for (let index = 0; index < o.slices; index++) {
    const number = (index % perSeries) + 1;
    if (number === 1) series = nthSeries(study, index / perSeries);
    const file = ctFile(series, number, scan((number - 0.5) / perSeries));
    const path = join(o.folder, `ct${String(index + 1).padStart(5, '0')}.dcm`);
    await writeFile(path, file);
    phantom.paths.push(path);
    phantom.sizeBytes += file.length;
  }
  return phantom;
}

type Study = Omit<Series, 'seriesUid' | 'number' | 'description' | 'kernel'>;

function newStudy(size: number, patient: Patient): Study {
  const [date, time] = new Date().toISOString().replace(/[-:]/g, '').split('T') as [string, string];
  return {
    patient,
    size,
    date,
    time: time.slice(0, 6),
    studyUid: newUid(),
    frameOfReferenceUid: newUid(),
    accession: 'TEST-ACC-1',
  };
}

function nthSeries(study: Study, index: number): Series {
  return { ...study, ...KERNELS[index % KERNELS.length]!, seriesUid: newUid(), number: index + 2 };
}

if (import.meta.main) {
  const [folder, slices = '200', series = '1', seed = '1'] = process.argv.slice(2);
  if (folder === undefined || !(Number(slices) > 0) || !(Number(series) > 0)) {
    console.error('usage: node scripts/phantom.ts FOLDER [SLICES] [SERIES] [SEED]');
    process.exit(2);
  }
  const made = await writePhantom({ folder, slices: Number(slices), series: Number(series), seed: Number(seed) });
  console.log(`${made.paths.length} images, ${(made.sizeBytes / 1e6).toFixed(1)} MB, study ${made.studyUid}`);
}
