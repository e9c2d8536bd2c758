import { createReadStream } from 'node:fs';
import { RohrpostError } from '../core/errors.ts';
import { mailLimits } from '../core/limits.ts';
import type { Entity } from './entity.ts';
import type { Headers } from './headers.ts';
import { defaultMimeLimits, type MimeEvent, type MimeLimits, scanMime } from './scan.ts';
import { openTransferDecoder, type TransferDecoder } from './transfer.ts';

/** Takes a leaf's content, its transfer encoding undone. The buffer is the sink's until its promise resolves. */
export type Sink = (chunk: Buffer) => void | Promise<void>;

export interface MimeVisitor {
  /** Asked for each leaf: where its content goes; null passes over it, unread and undecoded. */
  leaf(entity: Entity): Sink | null | Promise<Sink | null>;
  /** After the last byte of a leaf that had a sink. */
  endLeaf?(entity: Entity, sizeBytes: number): void | Promise<void>;
  multipart?(entity: Entity): void | Promise<void>;
}

/**
 * Reads a MIME message as a stream, depth first, and gives out the content of its leaves. Sinks hold the source back.
 *
 * @returns the header of the message itself
 * @throws what `scanMime` throws, mail-base64-broken, mail-encoding-unknown
 */
export async function readMime(
  source: AsyncIterable<Uint8Array>,
  visitor: MimeVisitor,
  limits: MimeLimits = defaultMimeLimits,
): Promise<Headers> {
  let root: Headers | undefined;
  let leaf = null as { sink: Sink; decoder: TransferDecoder; size: number } | null;

  async function give(content: Buffer): Promise<void> {
    if (leaf === null || content.length === 0) return;
    leaf.size += content.length;
    await leaf.sink(content);
  }

  async function open(event: MimeEvent & { kind: 'open' }): Promise<void> {
    root ??= event.entity.headers;
    leaf = null;
    if (event.multipart) return visitor.multipart?.(event.entity);
    const sink = await visitor.leaf(event.entity);
    if (sink !== null) leaf = { sink, decoder: openTransferDecoder(event.entity), size: 0 };
  }

  for await (const event of scanMime(source, limits)) {
    if (event.kind === 'open') await open(event);
    else if (leaf === null) continue;
    else if (event.kind === 'data') await give(leaf.decoder.push(event.chunk));
    else {
      await give(leaf.decoder.end());
      await visitor.endLeaf?.(event.entity, leaf.size);
      leaf = null;
    }
  }
  return root!;
}

/**
 * Gathers what is small by its nature: reports, signatures. Its `add` is a sink.
 *
 * @throws mail-too-large from `add` past `limit_bytes`
 */
export function boundedBuffer(limit_bytes: number = mailLimits.report_bytes) {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk: Buffer): void {
      size += chunk.length;
      if (size > limit_bytes) throw new RohrpostError('mail-too-large', { details: { limit_bytes } });
      chunks.push(chunk);
    },
    bytes: () => Buffer.concat(chunks),
  };
}

/**
 * The header of the message in a file; nothing behind it is read.
 *
 * @throws mail-headers-too-long
 */
export async function readHead(path: string): Promise<Headers> {
  return (await readHeadEntity(path)).headers;
}

/** The message that begins at an offset of a file: its header, its type, where its body begins. Throws as `readHead`. */
export async function readHeadEntity(path: string, start = 0): Promise<Entity> {
  for await (const event of scanMime(createReadStream(path, { start }))) if (event.kind === 'open') return event.entity;
  throw new Error('a scan without a message');
}
