import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDesk } from '../../src/store/desk.ts';
import { rohrpost } from './rohrpost.ts';

/** rohrpost audit: what somebody with the rights of the box did to its file, told by the command line. */

let data: string;
const verify = (...args: string[]) => rohrpost(['audit', 'verify', '--data', data, '--lang', 'en', ...args]);
const verifyGerman = (...args: string[]) => rohrpost(['audit', 'verify', '--data', data, '--lang', 'de', ...args]);

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'rohrpost-audit-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

/** Adds rows as the box does; gives back the end as its log tells it. */
function add(count: number, by = 'anna'): string {
  const desk = openDesk(data);
  desk.transaction(() => {
    for (let n = 0; n < count; n++) desk.audit.add({ by, act: 'login', subject: `s${n}`, details: { n }, now_ms: n });
  });
  const { id, hash } = desk.audit.last();
  desk.close();
  return `${id}:${hash}`;
}

/** What the triggers refuse goes by taking them away. */
function tamper(sql: string): void {
  const raw = new Sqlite(join(data, 'desk.sqlite'));
  raw.exec(`DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_in_order; ${sql}`);
  raw.close();
}

describe('the chain', () => {
  test('sound, over several slices: rows and end, 0', async () => {
    const end = add(2_345);
    expect(await verify()).toEqual({ code: 0, err: '', out: `ok      sound: 2,345 entries\nend: ${end}\n` });
    expect(await verifyGerman()).toEqual({
      ...{ code: 0, err: '' },
      out: `ok      unversehrt: 2.345 Einträge\nEnde: ${end}\n`,
    });
    const json = JSON.parse((await verify('--json')).out);
    expect(json).toMatchObject({ rows: 2_345, brokenAt: null, end: { id: 2_345 }, kept: null });
  });

  test('empty is sound', async () => {
    add(0);
    expect(await verify()).toEqual({ code: 0, err: '', out: 'ok      the audit is empty\n' });
    expect((await verifyGerman()).out).toBe('ok      das Audit-Protokoll ist leer\n');
  });

  test('beside a box that writes: what comes meanwhile is no damage', async () => {
    add(1_500);
    const desk = openDesk(data);
    const looking = verify();
    desk.audit.add({ by: 'anna', act: 'logout', now_ms: 2 });
    expect((await looking).code).toBe(0);
    desk.close();
  });

  test.each([
    ['altered', "UPDATE audit SET by = 'bernd' WHERE id = 1700", 1_700],
    ['altered in its details, to what is no JSON', "UPDATE audit SET details = '{' WHERE id = 3", 3],
    ['altered in its hash', "UPDATE audit SET hash = replace(hash, 'a', 'b') WHERE id = 5", 5],
    ['removed', 'DELETE FROM audit WHERE id = 1000', 1_001],
    ['the first removed', 'DELETE FROM audit WHERE id = 1', 2],
    [
      'put before the first one',
      "INSERT INTO audit VALUES (-7, 1, 'nobody', 'login', '', '{}', '0000000000000000000000000000000000000000000000000000000000000000')",
      -7,
    ],
  ])('a row %s: the first that does not fit is told, 1', async (_, sql, row) => {
    const end = add(2_000);
    tamper(sql);
    const told = await verify();
    expect(told).toMatchObject({ code: 1, err: '' });
    expect(told.out).toContain(`FAIL    The audit was altered or damaged: entry ${row} does not fit`);
    expect(told.out).toContain('[audit-broken]');
    expect((await verifyGerman()).out).toContain(`FEHLER  Das Audit-Protokoll wurde verändert`);
    const json = await verify('--json', '--end', end);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ brokenAt: row, kept: { id: 2_000, found: 'broken' } });
  });
});

describe('--end, a place that was kept elsewhere', () => {
  test('is there, also after more rows: everything up to it is as it was', async () => {
    const kept = add(20);
    expect((await verify('--end', kept)).code).toBe(0);
    add(5);
    const later = await verify('--end', kept.toUpperCase());
    expect(later).toMatchObject({ code: 0, out: expect.stringContaining('up to entry 20 everything is as it was') });
    expect((await verifyGerman('--end', kept)).out).toContain('bis Eintrag 20 ist alles, wie es war');
  });

  test('is as it was where only a later row was altered; the chain is broken all the same', async () => {
    const kept = add(20);
    add(5);
    tamper("UPDATE audit SET by = 'x' WHERE id = 22");
    const told = await verify('--end', kept);
    expect(told.code).toBe(1);
    expect(told.out).toContain('[audit-broken]');
    expect(told.out).toContain('up to entry 20 everything is as it was');
  });

  test('rows cut off at the end leave a sound chain, and are told', async () => {
    const kept = add(20);
    tamper('DELETE FROM audit WHERE id > 17');
    expect((await verify()).code).toBe(0);
    const told = await verify('--end', kept);
    expect(told.code).toBe(1);
    expect(told.out).toContain('it ends with entry 17, and entry 20 was kept. [audit-cut]');
    expect((await verifyGerman('--end', kept)).out).toContain('endet mit Eintrag 17, aufgehoben wurde Eintrag 20.');
  });

  test('cut off, and filled up with other rows', async () => {
    const kept = add(20);
    tamper('DELETE FROM audit WHERE id > 17');
    add(10, 'bernd');
    expect((await verify()).code).toBe(0);
    expect(await verify('--end', kept)).toMatchObject({ code: 1, out: expect.stringContaining('[audit-rewritten]') });
  });

  test('written anew from the first row on, with the same number of rows', async () => {
    const kept = add(20);
    tamper('DELETE FROM audit');
    add(20, 'bernd');
    expect((await verify()).code).toBe(0);
    expect(await verifyGerman('--end', kept)).toMatchObject({
      ...{ code: 1, out: expect.stringContaining('FEHLER  Dies ist nicht das Audit-Protokoll') },
    });
  });

  test('all of it gone: the file emptied, the file removed', async () => {
    const kept = add(20);
    tamper('DELETE FROM audit');
    expect(await verify('--end', kept)).toMatchObject({ code: 1, out: expect.stringContaining('[audit-cut]') });
    await rm(join(data, 'desk.sqlite'));
    const none = await verify('--end', kept);
    expect(none).toMatchObject({ code: 1, out: '', err: expect.stringContaining('[audit-missing]') });
    expect(await readdir(data), 'looking does not make one').not.toContain('desk.sqlite');
  });

  test.each(['20', '20:abc', `0:${'a'.repeat(64)}`, `-1:${'a'.repeat(64)}`, `2:${'g'.repeat(64)}`])(
    '%j is wrong usage: 2',
    async (text) => {
      add(1);
      const told = await verify(`--end=${text}`);
      expect(told).toMatchObject({ code: 2, out: '', err: expect.stringContaining('form ID:HASH') });
    },
  );
});

test('an export: both formats, audited, never over a file; its last row is a place to keep', async () => {
  add(3);
  const file = join(data, 'audit.jsonl');
  const written = await rohrpost(['audit', 'export', file, '--format', 'jsonl', '--data', data, '--by', 'frau-test']);
  expect(written).toMatchObject({ code: 0, out: `Written: ${file}\n` });
  const rows = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const last = JSON.parse(rows.at(-1)!);
  expect(last).toMatchObject({ id: 4, act: 'audit-export', by: 'frau-test' });
  expect((await verify('--end', `${last.id}:${last.hash}`)).code).toBe(0);
  expect((await rohrpost(['audit', 'export', file, '--data', data])).code).toBe(2);
  const csv = await rohrpost(['audit', 'export', '-', '--data', data, '--lang', 'de']);
  expect(csv.code).toBe(0);
  expect(csv.out).toContain('Audit-Protokoll ausgegeben');
});
