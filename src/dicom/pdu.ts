/** The protocol data units of the DICOM upper layer but for A-ASSOCIATE and P-DATA contents, PS3.8 §9.3. Big-endian. */
import { ProtocolError } from './protocol-error.ts';

export const pduType = {
  associateRequest: 1,
  associateAccept: 2,
  associateReject: 3,
  data: 4,
  releaseRequest: 5,
  releaseResponse: 6,
  abort: 7,
} as const;

/** Type, reserved, length: PS3.8 §9.3.1. */
export const PDU_HEADER_BYTES = 6;
/** Length, context id, control byte: PS3.8 §9.3.5.1 and Annex E. */
export const PDV_HEADER_BYTES = 6;
export interface Rejection {
  readonly result: number;
  readonly source: number;
  readonly reason: number;
}

export function encodeReject({ result, source, reason }: Rejection): Buffer {
  return pdu(pduType.associateReject, Buffer.from([0, result, source, reason]));
}

export function encodeReleaseRequest(): Buffer {
  return pdu(pduType.releaseRequest, Buffer.alloc(4));
}

export function encodeReleaseResponse(): Buffer {
  return pdu(pduType.releaseResponse, Buffer.alloc(4));
}

/** @param source 0 the service user (a wish to stop), 2 the service provider (a broken protocol, with its reason) */
export function encodeAbort(source: 0 | 2, reason: number): Buffer {
  return pdu(pduType.abort, Buffer.from([0, 0, source, reason]));
}

/** One P-DATA-TF with one PDV: for commands, which are small. */
export function encodeCommandPdu(contextId: number, commandSet: Buffer): Buffer {
  const head = Buffer.alloc(PDV_HEADER_BYTES);
  head.writeUInt32BE(commandSet.length + 2, 0);
  head[4] = contextId;
  head[5] = 3;
  return pdu(pduType.data, head, commandSet);
}

/** @throws ProtocolError */
export function decodeReject(body: Buffer): Rejection {
  if (body.length < 4) throw new ProtocolError('A-ASSOCIATE-RJ is too short');
  return { result: body[1]!, source: body[2]!, reason: body[3]! };
}

/** A PDU: its header and `parts`. */
export function pdu(type: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(PDU_HEADER_BYTES);
  head[0] = type;
  head.writeUInt32BE(totalBytes(parts), 2);
  return Buffer.concat([head, ...parts]);
}

export function totalBytes(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
