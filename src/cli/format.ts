/** How rows and progress look on a terminal; how figures look, core/figures.ts knows. */

/** A bar of ten cells. */
export function barText(done: number, all: number): string {
  const full = all === 0 ? 0 : Math.floor((10 * done) / all);
  return '█'.repeat(full) + '░'.repeat(10 - full);
}

/** Columns side by side, as wide as they need; what is all figures stands to the right. */
export function tableText(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (/^[\d.,]+( [kMGT]?B)?$/.test(cell) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
