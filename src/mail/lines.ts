/** The one subject of all our mails: never patient data. */
export const SUBJECT = 'DICOM-eMail';

/** RFC 5322 §2.1.1: a line has at most 998 characters. */
const LINE_CHARACTERS = 998;

/** Header lines and the blank line behind them. What is no plain ASCII line is a bug of the caller. */
export function headerBlock(lines: readonly string[]): Buffer {
  for (const line of lines) {
    if (!/^[\x20-\x7e\t]+$/.test(line) || line.length > LINE_CHARACTERS) throw new Error('not a header line');
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** RFC 5322 §3.3, in UTC. */
export function mailDate(epochMs: number): string {
  return new Date(epochMs).toUTCString().replace('GMT', '+0000');
}

/** `name="value"`; RFC 2231 where the value is more than plain ASCII. */
export function parameter(name: string, value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return `${name}="${value.replace(/["\\]/g, '\\$&')}"`;
  const encoded = encodeURIComponent(value.toWellFormed()).replace(
    /['()*!]/g,
    (c) => `%${c.charCodeAt(0).toString(16)}`,
  );
  return `${name}*=utf-8''${encoded}`;
}
