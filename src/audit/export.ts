import { setImmediate as turn } from 'node:timers/promises';
import { peopleLimits as limits } from '../core/people-limits.ts';
import type { AuditFilter, AuditRow, AuditTable } from '../store/desk/audit.ts';

/** What an act is called by people. */
export type ActName = (act: string) => string;

/** The rows as JSON lines, the oldest first, with their hashes: a program can check the chain again. */
export async function* auditJsonLines(audit: AuditTable, filter: AuditFilter): AsyncGenerator<string> {
  for await (const rows of slices(audit, filter)) {
    yield rows.map((row) => `${JSON.stringify({ ...row, at: new Date(row.at_ms).toISOString() })}\n`).join('');
  }
}

/**
 * The rows as CSV (RFC 4180), the oldest first. Comma and UTF-8 with a byte order mark, which spreadsheets want to see before
 * they believe in umlauts.
 */
export async function* auditCsv(audit: AuditTable, filter: AuditFilter, nameOf: ActName): AsyncGenerator<string> {
  yield `\ufeff${csvLine(['id', 'at', 'by', 'act', 'text', 'subject', 'details', 'hash'])}`;
  for await (const rows of slices(audit, filter)) {
    yield rows
      .map(({ id, at_ms, by, act, subject, details, hash }) =>
        csvLine([
          ...[String(id), new Date(at_ms).toISOString(), by, act, nameOf(act), subject],
          ...[Object.keys(details).length === 0 ? '' : JSON.stringify(details), hash],
        ]),
      )
      .join('');
  }
}

/** Between two slices others have their turn. A row that comes meanwhile is not in: the end was fixed at the beginning. */
async function* slices(audit: AuditTable, filter: AuditFilter): AsyncGenerator<AuditRow[]> {
  const end = audit.last().id;
  for (let after = 0; ; ) {
    const rows = audit.following({ ...filter, after, limit: limits.audit_slice }).filter(({ id }) => id <= end);
    if (rows.length > 0) yield rows;
    if (rows.length < limits.audit_slice) return;
    after = rows.at(-1)!.id;
    await turn();
  }
}

function csvLine(values: readonly string[]): string {
  return `${values.map(csvValue).join(',')}\r\n`;
}

/** A value that begins like a formula would be one in a spreadsheet (OWASP, "CSV Injection"). */
function csvValue(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
