import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { writePhantom } from '../../scripts/phantom.ts';
import type { Settings } from '../../src/config/schema.ts';
import { eventually, type Site } from '../support/boxes.ts';
import { storescu } from '../support/dcmtk.ts';
import { buildInstance, type InstanceTags, newUid } from '../support/instances.ts';
import { changeSettings, type PageWorld } from './page-world.ts';

const HOUR_MS = 3_600_000;

/** Patients who never lived, and what they came for. */
const VISITS: readonly InstanceTags[] = [
  { PatientName: 'Testperson^Otto', PatientID: 'TEST-0002', Modality: 'MR', StudyDescription: 'Knie links' },
  { PatientName: 'Testperson^Änne', PatientID: 'TEST-0003', Modality: 'CR', StudyDescription: 'Thorax p. a.' },
  { PatientName: 'Testperson^Wilhelm', PatientID: 'TEST-0004', Modality: 'US', StudyDescription: 'Abdomen' },
  { PatientName: 'Testperson^Luise', PatientID: 'TEST-0005', Modality: 'MG', StudyDescription: 'Mammographie' },
];

/** Ids of rows that stand for the parameters of pages. */
export interface Life {
  /** At nord: an image of it can be shown, the partner has confirmed it. */
  study: string;
  /** At nord: held, because two patients are in it. */
  heldStudy: string;
}

/**
 * A few hours in two clinics: studies that arrived, one that contradicts itself, a mail of a stranger, rules, and a month of
 * traffic before.
 */
export async function live(world: PageWorld): Promise<Life> {
  const { nord, sued } = world;
  writeMonth(nord);
  writeMonth(sued);
  await changeSettings(nord, addRules);
  const ct = await writePhantom({ folder: join(world.root, 'ct'), slices: 24, series: 2, size: 256 });
  await storescu({ port: nord.dicomPort, calledAe: 'SUED', callingAe: 'CT_NOTAUFNAHME', files: ct.paths });
  for (const [index, tags] of VISITS.entries()) {
    const study = { StudyInstanceUID: newUid(), AccessionNumber: `A-2026-${1_204 + index}` };
    await scan(
      world,
      `visit-${index}`,
      [0, 1, 2].map(() => ({ ...tags, ...study })),
    );
  }
  const two = { StudyInstanceUID: newUid(), StudyDescription: 'Schädel nativ' };
  await scan(world, 'two', [
    { ...two, PatientName: 'Testperson^Emil', PatientID: 'TEST-0006' },
    { ...two, PatientName: 'Testperson^Emilia', PatientID: 'TEST-0007' },
  ]);
  await world.postAsWest(buildInstance({ ...VISITS[1], PatientID: 'WEST-11' }), world.west.known);
  await world.postAsWest(buildInstance({ ...VISITS[2], PatientID: 'WEST-12' }), world.west.fresh);
  const lines = () => nord.look((store) => store.overview.studies({ limit: 20 }));
  await eventually(() => lines().filter(({ parts_confirmed }) => parts_confirmed > 0).length > VISITS.length, {
    ...{ within_ms: 60_000, describe: world.describe },
  });
  await eventually(() => sued.look((store) => store.overview.troubles(5).length > 0), { within_ms: 20_000 });
  return {
    study: lines().find(({ study_uid }) => study_uid === ct.studyUid)!.id,
    heldStudy: lines().find(({ study_uid }) => study_uid === two.StudyInstanceUID)!.id,
  };
}

async function scan(world: PageWorld, name: string, instances: readonly InstanceTags[]): Promise<void> {
  const files = await Promise.all(
    instances.map(async (tags, index) => {
      const path = join(world.root, `${name}-${index}.dcm`);
      await writeFile(path, buildInstance({ ...tags, SOPInstanceUID: newUid(), pixelBytes: 40_000 }));
      return path;
    }),
  );
  await storescu({ port: world.nord.dicomPort, calledAe: 'SUED', callingAe: 'PACS', files });
}

function addRules(draft: Settings): void {
  draft.routes = [
    { id: 'notaufnahme', when: { calling_ae: 'CT_NOTAUFNAHME', modality: 'CT', tags: [] }, to: ['sued'], urgent: true },
    {
      ...{ id: 'thorax', to: ['sued'], urgent: false },
      when: { modality: 'CR', tags: [{ keyword: 'StudyDescription', matches: 'Thorax*' }] },
    },
  ];
}

/** Busy in the morning, quiet at night and on Sundays; the same in every run. */
function writeMonth(site: Site): void {
  const db = new Sqlite(join(site.folder, 'rohrpost.sqlite'));
  const insert = db.prepare(
    `INSERT INTO hour (hour, sent_bytes, received_bytes, studies_out, studies_in) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (hour) DO NOTHING`,
  );
  const now = Math.floor(Date.now() / HOUR_MS);
  for (let ago = 1; ago < 30 * 24; ago++) {
    const at = new Date((now - ago) * HOUR_MS);
    const isOpen = at.getUTCHours() > 5 && at.getUTCHours() < 18 && at.getUTCDay() !== 0;
    const studies = isOpen ? (ago * 7) % 4 : Number(ago % 17 === 0);
    const came = isOpen ? (ago * 5) % 3 : 0;
    insert.run(
      now - ago,
      studies * (30 + ((ago * 13) % 50)) * 1e6,
      came * (20 + ((ago * 11) % 40)) * 1e6,
      studies,
      came,
    );
  }
  db.close();
}
