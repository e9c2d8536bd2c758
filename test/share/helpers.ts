import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { hashFile } from '../../src/core/files.ts';
import { sha256 } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import type { SmbShare } from '../../src/share/engine.ts';
import type { ShareFile } from '../../src/share/share.ts';
import type { SambaHost } from '../support/samba.ts';

export const options = { log: silentLog };
export const code = (name: string) => expect.objectContaining({ code: name });

/** A folder for the test file that imports this; it goes when its tests are through. */
export const work = mkdtempSync(join(tmpdir(), 'rohrpost-share-test-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A local file with these bytes, ready to be put. */
export async function local(content: string | Buffer, folder: string[], name: string): Promise<ShareFile> {
  const bytes = Buffer.from(content);
  const source = join(work, `source "; rm x' ${randomBytes(6).toString('hex')}`);
  await writeFile(source, bytes);
  return { source, folder, name, sizeBytes: bytes.length, sha256: sha256(bytes) };
}

export async function large(size_bytes: number): Promise<ShareFile> {
  const source = join(work, `large-${size_bytes}`);
  const out = createWriteStream(source);
  const block = randomBytes(1 << 20);
  for (let written = 0; written < size_bytes; written += block.length) {
    block.writeUInt32LE(written, 0);
    if (!out.write(block)) await once(out, 'drain');
  }
  await new Promise((resolve) => out.end(resolve));
  return { source, folder: ['large'], name: 'large.bin', sizeBytes: size_bytes, sha256: await hashFile(source) };
}

export function smb(host: SambaHost, more: Partial<SmbShare>): SmbShare {
  const { port, user, password } = host;
  const fixed = { kind: 'smb', host: '127.0.0.1', share: 'pacs', engine: 'auto', encrypt: 'if_possible' } as const;
  return { ...fixed, port, user, password, ...more };
}
