import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeBackup } from '../../src/backup/make.ts';
import { lookAtBackup } from '../../src/backup/stage.ts';
import { finishRestore } from '../../src/backup/swap.ts';
import { takeUpload, uploadPath } from '../../src/backup/uploads.ts';
import { openKeyring } from '../../src/box/keyring.ts';
import { SETTINGS_FILE } from '../../src/config/load.ts';
import { readSettings } from '../../src/config/read.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { createSettings } from '../../src/config/settings.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openDesk } from '../../src/store/desk.ts';
import { ensureCertificate } from '../../src/web/certificate.ts';
import { root as project } from '../structure/sources.ts';

/**
 * A restore is killed at the N-th call of a kind, N = 1, 2, 3 … until none is hit; the next start finishes or forgets it. It must
 * leave the old box or the new one, whole: settings, password, key that unlocks, accounts and certificate of one and the same.
 */

const PASSPHRASE = 'ein langer Satz zum Merken';
const clock = systemClock();
let root: string;
/** The data folder of box B with A's backup looked at, as the kill finds it. */
let ready: string;
let look: string;
let ofBox: { a: string; b: string };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rohrpost-kill-'));
  const a = await makeBox('Klinik A');
  ready = await makeBox('Klinik B');
  ofBox = { a: await stateOf(a), b: await stateOf(ready) };
  const secrets = await openSecrets(a);
  const desk = openDesk(a);
  const { id } = await takeUpload(ready, await makeBackup(a, { passphrase: PASSPHRASE, secrets, desk, clock }));
  desk.close();
  look = (await lookAtBackup(ready, { file: uploadPath(ready, id), passphrase: PASSPHRASE, clock })).id;
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function makeBox(name: string): Promise<string> {
  const folder = join(root, name.slice(-1).toLowerCase());
  const secrets = await openSecrets(folder);
  await secrets.set('mailbox', name);
  await openKeyring(folder, secrets).ensureOwnKey({ name, email: 'box@test.example', nowMs: clock.now() - 60_000 });
  await createSettings(folder, { site: { name }, mail: { address: 'box@test.example' } });
  await ensureCertificate(folder, { names: ['localhost'], clock });
  const desk = openDesk(folder);
  desk.accounts.add({ name: name.slice(-1), role: 'admin', language: 'de', password: '-', must_change: 0, now_ms: 1 });
  desk.close();
  return folder;
}

/** What a box is, in one line; throws where its parts do not go together. */
async function stateOf(folder: string): Promise<string> {
  const { settings } = readSettings(await readFile(join(folder, SETTINGS_FILE), 'utf8'));
  const secrets = await openSecrets(folder);
  const { info } = await openKeyring(folder, secrets).ownKey();
  const { fingerprint, made } = await ensureCertificate(folder, { names: ['localhost'], clock });
  const desk = openDesk(folder);
  const accounts = desk.accounts.all().map(({ name }) => name);
  desk.close();
  return JSON.stringify([
    ...[settings.site.name, await secrets.get('mailbox'), info.fingerprint],
    ...[made ? 'no certificate' : fingerprint, accounts],
  ]);
}

/** Restores a copy of B in a process of its own, which is killed instead of its n-th call; says whether it was. */
async function killedAt(folder: string, call: string, n: number): Promise<boolean> {
  const program = `
    import { commitRestore, finishRestore } from ${JSON.stringify(join(project, 'src/backup/swap.ts'))};
    import { systemClock } from ${JSON.stringify(join(project, 'src/core/clock.ts'))};
    const choice = { accounts: true, certificate: true, by: 'test', clock: systemClock() };
    await commitRestore(${JSON.stringify(folder)}, ${JSON.stringify(look)}, choice);
    await finishRestore(${JSON.stringify(folder)});`;
  const kill = [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${call}:error=EIO:signal=SIGKILL:when=${n}`,
  ];
  const node = [process.execPath, '--input-type=module', '-e', program];
  // One thread makes the calls, so that "the n-th" is one.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
  const end = await promisify(execFile)('strace', [...kill, ...node], { env, timeout: 30_000 }).then(
    () => 'ended',
    (error) => String(error.signal ?? error.code),
  );
  return end !== 'ended';
}

test.each(['rename', 'fsync', 'unlink'])(
  'killed at %s: the old box or the new one',
  { timeout: 240_000 },
  async (call) => {
    const step = call === 'fsync' ? 7 : 1;
    const found = { a: 0, b: 0 };
    for (let n = 1; ; n += step) {
      const folder = join(root, `${call}-${n}`);
      await cp(ready, folder, { recursive: true });
      const wasKilled = await killedAt(folder, call, n);
      const restored = await finishRestore(folder);
      const state = await stateOf(folder);
      expect([ofBox.a, ofBox.b], `${call} ${n}`).toContain(state);
      expect(await readdir(folder)).not.toContain('backup');
      if (restored) expect(state).toBe(ofBox.a);
      found[state === ofBox.a ? 'a' : 'b']++;
      await rm(folder, { recursive: true });
      if (!wasKilled) break;
    }
    // Before the journal it is the old box, after it the new one; both were seen.
    expect(found.a).toBeGreaterThan(0);
    if (call !== 'unlink') expect(found.b).toBeGreaterThan(0);
  },
);
