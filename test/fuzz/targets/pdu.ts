import { closeSync, readdirSync, unlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { systemClock } from '../../../src/core/clock.ts';
import { createFile } from '../../../src/core/files.ts';
import { newId } from '../../../src/core/ids.ts';
import { dicomLimits } from '../../../src/core/limits.ts';
import type { Log } from '../../../src/core/log.ts';
import { decodeAssociateAccept, decodeAssociateRequest, encodeAssociateRequest } from '../../../src/dicom/associate.ts';
import { Association } from '../../../src/dicom/association.ts';
import { decodeCommand, encodeStoreRequest } from '../../../src/dicom/command.ts';
import type { AssociationEnd } from '../../../src/dicom/contract.ts';
import {
  decodeReject,
  encodeAbort,
  encodeCommandPdu,
  encodeReleaseRequest,
  PDU_HEADER_BYTES,
  PDV_HEADER_BYTES,
  pdu,
  pduType,
} from '../../../src/dicom/pdu.ts';
import { PduReader } from '../../../src/dicom/pdu-reader.ts';
import { dataSet } from '../seeds.ts';
import { must, orRefused, type Target, type Verdict, verdictOf } from '../target.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const ECHO = '1.2.840.10008.1.1';
const EXPLICIT = '1.2.840.10008.1.2.1';

/** The bytes of one connection to our DICOM port, cut into chunks anyhow. */
export function openTarget(folder: string): Target {
  return {
    seeds: [
      Buffer.concat([request(), store(1), store(2), encodeReleaseRequest()]),
      Buffer.concat([request(), store(1).subarray(0, 300)]),
      Buffer.concat([request(), encodeCommandPdu(3, echo()), encodeReleaseRequest()]),
      Buffer.concat([request(), store(1), encodeAbort(0, 0)]),
      encodeStoreRequest(1, CT, '2.25.1001'),
    ],
    words: [
      '\x04\0\0\0\0',
      '\x05\0\0\0\0\x04',
      '\x07\0\0\0\0\x04',
      '\x01\x02',
      '\x01\x03',
      '\x40\0',
      '\x20\0',
      '\x00\x01',
    ],
    async run(input) {
      orRefused(() => decodeAssociateRequest(input));
      orRefused(() => decodeAssociateAccept(input));
      orRefused(() => decodeReject(input));
      orRefused(() => decodeCommand(input));
      const whole = eventsOf(input, input.length);
      const chunk_bytes = 1 + ((input.at(-1) ?? 0) % 40);
      must(eventsOf(input, chunk_bytes) === whole, 'what is read does not hang on where chunks end');
      must(plainEventsOf(input) === whole, 'what is read is what stands there');
      return associate(input, folder, chunk_bytes * 7);
    },
  };
}

function request(): Buffer {
  return encodeAssociateRequest({
    ...{ calledAe: 'ROHRPOST', callingAe: 'CT1', maxPduBytes: 16_384 },
    contexts: [
      { id: 1, abstractSyntax: CT, transferSyntaxes: [EXPLICIT, '1.2.840.10008.1.2'] },
      { id: 3, abstractSyntax: ECHO, transferSyntaxes: ['1.2.840.10008.1.2'] },
    ],
  });
}

/** A C-STORE-RQ and its data set, in two PDVs. */
function store(messageId: number): Buffer {
  const data = dataSet();
  const pdv = (bytes: Buffer, control: number) => {
    const head = Buffer.from([0, 0, 0, 0, 1, control]);
    head.writeUInt32BE(bytes.length + 2);
    return Buffer.concat([head, bytes]);
  };
  const data1 = pdu(4, pdv(data.subarray(0, 100), 0));
  const data2 = pdu(4, pdv(data.subarray(100), 2));
  return Buffer.concat([encodeCommandPdu(1, encodeStoreRequest(messageId, CT, '2.25.1001')), data1, data2]);
}

function echo(): Buffer {
  const command = encodeStoreRequest(5, ECHO, '');
  const field = command.indexOf(Buffer.from([0, 0, 0, 1, 2, 0, 0, 0]));
  const withoutData = command.indexOf(Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]));
  command.writeUInt16LE(0x30, field + 8);
  command.writeUInt16LE(0x101, withoutData + 8);
  return command;
}

/** What is handed on, as one text; bytes that were cut differently read alike. */
function openJournal() {
  const told: string[] = [];
  let bytes = '';
  return {
    add: (piece: Buffer) => {
      bytes += piece.toString('latin1');
    },
    tell: (event: string) => {
      told.push(bytes, event);
      bytes = '';
    },
    text: () => told.join('\n'),
  };
}

/** Everything the reader hands on. */
function eventsOf(input: Buffer, chunk_bytes: number): string {
  const { add, tell, text } = openJournal();
  const reader = new PduReader(
    {
      onControlPdu: (type, body) => tell(`pdu ${type} ${body.toString('latin1')}`),
      onDataPdu: () => tell('data'),
      onPdvStart: (id, isCommand) => tell(`pdv ${id} ${isCommand}`),
      onPdvBytes: add,
      onPdvEnd: (isLast) => tell(`end ${isLast}`),
    },
    dicomLimits,
  );
  const read = orRefused(() => {
    for (let at = 0; at < input.length; at += chunk_bytes) reader.feed(input.subarray(at, at + chunk_bytes));
    return true;
  });
  tell(read === null ? 'refused' : `inside ${reader.isInsidePdu}`);
  return text();
}

/** The same, by somebody who has all bytes before him (PS3.8 §9.3.1 and Annex E). */
function plainEventsOf(input: Buffer): string {
  const { add, tell, text } = openJournal();
  tell(readAll(input, add, tell));
  return text();
}

function readAll(input: Buffer, add: (piece: Buffer) => void, tell: (event: string) => void): string {
  let at = 0;
  while (at + PDU_HEADER_BYTES <= input.length) {
    const type = input[at]!;
    const length = input.readUInt32BE(at + 2);
    at += PDU_HEADER_BYTES;
    const end = at + length;
    if (type !== pduType.data) {
      if (type < 1 || type > 7 || length > dicomLimits.control_pdu_bytes) return 'refused';
      if (end > input.length) return 'inside true';
      tell(`pdu ${type} ${input.toString('latin1', at, end)}`);
      at = end;
      continue;
    }
    if (length > dicomLimits.pdu_bytes || length < PDV_HEADER_BYTES) return 'refused';
    tell('data');
    while (at < end) {
      if (at + PDV_HEADER_BYTES > input.length) return 'inside true';
      const next = at + 4 + input.readUInt32BE(at);
      const left = end - next;
      if (next < at + PDV_HEADER_BYTES || left < 0 || (left > 0 && left < PDV_HEADER_BYTES)) return 'refused';
      const control = input[at + 5]!;
      tell(`pdv ${input[at + 4]} ${(control & 1) === 1}`);
      add(input.subarray(at + PDV_HEADER_BYTES, next));
      if (next > input.length) return 'inside true';
      tell(`end ${(control & 2) === 2}`);
      at = next;
    }
  }
  return `inside ${at < input.length}`;
}

/** A whole association with this peer. It always ends, by our rules, and leaves no file behind. */
async function associate(input: Buffer, folder: string, chunk_bytes: number): Promise<Verdict> {
  const peer = new Duplex({ allowHalfOpen: false, read() {}, write: (_chunk, _encoding, done) => done() });
  const ends: AssociationEnd[] = [];
  const bugs: string[] = [];
  const association = new Association(peer as unknown as Socket, { id: newId(), address: '127.0.0.1' } as never, {
    limits: dicomLimits,
    log: logOf(bugs),
    clock: systemClock(),
    admit: () => ({ accept: true }),
    newFile: () => createFile(join(folder, `${newId()}.dcm`)),
    async onInstance({ fd, path }) {
      closeSync(fd);
      unlinkSync(path);
      return { status: 0 };
    },
    onEnd: (end) => ends.push(end),
  });
  for (let at = 0; at < input.length; at += chunk_bytes) peer.push(input.subarray(at, at + chunk_bytes));
  peer.push(null);
  await association.closed;
  must(bugs.length === 0, `no bug is told: ${bugs}`);
  must(ends.length <= 1, 'an association ends once');
  must(readdirSync(folder).length === 0, 'no file is left behind');
  return verdictOf(() => must(ends[0]?.code !== 'internal', 'the peer is to blame')).then((verdict) =>
    ends[0]?.outcome === 'released' ? verdict : 'refused',
  );
}

/** Keeps what only a bug of ours can have caused. */
function logOf(bugs: string[]): Log {
  const look = (_: string, fields?: object) => {
    const { code, reason } = (fields ?? {}) as { code?: string; reason?: string };
    if (code === 'internal' || code === 'disk-error') bugs.push(`${code}: ${reason}`);
  };
  const log: Log = { debug: look, info: look, warn: look, error: look, with: () => log };
  return log;
}
