import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, open, openSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { createFile } from '../../src/core/files.ts';
import type { ProposedContext } from '../../src/dicom/associate.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { encodeAbort, encodeReleaseRequest, pduType } from '../../src/dicom/pdu.ts';
import {
  buildDataSet,
  CT_IMAGE_STORAGE,
  EXPLICIT_LITTLE_ENDIAN,
  MR_IMAGE_STORAGE,
  newUid,
} from '../support/instances.ts';
import { python } from '../support/python.ts';
import {
  associateRequest,
  CT_CONTEXT,
  data,
  ECHO_CONTEXT,
  echoCommand,
  fragments,
  pdv,
  RawPeer,
  simpleCommand,
  storeCommand,
} from './raw-peer.ts';
import { eventually, type Receiver, recordingLog, startReceiver } from './receiver.ts';
import { inTemporaryFolder } from './temporary.ts';

// How our listener receives well-behaved and merely unusual peers.

const run = promisify(execFile);

let receiver: Receiver;
afterEach(() => receiver.stop());

/** Everything of one store: its UID, its data set, its command. */
function newStore(pixelBytes = 20_000) {
  const uid = newUid();
  return { uid, dataSet: buildDataSet({ SOPInstanceUID: uid, pixelBytes }), command: storeCommand(uid) };
}

async function expectStored(peer: RawPeer, dataSet: Buffer): Promise<void> {
  expect(await peer.status()).toBe(0);
  const last = receiver.received.at(-1)!;
  expect((await receiver.dataSet(last)).equals(dataSet)).toBe(true);
}

describe('an instance', () => {
  test('is handed over whole, hashed, with its header, in a file that pydicom reads', async () => {
    receiver = await startReceiver();
    const { uid, dataSet, command } = newStore();
    const peer = await RawPeer.associate(receiver.port, [CT_CONTEXT], { callingAe: 'CT-1', calledAe: 'PRAXIS' });
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    await expectStored(peer, dataSet);
    const instance = receiver.received[0]!;
    expect(instance).toMatchObject({
      sopClassUid: CT_IMAGE_STORAGE,
      sopInstanceUid: uid,
      transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN,
      sha256: createHash('sha256').update(dataSet).digest('hex'),
      headerError: null,
      association: { callingAe: 'CT-1', calledAe: 'PRAXIS', address: '127.0.0.1', tls: false },
    });
    expect(instance.header).toMatchObject({ patientName: 'Testperson^Erika', patientId: 'TEST-0001' });
    const { size, mode } = await stat(instance.path);
    expect(size).toBe(instance.sizeBytes);
    expect(mode & 0o777).toBe(0o600);
    expect(await readPart10(instance.path)).toMatchObject({
      sopInstanceUid: uid,
      dataSetOffset: instance.dataSetOffset,
    });
    const read =
      'import sys,pydicom; d=pydicom.dcmread(sys.argv[1]); print(d.PatientName, d.file_meta.SourceApplicationEntityTitle)';
    expect((await python(read, { args: [instance.path] })).toString().trim()).toBe('Testperson^Erika CT-1');
    peer.write(encodeReleaseRequest());
    expect((await peer.pdu())?.type).toBe(pduType.releaseResponse);
    peer.destroy();
    await eventually(() => receiver.ends.length === 1);
    expect(receiver.ends[0]).toMatchObject({ outcome: 'released', stored: 1, openInstance: false });
  });

  test('F07: command and data set in one PDU', async () => {
    receiver = await startReceiver();
    const { dataSet, command } = newStore();
    const peer = await RawPeer.associate(receiver.port);
    peer.write(data(pdv(1, 3, command), pdv(1, 2, dataSet)));
    await expectStored(peer, dataSet);
  });

  test('F07: two PDVs of the data set in one PDU', async () => {
    receiver = await startReceiver();
    const { dataSet, command } = newStore();
    const peer = await RawPeer.associate(receiver.port);
    peer.write(data(pdv(1, 3, command)), data(pdv(1, 0, dataSet.subarray(0, 777)), pdv(1, 2, dataSet.subarray(777))));
    await expectStored(peer, dataSet);
  });

  test('F07: fragments of odd and tiny sizes, an empty last one, a command in single bytes', async () => {
    receiver = await startReceiver();
    const { dataSet, command } = newStore(3_000);
    const peer = await RawPeer.associate(receiver.port);
    const bytes = [...command].map((byte, at) => data(pdv(1, at === command.length - 1 ? 3 : 1, Buffer.from([byte]))));
    peer.write(...bytes);
    for (let at = 0; at < dataSet.length; at += 7) peer.write(data(pdv(1, 0, dataSet.subarray(at, at + 7))));
    peer.write(data(pdv(1, 2, Buffer.alloc(0))));
    await expectStored(peer, dataSet);
  });

  test('F07: the stream arrives in pieces of one to three bytes', async () => {
    receiver = await startReceiver();
    const { dataSet, command } = newStore(500);
    const peer = await RawPeer.connect(receiver.port);
    const stream = Buffer.concat([associateRequest(), data(pdv(1, 3, command)), fragments(1, dataSet, 333)]);
    for (let at = 0; at < stream.length; at += 1 + (at % 3)) {
      peer.write(stream.subarray(at, at + 1 + (at % 3)));
      if (at % 64 === 0) await delay(0);
    }
    expect((await peer.pdu())?.type).toBe(pduType.associateAccept);
    await expectStored(peer, dataSet);
  });

  test('F18: large, written while it comes', async () => {
    receiver = await startReceiver({ limits: { in_flight_bytes: 100_000, write_bytes: 50_000 } });
    const { dataSet, command } = newStore(30_000_000);
    const peer = await RawPeer.associate(receiver.port);
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet, 200_001));
    expect(await peer.status(20_000)).toBe(0);
    expect(receiver.received[0]!.sha256).toBe(createHash('sha256').update(dataSet).digest('hex'));
    expect((await receiver.dataSet(receiver.received[0]!)).equals(dataSet)).toBe(true);
  });

  test('F04: while the disk takes nothing, the network is not read, and the peer is not blamed for it', async () => {
    receiver = await startReceiver({ limits: { idle_ms: 800 } });
    const { dataSet, command } = newStore(60_000_000);
    const stream = Buffer.concat([data(pdv(1, 3, command)), fragments(1, dataSet)]);
    await inTemporaryFolder(async (folder) => {
      const release = await blockThreadPool(folder);
      const peer = await RawPeer.associate(receiver.port);
      peer.write(stream);
      await delay(1_500);
      const { writableLength } = peer.socket;
      release();
      expect(writableLength).toBeGreaterThan(0);
      expect(await peer.status(20_000)).toBe(0);
    });
    expect(receiver.received[0]!.sha256).toBe(createHash('sha256').update(dataSet).digest('hex'));
  });
});

/** Keeps all of Node's file threads waiting for the other end of a pipe, as a disk that hangs would. */
async function blockThreadPool(folder: string): Promise<() => void> {
  const pipe = join(folder, 'pipe');
  await run('mkfifo', [pipe]);
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  for (let count = 0; count < threads; count++) open(pipe, 'r', (_, fd) => closeSync(fd));
  return () => closeSync(openSync(pipe, 'w'));
}

describe('negotiation', () => {
  async function contextsOf(contexts: readonly ProposedContext[]) {
    const { decodeAssociateAccept } = await import('../../src/dicom/associate.ts');
    const peer = await RawPeer.connect(receiver.port);
    peer.write(associateRequest(contexts));
    const answer = await peer.pdu();
    expect(answer?.type).toBe(pduType.associateAccept);
    return { peer, answers: decodeAssociateAccept(answer!.body).contexts };
  }

  test('takes context ids in any order, and the first transfer syntax offered', async () => {
    receiver = await startReceiver();
    const jpeg = '1.2.840.10008.1.2.4.70';
    const { peer, answers } = await contextsOf([
      { ...ECHO_CONTEXT, id: 5 },
      { ...CT_CONTEXT, id: 1 },
      { id: 3, abstractSyntax: MR_IMAGE_STORAGE, transferSyntaxes: [jpeg, EXPLICIT_LITTLE_ENDIAN] },
    ]);
    expect(answers.map(({ id, result, transferSyntax }) => [id, result, transferSyntax])).toEqual([
      [5, 0, '1.2.840.10008.1.2'],
      [1, 0, EXPLICIT_LITTLE_ENDIAN],
      [3, 0, jpeg],
    ]);
    const { dataSet, command } = newStore();
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    await expectStored(peer, dataSet);
  });

  test('takes 128 contexts of 12 transfer syntaxes', async () => {
    receiver = await startReceiver();
    const syntaxes = Array.from({ length: 12 }, (_, index) => `1.2.840.10008.1.2.4.${index + 50}`);
    const contexts = Array.from({ length: 128 }, (_, index) => ({
      id: 2 * index + 1,
      abstractSyntax: CT_IMAGE_STORAGE,
      transferSyntaxes: index === 127 ? [EXPLICIT_LITTLE_ENDIAN] : syntaxes,
    }));
    const { peer, answers } = await contextsOf(contexts);
    expect(answers.filter(({ result }) => result === 0)).toHaveLength(128);
    const { dataSet, command } = newStore();
    peer.write(data(pdv(255, 3, command)), fragments(255, dataSet));
    await expectStored(peer, dataSet);
  });

  test('F18: takes private SOP classes and private transfer syntaxes; refuses services that store nothing', async () => {
    receiver = await startReceiver();
    const { answers } = await contextsOf([
      { id: 1, abstractSyntax: '1.3.12.2.1107.5.9.1', transferSyntaxes: ['1.2.3.4.5'] },
      { id: 3, abstractSyntax: '1.2.840.10008.5.1.4.31', transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN] },
      { id: 5, abstractSyntax: '1.2.840.10008.1.20.1', transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN] },
      { id: 7, abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: [] },
    ]);
    expect(answers.map(({ result }) => result)).toEqual([0, 3, 3, 4]);
  });

  test.each([
    ['called-ae-unknown', [1, 1, 7]],
    ['calling-ae-unknown', [1, 1, 3]],
    ['local-limit', [2, 3, 2]],
    ['no-reason', [1, 1, 1]],
  ] as const)('F05, F17: %s is rejected with that reason', async (reason, bytes) => {
    receiver = await startReceiver({ admit: () => ({ accept: false, reason }) });
    const peer = await RawPeer.connect(receiver.port);
    peer.write(associateRequest());
    const answer = await peer.pdu();
    expect(answer?.type).toBe(pduType.associateReject);
    expect([...answer!.body.subarray(1)]).toEqual(bytes);
    expect(receiver.ends).toEqual([]);
  });

  test('rejects another application context and another protocol version', async () => {
    receiver = await startReceiver();
    const request = associateRequest();
    const otherContext = Buffer.from(request);
    otherContext[request.indexOf('1.2.840.10008.3.1.1.1') + 20] = 0x39;
    const otherVersion = Buffer.from(request);
    otherVersion.writeUInt16BE(2, 6);
    for (const [bytes, reason] of [
      [otherContext, [1, 1, 2]],
      [otherVersion, [1, 2, 2]],
    ] as const) {
      const peer = await RawPeer.connect(receiver.port);
      peer.write(bytes);
      expect([...(await peer.pdu())!.body.subarray(1)]).toEqual(reason);
    }
  });
});

describe('a store that is refused', () => {
  test.each(['../../../etc/passwd', '1.2.3\\4', '', '...', `1.${'2'.repeat(64)}`, '1.2\0.3'])(
    'F15: SOP Instance UID %j is answered C000 without a file being made',
    async (uid) => {
      let files = 0;
      receiver = await startReceiver({
        newFile() {
          files++;
          return createFile('/nonexistent');
        },
      });
      const peer = await RawPeer.associate(receiver.port);
      peer.write(data(pdv(1, 3, storeCommand(uid))), fragments(1, newStore().dataSet));
      expect(await peer.status()).toBe(0xc000);
      expect(files).toBe(0);
      peer.write(data(pdv(1, 3, echoCommand(2))));
      expect(await peer.status()).toBe(0);
    },
  );

  test('F16: other SOP Instance UID or SOP class in the data set: A900, the file gone, the next one taken', async () => {
    receiver = await startReceiver();
    const peer = await RawPeer.associate(receiver.port);
    const { uid, dataSet, command } = newStore();
    peer.write(data(pdv(1, 3, storeCommand(newUid()))), fragments(1, dataSet));
    expect(await peer.status()).toBe(0xa900);
    peer.write(data(pdv(1, 3, storeCommand(uid, 2, MR_IMAGE_STORAGE))), fragments(1, dataSet));
    expect(await peer.status()).toBe(0xa900);
    expect(await receiver.filesLeft()).toEqual([]);
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    await expectStored(peer, dataSet);
  });

  test('F05: canStore refuses at once: the data set is passed over and nothing is opened', async () => {
    let isFull = true;
    receiver = await startReceiver({ canStore: () => (isFull ? { status: 0xa700, comment: 'full' } : null) });
    const peer = await RawPeer.associate(receiver.port);
    const { dataSet, command } = newStore();
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    expect(await peer.status()).toBe(0xa700);
    isFull = false;
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    await expectStored(peer, dataSet);
  });

  test('F04: disk-full from the owner is A700, any other failure C000; the association goes on', async () => {
    const failures = [new RohrpostError('disk-full'), new RohrpostError('internal')];
    receiver = await startReceiver({
      async onInstance({ fd }) {
        closeSync(fd);
        throw failures.shift();
      },
    });
    const peer = await RawPeer.associate(receiver.port);
    const { dataSet, command } = newStore();
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    expect(await peer.status()).toBe(0xa700);
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    expect(await peer.status()).toBe(0xc000);
  });

  // Only root may mount the small file system that really fills up.
  test.runIf(process.getuid?.() === 0)(
    'F04: the disk fills up in the middle of a data set: A700, the file gone, echo and small ones go on',
    async () => {
      await inTemporaryFolder(async (folder) => {
        await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
        try {
          const { log, lines } = recordingLog();
          receiver = await startReceiver({ log, newFile: () => createFile(join(folder, newUid())) });
          const peer = await RawPeer.associate(receiver.port);
          for (const pixelBytes of [1_900_000, 5_000_000, 300_000]) {
            const { dataSet, command } = newStore(pixelBytes);
            peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
            expect(await peer.status()).toBe(pixelBytes === 1_900_000 ? 0 : 0xa700);
          }
          expect(await readdir(folder)).toHaveLength(1);
          expect(lines.filter((line) => line.includes('"disk-full"'))).toHaveLength(2);
          peer.write(data(pdv(1, 3, echoCommand())));
          expect(await peer.status()).toBe(0);
          const { dataSet, command } = newStore(2_000);
          peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
          await expectStored(peer, dataSet);
        } finally {
          await receiver.stop();
          await run('umount', [folder]);
        }
      });
    },
  );

  test('F04: a file that cannot be opened is A700', async () => {
    const why: string[] = [];
    const onNotKept = ({ code }: RohrpostError) => void why.push(code);
    receiver = await startReceiver({ newFile: () => createFile('/nonexistent/folder/file'), onNotKept });
    const peer = await RawPeer.associate(receiver.port);
    const { dataSet, command } = newStore();
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    expect(await peer.status()).toBe(0xa700);
    expect(why).toEqual(['disk-error']);
  });

  test('a comment of the owner travels in the response, cut to 64 characters', async () => {
    receiver = await startReceiver({
      async onInstance({ fd }) {
        closeSync(fd);
        return { status: 0xb000, comment: 'x'.repeat(80) };
      },
    });
    const { decodeCommand } = await import('../../src/dicom/command.ts');
    const peer = await RawPeer.associate(receiver.port);
    const { dataSet, command } = newStore();
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    const answer = decodeCommand((await peer.pdu())!.body.subarray(6));
    expect(answer).toMatchObject({ status: 0xb000, errorComment: 'x'.repeat(64), messageIdRespondedTo: 1 });
  });
});

describe('other commands', () => {
  test('are refused as unrecognized operations (0211H), with and without a data set', async () => {
    receiver = await startReceiver();
    const peer = await RawPeer.associate(receiver.port);
    for (const field of [0x0010, 0x0020, 0x0021, 0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150]) {
      peer.write(data(pdv(1, 3, simpleCommand(field, 9, CT_IMAGE_STORAGE))));
      expect(await peer.status()).toBe(0x0211);
    }
    const withDataSet = Buffer.from(storeCommand(newUid()));
    withDataSet.writeUInt16LE(0x0020, withDataSet.indexOf(Buffer.from([0, 0, 0, 1, 2, 0, 0, 0])) + 8);
    peer.write(data(pdv(1, 3, withDataSet)), fragments(1, newStore().dataSet));
    expect(await peer.status()).toBe(0x0211);
  });

  test('pipelined stores are served one by one, in order', async () => {
    receiver = await startReceiver({
      async onInstance({ fd, sopInstanceUid }) {
        closeSync(fd);
        order.push(sopInstanceUid);
        await delay(20);
        order.push('answered');
        return { status: 0 };
      },
    });
    const order: string[] = [];
    const stores = Array.from({ length: 8 }, () => newStore(100_000));
    const peer = await RawPeer.associate(receiver.port);
    for (const { command, dataSet } of stores) peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    for (const _ of stores) expect(await peer.status()).toBe(0);
    expect(order).toEqual(stores.flatMap(({ uid }) => [uid, 'answered']));
  });

  test('a peer that sends echoes and reads no answer is not fed without bound', async () => {
    receiver = await startReceiver({ limits: { idle_ms: 800, min_rate_bytes_per_s: 1, artim_ms: 500 } });
    const peer = await RawPeer.associate(receiver.port, [ECHO_CONTEXT]);
    peer.socket.pause();
    const echoes = Buffer.concat(Array.from({ length: 1_000 }, () => data(pdv(1, 3, echoCommand()))));
    let unread = 0;
    for (let round = 0; round < 400 && !peer.isClosed; round++) {
      if (!peer.socket.write(echoes)) await delay(10);
      unread = Math.max(unread, peer.socket.writableLength);
      if (unread > 5_000_000) break;
    }
    expect(unread).toBeGreaterThan(0);
    await eventually(() => receiver.ends.length === 1, 10_000);
    expect(receiver.ends[0]!.outcome).toBe('timed-out');
    peer.destroy();
  });
});

test('F78: no log line names the patient, whatever happens to the instance', async () => {
  const { log, lines } = recordingLog();
  receiver = await startReceiver({
    log,
    async onInstance({ fd, header }) {
      closeSync(fd);
      throw new Error(header === null ? 'unreadable' : 'not kept');
    },
  });
  const { uid, dataSet, command } = newStore();
  const twice = Buffer.concat([dataSet.subarray(0, dataSet.indexOf('TEST-0001')), dataSet]);
  for (const [sent, bytes] of [
    [command, dataSet],
    [storeCommand(newUid()), dataSet],
    [storeCommand(uid, 2), twice],
    [storeCommand('Testperson^Erika'), dataSet],
  ] as const) {
    const peer = await RawPeer.associate(receiver.port);
    peer.write(data(pdv(1, 3, sent)), fragments(1, bytes));
    await peer.status();
    peer.write(data(pdv(1, 3, sent)), data(pdv(1, 0, bytes.subarray(0, 100))), encodeAbort(0, 0));
    await peer.closedAfter();
  }
  await eventually(() => receiver.ends.length === 4);
  expect(lines.length).toBeGreaterThan(8);
  expect(lines.filter((line) => /Testperson|Erika|TEST-0001|Testärztin/.test(line))).toEqual([]);
});

describe('an association that ends early', () => {
  test('F10: A-ABORT in the middle of an instance leaves those before it, and nothing of it', async () => {
    receiver = await startReceiver();
    const peer = await RawPeer.associate(receiver.port);
    for (let count = 0; count < 3; count++) {
      const { dataSet, command } = newStore();
      peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
      await expectStored(peer, dataSet);
    }
    const { dataSet, command } = newStore();
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet).subarray(0, 16_012), encodeAbort(0, 0));
    await eventually(() => receiver.ends.length === 1);
    expect(receiver.ends[0]).toMatchObject({
      outcome: 'aborted',
      code: 'dicom-peer-aborted',
      stored: 3,
      openInstance: true,
    });
    expect(await receiver.filesLeft()).toHaveLength(3);
  });

  test('F02: the connection breaks while an instance is being kept: it is kept, and the end is told after it', async () => {
    const events: string[] = [];
    receiver = await startReceiver({
      async onInstance({ fd }) {
        closeSync(fd);
        await delay(100);
        events.push('kept');
        return { status: 0 };
      },
      onEnd: () => events.push('ended'),
    });
    const { dataSet, command } = newStore();
    const peer = await RawPeer.associate(receiver.port);
    peer.write(data(pdv(1, 3, command)), fragments(1, dataSet));
    await eventually(async () => (await receiver.filesLeft()).length === 1);
    await delay(30);
    peer.socket.resetAndDestroy();
    await eventually(() => events.length === 2);
    expect(events).toEqual(['kept', 'ended']);
  });

  test('F77: stop waits for what is under way, then aborts', async () => {
    receiver = await startReceiver();
    const running = await RawPeer.associate(receiver.port);
    const silent = await RawPeer.connect(receiver.port);
    const { dataSet, command } = newStore(100_000);
    running.write(data(pdv(1, 3, command)), fragments(1, dataSet).subarray(0, 50_000));
    const idle = await RawPeer.associate(receiver.port);
    await delay(50);
    const stopping = receiver.stop(400);
    await silent.closedAfter(300);
    running.write(fragments(1, dataSet).subarray(50_000));
    expect(await running.status()).toBe(0);
    running.write(encodeReleaseRequest());
    expect((await running.pdu())?.type).toBe(pduType.releaseResponse);
    running.destroy();
    expect((await idle.pdu())?.type).toBe(pduType.abort);
    await stopping;
    expect(receiver.ends.map(({ outcome }) => outcome).sort()).toEqual(['released', 'stopped']);
    await expect(RawPeer.connect(receiver.port)).rejects.toThrow();
  });
});
