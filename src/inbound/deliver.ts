import { join } from 'node:path';
import type { Target } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { hashFile } from '../core/files.ts';
import { lineLimits } from '../core/limits.ts';
import type { StoreOutcome } from '../dicom/scu.ts';
import type { Station, Trip } from '../line/conveyor.ts';
import { done, failed, type Outcome, stop } from '../line/outcome.ts';
import type { Share } from '../share/share.ts';
import type { DeliveryRow, DeliveryTable } from '../store/deliveries.ts';
import type { ItemRow, ItemTable } from '../store/items.ts';
import type { StudyRow, StudyTable } from '../store/studies.ts';

export interface DeliverParts {
  deliveries: DeliveryTable;
  items: ItemTable;
  studies: StudyTable;
  folder: string;
  target(id: string): Target | undefined;
  store(
    target: Extract<Target, { kind: 'dicom' }>,
    instances: readonly { id: string; path: string }[],
    o: { signal: AbortSignal; onOutcome(outcome: StoreOutcome): void },
  ): Promise<{ error?: RohrpostError }>;
  openShare(target: Exclude<Target, { kind: 'dicom' }>): Promise<Share>;
  /** The folders of a study below a share, safe names only. */
  layout(pattern: string, values: Record<string, string>): string[];
  /** Runs in the transaction that finished a delivery. */
  followItem(itemId: string): void;
  /** It went well, but something else lay under the file's name: people should know. */
  renamed(row: DeliveryRow): void;
  now(): number;
  steady(): number;
}

/**
 * Station "deliver": admitted items → one outcome for each at each target. All due items of a study go to a target in one
 * trip; what became of each is written down while the trip goes on, so that a kill repeats as little as can be (F62, F63).
 */
export function deliverStation(o: DeliverParts): Station<DeliveryRow> {
  return {
    name: 'deliver',
    table: o.deliveries,
    from: 'due',
    concurrency: 6,
    perLane: 2,
    deadline_ms: lineLimits.deliver_ms,
    heldState: 'held',
    gather: (first, owner) => o.deliveries.claimFellows(first, owner, o.steady(), lineLimits.deliver_batch - 1),
    run: (rows, trip) => deliver(o, rows, trip),
  };
}

async function deliver(o: DeliverParts, rows: readonly DeliveryRow[], trip: Trip): Promise<Outcome> {
  const target = o.target(rows[0]!.target_id);
  if (!target) return failed(new RohrpostError('deliver-target-gone', { details: { target: rows[0]!.target_id } }));
  const load = rows.map((row) => ({ row, item: o.items.get(row.item_id)! }));
  return target.kind === 'dicom' ? toPacs(o, target, load, trip) : toShare(o, target, load, trip);
}

type Load = readonly { row: DeliveryRow; item: ItemRow }[];

async function toPacs(
  o: DeliverParts,
  target: Extract<Target, { kind: 'dicom' }>,
  load: Load,
  trip: Trip,
): Promise<Outcome> {
  const byId = new Map(load.map((entry) => [entry.row.id, entry]));
  for (const { row, item } of load) {
    if (item.kind === 'instance') continue;
    trip.report(row.id, refuse(o, row, new RohrpostError('deliver-documents-unsupported')));
    byId.delete(row.id);
  }
  const instances = [...byId.values()].map(({ row, item }) => ({ id: row.id, path: join(o.folder, item.path) }));
  if (instances.length === 0) return failed(new RohrpostError('deliver-documents-unsupported'));
  const { error } = await o.store(target, instances, {
    signal: trip.signal,
    onOutcome: (outcome) => {
      const { row, item } = byId.get(outcome.id)!;
      // What was not sent shares what became of the trip.
      if (outcome.kind !== 'not-sent') trip.report(row.id, judge(o, row, item, outcome));
    },
  });
  return failed(error ?? new RohrpostError('deliver-unknown'));
}

/** Statuses by which a PACS says that it will never take this object: PS3.7 Annex C, PS3.4 Table B.2-1. */
function isFinal(status: number): boolean {
  return status === 0x0122 || status === 0x0124 || (status & 0xff00) === 0xa900;
}

/** How often a target's "no" is taken for "not now"; failures of the network do not count. */
const REFUSALS = 8;

function judge(
  o: DeliverParts,
  row: DeliveryRow,
  item: ItemRow,
  outcome: Exclude<StoreOutcome, { kind: 'not-sent' }>,
): Outcome {
  switch (outcome.kind) {
    case 'accepted':
      return delivered(o, row, 0);
    case 'warning':
      return delivered(o, row, outcome.status);
    case 'refused': {
      const details = { status: outcome.status.toString(16).padStart(4, '0'), comment: outcome.comment ?? '' };
      const refusals = row.refusals + 1;
      const final = isFinal(outcome.status) || refusals >= REFUSALS;
      o.deliveries.setRefusals(row.id, final ? 0 : refusals);
      return final
        ? refuse(o, row, new RohrpostError('deliver-refused', { details }))
        : failed(new RohrpostError('deliver-busy', { details }));
    }
    case 'no-context': {
      const details = { sop_class: item.sop_class, transfer_syntax: item.transfer_syntax };
      return refuse(o, row, new RohrpostError('deliver-no-context', { details }));
    }
    case 'unknown':
      return failed(new RohrpostError('deliver-unknown'));
    case 'unreadable':
      return failed(outcome.error);
  }
}

function delivered(o: DeliverParts, row: DeliveryRow, status: number | null): Outcome {
  return done('delivered', {
    commit: () => {
      o.deliveries.setDelivered(row.id, { delivered_ms: o.now(), status });
      o.followItem(row.item_id);
    },
  });
}

function refuse(o: DeliverParts, row: DeliveryRow, error: RohrpostError): Outcome {
  return stop('refused', error, () => o.followItem(row.item_id));
}

async function toShare(
  o: DeliverParts,
  target: Exclude<Target, { kind: 'dicom' }>,
  load: Load,
  trip: Trip,
): Promise<Outcome> {
  const share = await o.openShare(target);
  try {
    const study = o.studies.get(load[0]!.row.study_id)!;
    const put = async ({ row, item }: Load[number]) => {
      trip.signal.throwIfAborted();
      const file = {
        ...{ source: join(o.folder, item.path), folder: folderOf(o, target, study, item), name: fileName(item) },
        ...{ sizeBytes: item.size_bytes, sha256: await fileHash(o, item) },
      };
      const { outcome } = await share.put(file, trip.signal);
      if (outcome === 'renamed') o.renamed(row);
    };
    const last = load.at(-1)!;
    await sideBySide(load.slice(0, -1), async (entry) => {
      await put(entry);
      trip.report(entry.row.id, delivered(o, entry.row, null));
    });
    await put(last);
    // Before the last one counts as delivered, so that a marker that fails is tried again with it.
    const isComplete = o.deliveries.openCount(study.id, target.id) === 1;
    if (isComplete) await putMarkers(o, target, share, study, last.item);
    // At once: of two trips that end in the same moment one must see that the other is done.
    trip.report(last.row.id, delivered(o, last.row, null));
    return failed(new RohrpostError('deliver-unknown'));
  } finally {
    await share.close();
  }
}

/** Files under way to a share at once: each costs round trips more than bytes. */
const PUTS_AT_ONCE = 4;

/** Does `work` for each entry, a few at a time; when one fails the rest is not begun, and the failure is told in the end. */
async function sideBySide<T>(entries: readonly T[], work: (entry: T) => Promise<void>): Promise<void> {
  const queue = [...entries];
  const lane = async () => {
    try {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) await work(entry);
    } catch (error) {
      queue.length = 0;
      throw error;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: PUTS_AT_ONCE }, lane));
  for (const result of lanes) if (result.status === 'rejected') throw result.reason;
}

function folderOf(
  o: DeliverParts,
  target: Exclude<Target, { kind: 'dicom' }>,
  study: StudyRow,
  item: ItemRow,
): string[] {
  return o.layout(target.folder_pattern, layoutValues(study, item));
}

/** Tells, in every folder of the study, that it is complete as far as it has come, and how many files are there. */
async function putMarkers(
  o: DeliverParts,
  target: Exclude<Target, { kind: 'dicom' }>,
  share: Share,
  study: StudyRow,
  last: ItemRow,
): Promise<void> {
  const folders = new Map<string, { folder: string[]; files: number }>();
  for (const item of [...o.deliveries.deliveredItems(study.id, target.id), last]) {
    const folder = folderOf(o, target, study, item);
    const known = folders.get(folder.join('/'));
    if (known) known.files++;
    else folders.set(folder.join('/'), { folder, files: 1 });
  }
  for (const { folder, files } of folders.values()) {
    await share.putMarker(folder, 'FINISHED.txt', markerText(study, files));
  }
}

/** The ledger's hash of an instance covers its data set; the share compares whole files. */
async function fileHash(o: DeliverParts, item: ItemRow): Promise<string> {
  return item.kind === 'instance' ? hashFile(join(o.folder, item.path)) : item.sha256;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'text/plain': 'txt',
  'text/html': 'html',
};

/** Names are made from identifiers, never from what a partner wrote (F56). */
function fileName(item: ItemRow): string {
  if (item.kind === 'instance') return `${item.sop_uid}.dcm`;
  const mediaType = item.media_type.split(';')[0]!.trim().toLowerCase();
  return `document-${item.sha256.slice(0, 16)}.${EXTENSIONS[mediaType] ?? 'bin'}`;
}

function layoutValues(study: StudyRow, item: ItemRow): Record<string, string> {
  return {
    date: study.study_date || new Date(study.first_ms).toISOString().slice(0, 10).replaceAll('-', ''),
    // "Other" (PS3.3 §C.7.3.1.1.1), where there are only documents: a folder's name should not begin with a dash.
    modality: study.modality.split(' ')[0] || 'OT',
    study_id: study.id,
    study_uid: study.study_uid,
    accession: study.accession_number,
    partner: study.origin,
    series: item.series_uid || 'documents',
  };
}

function markerText(study: StudyRow, files: number): string {
  return `study ${study.id}\nfiles ${files}\n`;
}
