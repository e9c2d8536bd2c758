import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/core/log.ts';
import { decodeAssociateRequest, encodeAssociateAccept } from '../../src/dicom/associate.ts';
import { type Command, decodeCommand, encodeResponse } from '../../src/dicom/command.ts';
import { part10Header, readPart10 } from '../../src/dicom/part10.ts';
import { encodeAbort, encodeCommandPdu, encodeReject, encodeReleaseResponse, pduType } from '../../src/dicom/pdu.ts';
import { type PduHandler, PduReader } from '../../src/dicom/pdu-reader.ts';
import { type StoreOptions, type StoreOutcome, storeInstances } from '../../src/dicom/scu.ts';
import { buildDataSet, buildInstance, CT_IMAGE_STORAGE, MR_IMAGE_STORAGE, newUid } from '../support/instances.ts';
import { freePort } from '../support/ports.ts';
import { eventually, type Receiver, startReceiver } from './receiver.ts';

// How our sender behaves towards peers that misbehave.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'send-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Conversation {
  socket: Socket;
  requestBody: Buffer;
  /** Command sets that came, and data set bytes of the one that is under way. */
  commands: Command[];
  dataBytes: number;
  maxPdu: number;
}

interface Script {
  /** Default: accept every context with our usual PDU length. */
  onRequest?(conversation: Conversation): void;
  onCommand?(conversation: Conversation, command: Command): void;
  /** Default: success. */
  onInstance?(conversation: Conversation, command: Command, contextId: number): void;
}

let server: Server | undefined;
let receiver: Receiver | undefined;
afterEach(async () => {
  server?.close();
  server = undefined;
  await receiver?.stop();
  receiver = undefined;
});

function accept({ socket, requestBody }: Conversation, maxPduBytes = 65_536, result = 0): void {
  const contexts = decodeAssociateRequest(requestBody).contexts.map(({ id, transferSyntaxes }) => ({
    id,
    result,
    transferSyntax: transferSyntaxes[0]!,
  }));
  socket.write(encodeAssociateAccept(requestBody, contexts, maxPduBytes));
}

function respond({ socket }: Conversation, command: Command, contextId: number, status = 0, comment = ''): void {
  socket.write(encodeCommandPdu(contextId, encodeResponse(command, status, comment)));
}

/** A peer that follows a script. Resolves to its port; `conversations` grows by each association. */
async function peerThat(script: Script): Promise<{ port: number; conversations: Conversation[] }> {
  const conversations: Conversation[] = [];
  const listener = createServer((socket) => {
    const it: Conversation = { socket, requestBody: Buffer.alloc(0), commands: [], dataBytes: 0, maxPdu: 0 };
    conversations.push(it);
    let isCommand = false;
    let context = 0;
    let bytes = Buffer.alloc(0);
    const handler: PduHandler = {
      onControlPdu(type, body) {
        it.requestBody = body;
        if (type === pduType.associateRequest) (script.onRequest ?? accept)(it);
        if (type === pduType.releaseRequest) socket.end(encodeReleaseResponse());
      },
      onDataPdu() {},
      onPdvStart(contextId, command) {
        context = contextId;
        isCommand = command;
      },
      onPdvBytes(chunk) {
        if (isCommand) bytes = Buffer.concat([bytes, chunk]);
        else it.dataBytes += chunk.length;
      },
      onPdvEnd(isLast) {
        if (!isLast) return;
        if (isCommand) {
          const command = decodeCommand(bytes);
          bytes = Buffer.alloc(0);
          it.commands.push(command);
          script.onCommand?.(it, command);
        } else (script.onInstance ?? respond)(it, it.commands.at(-1)!, context);
      },
    };
    const reader = new PduReader(handler, { pdu_bytes: 1 << 20, control_pdu_bytes: 1 << 20 });
    socket.on('data', (chunk: Buffer) => {
      if (!socket.destroyed) reader.feed(chunk);
    });
    socket.on('error', () => {});
  });
  server = listener;
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return { port: (listener.address() as { port: number }).port, conversations };
}

async function files(count: number, options: Parameters<typeof buildInstance>[0] = {}) {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = join(folder, `${newUid()}.dcm`);
      await writeFile(path, buildInstance(options));
      return { id: `i${index}`, path };
    }),
  );
}

async function send(port: number, instances: { id: string; path: string }[], options: Partial<StoreOptions> = {}) {
  const outcomes: StoreOutcome[] = [];
  const { error } = await storeInstances(
    { host: '127.0.0.1', port, calledAe: 'PACS', callingAe: 'ROHRPOST' },
    instances,
    { log: silentLog, onOutcome: (outcome) => outcomes.push(outcome), ...options },
  );
  expect(outcomes.map(({ id }) => id).sort()).toEqual(instances.map(({ id }) => id).sort());
  return { outcomes, kinds: outcomes.map(({ kind }) => kind), code: error?.code, error };
}

describe('an association that cannot be had', () => {
  test('F64: a rejection carries the peer’s reason; all instances are not sent', async () => {
    const { port } = await peerThat({
      onRequest: ({ socket }) => socket.end(encodeReject({ result: 1, source: 1, reason: 7 })),
    });
    const { kinds, code, error } = await send(port, await files(3));
    expect(code).toBe('dicom-association-rejected');
    expect(error?.retry).toBe('operator');
    expect(error?.message).toContain('called AE title not recognized');
    expect(kinds).toEqual(['not-sent', 'not-sent', 'not-sent']);
  });

  test('a transient rejection is one to try again', async () => {
    const { port } = await peerThat({
      onRequest: ({ socket }) => socket.end(encodeReject({ result: 2, source: 3, reason: 2 })),
    });
    const { error } = await send(port, await files(1));
    expect(error).toMatchObject({ code: 'dicom-association-busy', retry: 'later' });
  });

  test('nobody listens', async () => {
    const { code, kinds } = await send(await freePort(), await files(2));
    expect([code, kinds]).toEqual(['dicom-connect-failed', ['not-sent', 'not-sent']]);
  });

  test('a peer that accepts the connection and says nothing', async () => {
    const { port } = await peerThat({ onRequest() {} });
    const { code } = await send(port, await files(1), { limits: { negotiate_ms: 200, artim_ms: 200 } });
    expect(code).toBe('dicom-peer-silent');
  });

  test('a peer that speaks HTTP', async () => {
    const { port } = await peerThat({ onRequest: ({ socket }) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') });
    expect((await send(port, await files(1))).code).toBe('dicom-protocol-error');
  });

  test('a peer that aborts the request', async () => {
    const { port } = await peerThat({ onRequest: ({ socket }) => socket.end(encodeAbort(2, 1)) });
    const { code, error } = await send(port, await files(1));
    expect(code).toBe('dicom-peer-aborted');
    expect(error?.message).toContain('unrecognized PDU');
  });
});

describe('F65: the peer’s maximum PDU length', () => {
  test.each([6, 100, 1_023])('%i is refused without a loop', async (bytes) => {
    const { port, conversations } = await peerThat({ onRequest: (it) => accept(it, bytes) });
    expect((await send(port, await files(1))).code).toBe('dicom-peer-pdu-too-small');
    expect(conversations[0]!.commands).toEqual([]);
  });

  test.each([0, 1_024, 16_384, 4_294_967_295])('%i is kept to, and the bytes arrive', async (bytes) => {
    let longest = 0;
    const { port, conversations } = await peerThat({ onRequest: (it) => accept(it, bytes) });
    const instances = await files(1, { pixelBytes: 700_000 });
    const sending = send(port, instances);
    while (conversations.length === 0) await delay(5);
    conversations[0]!.socket.on(
      'data',
      watchPdus((length) => {
        longest = Math.max(longest, length);
      }),
    );
    expect((await sending).kinds).toEqual(['accepted']);
    expect(conversations[0]!.dataBytes).toBeGreaterThan(700_000);
    expect(longest).toBeLessThanOrEqual(bytes === 0 ? 256 * 1024 : bytes);
  });
});

/** Follows a stream of PDUs and tells the length of each P-DATA. */
function watchPdus(tell: (length: number) => void): (chunk: Buffer) => void {
  let head = Buffer.alloc(0);
  let skip = 0;
  return (chunk) => {
    let rest = Buffer.concat([head, chunk]);
    head = Buffer.alloc(0);
    while (rest.length > 0) {
      const skipped = Math.min(skip, rest.length);
      skip -= skipped;
      rest = rest.subarray(skipped);
      if (rest.length < 6) {
        head = Buffer.from(rest);
        return;
      }
      if (rest[0] === pduType.data) tell(rest.readUInt32BE(2));
      skip = rest.readUInt32BE(2);
      rest = rest.subarray(6);
    }
  };
}

describe('one outcome per instance', () => {
  test('F60: the peer refuses the second of four and warns on the third', async () => {
    const answers = [0, 0xa700, 0xb007, 0];
    const { port } = await peerThat({
      onInstance: (it, command, contextId) => {
        const status = answers.shift()!;
        respond(it, command, contextId, status, status === 0xa700 ? 'no room' : '');
      },
    });
    const { outcomes, code } = await send(port, await files(4));
    expect(code).toBeUndefined();
    expect(outcomes).toEqual([
      { id: 'i0', kind: 'accepted' },
      { id: 'i1', kind: 'refused', status: 0xa700, comment: 'no room' },
      { id: 'i2', kind: 'warning', status: 0xb007 },
      { id: 'i3', kind: 'accepted' },
    ]);
  });

  test('F61: no context for one SOP class: that instance fails, the others are delivered', async () => {
    const { port } = await peerThat({
      onRequest({ socket, requestBody }) {
        const contexts = decodeAssociateRequest(requestBody).contexts.map(
          ({ id, abstractSyntax, transferSyntaxes }) => ({
            id,
            result: abstractSyntax === MR_IMAGE_STORAGE ? 3 : 0,
            transferSyntax: transferSyntaxes[0]!,
          }),
        );
        socket.write(encodeAssociateAccept(requestBody, contexts, 65_536));
      },
    });
    const [ct, mr] = [await files(2), await files(1, { SOPClassUID: MR_IMAGE_STORAGE })];
    const { outcomes } = await send(port, [ct[0]!, { ...mr[0]!, id: 'mr' }, ct[1]!]);
    expect(outcomes.map(({ id, kind }) => [id, kind])).toEqual([
      ['i0', 'accepted'],
      ['mr', 'no-context'],
      ['i1', 'accepted'],
    ]);
  });

  test('F61: a peer that answers with a transfer syntax nobody offered gets nothing in it', async () => {
    const { port, conversations } = await peerThat({
      onRequest({ socket, requestBody }) {
        const contexts = decodeAssociateRequest(requestBody).contexts.map(({ id }) => ({
          id,
          result: 0,
          transferSyntax: '1.2.840.10008.1.2',
        }));
        socket.write(encodeAssociateAccept(requestBody, contexts, 65_536));
      },
    });
    expect((await send(port, await files(1))).kinds).toEqual(['no-context']);
    expect(conversations[0]!.commands).toEqual([]);
  });

  test('F62: the connection is lost after the last byte: unknown; those after it go over a new association', async () => {
    let stores = 0;
    const { port, conversations } = await peerThat({
      onInstance(it, command, contextId) {
        if (++stores === 2) it.socket.resetAndDestroy();
        else respond(it, command, contextId);
      },
    });
    const { kinds, code } = await send(port, await files(4));
    expect(kinds).toEqual(['accepted', 'unknown', 'accepted', 'accepted']);
    expect(code).toBe('dicom-connection-lost');
    expect(conversations).toHaveLength(2);
  });

  test('F62: the connection is lost in the middle of a large one: the peer cannot have it', async () => {
    const { port } = await peerThat({
      onCommand: (it) => {
        it.socket.pause();
        setTimeout(() => it.socket.resetAndDestroy(), 50);
      },
    });
    const { kinds, code } = await send(port, await files(2, { pixelBytes: 30_000_000 }));
    expect(kinds).toEqual(['not-sent', 'not-sent']);
    expect(code).toBe('dicom-connection-lost');
  });

  test('one instance at which the peer aborts costs only itself', async () => {
    const instances = await files(5);
    const culprit = (await readPart10(instances[2]!.path)).sopInstanceUid;
    const { port } = await peerThat({
      onInstance(it, command, contextId) {
        if (command.affectedSopInstance === culprit) it.socket.end(encodeAbort(0, 0));
        else respond(it, command, contextId);
      },
    });
    const { kinds, code } = await send(port, instances);
    expect(kinds).toEqual(['accepted', 'accepted', 'unknown', 'accepted', 'accepted']);
    expect(code).toBe('dicom-peer-aborted');
  });

  test('a peer that aborts at every instance is left after three', async () => {
    const { port, conversations } = await peerThat({ onInstance: (it) => it.socket.end(encodeAbort(0, 0)) });
    const { kinds } = await send(port, await files(10));
    expect(kinds.slice(0, 3)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(new Set(kinds.slice(3))).toEqual(new Set(['not-sent']));
    expect(conversations).toHaveLength(3);
  });

  test('F18: a deflate stream of odd length is padded to even, other bytes are not touched', async () => {
    const { port, conversations } = await peerThat({});
    const plain = buildDataSet({ pixelBytes: 1_000 });
    const path = join(folder, 'deflated');
    const head = part10Header({
      sopClassUid: '1.2',
      sopInstanceUid: '1.3',
      transferSyntaxUid: '1.2.840.10008.1.2.1.99',
    });
    const odd = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
      .map((level) => deflateRawSync(plain, { level }))
      .find((z) => z.length % 2);
    await writeFile(path, Buffer.concat([head, odd!]));
    expect((await send(port, [{ id: 'odd', path }])).kinds).toEqual(['accepted']);
    expect(conversations[0]!.dataBytes).toBe(odd!.length + 1);
  });

  test('F62: no response, or one to another message: unknown, and the association ends', async () => {
    const silent = await peerThat({ onInstance() {} });
    const late = await send(silent.port, await files(1), { limits: { response_ms: 200, artim_ms: 200 } });
    expect([late.kinds, late.code]).toEqual([['unknown'], 'dicom-peer-silent']);
    server?.close();
    const other = await peerThat({
      onInstance: (it, command, contextId) => respond(it, { ...command, messageId: 99 }, contextId),
    });
    const wrong = await send(other.port, await files(1));
    expect([wrong.kinds, wrong.code]).toEqual([['unknown'], 'dicom-protocol-error']);
  });

  test('a peer that takes no more data is left after a while', async () => {
    const { port } = await peerThat({ onCommand: (it) => it.socket.pause() });
    const limits = { send_ms: 300, artim_ms: 200 };
    const { kinds, code } = await send(port, await files(1, { pixelBytes: 30_000_000 }), { limits });
    expect([kinds, code]).toEqual([['not-sent'], 'dicom-peer-silent']);
  });

  test('a wish to stop ends with A-ABORT; what was under way is unknown, the rest not sent', async () => {
    const stop = new AbortController();
    let closed: Promise<unknown> | undefined;
    const { port } = await peerThat({
      onInstance({ socket }) {
        closed = once(socket, 'close');
        stop.abort();
      },
    });
    const { kinds, code } = await send(port, await files(3), { signal: stop.signal });
    expect([kinds, code]).toEqual([['unknown', 'not-sent', 'not-sent'], 'stopped']);
    await closed;
    expect((await send(port, await files(1), { signal: stop.signal })).code).toBe('stopped');
  });

  test('unreadable files have their error; the others go', async () => {
    const { port } = await peerThat({});
    const good = await files(2);
    await writeFile(join(folder, 'text'), 'no DICOM at all'.repeat(20));
    const { outcomes, code } = await send(port, [
      { id: 'text', path: join(folder, 'text') },
      good[0]!,
      { id: 'missing', path: join(folder, 'missing') },
      good[1]!,
    ]);
    expect(code).toBeUndefined();
    expect(Object.fromEntries(outcomes.map((o) => [o.id, o.kind === 'unreadable' ? o.error.code : o.kind]))).toEqual({
      text: 'dicom-not-part10',
      missing: 'disk-error',
      i0: 'accepted',
      i1: 'accepted',
    });
  });

  test('a file that shrinks on the way is unreadable, and no half of it is taken', async () => {
    const instances = await files(3, { pixelBytes: 200_000 });
    const { port } = await peerThat({
      onInstance(it, command, contextId) {
        void truncate(instances[1]!.path, 50_000).then(() => respond(it, command, contextId));
      },
    });
    const { outcomes } = await send(port, instances);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'unreadable', 'accepted']);
  });
});

describe('contexts', () => {
  test('exactly those needed are proposed: one per SOP class and stored transfer syntax', async () => {
    const { port, conversations } = await peerThat({});
    const jpeg = '1.2.840.10008.1.2.4.70';
    const [ct, mr, packed] = [
      await files(2),
      await files(1, { SOPClassUID: MR_IMAGE_STORAGE }),
      await files(1, { transferSyntaxUid: jpeg }),
    ];
    let proposed: unknown;
    server!.once('connection', (socket) => {
      socket.once('data', (chunk: Buffer) => {
        proposed = decodeAssociateRequest(chunk.subarray(6)).contexts;
      });
    });
    await send(port, [...ct, { ...mr[0]!, id: 'mr' }, { ...packed[0]!, id: 'jpeg' }]);
    expect(conversations).toHaveLength(1);
    expect(proposed).toEqual([
      { id: 1, abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: ['1.2.840.10008.1.2.1'] },
      { id: 3, abstractSyntax: MR_IMAGE_STORAGE, transferSyntaxes: ['1.2.840.10008.1.2.1'] },
      { id: 5, abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: [jpeg] },
    ]);
  });

  test('more than 128 take several associations', async () => {
    receiver = await startReceiver();
    const instances = await Promise.all(
      Array.from({ length: 150 }, async (_, index) => {
        const [file] = await files(1, { SOPClassUID: `1.2.840.10008.5.1.4.1.1.999.${index}`, pixelBytes: 100 });
        return { ...file!, id: `c${index}` };
      }),
    );
    const { kinds } = await send(receiver.port, instances);
    expect(new Set(kinds)).toEqual(new Set(['accepted']));
    await eventually(() => receiver!.ends.length === 2);
    expect(receiver.ends.map(({ stored }) => stored)).toEqual([128, 22]);
  });
});
