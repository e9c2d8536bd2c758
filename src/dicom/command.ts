/** DIMSE command sets, PS3.7 §6.3 and §9.3: always Implicit VR Little Endian, group 0000. */
import { ProtocolError } from './protocol-error.ts';
import { paddedText, printable, withoutPadding } from './text.ts';
import { isUid } from './uids.ts';

export const commandField = {
  storeRequest: 0x0001,
  echoRequest: 0x0030,
  cancelRequest: 0x0fff,
} as const;

/** Set in the command field of every response. */
export const RESPONSE_BIT = 0x8000;

/** Status codes, PS3.7 Annex C and PS3.4 §B.2.3. */
export const dimseStatus = {
  success: 0x0000,
  sopClassNotSupported: 0x0122,
  unrecognizedOperation: 0x0211,
  outOfResources: 0xa700,
  dataSetMismatch: 0xa900,
  cannotUnderstand: 0xc000,
} as const;

const NO_DATA_SET = 0x0101;
const PRIORITY_MEDIUM = 0x0000;
const COMMENT_CHARACTERS = 64;

const element = {
  groupLength: 0x0000,
  affectedSopClass: 0x0002,
  commandField: 0x0100,
  messageId: 0x0110,
  messageIdRespondedTo: 0x0120,
  priority: 0x0700,
  dataSetType: 0x0800,
  status: 0x0900,
  errorComment: 0x0902,
  affectedSopInstance: 0x1000,
} as const;

/** What Rohrpost reads of a command set. Numbers are -1 and texts '' when absent. */
export interface Command {
  readonly field: number;
  readonly messageId: number;
  readonly messageIdRespondedTo: number;
  readonly hasDataSet: boolean;
  readonly status: number;
  readonly errorComment: string;
  readonly affectedSopClass: string;
  readonly affectedSopInstance: string;
}

/** @throws ProtocolError when the bytes are not a command set */
export function decodeCommand(bytes: Buffer): Command {
  const values = new Map<number, Buffer>();
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) throw new ProtocolError('command set is cut off');
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    if (bytes.readUInt16LE(at) !== 0 || end > bytes.length) throw new ProtocolError('command set is malformed');
    values.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 8, end));
    at = end;
  }
  const number = (tag: number) => (values.get(tag)?.length === 2 ? values.get(tag)!.readUInt16LE(0) : -1);
  const text = (tag: number) => withoutPadding(values.get(tag)?.toString('latin1') ?? '');
  const field = number(element.commandField);
  if (field === -1) throw new ProtocolError('command set without a command field');
  return {
    field,
    messageId: number(element.messageId),
    messageIdRespondedTo: number(element.messageIdRespondedTo),
    hasDataSet: number(element.dataSetType) !== NO_DATA_SET,
    status: number(element.status),
    errorComment: printable(text(element.errorComment)),
    affectedSopClass: text(element.affectedSopClass),
    affectedSopInstance: text(element.affectedSopInstance),
  };
}

/** C-STORE-RQ, PS3.7 §9.3.1.1. */
export function encodeStoreRequest(messageId: number, sopClassUid: string, sopInstanceUid: string): Buffer {
  return encodeCommand([
    [element.affectedSopClass, uid(sopClassUid)],
    [element.commandField, us(commandField.storeRequest)],
    [element.messageId, us(messageId)],
    [element.priority, us(PRIORITY_MEDIUM)],
    [element.dataSetType, us(0x0000)],
    [element.affectedSopInstance, uid(sopInstanceUid)],
  ]);
}

/** The response to any request, without a data set. @param comment cut to 64 characters; never patient data */
export function encodeResponse(request: Command, status: number, comment = ''): Buffer {
  const fields: [number, Buffer][] = [];
  if (isUid(request.affectedSopClass)) fields.push([element.affectedSopClass, uid(request.affectedSopClass)]);
  fields.push(
    [element.commandField, us(request.field | RESPONSE_BIT)],
    [element.messageIdRespondedTo, us(Math.max(0, request.messageId))],
    [element.dataSetType, us(NO_DATA_SET)],
    [element.status, us(status)],
  );
  if (comment !== '') fields.push([element.errorComment, paddedText(comment.slice(0, COMMENT_CHARACTERS), ' ')]);
  if (isUid(request.affectedSopInstance)) fields.push([element.affectedSopInstance, uid(request.affectedSopInstance)]);
  return encodeCommand(fields);
}

function encodeCommand(fields: readonly (readonly [number, Buffer])[]): Buffer {
  const body = Buffer.concat(fields.flatMap(([tag, value]) => [head(tag, value.length), value]));
  const groupLength = Buffer.alloc(4);
  groupLength.writeUInt32LE(body.length);
  return Buffer.concat([head(element.groupLength, 4), groupLength, body]);
}

function head(tag: number, length: number): Buffer {
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

function uid(text: string): Buffer {
  return paddedText(text, '\0');
}
