import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Of data and hashes alike, as RAUC makes its bundles (RAUC reference, "Bundle Formats", verity). */
export const VERITY_BLOCK = 4096;
const DIGEST = 32;
const READ_BLOCKS = 256;

/**
 * Whether the first `data_bytes` of a file are those of a dm-verity root hash, and whether the tree right behind them is theirs
 * too: hash format 1, SHA-256, no superblock, the topmost level first (Linux admin guide, device-mapper/verity).
 * @param salt comes before each block
 */
export async function isVerityGood(
  file: FileHandle,
  o: { data_bytes: number; tree_bytes: number; rootHash: Buffer; salt: Buffer },
): Promise<boolean> {
  if (o.data_bytes <= 0 || o.data_bytes % VERITY_BLOCK !== 0) return false;
  const { levels, rootHash } = await verityTree(file, o.data_bytes, o.salt);
  const tree = Buffer.concat(levels.toReversed());
  if (!rootHash.equals(o.rootHash) || tree.length !== o.tree_bytes) return false;
  const stored = Buffer.alloc(tree.length);
  const { bytesRead } = await file.read(stored, 0, stored.length, o.data_bytes);
  return bytesRead === stored.length && stored.equals(tree);
}

/** The levels of the tree, the lowest first, each whole blocks; and the hash of the topmost block. */
export async function verityTree(
  file: FileHandle,
  data_bytes: number,
  salt: Buffer,
): Promise<{ levels: Buffer[]; rootHash: Buffer }> {
  const seed = createHash('sha256').update(salt);
  let hashes = await hashesOfFile(file, data_bytes, seed);
  const levels: Buffer[] = [];
  while (hashes.length > DIGEST) {
    const level = padded(hashes);
    levels.push(level);
    hashes = hashesOf(level, seed);
  }
  return { levels, rootHash: hashes };
}

async function hashesOfFile(file: FileHandle, data_bytes: number, seed: Hash): Promise<Buffer> {
  const parts: Buffer[] = [];
  const buffer = Buffer.alloc(READ_BLOCKS * VERITY_BLOCK);
  for (let at = 0; at < data_bytes; at += buffer.length) {
    const wanted = Math.min(buffer.length, data_bytes - at);
    const { bytesRead } = await file.read(buffer, 0, wanted, at);
    if (bytesRead !== wanted) throw new Error('the file ended before its size');
    parts.push(hashesOf(buffer.subarray(0, wanted), seed));
  }
  return Buffer.concat(parts);
}

function hashesOf(blocks: Buffer, seed: Hash): Buffer {
  const hashes = Buffer.alloc((blocks.length / VERITY_BLOCK) * DIGEST);
  for (let at = 0; at < blocks.length; at += VERITY_BLOCK) {
    const digest = seed
      .copy()
      .update(blocks.subarray(at, at + VERITY_BLOCK))
      .digest();
    digest.copy(hashes, (at / VERITY_BLOCK) * DIGEST);
  }
  return hashes;
}

function padded(hashes: Buffer): Buffer {
  const level = Buffer.alloc(Math.ceil(hashes.length / VERITY_BLOCK) * VERITY_BLOCK);
  hashes.copy(level);
  return level;
}
