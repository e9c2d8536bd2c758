import { randomBytes } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyKind, Pair } from '../../scripts/fleet/certificates.ts';
import { makeKeys } from '../../scripts/fleet/keys.ts';
import { runFleet } from '../../scripts/fleet/main.ts';
import { openssl } from '../../scripts/fleet/openssl.ts';
import type { BoxRecord } from '../../scripts/fleet/reports.ts';
import { VERITY_BLOCK, verityTree } from '../../scripts/fleet/verity.ts';
import type { BoxReport } from '../../src/update/words.ts';

export const ROOT_PASSPHRASE = 'correct horse battery staple';

/** A folder of keys; of elliptic curves, unless asked for others, for they are made in no time. */
export async function fleetKeys(folder: string, o: { development?: boolean; kind?: KeyKind } = {}): Promise<Pair> {
  const development = o.development ?? false;
  const { signer } = await makeKeys(folder, {
    ...{ organisation: 'Klinikverbund Süd', kind: o.kind ?? 'ec', development, rootFolder: join(folder, 'offline') },
    ...{ passphrase: development ? null : ROOT_PASSPHRASE, signerPassphrase: null },
  });
  return signer;
}

export interface HandmadeBundle {
  keys: string;
  version: string;
  product?: string;
  payload_bytes?: number;
  /** Lines of further sections of the manifest. */
  manifest?: string;
}

/** A RAUC bundle in the format `verity` as far as everybody but RAUC's installer looks: payload, hash tree, CMS signature. */
export async function handmadeBundle(path: string, o: HandmadeBundle): Promise<string> {
  const blocks = Math.ceil((o.payload_bytes ?? 200 * VERITY_BLOCK) / VERITY_BLOCK);
  const payload = randomBytes(blocks * VERITY_BLOCK);
  const salt = randomBytes(32);
  await writeFile(path, payload);
  const file = await open(path);
  const { levels, rootHash } = await verityTree(file, payload.length, salt).finally(() => file.close());
  const tree = Buffer.concat(levels.toReversed());
  const manifest = `[update]
compatible=${o.product ?? 'rohrpost-amd64'}
version=${o.version}

[bundle]
format=verity
verity-hash=${rootHash.toString('hex')}
verity-salt=${salt.toString('hex')}
verity-size=${tree.length}

${o.manifest ?? ''}`;
  const signer = ['-signer', join(o.keys, 'signer.pem'), '-inkey', join(o.keys, 'signer.key')];
  const form = ['-sign', '-binary', '-nodetach', '-nosmimecap', '-md', 'sha256', '-outform', 'DER'];
  const signature = await openssl(['cms', ...form, ...signer], { input: manifest });
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(signature.length));
  await writeFile(path, Buffer.concat([payload, tree, signature, size]));
  return path;
}

/** Changes one byte of a file. */
export async function spoil(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at]! ^= 1;
  await writeFile(path, bytes);
}

/** Runs the operator's command line; what it printed, and what it ended with. */
export async function fleet(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const into = (name: 'out' | 'err') => ({
    write: (text: string | Uint8Array) => {
      printed[name] += text.toString();
      return true;
    },
  });
  const env = { PATH: process.env.PATH, LANG: 'en_GB.UTF-8' };
  const around = { env, stdin: process.stdin, stdout: into('out'), stderr: into('err') };
  const code = await runFleet(args, around as unknown as Parameters<typeof runFleet>[1]);
  return { code, ...printed };
}

/** A box's report; the id is made of a number. */
export function reportOf(number: number, o: Partial<BoxReport> = {}): BoxReport {
  return {
    ...{ format: 1, box: `box${String(number).padStart(17, '0')}`, name: `rohrpost-${number}` },
    ...{ product: 'rohrpost-amd64', version: '1.0.0', slot: 'A', trial: false, health: 'green' },
    ...{ last: null, sequence: 1, at: '2027-03-01T10:00:00.000Z' },
    ...o,
  };
}

/** What the operator keeps of a report that came at a time. */
export function recordOf(report: BoxReport, received: string, o: Partial<BoxRecord> = {}): BoxRecord {
  return { report, received, first: received, by: 'https', before: null, ...o };
}
