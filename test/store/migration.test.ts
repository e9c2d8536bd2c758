import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { moves } from '../../src/line/states.ts';
import { deskMigrations } from '../../src/store/desk/schema.ts';
import { needsMigration } from '../../src/store/ledger.ts';
import { migrateLedger, rehearseMigration } from '../../src/store/migration.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/store.ts';
import { root } from '../structure/sources.ts';
import { ledgerOf, makeOldLedger, spoilMigration } from '../support/old-ledger.ts';
import { smallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/store.ts';

const never = new AbortController().signal;
const KNOWN = migrations.length;

function oldLedger(studies?: number): string {
  const folder = temporaryFolder();
  makeOldLedger(folder, studies);
  return folder;
}

describe('what was released stays as it is', () => {
  /** SHA-256 of every migration that a box out there may have had. Add a line for a new one; never change one. */
  const FROZEN = {
    '0001-counts.ts': '4be0b8d80935d143ce5448e0bcc6cc26',
    '0001-spine.ts': '93eec3c0c93f456c694fe5db525b251d',
    '0002-tags.ts': 'a1e93293f4e1a8df5e1bc491f99d4694',
    '0003-hours.ts': 'e4fd2e8d60e77cd6e950bae3b0610b45',
    '0004-traffic.ts': '3a0aa553196553b70ade6e9f84a1a223',
    '0005-mail-hashes.ts': 'f5d855450dca111da482c00a5814518b',
  };
  const hash = (data: string | Buffer) => createHash('sha256').update(data).digest('hex').slice(0, 32);

  test('migrations of the ledger', () => {
    const folder = join(root, 'src/store/migrations');
    const found = Object.fromEntries(
      readdirSync(folder)
        .sort()
        .map((name) => [name, hash(readFileSync(join(folder, name)))]),
    );
    expect(found).toEqual(FROZEN);
  });

  test('migrations of the desk', () => {
    expect(deskMigrations.map(hash)).toEqual(['454710ec063de8334719d994fa43dbbf', '8d9fae003f91e91f59680235d169943b']);
  });
});

describe('who needs a migration', () => {
  test('a ledger of the version before does; a new folder, a current, a newer and a broken one do not', () => {
    expect(needsMigration(oldLedger())).toBe(true);
    const folder = temporaryFolder();
    expect(needsMigration(folder)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    openStore(folder, moves).close();
    expect(needsMigration(folder)).toBe(false);
  });

  test('a visitor beside the box leaves an older ledger as it is', () => {
    const folder = oldLedger();
    const before = ledgerOf(folder);
    expect(() => openStore(folder, moves, 'visitor')).toThrow(expect.objectContaining({ code: 'store-too-old' }));
    expect(ledgerOf(folder)).toEqual(before);
  });
});

describe('rehearsal', () => {
  test('goes well on a copy, changes nothing and leaves nothing behind', async () => {
    const folder = oldLedger();
    const before = ledgerOf(folder);
    await rehearseMigration(folder, moves, never);
    expect(ledgerOf(folder)).toEqual(before);
    expect(before.version).toBe(KNOWN - 1);
    expect(existsSync(join(folder, 'rehearsal'))).toBe(false);
  });

  test('a migration that fails on these data is told, and nothing is changed', async () => {
    const folder = oldLedger();
    spoilMigration(folder);
    const before = ledgerOf(folder);
    const error = expect.objectContaining({
      code: 'migration-failed',
      message: expect.stringContaining('mail_sha256'),
    });
    await expect(rehearseMigration(folder, moves, never)).rejects.toThrow(error);
    await expect(migrateLedger(folder, moves, never)).rejects.toThrow(error);
    expect(ledgerOf(folder)).toEqual(before);
    expect(readdirSync(folder)).not.toContain('rehearsal');
  });

  test.runIf(smallDisk.isPossible)('without room for a copy it is not begun', async () => {
    const folder = smallDisk(64);
    makeOldLedger(folder);
    const error = expect.objectContaining({ code: 'migration-no-room' });
    await expect(rehearseMigration(folder, moves, never)).rejects.toThrow(error);
    expect(readdirSync(folder)).not.toContain('rehearsal');
  });

  test('stopped in the middle it ends at once', async () => {
    const folder = oldLedger(400);
    const stop = new AbortController();
    const going = rehearseMigration(folder, moves, stop.signal);
    setTimeout(() => stop.abort(), 100);
    await expect(going).rejects.toThrow(expect.objectContaining({ code: 'stopped' }));
  });
});

describe('killed at any moment', () => {
  /** Rehearses and migrates a copy of a ledger in a process that is killed instead of its n-th call; says whether it was. */
  async function killedAt(folder: string, call: string, n: number): Promise<boolean> {
    const program = `
      import { migrateLedger, rehearseMigration } from ${JSON.stringify(join(root, 'src/store/migration.ts'))};
      import { moves } from ${JSON.stringify(join(root, 'src/line/states.ts'))};
      const never = new AbortController().signal;
      await rehearseMigration(${JSON.stringify(folder)}, moves, never);
      await migrateLedger(${JSON.stringify(folder)}, moves, never);`;
    const inject = `inject=${call}:error=EIO:signal=SIGKILL:when=${n}`;
    const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
    const node = [process.execPath, '--input-type=module', '-e', program];
    return promisify(execFile)('strace', [...args, ...node], { timeout: 60_000 }).then(
      () => false,
      (error: { signal?: string; stderr?: string }) => {
        if (error.signal !== 'SIGKILL' && error.stderr) throw new Error(error.stderr);
        return true;
      },
    );
  }

  test.each([
    ['fsync', 2],
    ['pwrite64', 40],
    ['unlink', 2],
  ] as const)(
    'at %s: every row is there, and the next start brings it to its end',
    { timeout: 240_000 },
    async (call, step) => {
      const ready = oldLedger(20);
      const { rows } = ledgerOf(ready);
      const versions = new Set<number>();
      let kills = 0;
      for (let n = 1; ; n += step) {
        const folder = join(temporaryFolder(), 'data');
        cpSync(ready, folder, { recursive: true });
        const wasKilled = await killedAt(folder, call, n);
        const after = ledgerOf(folder);
        expect(after.rows, `${call} ${n}`).toBe(rows);
        expect([KNOWN - 1, KNOWN]).toContain(after.version);
        versions.add(after.version);
        if (after.version < KNOWN) await rehearseMigration(folder, moves, never);
        await migrateLedger(folder, moves, never);
        expect(ledgerOf(folder)).toEqual({ version: KNOWN, rows });
        expect(readdirSync(folder)).not.toContain('rehearsal');
        if (!wasKilled) break;
        kills++;
      }
      expect(kills).toBeGreaterThan(1);
      expect(versions.has(KNOWN - 1)).toBe(true);
    },
  );
});
