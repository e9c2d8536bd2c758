import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSpool, sweepSpool } from '../../src/box/spool.ts';
import { systemClock } from '../../src/core/clock.ts';
import { newId, sha256 } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { type Station, startConveyor } from '../../src/line/conveyor.ts';
import { moves } from '../../src/line/states.ts';
import { innerSize, messageId, newBoundary, sealedSize } from '../../src/mail/compose.ts';
import { packStation } from '../../src/outbound/pack.ts';
import { sealStation } from '../../src/outbound/seal.ts';
import { openStore } from '../../src/store/store.ts';
import { unlockOnce } from '../../src/workers/own-key.ts';
import { type SealJob, type SealResult, sealPart } from '../../src/workers/seal.ts';
import { buildInstance } from '../support/instances.ts';
import { testPartner } from '../support/settings.ts';

/** The stations "pack" and "seal" on a real data folder, with real keys, as a process of their own that can be killed. */

const DEADLINE_MS = 30_000;
const KEYS = 'keys.json';

/** What a study's bytes are known by, wherever they may lie. */
export const SECRET = 'Geheimfall^Zoe';
const PIXELS = Buffer.alloc(40_000, `${SECRET}.`);

interface Keys {
  /** Our own, under a passphrase. */
  own: { armored: string; passphrase: string };
  partner: { fingerprint: string; armored: string };
}

/** A data folder with one routed consignment of `items` instances; gives back their bytes. */
export async function makeFolder(folder: string, keys: Keys, items: number): Promise<Buffer[]> {
  await makeSpool(folder);
  await mkdir(join(folder, 'tmp'));
  await writeFile(join(folder, KEYS), JSON.stringify(keys));
  const store = openStore(folder, moves);
  const facts = { patient_name: SECRET, study_uid: '1.2.3', modality: 'CT', tags: '{}' };
  const study = store.studies.add({
    ...{ direction: 'out', origin: 'KLINIK', state: 'routed', lane: 'KLINIK', now_ms: Date.now() },
    facts: {
      ...{ calling_ae: 'CT1', patient_id: '', patient_birth_date: '', patient_sex: '', accession_number: '' },
      ...{ study_date: '', study_time: '', description: '', ...facts },
    },
  });
  const made: Buffer[] = [];
  const itemIds: string[] = [];
  for (let n = 1; n <= items; n++) {
    const bytes = buildInstance({ PatientName: SECRET, SOPInstanceUID: `1.2.3.${n}`, pixelBytes: PIXELS });
    const path = join('spool', 'instances', `${n}`);
    await writeFile(join(folder, path), bytes);
    made.push(bytes);
    const kind = { kind: 'instance' as const, state: 'stored' as const, media_type: 'application/dicom', name: '' };
    const uids = {
      sop_class: '1.2.840.10008.5.1.4.1.1.2',
      sop_uid: `1.2.3.${n}`,
      series_uid: '1.2',
      study_uid: '1.2.3',
    };
    itemIds.push(
      store.items.add({
        ...{ ...kind, ...uids, study_id: study.id, path, sha256: sha256(bytes), size_bytes: bytes.length },
        ...{ data_offset: 0, transfer_syntax: '1.2.840.10008.1.2.1', received_ms: Date.now() },
      }),
    );
  }
  const now = { due_ms: Date.now(), now_ms: Date.now() };
  store.consignments.add({ studyId: study.id, partnerId: 'klinik', itemIds, urgent: false, state: 'routed', ...now });
  store.close();
  return made;
}

/** A box's start, as far as these stations go: sweeps, frees what an earlier process owned, packs and seals, until nothing is left to do. */
export async function packAndSeal(folder: string, sealer = sealHere()): Promise<void> {
  const keys = JSON.parse(await readFile(join(folder, KEYS), 'utf8')) as Keys;
  const store = openStore(folder, moves);
  const clock = systemClock();
  await sweepSpool(folder, store.overview.paths(), silentLog);
  const partner = testPartner({ form: 'classic', inner: 'binary', compress: 'never' });
  const parts = {
    ...store,
    ...{ folder, partner: () => partner, limitBytes: async () => 1e6, from: () => 'box@a.example' },
    ...{ now: () => clock.now(), steady: () => clock.steady() },
  };
  const stations = [
    packStation({
      ...{ ...parts, accepts: () => new Set<string>(), messageId: (id) => messageId(id, 'a.example') },
      sealedBytes: (items, encoding) =>
        sealedSize(
          innerSize({
            ...{ fields: { setId: newId(), part: 1, total: 9 }, encoding, boundary: newBoundary() },
            contents: items.map(({ path, size_bytes }) => ({
              ...{ kind: 'dicom' as const, name: '0001.dcm', path, sizeBytes: size_bytes },
            })),
          }),
        ),
    }),
    sealStation({
      ...{ ...parts, encryptionKey: async () => keys.partner, ownKey: async () => keys.own, ownFields: () => [] },
      ...{ seal: sealer, clockTrusted: () => true, onHeld: () => {} },
    }),
  ] as unknown as Station[];
  const conveyor = startConveyor(stations, {
    ...{ clock, log: silentLog, owner: newId(), transaction: (work) => store.transaction(work) },
  });
  try {
    for (const until = Date.now() + DEADLINE_MS; !isOver(); await clock.sleep(10)) {
      conveyor.wake();
      if (Date.now() > until) throw new Error('packing and sealing do not end');
    }
  } finally {
    await conveyor.stop();
    store.close();
  }

  function isOver(): boolean {
    const [study] = store.overview.studies({ limit: 1 });
    const [consignment] = store.consignments.ofStudy(study!.id);
    const made = store.parts.ofConsignment(consignment!.id);
    return consignment!.state === 'packed' && made.every(({ state }) => state !== 'planned');
  }
}

/** Seals in this thread. */
function sealHere(): (job: SealJob) => Promise<SealResult> {
  const unlock = unlockOnce();
  return (job) => sealPart(job, unlock);
}
