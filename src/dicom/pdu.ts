/** The protocol data units of the DICOM upper layer but for P-DATA contents, PS3.8 §9.3 and PS3.7 Annex D. Big-endian. */
import { ProtocolError } from './protocol-error.ts';
import { APPLICATION_CONTEXT, IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION } from './uids.ts';

export const pduType = {
  associateRequest: 1,
  associateAccept: 2,
  associateReject: 3,
  data: 4,
  releaseRequest: 5,
  releaseResponse: 6,
  abort: 7,
} as const;

const itemType = {
  applicationContext: 0x10,
  proposedContext: 0x20,
  answeredContext: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  userInformation: 0x50,
  maximumLength: 0x51,
  implementationClass: 0x52,
  implementationVersion: 0x55,
} as const;

/** Type, reserved, length: PS3.8 §9.3.1. */
export const PDU_HEADER_BYTES = 6;
/** Length, context id, control byte: PS3.8 §9.3.5.1 and Annex E. */
export const PDV_HEADER_BYTES = 6;
/** Protocol version, AE titles and reserved bytes in front of the items of RQ and AC. */
const FIXED_BYTES = 68;

export interface ProposedContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
}

/** Result of one presentation context, PS3.8 Table 9-18. */
export const contextResult = { accepted: 0, abstractSyntaxUnsupported: 3, transferSyntaxesUnsupported: 4 } as const;

export interface AnsweredContext {
  readonly id: number;
  readonly result: number;
  /** Significant only where `result` is accepted. */
  readonly transferSyntax: string;
}

export interface AssociateRequest {
  readonly protocolVersion: number;
  readonly applicationContext: string;
  readonly calledAe: string;
  readonly callingAe: string;
  readonly contexts: readonly ProposedContext[];
  /** Largest P-DATA the sender takes, in bytes; 0 is without limit. */
  readonly maxPduBytes: number;
}

export interface AssociateAccept {
  readonly contexts: readonly AnsweredContext[];
  readonly maxPduBytes: number;
}

export interface Rejection {
  readonly result: number;
  readonly source: number;
  readonly reason: number;
}

export function encodeAssociateRequest(request: {
  calledAe: string;
  callingAe: string;
  contexts: readonly ProposedContext[];
  maxPduBytes: number;
}): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.writeUInt16BE(1, 0);
  fixed.write(request.calledAe.padEnd(16), 4, 16, 'latin1');
  fixed.write(request.callingAe.padEnd(16), 20, 16, 'latin1');
  const contexts = request.contexts.map((context) =>
    item(
      itemType.proposedContext,
      Buffer.from([context.id, 0, 0, 0]),
      textItem(itemType.abstractSyntax, context.abstractSyntax),
      ...context.transferSyntaxes.map((syntax) => textItem(itemType.transferSyntax, syntax)),
    ),
  );
  return pdu(pduType.associateRequest, fixed, applicationContext(), ...contexts, userInformation(request.maxPduBytes));
}

/** The answer to `requestBody`, whose AE titles and reserved bytes it returns unchanged (PS3.8 §9.3.3). */
export function encodeAssociateAccept(
  requestBody: Buffer,
  contexts: readonly AnsweredContext[],
  maxPduBytes: number,
): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.writeUInt16BE(1, 0);
  requestBody.copy(fixed, 4, 4, FIXED_BYTES);
  const answers = contexts.map((context) =>
    item(
      itemType.answeredContext,
      Buffer.from([context.id, 0, context.result, 0]),
      textItem(itemType.transferSyntax, context.transferSyntax),
    ),
  );
  return pdu(pduType.associateAccept, fixed, applicationContext(), ...answers, userInformation(maxPduBytes));
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
export function decodeAssociateRequest(body: Buffer): AssociateRequest {
  if (body.length < FIXED_BYTES) throw new ProtocolError('A-ASSOCIATE-RQ is too short');
  const contexts: ProposedContext[] = [];
  let applicationContextName = '';
  let maxPduBytes = 0;
  for (const { type, value } of items(body, FIXED_BYTES)) {
    if (type === itemType.applicationContext) applicationContextName = readText(value);
    else if (type === itemType.proposedContext) contexts.push(decodeProposedContext(value));
    else if (type === itemType.userInformation) maxPduBytes = decodeMaximumLength(value);
  }
  return {
    protocolVersion: body.readUInt16BE(0),
    applicationContext: applicationContextName,
    calledAe: readText(body.subarray(4, 20)),
    callingAe: readText(body.subarray(20, 36)),
    contexts,
    maxPduBytes,
  };
}

/** @throws ProtocolError */
export function decodeAssociateAccept(body: Buffer): AssociateAccept {
  if (body.length < FIXED_BYTES) throw new ProtocolError('A-ASSOCIATE-AC is too short');
  const contexts: AnsweredContext[] = [];
  let maxPduBytes = 0;
  for (const { type, value } of items(body, FIXED_BYTES)) {
    if (type === itemType.userInformation) maxPduBytes = decodeMaximumLength(value);
    if (type !== itemType.answeredContext) continue;
    if (value.length < 4) throw new ProtocolError('presentation context item is too short');
    const syntax = [...items(value, 4)].find((sub) => sub.type === itemType.transferSyntax);
    contexts.push({ id: value[0]!, result: value[2]!, transferSyntax: syntax ? readText(syntax.value) : '' });
  }
  return { contexts, maxPduBytes };
}

/** @throws ProtocolError */
export function decodeReject(body: Buffer): Rejection {
  if (body.length < 4) throw new ProtocolError('A-ASSOCIATE-RJ is too short');
  return { result: body[1]!, source: body[2]!, reason: body[3]! };
}

function decodeProposedContext(value: Buffer): ProposedContext {
  if (value.length < 4) throw new ProtocolError('presentation context item is too short');
  let abstractSyntax = '';
  const transferSyntaxes: string[] = [];
  for (const sub of items(value, 4)) {
    if (sub.type === itemType.abstractSyntax) abstractSyntax = readText(sub.value);
    else if (sub.type === itemType.transferSyntax) transferSyntaxes.push(readText(sub.value));
  }
  return { id: value[0]!, abstractSyntax, transferSyntaxes };
}

function decodeMaximumLength(userInformationValue: Buffer): number {
  for (const { type, value } of items(userInformationValue, 0)) {
    if (type === itemType.maximumLength && value.length >= 4) return value.readUInt32BE(0);
  }
  return 0;
}

/** The items (type, reserved, 16-bit length, value) from `start` to the end of `data`. Unknown ones are passed over. */
function* items(data: Buffer, start: number): Generator<{ type: number; value: Buffer }> {
  let at = start;
  while (at < data.length) {
    if (at + 4 > data.length) throw new ProtocolError('an item is cut off');
    const end = at + 4 + data.readUInt16BE(at + 2);
    if (end > data.length) throw new ProtocolError('an item is longer than what holds it');
    yield { type: data[at]!, value: data.subarray(at + 4, end) };
    at = end;
  }
}

/** AE titles and UIDs: padding goes, and so does what is not printable, since they end up in logs and on pages. */
function readText(value: Buffer): string {
  return value
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart()
    .replace(/[^\x20-\x7e]/g, '?');
}

function pdu(type: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(PDU_HEADER_BYTES);
  head[0] = type;
  head.writeUInt32BE(totalBytes(parts), 2);
  return Buffer.concat([head, ...parts]);
}

function item(type: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(4);
  head[0] = type;
  head.writeUInt16BE(totalBytes(parts), 2);
  return Buffer.concat([head, ...parts]);
}

function textItem(type: number, text: string): Buffer {
  return item(type, Buffer.from(text, 'latin1'));
}

function applicationContext(): Buffer {
  return textItem(itemType.applicationContext, APPLICATION_CONTEXT);
}

function userInformation(maxPduBytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(maxPduBytes);
  return item(
    itemType.userInformation,
    item(itemType.maximumLength, length),
    textItem(itemType.implementationClass, IMPLEMENTATION_CLASS),
    textItem(itemType.implementationVersion, IMPLEMENTATION_VERSION),
  );
}

function totalBytes(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
