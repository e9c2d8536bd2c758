import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeAbort, pduType } from '../../src/dicom/pdu.ts';
import { buildDataSet, newUid } from '../support/instances.ts';
import {
  associateRequest,
  CT_CONTEXT,
  data,
  ECHO_CONTEXT,
  echoCommand,
  fragments,
  pdu,
  pdv,
  RawPeer,
  storeCommand,
} from './raw-peer.ts';
import { eventually, type Receiver, startReceiver } from './receiver.ts';

// What hostile and broken peers send, and that the listener outlives each and serves the next.

const LIMITS = { artim_ms: 600, idle_ms: 800, min_rate_bytes_per_s: 200 };
const UID = newUid();
const DATA_SET = buildDataSet({ SOPInstanceUID: UID, pixelBytes: 400_000 });

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver({ limits: LIMITS });
});
afterEach(async () => {
  await expectEcho();
  expect(await receiver.filesLeft()).toHaveLength(receiver.received.length);
  await receiver.stop();
});

async function expectEcho(localAddress = '127.0.0.1'): Promise<void> {
  const peer = await RawPeer.associate(receiver.port, [ECHO_CONTEXT], { localAddress });
  peer.write(data(pdv(1, 3, echoCommand())));
  expect(await peer.status()).toBe(0);
  peer.destroy();
}

/** Expects the peer to be told A-ABORT by the service provider with `reason`, and the connection to close. */
async function expectAbort(peer: RawPeer, reason?: number): Promise<void> {
  const answer = await peer.pdu();
  expect(answer?.type).toBe(pduType.abort);
  expect(answer!.body[2]).toBe(2);
  if (reason !== undefined) expect(answer!.body[3]).toBe(reason);
  await peer.closedAfter();
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

/** A PDU header that claims `length` bytes. */
function claim(type: number, length: number): Buffer {
  const head = Buffer.alloc(6);
  head[0] = type;
  head.writeUInt32BE(length, 2);
  return head;
}

describe('before an association', () => {
  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: box\r\n\r\n')],
    ['TLS', Buffer.from('16030102000100', 'hex')],
    ['a PDU of type 0', claim(0, 4)],
    ['random bytes', Buffer.concat([Buffer.from([0x99]), randomBytes(100_000)])],
  ])('F08: %s is aborted as an unrecognized PDU', async (_, bytes) => {
    const peer = await RawPeer.connect(receiver.port);
    peer.write(bytes);
    await expectAbort(peer, 1);
  });

  test('F08: an A-ASSOCIATE-RQ that claims 4 GB is aborted, and what follows is not kept', async () => {
    const peer = await RawPeer.connect(receiver.port);
    const before = process.memoryUsage.rss();
    peer.write(claim(pduType.associateRequest, 0xffffffff));
    const chunk = Buffer.alloc(1 << 20, 65);
    for (let sent = 0; sent < 50 && !peer.isClosed; sent++) {
      if (!peer.socket.write(chunk)) await delay(5);
    }
    await expectAbort(peer);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024);
  });

  test('F08: random bytes inside an A-ASSOCIATE-RQ are aborted', async () => {
    const peer = await RawPeer.connect(receiver.port);
    peer.write(pdu(pduType.associateRequest, Buffer.concat([Buffer.from([0, 1]), randomBytes(5_000)])));
    const answer = await peer.pdu();
    expect([pduType.abort, pduType.associateReject]).toContain(answer?.type);
    await peer.closedAfter();
  });

  test('F08: P-DATA, a release or a second request out of place are aborted as unexpected', async () => {
    for (const bytes of [fragments(1, DATA_SET), pdu(pduType.releaseRequest, Buffer.alloc(4))]) {
      const peer = await RawPeer.connect(receiver.port);
      peer.write(bytes);
      await expectAbort(peer, 2);
    }
    const peer = await RawPeer.associate(receiver.port);
    peer.write(associateRequest());
    await expectAbort(peer, 2);
  });

  test('F08: a context id proposed twice is aborted', async () => {
    const peer = await RawPeer.connect(receiver.port);
    peer.write(associateRequest([CT_CONTEXT, CT_CONTEXT]));
    await expectAbort(peer, 6);
  });

  test('F09: a peer that connects and says nothing is closed by ARTIM', async () => {
    const peer = await RawPeer.connect(receiver.port);
    expect(await peer.closedAfter()).toBeGreaterThan(500);
  });

  test('F09: half a request held back, and one byte now and then, are closed by ARTIM all the same', async () => {
    const holding = await RawPeer.connect(receiver.port);
    holding.write(associateRequest().subarray(0, 60));
    const trickling = await RawPeer.connect(receiver.port);
    const timer = setInterval(() => trickling.write(associateRequest().subarray(0, 1)), 100);
    expect(await holding.closedAfter()).toBeLessThan(2_000);
    expect(await trickling.closedAfter()).toBeLessThan(2_000);
    clearInterval(timer);
  });
});

describe('inside an association', () => {
  test('F08: P-DATA longer than announced, up to 4 GB, is aborted', async () => {
    for (const length of [256 * 1024 + 1, 0x80000000, 0xffffffff]) {
      const peer = await RawPeer.associate(receiver.port);
      peer.write(claim(pduType.data, length), Buffer.alloc(10_000));
      await expectAbort(peer, 6);
    }
  });

  test('F08: PDV length 0, 1, past its PDU, past the end, and stray bytes are aborted', async () => {
    const withLength = (length: number) => {
      const bytes = pdv(1, 3, echoCommand());
      bytes.writeUInt32BE(length >>> 0, 0);
      return data(bytes);
    };
    const broken = [
      withLength(0),
      withLength(1),
      withLength(0x7fffffff),
      withLength(echoCommand().length + 3),
      data(pdv(1, 3, echoCommand()), Buffer.from([0, 0, 0])),
      claim(pduType.data, 0),
      claim(pduType.data, 5),
    ];
    for (const bytes of broken) {
      const peer = await RawPeer.associate(receiver.port);
      peer.write(bytes);
      await expectAbort(peer, 6);
    }
  });

  test('F08: garbage, cut off or endless commands are aborted', async () => {
    const endless = Array.from({ length: 40 }, () => data(pdv(1, 1, Buffer.alloc(1_000))));
    for (const bytes of [
      data(pdv(1, 3, randomBytes(200))),
      data(pdv(1, 3, echoCommand().subarray(0, 30))),
      ...[Buffer.concat(endless)],
    ]) {
      const peer = await RawPeer.associate(receiver.port);
      peer.write(bytes);
      await expectAbort(peer, 6);
    }
  });

  test('F08: a data set without a command, a command inside a data set, a response to nothing are aborted', async () => {
    const response = Buffer.from(echoCommand());
    response.writeUInt16LE(0x8030, response.indexOf(Buffer.from([0, 0, 0, 1, 2, 0, 0, 0])) + 8);
    const cases = [
      fragments(1, DATA_SET),
      Buffer.concat([
        data(pdv(1, 3, storeCommand(UID))),
        data(pdv(1, 0, DATA_SET.subarray(0, 100)), pdv(1, 3, echoCommand())),
      ]),
      data(pdv(1, 3, response)),
      Buffer.concat([data(pdv(1, 3, storeCommand(UID))), pdu(pduType.releaseRequest, Buffer.alloc(4))]),
    ];
    for (const bytes of cases) {
      const peer = await RawPeer.associate(receiver.port);
      peer.write(bytes);
      await expectAbort(peer, 2);
    }
  });

  test('a store on a context that was not accepted, or on another than its command, is aborted', async () => {
    const unaccepted = await RawPeer.associate(receiver.port);
    unaccepted.write(data(pdv(33, 3, storeCommand(UID))), fragments(33, DATA_SET));
    await expectAbort(unaccepted, 6);
    const crossed = await RawPeer.associate(receiver.port, [CT_CONTEXT, { ...CT_CONTEXT, id: 3 }]);
    crossed.write(data(pdv(1, 3, storeCommand(UID))), fragments(3, DATA_SET));
    await expectAbort(crossed, 2);
  });

  test('F09: one byte now and then inside P-DATA is below the minimum rate: aborted, nothing left', async () => {
    const peer = await RawPeer.associate(receiver.port);
    peer.write(data(pdv(1, 3, storeCommand(UID))));
    const stream = fragments(1, DATA_SET);
    let at = 0;
    const timer = setInterval(() => peer.write(stream.subarray(at, ++at)), 20);
    await expectAbort(peer);
    clearInterval(timer);
    await eventually(() => receiver.ends.length === 1);
    expect(receiver.ends[0]).toMatchObject({ outcome: 'timed-out', code: 'dicom-peer-slow', openInstance: true });
  });

  test('F09: an idle association is aborted, one that goes on within the time is not', async () => {
    const idle = await RawPeer.associate(receiver.port);
    const busy = await RawPeer.associate(receiver.port, [ECHO_CONTEXT]);
    for (let round = 0; round < 5; round++) {
      await delay(350);
      busy.write(data(pdv(1, 3, echoCommand())));
      expect(await busy.status()).toBe(0);
    }
    await expectAbort(idle);
    expect(receiver.ends[0]).toMatchObject({ outcome: 'timed-out', code: 'dicom-peer-idle' });
    busy.destroy();
  });

  test('F10: 20 aborts and 20 resets in the middle of a store leave no file and no descriptor', async () => {
    const half = Buffer.concat([data(pdv(1, 3, storeCommand(UID))), fragments(1, DATA_SET).subarray(0, 160_120)]);
    const before = openFiles();
    for (let round = 0; round < 20; round++) {
      const aborting = await RawPeer.associate(receiver.port);
      aborting.write(half, encodeAbort(0, 0));
      const resetting = await RawPeer.associate(receiver.port);
      resetting.write(half);
      await delay(5);
      resetting.socket.resetAndDestroy();
      await aborting.closedAfter();
    }
    await eventually(() => receiver.ends.length === 40);
    expect(receiver.ends.every(({ openInstance }) => openInstance)).toBe(true);
    await eventually(() => openFiles() <= before);
    expect(await receiver.filesLeft()).toEqual([]);
  });

  test('F09: a peer that never closes its half is let go after ARTIM', async () => {
    const before = openFiles();
    const peer = await RawPeer.associate(receiver.port, [CT_CONTEXT], { allowHalfOpen: true });
    peer.write(pdu(pduType.releaseRequest, Buffer.alloc(4)));
    expect((await peer.pdu())?.type).toBe(pduType.releaseResponse);
    // Our side of the socket is the one descriptor that may stay.
    await eventually(() => openFiles() <= before + 1);
    peer.destroy();
  });
});

describe('too many', () => {
  test('F09: 200 associations at once from one peer: its share is served, others and C-ECHO too', async () => {
    const peers = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const peer = await RawPeer.connect(receiver.port);
        peer.write(associateRequest());
        return { peer, answer: (await peer.pdu(3_000))?.type };
      }),
    );
    const count = (type?: number) => peers.filter(({ answer }) => answer === type).length;
    expect(count(pduType.associateAccept)).toBe(16);
    expect(count(pduType.associateReject)).toBeGreaterThan(0);
    expect(count(pduType.associateAccept) + count(pduType.associateReject) + count(undefined)).toBe(200);
    await expectEcho('127.0.0.2');
    const other = await RawPeer.associate(receiver.port, [CT_CONTEXT], { localAddress: '127.0.0.2' });
    other.write(data(pdv(1, 3, storeCommand(UID))), fragments(1, DATA_SET));
    expect(await other.status()).toBe(0);
    for (const { peer } of [...peers, { peer: other }]) peer.destroy();
    await eventually(async () => {
      const again = await RawPeer.associate(receiver.port).catch(() => undefined);
      again?.destroy();
      return again !== undefined;
    });
  });

  test('F09: when all places for storage are taken, C-ECHO is still answered; a place that is left is given on', async () => {
    await receiver.stop();
    receiver = await startReceiver({
      limits: { associations: 10, associations_reserved: 2, associations_per_peer: 5 },
    });
    const open: RawPeer[] = [];
    for (const localAddress of ['127.0.0.2', '127.0.0.3']) {
      for (let count = 0; count < 4; count++) {
        open.push(await RawPeer.associate(receiver.port, [CT_CONTEXT], { localAddress }));
      }
    }
    await expect(RawPeer.associate(receiver.port, [CT_CONTEXT], { localAddress: '127.0.0.4' })).rejects.toThrow(
      'PDU 3',
    );
    await expectEcho('127.0.0.4');
    open[0]!.destroy();
    await eventually(() => receiver.ends.some(({ outcome }) => outcome === 'aborted'));
    open.push(await RawPeer.associate(receiver.port, [CT_CONTEXT], { localAddress: '127.0.0.4' }));
    for (const peer of open) peer.destroy();
  });
});
