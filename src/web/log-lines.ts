import type { LastLine } from '../core/log.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LineLevel = (typeof logLevels)[number];

/** A line of the log, taken apart. */
export interface LogLine {
  /** 1, 2, 3 … since the box was started. */
  number: number;
  at_ms: number;
  level: LineLevel;
  message: string;
  code: string | null;
  /** Everything else that it carries. */
  fields: Record<string, string>;
}

export interface LogFilter {
  /** This level and worse. */
  level?: LineLevel | undefined;
  code?: string | undefined;
  /** Words that stand anywhere in the line, whatever their case. */
  text?: string | undefined;
  since_ms?: number | undefined;
  /** Lines after, and before, this number. */
  after?: number | undefined;
  before?: number | undefined;
}

/** The lines that pass a filter, the latest first, at most `limit`; and whether there are more. */
export function filterLog(
  lines: Iterable<LastLine>,
  { after = 0, before = Number.MAX_SAFE_INTEGER, ...filter }: LogFilter,
  limit: number,
): { lines: LogLine[]; more: boolean } {
  const found: LogLine[] = [];
  const text = filter.text?.toLowerCase();
  for (const last of [...lines].reverse()) {
    if (last.number >= before) continue;
    if (last.number <= after) break;
    if (text !== undefined && !last.text.toLowerCase().includes(text)) continue;
    const line = parseLine(last);
    if (filter.since_ms !== undefined && line.at_ms < filter.since_ms) break;
    if (!passes(line, filter)) continue;
    if (found.length === limit) return { lines: found, more: true };
    found.push(line);
  }
  return { lines: found, more: false };
}

function passes(line: LogLine, { level, code }: LogFilter): boolean {
  if (level !== undefined && logLevels.indexOf(line.level) < logLevels.indexOf(level)) return false;
  return code === undefined || line.code === code;
}

function parseLine({ number, text }: LastLine): LogLine {
  const { level, time, msg, code, ...rest } = JSON.parse(text) as Record<string, string | number | boolean | null>;
  const fields = Object.entries(rest).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  return {
    ...{ number, at_ms: Date.parse(String(time)), message: String(msg) },
    level: level as LineLevel,
    code: typeof code === 'string' ? code : null,
    fields: Object.fromEntries(fields),
  };
}
