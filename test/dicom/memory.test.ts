import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { dicomLimits } from '../../src/core/limits.ts';
import { buildDataSet, newUid } from '../support/instances.ts';
import { temporaryFolder } from '../support/store.ts';
import { CT_CONTEXT, data, fragments, pdv, RawPeer, storeCommand } from './raw-peer.ts';

const OBJECT_BYTES = 16 * 1024 * 1024;
/** As many as a box takes at all, and the addresses they must come from. */
const CONNECTIONS = dicomLimits.associations - dicomLimits.associations_reserved;
const ADDRESSES = Math.ceil(CONNECTIONS / dicomLimits.associations_per_peer);
const EACH_MB = 8;
/** As scripts/rohrpost starts a box. */
const ARGUMENTS = ['--max-semi-space-size=2', join(import.meta.dirname, 'one-listener.ts')];
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '65536' };

test('F08: all the associations that a box takes, a large object on each at once: less than 8 MiB for each', async () => {
  const env = { ...process.env, ...ENVIRONMENT };
  const child = spawn(process.execPath, [...ARGUMENTS, temporaryFolder()], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? '{}') as Record<string, number>;
  const { port } = await next();

  const uid = newUid();
  const object = fragments(1, buildDataSet({ SOPInstanceUID: uid, pixelBytes: OBJECT_BYTES }), 128 * 1024);
  const peakWith = async (connections: number) => {
    const peers = await Promise.all(
      Array.from({ length: connections }, (_, n) => {
        return RawPeer.associate(port!, [CT_CONTEXT], { localAddress: `127.0.0.${2 + (n % ADDRESSES)}` });
      }),
    );
    const statuses = peers.map((peer) => {
      peer.write(data(pdv(1, 3, storeCommand(uid))), object);
      return peer.status(60_000);
    });
    expect(await Promise.all(statuses)).toEqual(Array(connections).fill(0));
    for (const peer of peers) peer.destroy();
    child.stdin.write('\n');
    return (await next()).peak_mb!;
  };
  const one = await peakWith(1);
  const all = await peakWith(CONNECTIONS);
  const each = (all - one) / (CONNECTIONS - 1);
  expect(each, `${one} MB with one, ${all} MB with all`).toBeGreaterThan(0);
  expect(each, `${one} MB with one, ${all} MB with all`).toBeLessThan(EACH_MB);
}, 120_000);
