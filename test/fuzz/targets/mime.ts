import { existsSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RohrpostError } from '../../../src/core/errors.ts';
import { parseBounce } from '../../../src/mail/bounce.ts';
import { classifyMail, encryptedPayload, signedParts } from '../../../src/mail/classify.ts';
import { joinFragments } from '../../../src/mail/fragments.ts';
import { readInner } from '../../../src/mail/inner.ts';
import { parseReceipt } from '../../../src/mail/receipt.ts';
import { scanMime } from '../../../src/mail/scan.ts';
import { mails } from '../seeds.ts';
import { must, type Target, verdictOf } from '../target.ts';

/** A mail as a server hands it over, or as it comes out of the encryption: whatever it says it is, every reader reads it. */
export function openTarget(folder: string): Target {
  const path = join(folder, 'mail.eml');
  const joined = join(folder, 'joined.eml');
  let made = 0;
  return {
    seeds: mails(),
    words: [
      ...[
        '\r\n',
        '\n',
        '\r\n\r\n',
        '--',
        '--inner',
        '--inner--',
        '--signed--\r\n',
        '\r\n--outer\r\n',
        ' (',
        '";',
        '\\',
      ],
      ...['Content-Type: multipart/mixed; boundary=inner\r\n', 'Content-Transfer-Encoding: base64\r\n', '\t', '=?q?'],
      ...[
        'Content-Type: message/partial; id=a; number=1; total=1\r\n',
        'charset=utf-16',
        'boundary=""',
        '=\r\n',
        '====',
      ],
      ...[
        'Content-Type: application/zip\r\n',
        'multipart/signed',
        'X-TELEMEDICINE-REPORT: a;displayed\r\n',
        'PK\x01\x02',
      ],
    ],
    async run(input) {
      await checkChunks(input);
      writeFileSync(path, input);
      await verdictOf(() => parseReceipt(input));
      // Each opens the file; without its word it does no more than that.
      if (input.includes('pgp-encrypted')) await verdictOf(() => drain(encryptedPayload(path)));
      if (input.includes('signed')) await verdictOf(() => readSigned(path));
      if (input.includes('delivery-status')) await verdictOf(() => parseBounce(path));
      if (input.includes('partial') && (await verdictOf(() => joinFragments([path], joined))) === 'taken')
        unlinkSync(joined);
      const inner = await verdictOf(async () => {
        const { contents } = await readInner(path, { newPath: () => join(folder, `content-${++made}`) });
        for (const content of contents) {
          must(existsSync(content.path), 'what is told is there');
          unlinkSync(content.path);
        }
      });
      must(readdirSync(folder).length === 1, 'no file is left behind');
      return (await verdictOf(() => classifyMail(path))) === 'taken' ? inner : 'refused';
    },
  };
}

/** The same parts with the same bytes wherever the chunks end, and exactly the bytes that stand in the mail: signatures rest on that. */
async function checkChunks(input: Buffer): Promise<void> {
  const whole = await partsOf(input, Math.max(1, input.length));
  const pieces = await partsOf(input, 1 + ((input[0] ?? 0) % 97));
  must(pieces === whole, 'what is read does not hang on where chunks end');
}

async function partsOf(input: Buffer, chunk_bytes: number): Promise<string> {
  const told: string[] = [];
  let length = 0;
  try {
    for await (const event of scanMime(inChunks(input, chunk_bytes))) {
      const { path, bodyStart } = event.entity;
      if (event.kind === 'data') {
        const at = bodyStart + length;
        must(input.subarray(at, at + event.chunk.length).equals(event.chunk), 'content stands where it is said to');
        length += event.chunk.length;
        continue;
      }
      if (event.kind === 'close' && !event.multipart)
        must(event.end === bodyStart + length, 'a part ends where it is said to');
      told.push(`${event.kind} ${path} ${event.kind === 'close' ? event.end : bodyStart}`);
      length = 0;
    }
  } catch (error) {
    if (!(error instanceof RohrpostError)) throw error;
    told.push(error.code);
  }
  return told.join('\n');
}

async function readSigned(path: string): Promise<void> {
  const { content } = await signedParts(path);
  const first = await drain(content());
  must(first === (await drain(content())), 'what is signed can be read again');
}

async function* inChunks(bytes: Buffer, chunk_bytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunk_bytes) yield bytes.subarray(at, at + chunk_bytes);
}

async function drain(source: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
