// Finding the lines that divide a multipart (RFC 2046 §5.1.1) in bytes that may be anything, binary images included.
// Written here because the line-by-line splitter on npm (mailsplit) gathers a line until its end: binary pixel data with no
// line feed in it made that quadratic (32 MB of zeros: 5 s and the whole part in memory).

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;

const LINE_START = Buffer.from('\n--');
/** White space that a gateway may have put behind a boundary. */
const PADDING_BYTES = 64;

/** A boundary line found in a buffer. */
export interface DelimiterLine {
  /** Index of its first dash. */
  start: number;
  /** Index behind its line end; of a closing one, at it: this line break may be that of an outer boundary. */
  next: number;
  /** Which of the boundaries it bears. */
  boundary: number;
  /** `--boundary--`: the last one of its multipart. */
  closing: boolean;
}

/** Nothing found: the bytes before this index are content for sure, what follows waits for more. */
export type ContentUntil = number;

/**
 * Looks for the first line that is one of `boundaries` (innermost last), whole and exactly, padding aside.
 *
 * @param from where to begin
 * @param atLineStart whether `from` is the first byte of a line
 * @param final whether nothing comes after `data`
 */
export function findDelimiter(
  data: Buffer,
  from: number,
  atLineStart: boolean,
  boundaries: readonly Buffer[],
  final: boolean,
): DelimiterLine | ContentUntil {
  if (boundaries.length === 0) return data.length;
  let line = atLineStart ? from : lineAfter(data, from);
  while (line >= 0) {
    const found = readDelimiter(data, line, boundaries, final);
    if (found === 'incomplete') return beforeLineBreak(data, from, line);
    if (found !== null) return found;
    line = lineAfter(data, line);
  }
  return final ? data.length : beforePossibleStart(data, from);
}

/** Reads the line at `start` as a boundary line; `incomplete` when more bytes could still make it one. */
export function readDelimiter(
  data: Buffer,
  start: number,
  boundaries: readonly Buffer[],
  final: boolean,
): DelimiterLine | 'incomplete' | null {
  let incomplete = false;
  for (let boundary = boundaries.length - 1; boundary >= 0; boundary--) {
    const found = readOne(data, start, boundaries[boundary]!, final);
    if (found === 'incomplete') incomplete = true;
    else if (found !== null) return { ...found, start, boundary };
  }
  return incomplete ? 'incomplete' : null;
}

function readOne(
  data: Buffer,
  start: number,
  boundary: Buffer,
  final: boolean,
): { next: number; closing: boolean } | 'incomplete' | null {
  const end = data.length;
  const ranOut = final ? null : 'incomplete';
  for (let i = 0; i < boundary.length + 2; i++) {
    if (start + i >= end) return ranOut;
    if (data[start + i] !== (i < 2 ? DASH : boundary[i - 2])) return null;
  }
  let at = start + 2 + boundary.length;
  if (data[at] === DASH && at + 1 >= end) return ranOut;
  const closing = data[at] === DASH && data[at + 1] === DASH;
  if (closing) at += 2;
  const padded = at + PADDING_BYTES;
  while (at < padded && (data[at] === SPACE || data[at] === TAB)) at++;
  const lineBreak = at;
  if (data[at] === CR) at++;
  if (at >= end) return final ? { next: end, closing } : 'incomplete';
  if (data[at] !== LF) return null;
  return { next: closing ? lineBreak : at + 1, closing };
}

/** The next line that begins with two dashes, or -1. */
function lineAfter(data: Buffer, at: number): number {
  const found = data.indexOf(LINE_START, at);
  return found < 0 ? -1 : found + 1;
}

/** The line break before a boundary line belongs to the boundary, so it must wait with it. */
function beforeLineBreak(data: Buffer, from: number, line: number): number {
  if (line === from) return from;
  return line - 2 >= from && data[line - 2] === CR ? line - 2 : line - 1;
}

/** Where a boundary's line break and first dash may just have begun at the end of the data. */
function beforePossibleStart(data: Buffer, from: number): number {
  let at = data.length;
  if (at > from + 1 && data[at - 1] === DASH && data[at - 2] === LF) at -= 2;
  else if (at > from && data[at - 1] === LF) at -= 1;
  if (at > from && data[at - 1] === CR) at -= 1;
  return at;
}
