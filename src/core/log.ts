import { type DestinationStream, pino } from 'pino';
import { logLimits } from './limits.ts';

/** What a line of log may carry: ids, codes, counts. Never a patient's name or number, a subject, a key or a password. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all carry these fields too. */
  with(fields: LogFields): Log;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The log of a process: its level can change while it is written, and its last lines can be read. */
export interface OpenLog extends Log {
  /** Also of what `with` has given. */
  setLevel(level: LogLevel): void;
  /** The last lines, the oldest first, as they were written: `logLimits` bounds their number and size. */
  lastLines(): Iterable<LastLine>;
}

export interface LastLine {
  /** 1, 2, 3 … since the process began. */
  readonly number: number;
  /** JSON of one line. */
  readonly text: string;
}

/** A log of JSON lines to `destination` (standard error by default). */
export function openLog(level: LogLevel = 'info', destination: DestinationStream = process.stderr): OpenLog {
  const last = lastLines();
  const both: DestinationStream = {
    write: (line) => {
      last.add(line);
      destination.write(line);
    },
  };
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = pino(options, both);
  return {
    ...wrap(logger, {}),
    setLevel: (changed) => {
      logger.level = changed;
    },
    lastLines: last.read,
  };
}

/** A log that says nothing: for tests and tools. */
export const silentLog: OpenLog = {
  ...wrap(pino({ level: 'silent' }), {}),
  setLevel: () => {},
  lastLines: () => [],
};

type Writer = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>;

/** Fields are carried here, not by a child of the logger: children keep the level they were born with. */
function wrap(logger: Writer, carried: LogFields): Log {
  const write = (level: keyof Writer) => (message: string, fields?: LogFields) =>
    logger[level]({ ...carried, ...fields }, message);
  return {
    ...{ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    with: (fields) => wrap(logger, { ...carried, ...fields }),
  };
}

function lastLines() {
  const lines = new Map<number, string>();
  let number = 0;
  let size = 0;
  return {
    add: (line: string) => {
      const text = line.trimEnd();
      lines.set(++number, text);
      size += text.length;
      for (const [oldest, gone] of lines) {
        if (lines.size <= logLimits.last_lines && size <= logLimits.last_characters) break;
        lines.delete(oldest);
        size -= gone.length;
      }
    },
    *read(): Generator<LastLine> {
      for (const [at, text] of lines) yield { number: at, text };
    },
  };
}
