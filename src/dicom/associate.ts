/** A-ASSOCIATE-RQ and -AC, PS3.8 §9.3.2 and §9.3.3, with the user information of PS3.7 Annex D that Rohrpost needs. */
import { pdu, pduType, totalBytes } from './pdu.ts';
import { ProtocolError } from './protocol-error.ts';
import { printable, withoutPadding } from './text.ts';
import { APPLICATION_CONTEXT, IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION } from './uids.ts';

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

/** AE titles and UIDs. They end up in logs and on pages. */
function readText(value: Buffer): string {
  return printable(withoutPadding(value.toString('latin1')));
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
