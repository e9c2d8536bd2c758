// The checksum of ASCII armor, RFC 9580 §6.1.1. It guards against nothing but accidents on the way.

export const INITIAL_CRC = 0xb704ce;
const POLYNOMIAL = 0x864cfb;

/**
 * Three bytes are one step: with `x = crc ^ bytes` (24 bits), the next crc is `highBits[x >> 12] ^ lowBits[x & 0xfff]`. Base64 comes
 * in groups of three bytes too, so writers do both in one loop.
 */
export const highBits = Int32Array.from({ length: 4096 }, (_, bits) => shift(bits << 12, 24));
export const lowBits = Int32Array.from({ length: 4096 }, (_, bits) => shift(bits, 24));

/** The checksum `crc` continued over more bytes. */
export function crc24(crc: number, bytes: Uint8Array): number {
  let next = crc;
  let i = 0;
  for (; i + 3 <= bytes.length; i += 3) {
    const x = next ^ ((bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!);
    next = highBits[x >> 12]! ^ lowBits[x & 0xfff]!;
  }
  for (; i < bytes.length; i++) next = shift(next ^ (bytes[i]! << 16), 8);
  return next;
}

/** As armor writes it: an equals sign and four base64 characters. */
export function checksumLine(crc: number): string {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(crc, 0, 3);
  return `=${bytes.toString('base64')}`;
}

function shift(crc: number, count: number): number {
  let shifted = crc;
  for (let i = 0; i < count; i++)
    shifted = (shifted & 0x800000 ? (shifted << 1) ^ POLYNOMIAL : shifted << 1) & 0xffffff;
  return shifted;
}
