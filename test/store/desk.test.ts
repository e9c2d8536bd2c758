import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { RohrpostError } from '../../src/core/errors.ts';
import type { Alarm } from '../../src/store/desk/alarms.ts';
import { type Desk, openDesk } from '../../src/store/desk.ts';
import { sightOfDesk } from '../../src/store/sight.ts';
import { root } from '../structure/sources.ts';
import { temporaryFolder } from '../support/store.ts';

function temporaryDesk(folder = temporaryFolder()): { desk: Desk; raw: Sqlite.Database; folder: string } {
  const desk = openDesk(folder);
  const raw = new Sqlite(join(folder, 'desk.sqlite'));
  onTestFinished(() => {
    raw.close();
    desk.close();
  });
  return { desk, raw, folder };
}

const somebody = { role: 'admin', language: 'de', password: 'x', must_change: 0, now_ms: 1 } as const;

test('nobody but the box’s user can read it', () => {
  const { desk, folder } = temporaryDesk();
  desk.setup.set('pairing-code', 'ABCD-EFGH');
  for (const file of ['desk.sqlite', 'desk.sqlite-wal', 'desk.sqlite-shm']) {
    expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
  }
});

test('a commit is on disk before it is told (WAL, synchronous=FULL)', () => {
  const { raw } = temporaryDesk();
  expect(raw.pragma('journal_mode', { simple: true })).toBe('wal');
});

test('the audit can neither be altered nor shortened nor continued with a gap by a statement', () => {
  const { desk, raw } = temporaryDesk();
  desk.audit.add({ by: 'anna', act: 'login', now_ms: 1 });
  expect(() => raw.exec(`UPDATE audit SET by = 'bernd'`)).toThrow('only grows');
  expect(() => raw.exec('DELETE FROM audit')).toThrow('only grows');
  expect(() => raw.exec(`INSERT INTO audit VALUES (7, 1, 'x', 'y', '', '{}', '')`)).toThrow('no gaps');
});

test.each([
  ['altered', `UPDATE audit SET details = '{"count":9}' WHERE id = 3`, 3],
  ['with another time', 'UPDATE audit SET at_ms = at_ms + 1 WHERE id = 1', 1],
  ['taken out', 'DELETE FROM audit WHERE id = 4', 5],
  ['exchanged', 'UPDATE audit SET id = -id WHERE id IN (2, 3); UPDATE audit SET id = 5 + id WHERE id < 0', 2],
  ['with a hash of its own', `UPDATE audit SET hash = '${'0'.repeat(64)}' WHERE id = 2`, 2],
])('I7: a row %s behind our back breaks the chain', (_, statement, brokenAt) => {
  const { desk, raw } = temporaryDesk();
  for (let n = 0; n < 6; n++) desk.audit.add({ by: 'anna', act: 'login', details: { count: n }, now_ms: n });
  expect(desk.audit.verify()).toEqual({ rows: 6, brokenAt: null });
  raw.exec('DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete');
  raw.exec(statement);
  expect(desk.audit.verify().brokenAt).toBe(brokenAt);
});

test('rows cut off at the end leave a sound chain, whose end is another than was written down', () => {
  const { desk, raw } = temporaryDesk();
  for (let n = 0; n < 6; n++) desk.audit.add({ by: 'anna', act: 'login', now_ms: n });
  const noted = desk.audit.last();
  raw.exec('DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE id > 4');
  expect(desk.audit.verify()).toEqual({ rows: 4, brokenAt: null });
  expect(desk.audit.last()).not.toEqual(noted);
});

test('an act within a transaction that fails was never done', () => {
  const { desk } = temporaryDesk();
  const failing = () =>
    desk.transaction(() => {
      desk.accounts.add({ name: 'anna', ...somebody });
      desk.audit.add({ by: 'x', act: 'user-add', now_ms: 1 });
      throw new Error('no');
    });
  expect(failing).toThrow('no');
  expect(desk.accounts.count()).toBe(0);
  expect(desk.audit.last().id).toBe(0);
});

test('two processes write the audit at the same time: one chain', async () => {
  const { desk, folder } = temporaryDesk();
  const script = join(folder, 'writer.ts');
  writeFileSync(
    script,
    `import { openDesk } from ${JSON.stringify(join(root, 'src/store/desk.ts'))};
     const desk = openDesk(process.argv[2]);
     for (let n = 0; n < 100; n++) desk.audit.add({ by: process.argv[3], act: 'login', now_ms: n });
     desk.close();`,
  );
  const children = ['anna', 'bernd'].map((name) => fork(script, [folder, name]));
  onTestFinished(() => void children.map((child) => child.kill('SIGKILL')));
  for (let n = 0; n < 100; n++) desk.audit.add({ by: 'here', act: 'login', now_ms: n });
  const codes = await Promise.all(
    children.map((child) => (child.exitCode === null ? once(child, 'exit') : [child.exitCode])),
  );
  expect(codes.map(([code]) => code)).toEqual([0, 0]);
  expect(desk.audit.verify()).toEqual({ rows: 300, brokenAt: null });
});

test('F74: counters of guesses are bounded; the oldest go, never the one that is written', () => {
  const { desk } = temporaryDesk();
  for (let n = 0; n < 30; n++) desk.guesses.put({ key: `address:${n}`, count: 1, last_ms: n, until_ms: 0 }, 10);
  desk.guesses.put({ key: 'address:late', count: 1, last_ms: 0, until_ms: 0 }, 10);
  expect(desk.guesses.get('address:late')).toBeDefined();
  expect(desk.guesses.get('address:20')).toBeUndefined();
  expect(desk.guesses.get('address:29')).toBeDefined();
});

test('known addresses of an account are bounded', () => {
  const { desk } = temporaryDesk();
  const { id } = desk.accounts.add({ name: 'anna', ...somebody });
  for (let n = 0; n < 30; n++) desk.guesses.know(id, `192.0.2.${n}`, n, 20);
  expect(desk.guesses.knows(id, '192.0.2.9')).toBe(false);
  expect(desk.guesses.knows(id, '192.0.2.10')).toBe(true);
});

test('an account takes everything of it along, but not what it did', () => {
  const { desk, raw } = temporaryDesk();
  const { id } = desk.accounts.add({ name: 'anna', ...somebody });
  desk.sessions.add({ hash: 'h', accountId: id, address: '', agent: '', steady_ms: 1 });
  desk.tokens.add({ hash: 't', account_id: id, name: 'x', role: 'viewer', created_ms: 1, expires_ms: 2 });
  desk.accounts.setRecoveryCodes(id, ['a', 'b']);
  desk.guesses.know(id, '192.0.2.1', 1, 20);
  desk.audit.add({ by: 'anna', act: 'login', now_ms: 1 });
  desk.accounts.remove(id);
  for (const table of ['session', 'token', 'recovery_code', 'known_address']) {
    expect(raw.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
  }
  expect(desk.audit.last().id).toBe(1);
});

test('the revision is another after each act and log-in, and the same after being seen again', () => {
  const { desk } = temporaryDesk();
  const { id } = desk.accounts.add({ name: 'anna', ...somebody });
  const seen = [desk.revision()];
  desk.audit.add({ by: 'anna', act: 'login', now_ms: 1 });
  seen.push(desk.revision());
  const session = desk.sessions.add({ hash: 'h', accountId: id, address: '', agent: '', steady_ms: 1 });
  seen.push(desk.revision());
  expect(new Set(seen).size).toBe(3);
  desk.sessions.touch(session, 5);
  expect(desk.revision()).toBe(seen[2]);
});

test('alarms: those that stand are all kept, of those that are over the latest; a copy for another box has only the past', async () => {
  const { desk, folder } = temporaryDesk();
  const alarm = (n: number, until_ms: number | null): Alarm => ({
    ...{
      id: `alarm-${n}`,
      light: 'disk',
      matter: 'fail operator',
      tone: 'fail',
      code: 'disk-full',
      urgent: n % 2 === 0,
    },
    ...{
      title: { de: 'Ä', en: 'A' },
      words: { de: 'Ö', en: 'O' },
      link: null,
      since_ms: n,
      until_ms,
      times: 1,
      told: 0,
    },
  });
  const standing = [1, 2, 3].map((n) => alarm(n, null));
  desk.alarms.put([...standing, ...[4, 5, 6, 7].map((n) => alarm(n, 10 * n))], 2);
  expect(desk.alarms.standing()).toEqual(standing);
  expect(desk.alarms.past()).toEqual([alarm(7, 70), alarm(6, 60)]);
  desk.alarms.put([{ ...alarm(1, 100), told: 2 }], 2);
  expect(desk.alarms.past()).toEqual([{ ...alarm(1, 100), told: 2 }, alarm(7, 70)]);
  expect(sightOfDesk(folder, ({ alarms }) => alarms())).toEqual([alarm(2, null), alarm(3, null)]);
  const other = temporaryFolder();
  await desk.copyTo(join(other, 'desk.sqlite'));
  const copy = temporaryDesk(other).desk;
  expect([copy.alarms.standing().length, copy.alarms.past().length]).toEqual([0, 2]);
});

test('F68: a damaged file is told as such; one of a newer version too', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'desk.sqlite'), 'this is no database at all, is it? '.repeat(100));
  expect(codeOf(() => openDesk(folder))).toBe('store-corrupt');
  const { raw, folder: newer } = temporaryDesk();
  raw.pragma('user_version = 99');
  expect(codeOf(() => openDesk(newer))).toBe('store-too-new');
});

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return (error as RohrpostError).code;
  }
}
