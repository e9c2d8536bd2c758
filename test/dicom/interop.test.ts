import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/core/log.ts';
import type { DicomPeer } from '../../src/dicom/connect.ts';
import { echo } from '../../src/dicom/echo.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { type StoreOutcome, storeInstances } from '../../src/dicom/scu.ts';
import { makeCa, type TestCa } from '../support/ca.ts';
import { echoscu, type Storescp, startStorescp, storescu, storescuKnows } from '../support/dcmtk.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';
import { freePort } from '../support/ports.ts';
import { pythonJson } from '../support/python.ts';
import { listSamples, roundsOf, type Sample } from '../support/samples.ts';
import { RawPeer } from './raw-peer.ts';
import { eventually, startReceiver } from './receiver.ts';
import { inTemporaryFolder } from './temporary.ts';

// Against DCMTK and Orthanc, with every sample that python3-pydicom brings.

let samples: Sample[];
let storescp: Storescp;
let orthanc: Orthanc;
beforeAll(async () => {
  [samples, storescp, orthanc] = await Promise.all([listSamples(), startStorescp(), startOrthanc()]);
});
afterAll(() => Promise.all([storescp?.stop(), orthanc?.stop()]));

/** Stops what a test started, also when the test fails. */
function untilEnd<T extends { stop(): Promise<void> }>(started: T): T {
  onTestFinished(() => started.stop());
  return started;
}

const peerAt = (port: number, calledAe: string): DicomPeer => ({
  host: '127.0.0.1',
  port,
  calledAe,
  callingAe: 'ROHRPOST',
});

async function dataSetOf(path: string): Promise<Buffer> {
  return (await readFile(path)).subarray((await readPart10(path)).dataSetOffset);
}

/** Sends samples with our sender; each has its outcome, by path. */
async function sendAll(peer: DicomPeer, round: readonly Sample[]): Promise<Map<string, StoreOutcome>> {
  const outcomes = new Map<string, StoreOutcome>();
  const instances = round.map(({ path }) => ({ id: path, path }));
  await storeInstances(peer, instances, { log: silentLog, onOutcome: (outcome) => outcomes.set(outcome.id, outcome) });
  expect(outcomes.size).toBe(round.length);
  return outcomes;
}

/** Files of pydicom's that are broken on purpose, so that DCMTK leaves them out and peers refuse or abort at them. */
const BROKEN = ['MR_truncated', 'SC_rgb_jpeg', 'rtdose_rle', 'rtdose_rle_1frame', 'rtplan_truncated'];
/** A storage SOP class that DCMTK 3.6.7 and Orthanc 1.10 do not know. */
const COLOR_PALETTE = '1.2.840.10008.5.1.4.39.1';

const isBroken = ({ path }: Sample) => BROKEN.includes(basename(path, '.dcm'));

describe('every sample, bit by bit', () => {
  test('F18: storescu to our listener: what DCMTK’s own storescp gets, in every transfer syntax', {
    timeout: 120_000,
  }, async () => {
    const receiver = untilEnd(await startReceiver());
    const sendable = samples.filter((sample) => storescuKnows(sample.transferSyntaxUid) && !isBroken(sample));
    for (const round of roundsOf(sendable)) {
      const files = round.map(({ path }) => path);
      const before = receiver.received.length;
      await storescp.clear();
      await storescu({ port: receiver.port, files });
      await storescu({
        port: storescp.port,
        calledAe: storescp.ae,
        files: round.filter(({ sopClassUid }) => sopClassUid !== COLOR_PALETTE).map(({ path }) => path),
      });
      expect(receiver.received.length - before).toBe(round.length);
      for (const instance of receiver.received.slice(before)) {
        const sample = round.find(({ sopInstanceUid }) => sopInstanceUid === instance.sopInstanceUid)!;
        expect(instance.transferSyntaxUid).toBe(sample.transferSyntaxUid);
        if (sample.sopClassUid === COLOR_PALETTE) continue;
        const reference = await storescp.find(sample.sopInstanceUid);
        expect((await receiver.dataSet(instance)).equals(await dataSetOf(reference!)), sample.path).toBe(true);
      }
    }
    expect(receiver.received).toHaveLength(sendable.length);
    expect(new Set(sendable.map(({ transferSyntaxUid }) => transferSyntaxUid)).size).toBeGreaterThan(8);
  });

  test('our sender to our listener, the broken ones too', async () => {
    const receiver = untilEnd(await startReceiver());
    for (const round of roundsOf(samples)) {
      const before = receiver.received.length;
      const outcomes = await sendAll(peerAt(receiver.port, 'ANY'), round);
      expect([...outcomes.values()].filter(({ kind }) => kind !== 'accepted')).toEqual([]);
      for (const instance of receiver.received.slice(before)) {
        const { path } = round.find(({ sopInstanceUid }) => sopInstanceUid === instance.sopInstanceUid)!;
        expect(withoutPad(await receiver.dataSet(instance), await dataSetOf(path)), path).toBe(true);
        expect(instance.headerError, path).toBeNull();
      }
    }
    expect(receiver.received).toHaveLength(samples.length);
  });

  test('our sender to storescp', async () => {
    const notTaken: string[] = [];
    for (const round of roundsOf(samples)) {
      await storescp.clear();
      const outcomes = await sendAll(peerAt(storescp.port, storescp.ae), round);
      for (const { path, sopInstanceUid } of round.filter(({ sopClassUid }) => sopClassUid !== COLOR_PALETTE)) {
        if (outcomes.get(path)!.kind !== 'accepted') notTaken.push(basename(path, '.dcm'));
        else {
          const arrived = await dataSetOf((await storescp.find(sopInstanceUid))!);
          expect(withoutPad(arrived, await dataSetOf(path)), path).toBe(true);
        }
      }
    }
    // Of odd length, at which DCMTK aborts.
    expect(notTaken).toEqual(['rtplan_truncated']);
  });

  // Orthanc 1.10 decodes what it receives and writes it anew (group lengths, sequence lengths, deflate), so here
  // pydicom says whether every element has the value it had.
  test('our sender to Orthanc, element by element', { timeout: 120_000 }, async () => {
    const taken = samples.filter((sample) => !isBroken(sample) && sample.sopClassUid !== COLOR_PALETTE);
    await inTemporaryFolder(async (folder) => {
      const pairs: string[] = [];
      for (const round of roundsOf(taken)) {
        const outcomes = await sendAll(peerAt(orthanc.dicomPort, orthanc.ae), round);
        for (const { path, sopInstanceUid } of round) {
          expect(outcomes.get(path)!.kind, path).toBe('accepted');
          const download = join(folder, `${pairs.length}.dcm`);
          await writeFile(download, await orthanc.download((await orthanc.find(sopInstanceUid))!));
          pairs.push(path, download);
        }
      }
      expect(await pythonJson(DIFFERENCES, { args: pairs })).toEqual([]);
      expect(pairs).toHaveLength(2 * taken.length);
    });
  });
});

/** Lists the pairs of files that do not hold the same elements with the same values, group lengths aside. */
const DIFFERENCES = `
import json, sys, warnings
import pydicom
warnings.simplefilter('ignore')
def values(data):
    found = {}
    for element in data:
        if element.tag.element == 0: continue
        if element.VR == 'SQ': found[str(element.tag)] = [values(item) for item in element.value]
        else: found[str(element.tag)] = repr(element.value).strip()
    return found
different = []
for before, after in zip(sys.argv[1::2], sys.argv[2::2]):
    one, other = (values(pydicom.dcmread(path)) for path in (before, after))
    tags = [tag for tag in {**one, **other} if one.get(tag) != other.get(tag)]
    if tags: different.append([before, [[tag, str(one.get(tag))[:80], str(other.get(tag))[:80]] for tag in tags]])
print(json.dumps(different))
`;

/** Whether what arrived is what was sent, but for the one NUL that an odd deflate stream gets. */
function withoutPad(arrived: Buffer, sent: Buffer): boolean {
  if (arrived.length === sent.length + 1 && arrived.at(-1) === 0) return arrived.subarray(0, -1).equals(sent);
  return arrived.equals(sent);
}

describe('C-ECHO', () => {
  test('echoscu is answered by our listener', async () => {
    const receiver = untilEnd(await startReceiver());
    expect((await echoscu({ port: receiver.port })).code).toBe(0);
    await eventually(() => receiver.ends.length === 1);
    expect(receiver.ends[0]).toMatchObject({ outcome: 'released', stored: 0 });
  });

  test('our echo is answered by storescp, Orthanc and our own listener', async () => {
    const receiver = untilEnd(await startReceiver());
    for (const peer of [
      peerAt(storescp.port, storescp.ae),
      peerAt(orthanc.dicomPort, orthanc.ae),
      peerAt(receiver.port, 'ROHRPOST'),
    ]) {
      const { ok, rtt_ms } = await echo(peer, { timeoutMs: 5_000 });
      expect(ok).toBe(true);
      expect(rtt_ms).toBeGreaterThanOrEqual(0);
    }
  });

  test('F17, F64: a wrong called AE title is told in the peer’s own words', async () => {
    const receiver = untilEnd(await startReceiver({ admit: () => ({ accept: false, reason: 'called-ae-unknown' }) }));
    for (const port of [receiver.port, orthanc.dicomPort]) {
      await expect(echo(peerAt(port, 'WRONG'), { timeoutMs: 5_000 })).rejects.toMatchObject({
        code: 'dicom-association-rejected',
        details: { reason: 'called AE title not recognized' },
      });
    }
  });

  test('nobody there, and a peer that says nothing: a code each, and no socket stays open', async () => {
    await expect(echo(peerAt(await freePort(), 'X'), { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'dicom-connect-failed',
    });
    const { createServer } = await import('node:net');
    const sockets = new Set<unknown>();
    const silent = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
      socket.resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    await expect(echo(peerAt(port, 'X'), { timeoutMs: 300 })).rejects.toMatchObject({ code: 'dicom-peer-silent' });
    // Only the server's half, which never closes, may stay.
    const open = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    await eventually(() => open() <= before + sockets.size);
    for (const socket of sockets) (socket as { destroy(): void }).destroy();
    silent.close();
  });

  test('F17: a rejected calling AE reaches storescu as a rejection', async () => {
    const receiver = untilEnd(await startReceiver({ admit: () => ({ accept: false, reason: 'calling-ae-unknown' }) }));
    const { code, output } = await echoscu({ port: receiver.port, mayFail: true });
    expect(code).not.toBe(0);
    expect(output).toContain('Calling AE Title Not Recognized');
  });
});

describe('TLS', () => {
  let ca: TestCa;
  let server: { key: string; cert: string };

  const withCa = <T>(work: (folder: string) => Promise<T>) =>
    inTemporaryFolder(async (folder) => {
      ca = await makeCa(join(folder, 'ca'));
      server = await ca.issue({ ips: ['127.0.0.1'], names: ['localhost'] });
      await writeFile(join(folder, 'file.dcm'), buildInstance({ pixelBytes: 300_000 }));
      return work(folder);
    });

  test('storescu over TLS, without a certificate of its own and with one', async () => {
    await withCa(async (folder) => {
      const file = join(folder, 'file.dcm');
      const open = untilEnd(await startReceiver({ tls: server }));
      await storescu({ port: open.port, files: [file], args: ['+tla', '-ic'] });
      expect(open.received[0]!.association.tls).toBe(true);
      expect((await open.dataSet(open.received[0]!)).equals(await dataSetOf(file))).toBe(true);

      const client = await ca.issue({ names: ['modality'] });
      await writeFile(join(folder, 'key.pem'), client.key);
      await writeFile(join(folder, 'cert.pem'), client.cert);
      const strict = untilEnd(await startReceiver({ tls: { ...server, ca: ca.caPem, requestCert: true } }));
      const withoutOne = await storescu({ port: strict.port, files: [file], args: ['+tla', '-ic'], mayFail: true });
      expect(withoutOne.code).not.toBe(0);
      const args = ['+tls', join(folder, 'key.pem'), join(folder, 'cert.pem'), '+cf', join(folder, 'ca', 'ca.pem')];
      await storescu({ port: strict.port, files: [file], args });
      expect(strict.received).toHaveLength(1);
    });
  });

  test('our sender and echo: a trusted certificate passes, an unknown CA or another name does not', async () => {
    await withCa(async (folder) => {
      const receiver = untilEnd(await startReceiver({ tls: server }));
      const trusting = { ...peerAt(receiver.port, 'BOX'), tls: { ca: ca.caPem } };
      const instances = [{ id: 'one', path: join(folder, 'file.dcm') }];
      const kinds: string[] = [];
      const send = (peer: DicomPeer) =>
        storeInstances(peer, instances, { log: silentLog, onOutcome: ({ kind }) => kinds.push(kind) });
      expect(await send(trusting)).toEqual({ error: undefined });
      expect((await echo(trusting, { timeoutMs: 5_000 })).ok).toBe(true);
      expect((await send({ ...trusting, tls: {} })).error?.code).toBe('dicom-tls-failed');
      const otherName = await ca.issue({ names: ['elsewhere.example'] });
      const other = untilEnd(await startReceiver({ tls: otherName }));
      expect((await send({ ...trusting, port: other.port })).error?.code).toBe('dicom-tls-failed');
      expect((await send({ ...peerAt(receiver.port, 'BOX') })).error?.code).toMatch(
        /^dicom-(connection-lost|protocol-error)$/,
      );
      expect(kinds).toEqual(['accepted', 'not-sent', 'not-sent', 'not-sent']);
    });
  });

  test('our sender to storescp over TLS', async () => {
    await withCa(async (folder) => {
      await writeFile(join(folder, 'key.pem'), server.key);
      await writeFile(join(folder, 'cert.pem'), server.cert);
      const peer = untilEnd(
        await startStorescp({ args: ['+B', '+tls', join(folder, 'key.pem'), join(folder, 'cert.pem'), '-ic'] }),
      );
      const path = join(folder, 'file.dcm');
      const outcomes: StoreOutcome[] = [];
      await storeInstances({ ...peerAt(peer.port, peer.ae), tls: { ca: ca.caPem } }, [{ id: newUid(), path }], {
        log: silentLog,
        onOutcome: (outcome) => outcomes.push(outcome),
      });
      expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted']);
      expect((await dataSetOf((await peer.files())[0]!)).equals(await dataSetOf(path))).toBe(true);
    });
  });

  test('F09: a TLS listener that is sent nothing, or plain DICOM, lets go', async () => {
    await withCa(async () => {
      const receiver = untilEnd(await startReceiver({ tls: server, limits: { artim_ms: 500 } }));
      const silent = await RawPeer.connect(receiver.port);
      const plain = await RawPeer.connect(receiver.port);
      plain.write(Buffer.from('0100000000cd0001', 'hex'));
      await plain.closedAfter();
      await silent.closedAfter();
    });
  });
});
