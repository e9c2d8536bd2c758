import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeAssociateRequest, type ProposedContext } from '../../src/dicom/associate.ts';
import { decodeCommand, encodeStoreRequest } from '../../src/dicom/command.ts';
import { pduType } from '../../src/dicom/pdu.ts';
import { CT_IMAGE_STORAGE, EXPLICIT_LITTLE_ENDIAN } from '../support/instances.ts';

// A peer that says exactly the bytes it is told to.

export const CT_CONTEXT: ProposedContext = {
  id: 1,
  abstractSyntax: CT_IMAGE_STORAGE,
  transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN],
};
export const ECHO_CONTEXT: ProposedContext = {
  id: 1,
  abstractSyntax: '1.2.840.10008.1.1',
  transferSyntaxes: ['1.2.840.10008.1.2'],
};

export interface Pdu {
  type: number;
  body: Buffer;
}

export class RawPeer {
  readonly socket: Socket;
  isClosed = false;
  private got = Buffer.alloc(0);
  private readonly began_ms = performance.now();
  private closed_ms = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.got = Buffer.concat([this.got, chunk]);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.closed_ms = performance.now() - this.began_ms;
    });
  }

  static async connect(
    port: number,
    options: { localAddress?: string; allowHalfOpen?: boolean } = {},
  ): Promise<RawPeer> {
    const socket = connect({ host: '127.0.0.1', port, ...options });
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  /** Connects and negotiates; throws when the association is not accepted. */
  static async associate(
    port: number,
    contexts: readonly ProposedContext[] = [CT_CONTEXT],
    options: { localAddress?: string; allowHalfOpen?: boolean; calledAe?: string; callingAe?: string } = {},
  ): Promise<RawPeer> {
    const peer = await RawPeer.connect(port, options);
    peer.write(associateRequest(contexts, options));
    const answer = await peer.pdu();
    if (answer?.type !== pduType.associateAccept) throw new Error(`not accepted: PDU ${answer?.type}`);
    return peer;
  }

  write(...bytes: readonly Buffer[]): void {
    if (!this.isClosed) this.socket.write(Buffer.concat(bytes));
  }

  /** The next PDU, or undefined when the connection closes or `within_ms` passes first. */
  async pdu(within_ms = 5_000): Promise<Pdu | undefined> {
    const deadline = performance.now() + within_ms;
    while (this.got.length < 6 || this.got.length < 6 + this.got.readUInt32BE(2)) {
      if (this.isClosed || performance.now() > deadline) return undefined;
      await delay(5);
    }
    const end = 6 + this.got.readUInt32BE(2);
    const found = { type: this.got[0]!, body: this.got.subarray(6, end) };
    this.got = this.got.subarray(end);
    return found;
  }

  /** The status of the next response; undefined as for `pdu`, or when something else came. */
  async status(within_ms = 5_000): Promise<number | undefined> {
    const answer = await this.pdu(within_ms);
    if (answer?.type !== pduType.data) return undefined;
    return decodeCommand(answer.body.subarray(6)).status;
  }

  /** Waits for the close and returns after how many ms it came; throws when it does not come. */
  async closedAfter(within_ms = 5_000): Promise<number> {
    const deadline = performance.now() + within_ms;
    while (!this.isClosed) {
      if (performance.now() > deadline) throw new Error(`still open after ${within_ms} ms`);
      await delay(5);
    }
    return this.closed_ms;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export function associateRequest(
  contexts: readonly ProposedContext[] = [CT_CONTEXT],
  options: { calledAe?: string; callingAe?: string } = {},
): Buffer {
  const { calledAe = 'ROHRPOST', callingAe = 'PROBE' } = options;
  return encodeAssociateRequest({ calledAe, callingAe, contexts, maxPduBytes: 16_384 });
}

export function pdu(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head[0] = type;
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

/** @param control bit 0: command, bit 1: last */
export function pdv(contextId: number, control: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32BE(bytes.length + 2);
  head[4] = contextId;
  head[5] = control;
  return Buffer.concat([head, bytes]);
}

export function data(...pdvs: readonly Buffer[]): Buffer {
  return pdu(pduType.data, Buffer.concat(pdvs));
}

export function storeCommand(sopInstanceUid: string, messageId = 1, sopClassUid = CT_IMAGE_STORAGE): Buffer {
  return encodeStoreRequest(messageId, sopClassUid, sopInstanceUid);
}

/** A data set cut into one PDU per fragment. */
export function fragments(contextId: number, dataSet: Buffer, bytes = 16_000): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < dataSet.length; at += bytes) {
    const isLast = at + bytes >= dataSet.length;
    parts.push(data(pdv(contextId, isLast ? 2 : 0, dataSet.subarray(at, at + bytes))));
  }
  return Buffer.concat(parts);
}

/** C-ECHO-RQ: the shortest request there is. */
export function echoCommand(messageId = 1): Buffer {
  return simpleCommand(0x0030, messageId, '1.2.840.10008.1.1');
}

/** A request of any kind without a data set. */
export function simpleCommand(field: number, messageId: number, sopClassUid: string): Buffer {
  const fields: [number, Buffer][] = [
    [0x0002, Buffer.from(sopClassUid.length % 2 ? `${sopClassUid}\0` : sopClassUid)],
    [0x0100, us(field)],
    [0x0110, us(messageId)],
    [0x0800, us(0x0101)],
  ];
  const body = Buffer.concat(fields.flatMap(([tag, value]) => [commandHead(tag, value.length), value]));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([commandHead(0, 4), length, body]);
}

function commandHead(tag: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(tag, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}

function us(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
