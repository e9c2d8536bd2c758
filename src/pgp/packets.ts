import { RohrpostError } from '../core/errors.ts';
import { type ByteReader, joined } from './bytes.ts';

// OpenPGP packet framing, RFC 9580 §4.2: old and new headers, definite, partial and indeterminate lengths.

/** Packet type ids, RFC 9580 §5. */
export const tags = {
  publicKeySessionKey: 1,
  signature: 2,
  passwordSessionKey: 3,
  onePassSignature: 4,
  compressed: 8,
  encryptedWithoutIntegrity: 9,
  marker: 10,
  literal: 11,
  encrypted: 18,
  gnupgAead: 20,
  padding: 21,
} as const;

/** Only packets that carry data may come in partial or indeterminate lengths (RFC 9580 §4.2.1.4). */
const streamable: ReadonlySet<number> = new Set([
  tags.compressed,
  tags.encryptedWithoutIntegrity,
  tags.literal,
  tags.encrypted,
  tags.gnupgAead,
]);

/** Unknown packets with these ids may be ignored; all others are critical (RFC 9580 §4.3). */
const FIRST_NON_CRITICAL_TAG = 40;

/** Body lengths of 2^20 bytes: few headers, yet small enough to buffer one part. */
const PART_BITS = 20;
const PART_BYTES = 1 << PART_BITS;

/** Slices gathered before they are joined, so that one-byte parts cannot pile up objects. */
const SLICES = 4096;

export interface Packet {
  readonly tag: number;
  /** To be read to its end before the next packet is read. */
  readonly body: AsyncGenerator<Buffer>;
}

interface Length {
  readonly bytes: number;
  /** Another length follows these bytes. */
  readonly partial: boolean;
}

/**
 * Reads the next packet's header; null at the end of the source.
 * @throws RohrpostError `pgp-malformed`, `pgp-truncated` (also while the body is read)
 */
export async function readPacket(reader: ByteReader): Promise<Packet | null> {
  const first = await reader.byte();
  if (first < 0) return null;
  if ((first & 0x80) === 0) throw malformed('no packet where one should begin');
  const isNew = (first & 0x40) !== 0;
  const tag = isNew ? first & 0x3f : (first >> 2) & 0x0f;
  const length = isNew ? await newLength(reader) : await oldLength(reader, first & 0x03);
  const isStreamed = length.partial || length.bytes === Number.POSITIVE_INFINITY;
  if (isStreamed && !streamable.has(tag)) throw malformed(`packet ${tag} of open length`);
  return { tag, body: bodyOf(reader, length) };
}

/** Whether a packet says nothing to us and may be passed over: marker, padding, private and unknown non-critical ones. */
export function isIgnorable(tag: number): boolean {
  return tag === tags.marker || tag === tags.padding || tag >= FIRST_NON_CRITICAL_TAG;
}

/** A short packet as one buffer, new header, five-octet length. */
export function packet(tag: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0xc0 | tag]), longLength(body.length), body]);
}

/** A packet whose length is not known beforehand, in partial lengths (RFC 9580 §4.2.1.4). */
export async function* streamedPacket(tag: number, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let header = Buffer.from([0xc0 | tag]);
  let part: Buffer[] = [];
  let part_bytes = 0;
  for await (const chunk of body) {
    let rest = chunk;
    while (part_bytes + rest.length >= PART_BYTES) {
      const head = rest.subarray(0, PART_BYTES - part_bytes);
      rest = rest.subarray(head.length);
      yield Buffer.concat([header, Buffer.from([0xe0 | PART_BITS])]);
      yield* part;
      yield head;
      header = Buffer.alloc(0);
      part = [];
      part_bytes = 0;
    }
    if (rest.length > 0) part.push(rest);
    part_bytes += rest.length;
  }
  yield Buffer.concat([header, longLength(part_bytes)]);
  yield* part;
}

async function* bodyOf(reader: ByteReader, first: Length): AsyncGenerator<Buffer> {
  // Peers send parts of 8 KiB (GnuPG) and less: those at hand go on as one buffer, or each would cost a turn.
  let slices: Buffer[] = [];
  for (let length = first; ; length = await newLength(reader)) {
    let left_bytes = length.bytes;
    while (left_bytes > 0) {
      if (reader.buffered_bytes === 0 || slices.length === SLICES) {
        if (slices.length > 0) yield joined(slices);
        slices = [];
        if (!(await reader.fill())) {
          if (left_bytes === Number.POSITIVE_INFINITY) return;
          throw new RohrpostError('pgp-truncated');
        }
      }
      const slice = reader.take(left_bytes);
      left_bytes -= slice.length;
      slices.push(slice);
    }
    if (!length.partial) break;
  }
  if (slices.length > 0) yield joined(slices);
}

async function newLength(reader: ByteReader): Promise<Length> {
  const first = (await reader.exact(1))[0]!;
  if (first < 192) return { bytes: first, partial: false };
  if (first < 224) return { bytes: ((first - 192) << 8) + (await reader.exact(1))[0]! + 192, partial: false };
  if (first === 255) return { bytes: (await reader.exact(4)).readUInt32BE(), partial: false };
  return { bytes: 2 ** (first & 0x1f), partial: true };
}

async function oldLength(reader: ByteReader, type: number): Promise<Length> {
  if (type === 3) return { bytes: Number.POSITIVE_INFINITY, partial: false };
  const octets = 1 << type;
  return { bytes: (await reader.exact(octets)).readUIntBE(0, octets), partial: false };
}

function longLength(length_bytes: number): Buffer {
  const length = Buffer.alloc(5, 0xff);
  length.writeUInt32BE(length_bytes, 1);
  return length;
}

function malformed(reason: string): RohrpostError {
  return new RohrpostError('pgp-malformed', { details: { reason } });
}
