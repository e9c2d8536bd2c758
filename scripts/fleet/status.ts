import type { Language } from '../../src/core/errors.ts';
import { sayIn } from '../../src/core/texts.ts';
import type { BoxRecord } from './reports.ts';
import { messages } from './texts/messages.ts';

const DAY_MS = 86_400_000;
/** Boxes report once a day; who misses two is away. */
const SILENT_MS = 2 * DAY_MS;

/** A line of the table of the fleet, in words. */
export interface StatusRow {
  name: string;
  product: string;
  version: string;
  slot: string;
  health: string;
  last: string;
  seen: string;
  /** The beginning of its id: who knows the whole can speak for the box. */
  box: string;
  /** For colours and for who sorts. */
  tone: 'green' | 'yellow' | 'red' | 'silent';
}

export const COLUMNS = ['name', 'product', 'version', 'slot', 'health', 'last', 'seen', 'box'] as const;

/** The fleet as a table: silent boxes first, then red, yellow, green; within each by name. */
export function statusRows(records: readonly BoxRecord[], now_ms: number, language: Language): StatusRow[] {
  const order = ['silent', 'red', 'yellow', 'green'];
  return records
    .map((record) => rowOf(record, now_ms, language))
    .sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone) || a.name.localeCompare(b.name, language));
}

/** Days since the last report, where that is longer than it may be; null: heard of in time. */
export function silentDays({ received }: BoxRecord, now_ms: number): number | null {
  const silent_ms = now_ms - Date.parse(received);
  return silent_ms > SILENT_MS ? Math.floor(silent_ms / DAY_MS) : null;
}

/** One sentence about all of them. */
export function statusSummary(rows: readonly StatusRow[], language: Language): string {
  const count = (tone: StatusRow['tone']) => rows.filter((row) => row.tone === tone).length;
  return sayIn(messages, language)('status-count', {
    ...{ count: rows.length, green: count('green'), yellow: count('yellow') },
    ...{ red: count('red'), silent: count('silent') },
  });
}

function rowOf(record: BoxRecord, now_ms: number, language: Language): StatusRow {
  const say = sayIn(messages, language);
  const { report, received } = record;
  const days = silentDays(record, now_ms);
  const { last } = report;
  const result = last && `${last.version} ${say(`result-${last.result}`)}${last.code ? ` (${last.code})` : ''}`;
  return {
    ...{ name: report.name, product: report.product, slot: report.slot, box: report.box.slice(0, 8) },
    version: report.trial ? `${report.version} (${say('status-trial')})` : report.version,
    health: days === null ? say(`health-${report.health}`) : say('status-silent', { days }),
    last: result ?? '–',
    seen: momentOf(received),
    tone: days === null ? report.health : 'silent',
  };
}

/** `2026-11-22 15:04`, UTC. */
export function momentOf(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** The table for a terminal. */
export function statusTable(rows: readonly StatusRow[], language: Language): string[] {
  const say = sayIn(messages, language);
  const lines = [
    COLUMNS.map((column) => say(`col-${column}`)),
    ...rows.map((row) => COLUMNS.map((c) => plain(row[c]))),
  ];
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
}

/** What a box says of itself is shown without what would steer a terminal. */
function plain(cell: string): string {
  return cell.replace(/[\p{Cc}\p{Cf}]/gu, '?').slice(0, 60);
}
