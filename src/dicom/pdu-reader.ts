/**
 * Cuts a byte stream into PDUs and PDVs as it comes (PS3.8 §9.3). Only the twelve header bytes carry state from one
 * chunk to the next; the contents of P-DATA are handed on as slices of what the socket delivered, never gathered.
 * Control PDUs, which are small, are gathered whole within their bound.
 */
import type { DicomLimits } from '../core/limits.ts';
import { PDU_HEADER_BYTES, PDV_HEADER_BYTES, pduType } from './pdu.ts';
import { abortReason, ProtocolError } from './protocol-error.ts';

export interface PduHandler {
  /** Any PDU but P-DATA, whole, without its header. The buffer is the handler's to keep. */
  onControlPdu(type: number, body: Buffer): void;
  /** A P-DATA of `length` bytes begins. */
  onDataPdu(): void;
  onPdvStart(contextId: number, isCommand: boolean): void;
  /** Some bytes of the PDV that began. The buffer shares memory with the socket's chunk, which is not reused. */
  onPdvBytes(bytes: Buffer): void;
  /** @param isLast the message part (command or data set) is complete */
  onPdvEnd(isLast: boolean): void;
}

type ReaderLimits = Pick<DicomLimits, 'pdu_bytes' | 'control_pdu_bytes'>;

export class PduReader {
  private readonly handler: PduHandler;
  private readonly limits: ReaderLimits;
  private readonly header = Buffer.alloc(PDU_HEADER_BYTES);
  private headerFilled = 0;
  private type = 0;
  /** Bytes of the current PDU that are still to come. */
  private pduLeft = 0;
  private controlBody: Buffer | null = null;
  private readonly pdvHeader = Buffer.alloc(PDV_HEADER_BYTES);
  private pdvHeaderFilled = 0;
  private pdvLeft = 0;
  private backlog: Buffer[] = [];
  private held = false;
  private feeding = false;

  constructor(handler: PduHandler, limits: ReaderLimits) {
    this.handler = handler;
    this.limits = limits;
  }

  /** Whether a PDU has begun and is not complete. */
  get isInsidePdu(): boolean {
    return this.headerFilled > 0;
  }

  /** Whether bytes wait for `proceed`: the sign to pause the socket, so that they stay one chunk. */
  get hasBacklog(): boolean {
    return this.backlog.length > 0;
  }

  /** Takes what the socket delivered. @throws ProtocolError, and whatever the handler throws */
  feed(chunk: Buffer): void {
    this.backlog.push(chunk);
    this.run();
  }

  /** Stops handing on after the current PDV, until `proceed`; what is fed meanwhile waits. */
  hold(): void {
    this.held = true;
  }

  /** @throws as `feed` */
  proceed(): void {
    this.held = false;
    this.run();
  }

  /** Drops what waits; nothing is handed on any more. */
  stop(): void {
    this.held = true;
    this.backlog = [];
  }

  private run(): void {
    if (this.feeding) return;
    this.feeding = true;
    try {
      for (let chunk = this.backlog[0]; chunk !== undefined && !this.held; chunk = this.backlog[0]) {
        const used = this.read(chunk);
        if (this.backlog.length === 0) return;
        if (used === chunk.length) this.backlog.shift();
        else this.backlog[0] = chunk.subarray(used);
      }
    } finally {
      this.feeding = false;
    }
  }

  /** Reads until the chunk ends or the handler holds; returns how many bytes it used. */
  private read(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && !this.held) {
      if (this.headerFilled < PDU_HEADER_BYTES) at += this.readPduHeader(chunk, at);
      else if (this.controlBody !== null) at += this.readControl(chunk, at, this.controlBody);
      else if (this.pdvHeaderFilled < PDV_HEADER_BYTES) at += this.readPdvHeader(chunk, at);
      else at += this.readPdv(chunk, at);
    }
    return at;
  }

  private readPduHeader(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.header, this.headerFilled, at, at + PDU_HEADER_BYTES - this.headerFilled);
    this.headerFilled += taken;
    if (this.headerFilled < PDU_HEADER_BYTES) return taken;
    this.type = this.header[0]!;
    this.pduLeft = this.header.readUInt32BE(2);
    if (this.type === pduType.data) this.startData();
    else this.startControl();
    return taken;
  }

  private startData(): void {
    if (this.pduLeft > this.limits.pdu_bytes) {
      throw new ProtocolError(`P-DATA of ${this.pduLeft} bytes, longer than announced`);
    }
    if (this.pduLeft < PDV_HEADER_BYTES) throw new ProtocolError('P-DATA without a PDV');
    this.handler.onDataPdu();
  }

  private startControl(): void {
    if (this.type < pduType.associateRequest || this.type > pduType.abort) {
      throw new ProtocolError(`PDU of unknown type ${this.type}`, abortReason.unrecognizedPdu);
    }
    if (this.pduLeft > this.limits.control_pdu_bytes) {
      throw new ProtocolError(`PDU of type ${this.type} with ${this.pduLeft} bytes`);
    }
    // Exactly as long as announced, and not touched before its bytes come: a false claim costs address space only.
    this.controlBody = Buffer.allocUnsafeSlow(this.pduLeft);
    if (this.pduLeft === 0) this.finishControl(this.controlBody);
  }

  private readControl(chunk: Buffer, at: number, body: Buffer): number {
    const taken = chunk.copy(body, body.length - this.pduLeft, at, at + this.pduLeft);
    this.pduLeft -= taken;
    if (this.pduLeft === 0) this.finishControl(body);
    return taken;
  }

  private finishControl(body: Buffer): void {
    this.controlBody = null;
    this.headerFilled = 0;
    this.handler.onControlPdu(this.type, body);
  }

  private readPdvHeader(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.pdvHeader, this.pdvHeaderFilled, at, at + PDV_HEADER_BYTES - this.pdvHeaderFilled);
    this.pdvHeaderFilled += taken;
    if (this.pdvHeaderFilled < PDV_HEADER_BYTES) return taken;
    this.pduLeft -= PDV_HEADER_BYTES;
    // The PDV length counts the context id and the control byte, PS3.8 Table 9-23.
    const length = this.pdvHeader.readUInt32BE(0) - 2;
    if (length < 0 || length > this.pduLeft) throw new ProtocolError('PDV length does not fit its PDU');
    const left = this.pduLeft - length;
    if (left > 0 && left < PDV_HEADER_BYTES) throw new ProtocolError('stray bytes at the end of P-DATA');
    this.pdvLeft = length;
    this.handler.onPdvStart(this.pdvHeader[4]!, (this.pdvHeader[5]! & 1) === 1);
    if (length === 0) this.finishPdv();
    return taken;
  }

  private readPdv(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.pdvLeft);
    const taken = end - at;
    this.pdvLeft -= taken;
    this.pduLeft -= taken;
    this.handler.onPdvBytes(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
    if (this.pdvLeft === 0) this.finishPdv();
    return taken;
  }

  private finishPdv(): void {
    this.pdvHeaderFilled = 0;
    if (this.pduLeft === 0) this.headerFilled = 0;
    this.handler.onPdvEnd((this.pdvHeader[5]! & 2) === 2);
  }
}
