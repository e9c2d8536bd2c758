import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import { RohrpostError } from '../../src/core/errors.ts';
import type { Entity } from '../../src/mail/entity.ts';
import { readMime } from '../../src/mail/read.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rohrpost-mail-'));
  folders.push(folder);
  return folder;
}

/** The bytes as a stream of chunks of so many. */
export async function* inChunks(bytes: string | Buffer, chunk_bytes = 65_536): AsyncGenerator<Buffer> {
  const all = Buffer.from(bytes);
  for (let at = 0; at < all.length; at += chunk_bytes) yield all.subarray(at, at + chunk_bytes);
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export interface ReadLeaf {
  entity: Entity;
  content: Buffer;
}

/** All leaves of a message with their content. */
export async function readLeaves(message: string | Buffer, chunk_bytes?: number): Promise<ReadLeaf[]> {
  const leaves: ReadLeaf[] = [];
  await readMime(inChunks(message, chunk_bytes), {
    leaf(entity) {
      const leaf: ReadLeaf = { entity, content: Buffer.alloc(0) };
      leaves.push(leaf);
      return (chunk) => {
        leaf.content = Buffer.concat([leaf.content, chunk]);
      };
    },
  });
  return leaves;
}

/** Asserts that the work fails with that code. */
export async function fails(work: Promise<unknown> | (() => unknown), code: ErrorCode): Promise<void> {
  const thrown = await (typeof work === 'function' ? (async () => work())() : work).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(RohrpostError);
  expect((thrown as RohrpostError).code).toBe(code);
}

/** Lines with CRLF between and behind them. */
export function crlf(...lines: string[]): string {
  return lines.map((line) => `${line}\r\n`).join('');
}
