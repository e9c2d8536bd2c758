/** Text values as DICOM pads them: to even length, UIDs with NUL and all else with spaces (PS3.5 §6.2). */

/** Latin-1 bytes of even length. */
export function paddedText(text: string, pad: '\0' | ' '): Buffer {
  return Buffer.from(text.length % 2 === 0 ? text : text + pad, 'latin1');
}

/** Without trailing NUL and spaces, and without leading spaces, which no VR we read counts. Linear in hostile input too. */
export function withoutPadding(text: string): string {
  let start = 0;
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\0')) end--;
  while (start < end && text[start] === ' ') start++;
  return text.slice(start, end);
}

/** For logs and pages: what is not printable ASCII becomes a question mark. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
