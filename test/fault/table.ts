import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One line of the table that `make test-fault` ends with. */
export interface Row {
  /** Numbers of faults, and what was done. */
  fault: string;
  runs: number;
  /** Runs in which the fault did happen. */
  hit: number;
  lost: number;
  twice: number;
  wrong: number;
  /** Images that a PACS was given again because its answer was lost. */
  repeated: number;
}

const FOLDER = fileURLToPath(new URL('../../build/fault', import.meta.url));
const ROWS = join(FOLDER, 'rows.jsonl');

export function beginTable(): void {
  mkdirSync(FOLDER, { recursive: true });
  rmSync(ROWS, { force: true });
}

/** Test files run side by side, each a process: a line is one write. */
export function addRow(row: Row): void {
  appendFileSync(ROWS, `${JSON.stringify(row)}\n`);
}

/** The table in words, also in build/fault/table.txt. */
export function endTable(): string {
  const rows = readFileSync(ROWS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
    .sort((a, b) => a.fault.localeCompare(b.fault, 'en', { numeric: true }));
  const total = rows.reduce(
    (sum, row) => ({
      fault: 'all',
      ...{ runs: sum.runs + row.runs, hit: sum.hit + row.hit, lost: sum.lost + row.lost, twice: sum.twice + row.twice },
      ...{ wrong: sum.wrong + row.wrong, repeated: sum.repeated + row.repeated },
    }),
    { fault: 'all', runs: 0, hit: 0, lost: 0, twice: 0, wrong: 0, repeated: 0 },
  );
  const width = Math.max(...rows.map(({ fault }) => fault.length), 5);
  const line = (fault: string, ...cells: unknown[]) =>
    [fault.padEnd(width), ...cells.map((cell) => String(cell).padStart(9))].join('');
  const words = [
    line('fault', 'runs', 'hit', 'lost', 'twice', 'wrong', 'repeated', 'verdict'),
    ...[...rows, total].map((row) => {
      const { fault, runs, hit, lost, twice, wrong, repeated } = row;
      return line(fault, runs, hit, lost, twice, wrong, repeated, lost + twice + wrong === 0 ? 'kept' : 'BROKEN');
    }),
  ].join('\n');
  writeFileSync(join(FOLDER, 'table.txt'), `${words}\n`);
  return words;
}
