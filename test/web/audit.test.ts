import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { auditCsv, auditJsonLines } from '../../src/audit/export.ts';
import { sha256 } from '../../src/core/ids.ts';
import { openLog } from '../../src/core/log.ts';
import { openDesk } from '../../src/store/desk.ts';
import { auditTexts } from '../../src/web/audit-texts.ts';
import { readSources } from '../structure/sources.ts';
import { START_MS } from '../support/clock.ts';
import { eventually } from '../support/line.ts';
import { temporaryFolder } from '../support/store.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

async function opened(o: Parameters<typeof openWeb>[0] = {}): Promise<TestWeb> {
  const web = await openWeb(o);
  onTestFinished(() => web.stop());
  return web;
}

/** Adds rows; gives back the number of the last one before them, for the house writes some itself. */
function fill(web: TestWeb, count: number): number {
  const { audit } = web.premises.desk;
  const before = audit.last().id;
  web.premises.desk.transaction(() => {
    for (let n = 0; n < count; n++) {
      const by = n % 2 === 0 ? 'anna' : 'bernd';
      audit.add({ by, act: n % 3 === 0 ? 'login' : 'user-add', subject: `s${n}`, now_ms: START_MS + n * 1_000 });
    }
  });
  return before;
}

test('pages of the audit hang together, the latest first; filters hold over pages', async () => {
  const web = await opened();
  const before = fill(web, 250);
  const admin = web.as('admin');
  const first = (await admin.get('/api/audit?limit=100')).body;
  const second = (await admin.get(`/api/audit?limit=100&before=${first.before}`)).body;
  const third = (await admin.get(`/api/audit?limit=100&before=${second.before}`)).body;
  const ids = [first, second, third].flatMap(({ rows }) => rows.map(({ id }: { id: number }) => id));
  expect(ids).toEqual(Array.from({ length: 250 + before }, (_, n) => 250 + before - n));
  expect(third.before).toBeNull();
  expect(first.acts).toContainEqual({ act: 'login', text: 'Logged in' });
  expect(first.acts).toContainEqual({ act: 'user-add', text: 'Account added' });
  expect(first.people).toEqual(expect.arrayContaining(['anna', 'bernd']));
  const query = `act=login&by=anna&since_ms=${START_MS + 100_000}&until_ms=${START_MS + 130_000}`;
  const some = (await admin.get(`/api/audit?${query}`)).body.rows;
  expect(some.map(({ subject }: { subject: string }) => subject)).toEqual(['s126', 's120', 's114', 's108', 's102']);
  const bad = await admin.get('/api/audit?limit=100000&since_ms=yesterday');
  expect(bad.body.problems.map(({ path }: { path: string[] }) => path[0]).sort()).toEqual(['limit', 'since_ms']);
});

test('the export has every row once, in order, while others are written; it is itself audited', async () => {
  const web = await opened();
  const before = fill(web, 2_345);
  const admin = web.as('admin');
  const jsonl = await admin.get('/api/audit/export?format=jsonl');
  expect(jsonl.headers['content-disposition']).toMatch(
    /^attachment; filename="rohrpost-audit-\d{4}-\d\d-\d\d\.jsonl"$/,
  );
  const rows = jsonl.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: before + 2_346 }, (_, n) => n + 1));
  expect(rows.at(-1)).toMatchObject({ act: 'audit-export', by: 'test-admin' });
  const csv = await admin.get('/api/audit/export?format=csv&by=anna');
  expect(csv.text.startsWith('\ufeffid,at,by,act,text,subject,details,hash\r\n')).toBe(true);
  expect(csv.text.trimEnd().split('\r\n')).toHaveLength(1 + 1_173);
});

test('what the export says is enough to check the chain without the box', async () => {
  const desk = openDesk(temporaryFolder());
  onTestFinished(() => desk.close());
  for (let n = 0; n < 5; n++) desk.audit.add({ by: 'ä', act: 'login', details: { n, text: '"' }, now_ms: n });
  let previous = '';
  for await (const lines of auditJsonLines(desk.audit, {})) {
    for (const line of lines.trimEnd().split('\n')) {
      const row = JSON.parse(line);
      const signed = [row.id, row.at_ms, row.by, row.act, row.subject, JSON.stringify(row.details)];
      expect(row.hash).toBe(sha256(`${previous}\n${JSON.stringify(signed)}`));
      previous = row.hash;
    }
  }
});

test('a name that is a formula in a spreadsheet is none in the export', async () => {
  const desk = openDesk(temporaryFolder());
  onTestFinished(() => desk.close());
  desk.audit.add({ by: '=cmd|calc', act: 'token-add', subject: '@x,"y"\r\nz', now_ms: 0 });
  let text = '';
  for await (const lines of auditCsv(desk.audit, {}, (act) => act)) text += lines;
  expect(text).toContain(`1,1970-01-01T00:00:00.000Z,'=cmd|calc,token-add,token-add,"'@x,""y""\r\nz",,`);
});

test('a row altered, exchanged or taken out is found at the start, told in the log and on the page', async () => {
  const folder = temporaryFolder();
  const before = openDesk(folder);
  for (let n = 0; n < 2_500; n++) before.audit.add({ by: 'anna', act: 'login', now_ms: n });
  before.close();
  const raw = new Sqlite(join(folder, 'desk.sqlite'));
  raw.exec(`DROP TRIGGER audit_no_update; UPDATE audit SET by = 'bernd' WHERE id = 1700;`);
  raw.close();
  const lines: string[] = [];
  const log = openLog('info', { write: (line: string) => void lines.push(line) });
  const web = await opened({ folder, settings: null, log });
  const admin = web.as('admin');
  await eventually(async () => (await admin.get('/api/audit/chain')).body.checked_ms !== null);
  expect((await admin.get('/api/audit/chain')).body).toMatchObject({ brokenAt: 1_700, rows: 1_699 });
  expect(lines.join('')).toContain('"code":"audit-broken","row":1700');
});

test('a sound chain tells its end to the log, against which a cut-off end shows', async () => {
  const lines: string[] = [];
  const log = openLog('info', { write: (line: string) => void lines.push(line) });
  const web = await opened({ log });
  const rows = fill(web, 1_500) + 1_500;
  const { body } = await web.as('admin').post('/api/audit/chain');
  expect(body).toMatchObject({ rows, brokenAt: null, end: { id: rows } });
  expect(lines.join('')).toContain(`"rows":${rows},"last":${rows},"hash":"${body.end.hash}"`);
});

test('every act that the program writes has a name in both languages', () => {
  const calls = /audit\.add\(\{[^;]*?\bact: '([a-z-]+)'/g;
  const written = readSources().flatMap(({ text }) => [...text.matchAll(calls)].map(([, act]) => act!));
  expect(written).toContain('login');
  expect(written.filter((act) => !Object.hasOwn(auditTexts, act))).toEqual([]);
  const rest = readSources().filter(({ path }) => path !== 'src/web/audit-texts.ts');
  const isUsed = (act: string) =>
    rest.some(({ text }) => text.includes(`'${act}'`) || text.includes(`\`${act.split('-')[0]}-\${`));
  expect(Object.keys(auditTexts).filter((act) => !isUsed(act))).toEqual([]);
});
