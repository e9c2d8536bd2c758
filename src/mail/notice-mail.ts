import { parseAddress } from './address.ts';
import { encodeLines } from './base64.ts';
import { headerBlock, mailDate } from './lines.ts';

/**
 * A mail in plain words from the box to people of its own house. It bears none of the fields by which a box knows a DICOM e-mail, and
 * no answer to it is wanted.
 */
export interface NoticeMail {
  from: string;
  to: string;
  messageId: string;
  dateMs: number;
  subject: string;
  /** Lines end with LF. */
  text: string;
}

/** @throws mail-address-invalid */
export function noticeMail({ from, to, messageId, dateMs, subject, text }: NoticeMail): Buffer {
  const [first = '', ...rest] = encodedWords(subject);
  return Buffer.concat([
    headerBlock([
      `From: ${parseAddress(from)}`,
      `To: ${parseAddress(to)}`,
      `Subject: ${first}`,
      ...rest.map((word) => `\t${word}`),
      `Message-ID: ${messageId}`,
      `Date: ${mailDate(dateMs)}`,
      // RFC 3834 §5: no automatic reply to it.
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
    ]),
    encodeLines(Buffer.from(text.replace(/\r?\n/g, '\r\n'))),
    Buffer.from('\r\n'),
  ]);
}

/** RFC 2047 §2: an encoded word has at most 75 characters, here 60 of base64. */
const WORD_BYTES = 45;
/** People read the beginning of a subject. */
const SUBJECT_CHARACTERS = 200;

/** A text for a header field, as one or more encoded words (RFC 2047 §4.1), which never part a character. */
function encodedWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  for (const character of Array.from(text.toWellFormed()).slice(0, SUBJECT_CHARACTERS)) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`);
}
