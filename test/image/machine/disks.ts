import { execFile } from 'node:child_process';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A disk that begins as `base` (raw image or another overlay, not written to any more) and takes what is written from now on. */
export async function makeOverlay(base: string, path: string, o: { size_mb?: number } = {}): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  const format = base.endsWith('.qcow2') ? 'qcow2' : 'raw';
  const size = o.size_mb ? [`${o.size_mb}M`] : [];
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', format, path, ...size]);
  return path;
}

/** One entry of a partition table. */
export interface Partition {
  name: string;
  /** Both in bytes. */
  start: number;
  size: number;
}

/** The partitions of a raw image. */
export async function partitions(image: string): Promise<Partition[]> {
  const { stdout } = await run('sfdisk', ['--json', image]);
  const { partitiontable } = JSON.parse(stdout) as {
    partitiontable: { sectorsize: number; partitions: { name: string; start: number; size: number }[] };
  };
  const unit = partitiontable.sectorsize;
  return partitiontable.partitions.map(({ name, start, size }) => ({ name, start: start * unit, size: size * unit }));
}

/** Turns an overlay into a raw image, does something to it, and gives back a new overlay over the result. */
export async function tamper(disk: string, path: string, change: (raw: string) => Promise<void>): Promise<string> {
  const raw = `${path}.raw`;
  await run('qemu-img', ['convert', '-O', 'raw', disk, raw], { timeout: 120_000 });
  await change(raw);
  return makeOverlay(raw, path);
}

/** Overwrites a part of a file. */
export async function overwrite(path: string, at: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(bytes, 0, bytes.length, at);
  } finally {
    await file.close();
  }
}

/** A USB stick with a FAT file system labelled ROHRPOST and these files, by names of mtools; for `Machine.stick`. */
export async function makeStick(
  path: string,
  files: Readonly<Record<string, string | Buffer | { file: string }>>,
): Promise<string> {
  const size_mb = 512;
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  const image = await open(path, 'w');
  await image.truncate(size_mb * 1024 * 1024);
  await image.close();
  await run('mformat', ['-i', path, '-F', '-v', 'ROHRPOST', '::']);
  for (const [name, content] of Object.entries(files)) {
    const isFile = typeof content === 'object' && 'file' in content;
    const from = isFile ? content.file : join(dirname(path), `stick-${name}`);
    if (!isFile) await writeFile(from, content);
    await run('mcopy', ['-i', path, from, `::${name}`]);
    if (!isFile) await rm(from);
  }
  return path;
}

/** What lies on a stick afterwards: a file's text, or null. */
export async function readStick(path: string, name: string): Promise<string | null> {
  const read = run('mtype', ['-i', path, `::${name}`]);
  return read.then(
    ({ stdout }) => stdout,
    () => null,
  );
}

/** Copies a part of a raw image into a file of its own. */
export async function copyPart(image: string, part: Omit<Partition, 'name'>, to: string): Promise<string> {
  const range = [`skip=${part.start}`, `count=${part.size}`, 'iflag=skip_bytes,count_bytes'];
  await run('dd', [`if=${image}`, `of=${to}`, 'bs=1M', ...range, 'status=none']);
  return to;
}
