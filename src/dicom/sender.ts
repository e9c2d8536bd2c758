/**
 * Puts a file's data set on the wire: read straight into the gaps between P-DATA headers, so that each byte is touched
 * once. Two buffers take turns, one being filled while the other leaves.
 */
import { closeSync, openSync, readv, readvSync } from 'node:fs';
import { promisify } from 'node:util';
import { diskError } from '../core/files.ts';
import type { DicomLimits } from '../core/limits.ts';
import { encodeStoreRequest } from './command.ts';
import { encodeCommandPdu, PDU_HEADER_BYTES, PDV_HEADER_BYTES, pduType } from './pdu.ts';
import type { Requestor } from './requestor.ts';
import { DEFLATED_SYNTAXES } from './uids.ts';

/** What is sent of one file. */
export interface Outgoing {
  readonly id: string;
  readonly path: string;
  readonly contextId: number;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly dataSetOffset: number;
  /** Of the whole file. */
  readonly sizeBytes: number;
}

const readPieces = promisify(readv);
const BLOCK_BYTES = 1024 * 1024;
const HEADERS_BYTES = PDU_HEADER_BYTES + PDV_HEADER_BYTES;
/** Room for a C-STORE-RQ in front of the first block. */
const COMMAND_ROOM = 1024;
const LAST_FRAGMENT = 2;

export class InstanceSender {
  private readonly requestor: Requestor;
  private readonly fragmentBytes: number;
  private readonly buffers: [Buffer, Buffer];
  private turn: 0 | 1 = 0;
  private messageId = 0;
  /** How much of the last instance has left us: after `all` the peer may have it, before it cannot. */
  left: 'nothing' | 'some' | 'all' = 'nothing';

  constructor(requestor: Requestor, limits: DicomLimits) {
    this.requestor = requestor;
    const pduBytes = requestor.peerPduBytes === 0 ? limits.pdu_bytes : requestor.peerPduBytes;
    // Of even length, as data sets are (PS3.5 §7.1.1), so that a fragment ends where a 16-bit word does.
    this.fragmentBytes = (Math.min(pduBytes, limits.pdu_bytes) - PDV_HEADER_BYTES) & ~1;
    const size = COMMAND_ROOM + BLOCK_BYTES + Math.ceil(BLOCK_BYTES / this.fragmentBytes) * HEADERS_BYTES;
    this.buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
  }

  /**
   * Sends command and data set, which leave in one piece where they fit one.
   * @returns the message id to await the response to
   * @throws disk-error, and what `Requestor.write` throws
   */
  async send(instance: Outgoing): Promise<number> {
    this.left = 'nothing';
    this.messageId = (this.messageId % 0xffff) + 1;
    const { contextId, sopClassUid, sopInstanceUid } = instance;
    const command = encodeCommandPdu(contextId, encodeStoreRequest(this.messageId, sopClassUid, sopInstanceUid));
    const fd = onDisk(() => openSync(instance.path, 'r'));
    try {
      await this.sendBlocks(fd, instance, command);
    } finally {
      closeSync(fd);
    }
    return this.messageId;
  }

  private async sendBlocks(fd: number, instance: Outgoing, command: Buffer): Promise<void> {
    let position = instance.dataSetOffset;
    let leaving: Promise<void> = Promise.resolve();
    let head = command;
    do {
      const bytes = Math.min(this.blockBytes(), instance.sizeBytes - position);
      const isLast = position + bytes === instance.sizeBytes;
      const buffer = this.nextBuffer();
      const pad = isLast ? padBytes(instance) : 0;
      const { end, gaps } = this.layOut(buffer, head, { bytes, pad, isLast, contextId: instance.contextId });
      // A block that is the whole object is read at once, which is cheaper than a trip through the thread pool.
      const isWhole = isLast && head.length > 0;
      const read = isWhole ? onDisk(() => readvSync(fd, gaps, position)) : await readBlock(fd, gaps, position);
      if (read !== bytes) throw diskError(new Error('the file is shorter than it was'));
      position += bytes;
      await leaving;
      this.left = isLast ? 'all' : 'some';
      leaving = this.requestor.write(buffer.subarray(0, end));
      // It is awaited one block later; until then a failure must not count as unhandled.
      leaving.catch(() => {});
      head = NOTHING;
    } while (position < instance.sizeBytes);
    await leaving;
  }

  /** Whole fragments only, so that all PDUs but an object's last are full. */
  private blockBytes(): number {
    return Math.max(1, Math.floor(BLOCK_BYTES / this.fragmentBytes)) * this.fragmentBytes;
  }

  private nextBuffer(): Buffer {
    this.turn = this.turn === 0 ? 1 : 0;
    return this.buffers[this.turn];
  }

  /** Writes `head` and the headers of the PDUs that carry `bytes` bytes; returns the gaps to read the bytes into. */
  private layOut(
    buffer: Buffer,
    head: Buffer,
    { bytes, pad, isLast, contextId }: { bytes: number; pad: number; isLast: boolean; contextId: number },
  ): { end: number; gaps: Buffer[] } {
    const gaps: Buffer[] = [];
    let at = head.copy(buffer);
    let left = bytes + pad;
    do {
      const length = Math.min(left, this.fragmentBytes);
      left -= length;
      buffer[at] = pduType.data;
      buffer[at + 1] = 0;
      buffer.writeUInt32BE(length + PDV_HEADER_BYTES, at + 2);
      buffer.writeUInt32BE(length + 2, at + 6);
      buffer[at + 10] = contextId;
      buffer[at + 11] = isLast && left === 0 ? LAST_FRAGMENT : 0;
      at += HEADERS_BYTES;
      gaps.push(buffer.subarray(at, at + length - (left === 0 ? pad : 0)));
      at += length;
    } while (left > 0);
    if (pad > 0) buffer[at - 1] = 0;
    return { end: at, gaps };
  }
}

/**
 * A deflate stream of odd length gets the one NUL that PS3.5 §A.5 asks for: some peers abort at odd lengths. Any other
 * data set of odd length is broken, and travels as it is.
 */
function padBytes({ transferSyntaxUid, sizeBytes, dataSetOffset }: Outgoing): number {
  return DEFLATED_SYNTAXES.has(transferSyntaxUid) ? (sizeBytes - dataSetOffset) % 2 : 0;
}

const NOTHING = Buffer.alloc(0);

async function readBlock(fd: number, gaps: Buffer[], position: number): Promise<number> {
  try {
    return (await readPieces(fd, gaps, position)).bytesRead;
  } catch (error) {
    throw diskError(error);
  }
}

function onDisk<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(error);
  }
}
