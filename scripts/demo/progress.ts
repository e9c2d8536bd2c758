import { type ErrorCode, errorText } from '../../src/core/errors.ts';
import type { Store } from '../../src/store/store.ts';
import type { Image } from './modality.ts';

/** One stretch of the way: how much of it is done, and of how much. `total` is null while nobody can know. */
export interface Stretch {
  name: string;
  done: number;
  total: number | null;
  unit: string;
}

/** The two boxes' databases. */
export interface Sight {
  a: Store;
  b: Store;
  /** How B knows A. */
  senderId: string;
}

/** Where these images are, as the two boxes' own databases tell it. */
export function stretches({ a, b, senderId }: Sight, images: readonly Image[]): Stretch[] {
  const uids = new Set(images.map((image) => image.studyUid));
  const linesOf = (store: Store) => store.overview.studies({ limit: 1_000 }).filter((line) => uids.has(line.study_uid));
  const leaving = linesOf(a);
  const sum = (key: 'items' | 'parts' | 'parts_sent' | 'parts_confirmed') => total(leaving.map((line) => line[key]));
  const consignments = leaving.flatMap((line) => a.consignments.ofStudy(line.id));
  const parts = consignments.flatMap((consignment) => a.parts.ofConsignment(consignment.id));
  const sets = consignments.flatMap((consignment) => b.sets.find(senderId, consignment.set_id) ?? []);
  const isPacked = sum('items') === images.length && leaving.every((line) => line.state === 'routed' && line.parts > 0);
  const mails = isPacked ? parts.length : null;
  const sealed = parts.filter((part) => part.state !== 'planned').length;
  const opened = total(sets.map((set) => b.sets.parts(set.id).length));
  const delivered = total(linesOf(b).map((line) => line.deliveries_done));
  return [
    { name: 'modality → Klinik A', done: sum('items'), total: images.length, unit: 'images' },
    { name: 'sign and encrypt', done: sealed, total: mails, unit: 'mails' },
    { name: 'Klinik A → Klinik B', done: sum('parts_sent'), total: mails, unit: 'mails' },
    { name: 'verify and decrypt', done: opened, total: mails, unit: 'mails' },
    { name: 'Klinik B → PACS', done: delivered, total: images.length, unit: 'images' },
    { name: 'receipts → Klinik A', done: sum('parts_confirmed'), total: mails, unit: 'mails' },
  ];
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

/** What only a person could solve, in words; there should be none. */
export function troubles(name: string, store: Store): string[] {
  return store.overview.troubles(5).map(({ entity, state, code, reason }) => {
    const text = code === null ? '' : errorText(code as ErrorCode, 'en');
    return `${name}: ${entity} ${state}: ${reason ?? text} (${code})`;
  });
}

const BAR_WIDTH = 28;
const PLAIN_EVERY_MS = 3_000;

/** Shows stretches: redrawn in place on a terminal; elsewhere a line when one is finished, and a sign of life in between. */
export function progressView(out: NodeJS.WriteStream): { show(now: readonly Stretch[]): void } {
  let drawn = 0;
  let shown_ms = performance.now();
  const finished = new Set<string>();
  const redraw = (now: readonly Stretch[]) => {
    if (drawn > 0) out.write(`\x1b[${drawn}A`);
    for (const stretch of now) out.write(`\x1b[2K  ${barLine(stretch)}\n`);
    drawn = now.length;
  };
  const append = (now: readonly Stretch[]) => {
    const fresh = now.filter((stretch) => isFinished(stretch) && !finished.has(stretch.name));
    for (const stretch of fresh) {
      finished.add(stretch.name);
      out.write(`  ${plainLine(stretch)}\n`);
    }
    if (fresh.length === 0 && performance.now() - shown_ms < PLAIN_EVERY_MS) return;
    const under = now.filter((stretch) => !finished.has(stretch.name) && stretch.done > 0);
    if (fresh.length === 0 && under.length > 0) out.write(`  … ${under.map(plainLine).join(', ')}\n`);
    shown_ms = performance.now();
  };
  return { show: out.isTTY ? redraw : append };
}

export const isFinished = ({ done, total }: Stretch) => total !== null && done >= total;

function barLine(stretch: Stretch): string {
  const share = stretch.total === null ? 0 : Math.min(1, stretch.done / Math.max(1, stretch.total));
  const full = Math.round(share * BAR_WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  return `${stretch.name.padEnd(20)} ${bar} ${countOf(stretch)}${isFinished(stretch) ? ' ✓' : ''}`;
}

function plainLine(stretch: Stretch): string {
  return `${stretch.name} ${countOf(stretch)}${isFinished(stretch) ? ' ✓' : ''}`;
}

function countOf({ done, total, unit }: Stretch): string {
  return `${done}/${total ?? '…'} ${unit}`;
}
