import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { pipeline } from 'node:stream/promises';
import { Client } from 'node-smb2';
import type FileModule from 'node-smb2/dist/client/File.js';
import type Tree from 'node-smb2/dist/client/Tree.js';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { shareLimits } from '../core/limits.ts';
import { type Engine, placeOf, type SmbShare } from './engine.ts';
import { NT_STATUS, refusal, statusName } from './status.ts';

/**
 * SMB 2.1 by the package node-smb2: NTLMv2, neither signed nor encrypted, for old network disks and where there is no
 * smbclient. What it leaves open is closed here: it takes "pending" for success, waits out its timers when the
 * connection is lost, throws out of socket events, and writes to the console.
 */

/** The package's index leaves this class out; its own way of writing would leave a rejection unhandled. */
const require = createRequire(import.meta.url);
const SmbFile = require('node-smb2/dist/client/File.js').default as typeof FileModule.default;
/** This is where it announces each log-on on the console. */
const ntlm = require('node-smb2/dist/protocol/ntlm/util.js');
ntlm.encodeAuthenticationMessage = silenced(ntlm.encodeAuthenticationMessage);

type SmbTree = InstanceType<typeof Tree.default>;
type SmbResponse = Parameters<Client['onResponse']>[0];

/** MS-SMB2 §2.2.4, SecurityMode: SMB2_NEGOTIATE_SIGNING_REQUIRED. */
const SIGNING_REQUIRED = 0x2;
/** MS-SMB2 §2.2.13, DesiredAccess and CreateDisposition. */
const FILE_WRITE_DATA = 0x2;
const FILE_CREATE = 2;
/** Eight write requests in flight: one round trip costs less, memory stays flat. */
const CHUNK_BYTES = 512 * 1024;

/**
 * Logs on once to see that it works.
 * @throws `share-away`, `share-logon-refused`, `share-missing`, `share-signing-required`, `share-protocol-unsupported`, …
 */
export async function openSmb2(target: SmbShare, signal: AbortSignal): Promise<Engine> {
  const where = placeOf(target);
  const within = <T>(during: AbortSignal, work: Work<T>) => withTree(target, during, work);
  await within(signal, async () => {});

  return {
    name: 'node-smb2',
    protection: 'none',
    where,
    upload: (source, folder, temporary, during) =>
      within(during, async (tree, ended) => {
        for (let depth = 1; depth <= folder.length; depth++) await makeFolder(tree, folder.slice(0, depth).join('\\'));
        const path = [...folder, temporary].join('\\');
        await removeIfThere(tree, path);
        const file = new SmbFile(tree);
        await file.open(path, { desiredAccess: FILE_WRITE_DATA, createDisposition: FILE_CREATE });
        const bytes = createReadStream(source, { highWaterMark: CHUNK_BYTES });
        await pipeline(bytes, file.createWriteStream(), { signal: ended });
        await file.close();
        return (await sizeOf(tree, path)) ?? -1;
      }),
    rename: (folder, from, to, during) =>
      within(during, async (tree) => {
        const path = (name: string) => [...folder, name].join('\\');
        return unless('OBJECT_NAME_COLLISION', false, async () => {
          await tree.renameFile(path(from), path(to));
          return true;
        });
      }),
    sizeOf: (folder, name, during) => within(during, (tree) => sizeOf(tree, [...folder, name].join('\\'))),
    hash: (folder, name, _, during) => within(during, (tree) => hashOf(tree, [...folder, name].join('\\'))),
    remove: (folder, name, during) => within(during, (tree) => removeIfThere(tree, [...folder, name].join('\\'))),
  };
}

/** What is done on a share; `ended` aborts when the connection is over, however it ended. */
type Work<T> = (tree: SmbTree, ended: AbortSignal) => Promise<T>;

/** Connects, logs on, works, and leaves nothing behind: no socket, no timer, no open file. */
async function withTree<T>(target: SmbShare, signal: AbortSignal, work: Work<T>): Promise<T> {
  signal.throwIfAborted();
  const where = placeOf(target);
  const timeouts = { connectTimeout: shareLimits.connect_ms, requestTimeout: shareLimits.operation_ms };
  const client = new Client(target.host, { port: target.port, ...timeouts });
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  const peer = listen(client, where, lost.reject);
  const ended = new AbortController();
  const abort = () => lost.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const tree = await Promise.race([logOn(client, target, peer, lost.reject), lost.promise]);
    const result = await Promise.race([work(tree, ended.signal), lost.promise]);
    await Promise.race([client.close(), lost.promise]).catch(() => {});
    return result;
  } catch (thrown) {
    throw asOurs(thrown, where);
  } finally {
    signal.removeEventListener('abort', abort);
    ended.abort();
    clearTimeout(client.connectTimeoutId);
    for (const timer of client.requestTimeoutIdMap.values()) clearTimeout(timer);
    client.socket?.destroy();
  }
}

/** What the server said of itself when the dialect was chosen. */
interface Peer {
  securityMode: number;
}

/** Stands between the package and its socket. */
function listen(client: Client, where: string, fail: (error: unknown) => void): Peer {
  const peer: Peer = { securityMode: 0 };
  const onData = client.onData;
  const onResponse = client.onResponse.bind(client);
  client.onError = fail;
  client.onData = (bytes) => {
    try {
      onData(bytes);
      const waiting_bytes = client.responseRestChunk?.length ?? 0;
      if (waiting_bytes > shareLimits.smb_packet_bytes) throw new Error(`an answer of over ${waiting_bytes} bytes`);
    } catch (error) {
      fail(new RohrpostError('share-failed', { cause: error, details: { where, reason: reasonOf(error) } }));
    }
  };
  client.onResponse = (response) => {
    // An interim answer (MS-SMB2 §3.2.5.1.5); the final one follows under the same number.
    if (response.header.status === NT_STATUS.PENDING) return;
    const mode = (response.body as { securityMode?: number }).securityMode;
    if (mode !== undefined) peer.securityMode = mode;
    onResponse(response);
  };
  return peer;
}

async function logOn(client: Client, target: SmbShare, peer: Peer, fail: (error: unknown) => void): Promise<SmbTree> {
  const where = placeOf(target);
  await client.connect();
  const ended = () => fail(new RohrpostError('share-away', { details: { where, reason: 'connection closed' } }));
  client.socket.once('end', ended).once('close', ended);
  const { user: username, password, domain = '' } = target;
  try {
    const session = await client.authenticate({ domain, username, password, forceNtlmVersion: 'v2' });
    return await session.connectTree(target.share);
  } catch (thrown) {
    const status = statusOf(thrown);
    if (status === 'NOT_SUPPORTED') throw new RohrpostError('share-protocol-unsupported', { details: { where } });
    if (status !== 'ACCESS_DENIED') throw thrown;
    const code = peer.securityMode & SIGNING_REQUIRED ? 'share-signing-required' : 'share-protocol-unsupported';
    throw new RohrpostError(code, { details: { where } });
  }
}

/** A synchronous function without what it writes to the console. */
function silenced<Args extends unknown[], Result>(work: (...args: Args) => Result): (...args: Args) => Result {
  return (...args) => {
    const { log, error } = console;
    console.log = console.error = () => {};
    try {
      return work(...args);
    } finally {
      Object.assign(console, { log, error });
    }
  };
}

async function makeFolder(tree: SmbTree, path: string): Promise<void> {
  await unless('OBJECT_NAME_COLLISION', undefined, () => tree.createDirectory(path));
}

async function removeIfThere(tree: SmbTree, path: string): Promise<void> {
  await unless('OBJECT_NAME_NOT_FOUND', undefined, () => tree.removeFile(path));
}

async function sizeOf(tree: SmbTree, path: string): Promise<number | null> {
  const file = new SmbFile(tree);
  return unless('NOT_FOUND', null, async () => {
    await file.open(path);
    await file.close();
    return Number(file.fileSize);
  });
}

async function hashOf(tree: SmbTree, path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = new SmbFile(tree);
  await file.open(path);
  for await (const chunk of file.createReadStream()) hash.update(chunk);
  await file.close();
  return hash.digest('hex');
}

/** The result of `work`, or `instead` where the server's answer has `status` in its name. */
async function unless<T, U>(status: string, instead: U, work: () => Promise<T>): Promise<T | U> {
  try {
    return await work();
  } catch (thrown) {
    if (statusOf(thrown)?.includes(status)) return instead;
    throw thrown;
  }
}

/** The package rejects with the server's response itself. */
function statusOf(thrown: unknown): string | null {
  const status = (thrown as Partial<SmbResponse>)?.header?.status;
  return status === undefined ? null : statusName(status);
}

function asOurs(thrown: unknown, where: string): unknown {
  if (thrown instanceof RohrpostError || thrown instanceof TypeError) return thrown;
  const status = statusOf(thrown);
  if (status !== null) return refusal(status, where, `NT_STATUS_${status}`);
  return new RohrpostError('share-away', { cause: thrown, details: { where, reason: reasonOf(thrown) } });
}
