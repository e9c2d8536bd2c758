import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RohrpostError } from '../core/errors.ts';
import { removeFile, writeDurably } from '../core/files.ts';
import { mailLimits } from '../core/limits.ts';
import type { Entity } from './entity.ts';
import type { Headers } from './headers.ts';
import { headerBlock, parameter } from './lines.ts';
import { readHeadEntity } from './read.ts';

// message/partial, RFC 2046 §5.2.2.

/** What a fragment says of itself. `id` is unique only together with the sender. */
export interface FragmentFields {
  id: string;
  /** 1 to `total`. */
  number: number;
  /** Only the last fragment must give it. */
  total?: number;
}

const ID_CHARACTERS = 250;

/**
 * Reads the parameters of a message/partial entity.
 *
 * @throws mail-fragment-invalid
 */
export function readFragmentFields({ params, headers }: Pick<Entity, 'params' | 'headers'>): FragmentFields {
  const { id, total } = params;
  if (!id || id.length > ID_CHARACTERS) throw invalid('no usable id', 'keine brauchbare Kennung');
  const encoding = headers.get('content-transfer-encoding') ?? '7bit';
  if (!/^(?:7bit|8bit|binary)$/i.test(encoding)) throw invalid('it is transfer-encoded', 'es ist eigens kodiert');
  const fields = { id, number: count(params.number ?? ''), total: total === undefined ? undefined : count(total) };
  if (fields.total !== undefined && fields.number > fields.total)
    throw invalid('its number is greater than the total', 'seine Nummer ist größer als die Gesamtzahl');
  return fields;
}

function count(text: string): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > mailLimits.fragments)
    throw invalid(
      `number or total is not 1 to ${mailLimits.fragments}`,
      `Nummer oder Gesamtzahl liegt nicht zwischen 1 und ${mailLimits.fragments}`,
    );
  return number;
}

export interface SplitOptions {
  /** Of each fragment, with its header. */
  maxBytes: number;
  /** The id that all fragments share. */
  id: string;
  folder: string;
  /** File name of the n-th fragment, from 1. */
  name(n: number): string;
}

/** A fragment's own header: two addresses, the id, a Message-ID. */
const FRAGMENT_HEAD_BYTES = 2048;
/** How far before the limit a line end is looked for. */
const WINDOW_BYTES = 4096;

/**
 * Cuts a finished mail file at line ends into durable message/partial files, and gives their paths in order. Cuts never
 * fall beside an empty line, since relays and readers may add or drop line breaks at a mail's end. The fragments bear no
 * X-TELEMEDICINE fields.
 *
 * @throws mail-cannot-be-cut
 */
export async function splitIntoFragments(path: string, options: SplitOptions): Promise<string[]> {
  const { headers } = await readHeadEntity(path);
  const cuts = await planCuts(path, options.maxBytes);
  const total = cuts.length - 1;
  if (total > mailLimits.fragments)
    throw cannotCut(
      options.maxBytes,
      `more than ${mailLimits.fragments} fragments`,
      `mehr als ${mailLimits.fragments} Bruchstücke`,
    );
  const paths: string[] = [];
  try {
    for (let number = 1; number <= total; number++) {
      const target = join(options.folder, options.name(number));
      const head = headerBlock(fragmentHead(headers, { id: options.id, number, total }));
      await writeDurably(target, async (file) => {
        await file.writeFile(head);
        await copyRange(path, cuts[number - 1]!, cuts[number]!, file);
      });
      paths.push(target);
    }
  } catch (error) {
    for (const written of paths) await removeFile(written);
    throw error;
  }
  return paths;
}

/** Offsets of the fragments' first bytes and of the end. */
async function planCuts(path: string, maxBytes: number): Promise<number[]> {
  const body = maxBytes - FRAGMENT_HEAD_BYTES;
  if (body <= WINDOW_BYTES) throw cannotCut(maxBytes, 'the limit leaves no room', 'die Grenze lässt keinen Platz');
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const cuts = [0];
    for (let at = 0; size - at > body; cuts.push(at)) {
      const window = Buffer.alloc(WINDOW_BYTES);
      const start = at + body - WINDOW_BYTES;
      await file.read(window, 0, WINDOW_BYTES, start);
      const cut = lastLineStart(window);
      if (cut < 0) throw cannotCut(maxBytes, 'no line end at the right place', 'kein Zeilenende an der rechten Stelle');
      at = start + cut;
    }
    return [...cuts, size];
  } finally {
    await file.close();
  }
}

/** The last place in the window where a line that is not empty follows another such line; -1 if there is none. */
function lastLineStart(window: Buffer): number {
  const isBreak = (byte: number | undefined) => byte === 0x0a || byte === 0x0d || byte === undefined;
  for (let at = window.lastIndexOf(0x0a, window.length - 2); at > 0; at = window.lastIndexOf(0x0a, at - 1)) {
    const before = window[at - 1] === 0x0d ? at - 2 : at - 1;
    if (!isBreak(window[before]) && !isBreak(window[at + 1])) return at + 1;
  }
  return -1;
}

function fragmentHead(mail: Headers, { id, number, total }: Required<FragmentFields>): string[] {
  const copied = ['From', 'To', 'Date'].flatMap((name) => mail.all(name).map((value) => `${name}: ${value}`));
  const messageId = mail.get('message-id')?.replace('@', `.${number}@`);
  return [
    ...copied,
    `Subject: ${mail.get('subject') ?? ''} (${number}/${total})`,
    ...(messageId === undefined ? [] : [`Message-ID: ${messageId}`]),
    'MIME-Version: 1.0',
    `Content-Type: message/partial; ${parameter('id', id)};`,
    `\tnumber=${number}; total=${total}`,
  ];
}

/** The fields that RFC 2046 §5.2.2.1 takes from the enclosed message and never from the enclosing one. */
const ENCLOSED_ONLY = /^(?:content-.*|subject|message-id|encrypted|mime-version)$/;

/**
 * Puts fragments, given in order and complete, together into a new, durable file. All fields of the enclosed message are kept, the
 * ones that the RFC would drop too; fields that only the first fragment's own header has are added. Between two fragments
 * there is exactly one line break.
 *
 * @throws mail-fragment-invalid when they are not the fragments 1 to n of one mail, mail-too-large
 */
export async function joinFragments(paths: readonly string[], out: string): Promise<void> {
  const ranges: { path: string; start: number; end: number }[] = [];
  let total_bytes = 0;
  for (const [index, path] of paths.entries()) {
    const { bodyStart: start } = await checkFragment(path, index + 1, paths);
    const end = await endWithoutLineBreaks(path, start);
    ranges.push({ path, start, end });
    total_bytes += end - start;
  }
  if (ranges.length === 0) throw invalid('there is none', 'es ist keines da');
  if (total_bytes > mailLimits.mail_bytes) {
    throw new RohrpostError('mail-too-large', { details: { limit_bytes: mailLimits.mail_bytes } });
  }
  const added = await enclosingFields(ranges[0]!.path, ranges[0]!.start);
  await writeDurably(out, async (file) => {
    await file.writeFile(added);
    for (const { path, start, end } of ranges) {
      await copyRange(path, start, end, file);
      await file.writeFile('\r\n');
    }
  });
}

async function checkFragment(path: string, number: number, paths: readonly string[]): Promise<Entity> {
  const entity = await readHeadEntity(path);
  const fields = readFragmentFields(entity);
  if (entity.type !== 'message/partial' || fields.number !== number)
    throw invalid('out of order', 'in falscher Reihenfolge');
  if ((fields.total ?? paths.length) !== paths.length)
    throw invalid(`${paths.length} of ${fields.total}`, `${paths.length} von ${fields.total}`);
  return entity;
}

/** The fields of the first fragment's own header that the enclosed message lacks and the RFC hands down to it. */
async function enclosingFields(path: string, bodyStart: number): Promise<Buffer> {
  const { headers: outer } = await readHeadEntity(path);
  const { headers: enclosed } = await readHeadEntity(path, bodyStart);
  const added = outer.fields.filter(([name]) => enclosed.get(name) === undefined && !ENCLOSED_ONLY.test(name));
  return Buffer.from(added.map(([name, value]) => `${name}: ${value}\r\n`).join(''));
}

/** Line breaks at a fragment's end, as many as any relay adds. */
const TAIL_BYTES = 1024;

async function endWithoutLineBreaks(path: string, start: number): Promise<number> {
  const { size } = await stat(path);
  const file = await open(path);
  try {
    const tail = Buffer.alloc(Math.min(TAIL_BYTES, size - start));
    await file.read(tail, 0, tail.length, size - tail.length);
    let end = tail.length;
    while (end > 0 && (tail[end - 1] === 0x0a || tail[end - 1] === 0x0d)) end--;
    return size - tail.length + end;
  } finally {
    await file.close();
  }
}

async function copyRange(path: string, start: number, end: number, file: FileHandle): Promise<void> {
  if (end <= start) return;
  for await (const chunk of createReadStream(path, { start, end: end - 1, highWaterMark: 1 << 20 }))
    await file.writeFile(chunk);
}

function invalid(reason: string, reason_de: string): RohrpostError {
  return new RohrpostError('mail-fragment-invalid', { details: { reason, reason_de } });
}

function cannotCut(limit_bytes: number, reason: string, reason_de: string): RohrpostError {
  return new RohrpostError('mail-cannot-be-cut', { details: { limit_bytes, reason, reason_de } });
}
