import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { startGnupg } from '../../test/support/gnupg.ts';
import { hashFile, readChunks } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { lineLimits } from '../core/limits.ts';
import { readPart10 } from '../dicom/part10.ts';
import { generateKey } from '../pgp/keys.ts';
import { openWorkers } from '../workers/pool.ts';
import type { SealJob } from '../workers/seal.ts';
import { type Bench, seconds, TOOL_MS } from './bench.ts';
import { alternate, timed } from './rounds.ts';

/** What packing makes of 512 × 512 slices where the partner takes mails of 20 MB, the default. */
const SLICES_PER_MAIL = 25;
/** The station's own. */
const SEALED_SIDE_BY_SIDE = 2;
const PASSPHRASE = 'Kennwort der Messung';

/**
 * `seal.vs_gpg`: a study into signed, encrypted, armored, durable mail files, as the station "seal" does it, over one
 * `gpg --sign --encrypt --armor` of the same bytes: with gpg's own compression (zlib 6), with ours (zlib 1), with none.
 */
export async function benchSeal(bench: Bench): Promise<void> {
  const gnupg = await startGnupg();
  bench.atEnd(gnupg.stop);
  const pool = openWorkers(lineLimits.worker_threads);
  bench.atEnd(pool.close);
  const jobs = await sealJobs(bench);
  const plain = join(bench.folder, 'study.bin');
  await pipeline(bytesOf(bench.study.paths), createWriteStream(plain));
  const key = await gnupg.generate('Klinik A <a@klinik-a.example>');
  const sealed = join(bench.folder, 'study.asc');
  const gpg = (...compression: string[]) =>
    timed(async () => {
      const who = ['--trust-model', 'always', '--local-user', key, '--recipient', key];
      const run = await gnupg.run([
        '--armor',
        ...who,
        ...compression,
        '--output',
        sealed,
        '--sign',
        '--encrypt',
        plain,
      ]);
      if (run.code !== 0) throw new Error(`gpg ended with ${run.code}: ${run.stderr}`);
    });
  let mailBytes = 0;
  const median = await alternate(bench.rounds, {
    ours: () =>
      timed(async () => {
        mailBytes = await sealAll(jobs, (job) => pool.run('seal', job, AbortSignal.timeout(TOOL_MS)));
      }),
    gpg: () => gpg(),
    gpgZ1: () => gpg('-z', '1'),
    gpgPlain: () => gpg('--compress-algo', 'none'),
  });
  const size = `${(bench.study.sizeBytes / 1e6).toFixed(0)} MB`;
  bench.remark(`${size} → ${jobs.length} mails of ${(mailBytes / 1e6).toFixed(0)} MB: ours ${seconds(median.ours)}`);
  const others = `with -z 1 ${seconds(median.gpgZ1)}, uncompressed ${seconds(median.gpgPlain)}`;
  bench.remark(`gpg --sign --encrypt --armor ${seconds(median.gpg)}, ${others}`);
  bench.result('seal.vs_gpg', median.ours / median.gpg);
  bench.result('seal.vs_gpg_z1', median.ours / median.gpgZ1);
  bench.result('seal.vs_gpg_uncompressed', median.ours / median.gpgPlain);
}

async function sealJobs(bench: Bench): Promise<SealJob[]> {
  const person = (letter: string) => ({ name: `Klinik ${letter}`, email: `${letter}@klinik-${letter}.example` });
  const own = await generateKey({ ...person('a'), passphrase: PASSPHRASE, nowMs: Date.now() - 1_000 });
  const partner = await generateKey({ ...person('b'), passphrase: PASSPHRASE, nowMs: Date.now() - 1_000 });
  const items: SealJob['items'] = [];
  for (const path of bench.study.paths) {
    const { sizeBytes, dataSetOffset } = await readPart10(path);
    const sha256 = await hashFile(path, dataSetOffset);
    const name = `${items.length}.dcm`;
    const file = { path, name, sizeBytes, sha256, dataOffset: dataSetOffset };
    items.push({ kind: 'instance', mediaType: 'application/dicom', studyUid: bench.study.studyUid, ...file });
  }
  const total = Math.ceil(items.length / SLICES_PER_MAIL);
  const setId = newId();
  return Array.from({ length: total }, (_, index) => ({
    items: items.slice(index * SLICES_PER_MAIL, (index + 1) * SLICES_PER_MAIL),
    fields: { setId, part: index + 1, total },
    encoding: 'binary',
    ownFields: [],
    from: person('a').email,
    to: person('b').email,
    messageId: `<${newId()}@klinik-a.example>`,
    dateMs: Date.now(),
    receiptTo: person('a').email,
    partnerKey: partner.publicArmored,
    ownKey: { armored: own.privateArmored, passphrase: PASSPHRASE },
    compress: true,
    out: join(bench.folder, `${index}.eml`),
    cutAbove_bytes: null,
  }));
}

/** Seals all, so many side by side as the station does; gives back the mails' bytes and removes them. */
async function sealAll(jobs: readonly SealJob[], seal: (job: SealJob) => Promise<unknown>): Promise<number> {
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) await seal(job);
  };
  await Promise.all(Array.from({ length: SEALED_SIDE_BY_SIDE }, worker));
  let bytes = 0;
  for (const { out } of jobs) {
    bytes += (await stat(out)).size;
    await rm(out);
  }
  return bytes;
}

async function* bytesOf(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* readChunks(path);
}
