import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { moves } from '../../src/line/states.ts';
import { encryptedPayload } from '../../src/mail/classify.ts';
import { openStore } from '../../src/store/store.ts';
import { unlockOnce } from '../../src/workers/own-key.ts';
import { sealPart } from '../../src/workers/seal.ts';
import { makeParty, open, type Party } from '../pgp/helpers.ts';
import { makeFolder, packAndSeal, SECRET } from './seal-world.ts';

/** What is left when packing and sealing are killed, lose their thread, or find other bytes than were received. */

const ITEMS = 2;
const HOUR_MS = 3_600_000;

let root: string;
let ready: string;
let instances: Buffer[];
let own: Party;
let partner: Party;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rohrpost-seal-'));
  ready = join(root, 'ready');
  [own, partner] = (await Promise.all(
    ['Box', 'Klinik'].map((name) => makeParty(name, undefined, Date.now() - HOUR_MS)),
  )) as [Party, Party];
  const { fingerprint } = partner.own.info;
  instances = await makeFolder(
    ready,
    {
      own: { armored: own.privateArmored, passphrase: 'geheim' },
      partner: { fingerprint, armored: partner.pub.armored },
    },
    ITEMS,
  );
  // What is looked for below would be found.
  expect(instances[0]!.includes(SECRET)).toBe(true);
  expect(WORDS.some((word) => instances[0]!.toString('base64').includes(word))).toBe(true);
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function copy(name: string): Promise<string> {
  const folder = join(root, name);
  await cp(ready, folder, { recursive: true });
  return folder;
}

/** The parts that were planned, with what they are known by everywhere. */
function plan(folder: string) {
  const store = openStore(folder, moves, 'visitor');
  const [study] = store.overview.studies({ limit: 1 });
  const [consignment] = store.consignments.ofStudy(study!.id);
  const parts = store.parts.ofConsignment(consignment!.id);
  const paths = parts.flatMap(({ mail_paths }) => JSON.parse(mail_paths) as string[]);
  store.close();
  return { ids: parts.map(({ id, message_id }) => [consignment!.set_id, id, message_id]), parts, paths };
}

/** Beginnings of the secret as base64 has them, whatever stands before it. */
const WORDS = [0, 1, 2].map((shift) => Buffer.from(SECRET.slice(shift)).toString('base64').slice(0, 12));

/** Nothing of the study outside the folder of received instances and the ledger, in clear or as MIME has it. */
async function expectNoPlaintext(folder: string, what: string): Promise<void> {
  for (const place of [join('spool', 'outbox'), join('spool', 'work'), 'tmp']) {
    for (const name of await readdir(join(folder, place))) {
      const bytes = await readFile(join(folder, place, name));
      for (const word of [SECRET, ...WORDS]) expect(bytes.includes(word), `${what}: ${place}/${name}`).toBe(false);
    }
  }
}

/** Each part is one mail for the partner, with its instance in it as it was; nothing else lies in the outbox. */
async function expectSealed(folder: string): Promise<void> {
  const { parts, paths } = plan(folder);
  expect(parts.map(({ state }) => state)).toEqual(Array(ITEMS).fill('sealed'));
  expect((await readdir(join(folder, 'spool', 'outbox'))).map((name) => join('spool', 'outbox', name)).sort()).toEqual(
    [...paths].sort(),
  );
  for (const [index, path] of paths.entries()) {
    const { content } = await open(encryptedPayload(join(folder, path)), partner, own, { nowMs: Date.now() });
    expect(content.includes(instances[index]!)).toBe(true);
  }
}

/** Packs and seals in a process that is killed instead of its n-th call; says whether it was. */
async function killedAt(folder: string, call: string, n: number): Promise<boolean> {
  const world = fileURLToPath(new URL('./seal-world.ts', import.meta.url));
  const program = `
    import { packAndSeal } from ${JSON.stringify(world)};
    await packAndSeal(${JSON.stringify(folder)});`;
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:signal=SIGKILL:when=${n}`];
  const node = [process.execPath, '--input-type=module', '-e', program];
  // One thread makes the calls, so that "the n-th" is one.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1', TMPDIR: join(folder, 'tmp') };
  return promisify(execFile)('strace', ['-f', '-qq', '-o', '/dev/null', ...inject, ...node], {
    ...{ env, timeout: 60_000 },
  }).then(
    () => false,
    (error: { signal?: string; stderr?: string }) => {
      if (error.signal !== 'SIGKILL') throw new Error(error.stderr);
      return true;
    },
  );
}

test.each([
  ['rename', 1],
  ['write', 5],
  ['fsync,fdatasync', 1],
  ['pwrite64', 11],
] as const)(
  'F23: killed at %s while packing and sealing: no plaintext lies about, the same parts with the same ids',
  { timeout: 300_000 },
  async (call, step) => {
    let kills = 0;
    for (let n = 1; ; n += step) {
      const folder = await copy(`${call}-${n}`);
      const wasKilled = await killedAt(folder, call, n);
      await expectNoPlaintext(folder, `${call} ${n}`);
      const { ids } = plan(folder);
      expect([0, ITEMS], 'all parts or none').toContain(ids.length);
      await packAndSeal(folder);
      if (ids.length > 0) expect(plan(folder).ids).toEqual(ids);
      await expectSealed(folder);
      await rm(folder, { recursive: true });
      if (!wasKilled) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(1);
  },
);

test.each<[string, (path: string) => Promise<void>]>([
  [
    'with one bit flipped',
    async (path) => {
      const bytes = await readFile(path);
      bytes[bytes.length >> 1]! ^= 1;
      await writeFile(path, bytes);
    },
  ],
  ['cut short by a byte', async (path) => truncate(path, instances[0]!.length - 1)],
  ['that is gone', rm],
])('F24: an instance %s between receiving and packing: its part is held, nothing of it is sealed', async (_, spoil) => {
  const folder = await copy('rotten');
  await spoil(join(folder, 'spool', 'instances', '1'));
  await packAndSeal(folder);
  const { parts, paths } = plan(folder);
  expect(parts.map(({ state, code }) => [state, code])).toEqual([
    ['held', 'seal-bytes-changed'],
    ['sealed', null],
  ]);
  expect(await readdir(join(folder, 'spool', 'outbox'))).toHaveLength(paths.length);
  expect(paths).toHaveLength(1);
  await rm(folder, { recursive: true });
});

test('F27: a thread that died while it wrote: sealed later under the same ids, and its half mail is gone', async () => {
  const folder = await copy('thread');
  const unlock = unlockOnce();
  const tries = new Map<string, number>();
  let ids: unknown;
  await packAndSeal(folder, async (job) => {
    ids ??= plan(folder).ids;
    const before = tries.get(job.out) ?? 0;
    tries.set(job.out, before + 1);
    if (before > 0) return sealPart(job, unlock);
    await writeFile(`${job.out}.1234.tmp`, 'half a mail');
    await writeFile(job.out.replace(/\.eml$/, '.1.eml'), 'a fragment of it');
    throw new RohrpostError('worker-died', { details: { reason: 'out of memory' } });
  });
  expect([...tries.values()]).toEqual(Array(ITEMS).fill(2));
  expect(plan(folder).ids).toEqual(ids);
  await expectSealed(folder);
});
