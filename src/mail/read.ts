import { createReadStream } from 'node:fs';
import type { Headers } from './headers.ts';
import { defaultMimeLimits, type Entity, type MimeEvent, type MimeLimits, scanMime } from './scan.ts';
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
 * The header of the message in a file; nothing behind it is read.
 *
 * @throws mail-headers-too-long
 */
export async function readHead(path: string): Promise<Headers> {
  return (await readHeadEntity(path)).headers;
}

/** The message in a file: its header, its type, where its body begins. Throws as `readHead`. */
export async function readHeadEntity(path: string): Promise<Entity> {
  for await (const event of scanMime(createReadStream(path))) if (event.kind === 'open') return event.entity;
  throw new Error('a scan without a message');
}
