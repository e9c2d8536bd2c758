import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openReceiver } from '../../scripts/fleet/receive.ts';
import { openShelf, parseReport } from '../../scripts/fleet/reports.ts';
import { makeCa, type TestCa } from '../support/ca.ts';
import { fleet, reportOf } from '../support/fleet.ts';

const PATH = '/report/a-token-that-nobody-guesses';
const DAY_MS = 86_400_000;
let folder: string;
let reports: string;
let ca: TestCa;
let server: ReturnType<typeof openReceiver>;
let now_ms = Date.parse('2027-03-10T12:00:00Z');
const log: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-reports-'));
  ca = await makeCa(join(folder, 'ca'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Sent {
  path?: string;
  method?: string;
  type?: string;
  body?: string | Buffer;
}

/** The status of the answer; a connection that was cut is 0. */
function post(o: Sent = {}): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const { path = PATH, method = 'POST', type = 'application/json', body = JSON.stringify(reportOf(1)) } = o;
  return new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, ca: ca.caPem, headers: { 'content-type': type }, timeout: 10_000 },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode!));
      },
    );
    asked.on('error', () => resolve(0)).on('timeout', () => asked.destroy());
    asked.end(body);
  });
}

describe('the receiver', () => {
  beforeEach(async () => {
    reports = await mkdtemp(join(folder, 'shelf-'));
    const { cert, key } = await ca.issue({ ips: ['127.0.0.1'] });
    const shelf = await openShelf(reports, { most_boxes: 5 });
    server = openReceiver({ shelf, cert, key, now: () => now_ms, path: PATH, log: (line) => log.push(line) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return () => new Promise<void>((resolve) => server.close(() => resolve()));
  });

  test('keeps the latest report of each box, for nobody else to read', async () => {
    expect(await post()).toBe(204);
    now_ms += 1000;
    expect(await post({ body: JSON.stringify(reportOf(1, { version: '2.0.0', health: 'red' })) })).toBe(204);
    expect(await post({ body: JSON.stringify(reportOf(2)) })).toBe(204);
    const names = await readdir(reports);
    expect(names).toHaveLength(2);
    const kept = JSON.parse(await readFile(join(reports, names[0]!), 'utf8'));
    expect(kept).toMatchObject({
      ...{ report: { version: '2.0.0' }, by: 'https', before: { version: '1.0.0', health: 'green' } },
      ...{ first: new Date(now_ms - 1000).toISOString(), received: new Date(now_ms).toISOString() },
    });
    expect((await stat(join(reports, names[0]!))).mode & 0o777).toBe(0o600);
  });

  test('turns away what is no report, keeps nothing of it, and goes on', async () => {
    const whole = reportOf(1);
    const bodies = [
      ...['', '{', 'null', '[]', '"x"', '{"format":1}', Buffer.from([0xff, 0xfe])],
      ...[{ format: 2 }, { box: '../../etc/passwd' }, { box: 'SHOUTED0000000000000' }, { box: 'short' }, { slot: 'C' }],
      ...[{ version: 'two' }, { health: 'purple' }, { product: 'other' }, { name: 'x'.repeat(100) }, { sequence: -1 }],
      ...[{ at: 'yesterday' }, { last: { version: '2.0.0', result: 'exploded', code: null } }, { name: '\u001b[2J' }],
      ...[{ last: { version: '2.0.0', result: 'failed', code: '<script>' } }],
    ].map((body) => (typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify({ ...whole, ...body })));
    for (const body of bodies) expect([await post({ body }), body.toString()]).toEqual([400, body.toString()]);
    expect(await post({ body: JSON.stringify({ ...whole, name: 'x'.repeat(20_000) }) })).toSatisfy(
      (status) => status === 413 || status === 0,
    );
    expect(await post({ method: 'GET', body: '' })).toBe(405);
    expect(await post({ type: 'text/plain' })).toBe(415);
    expect(await post({ path: '/report/guess' })).toBe(404);
    expect(await post({ path: '/' })).toBe(404);
    expect(await readdir(reports)).toEqual([]);
    expect(await post()).toBe(204);
    expect(log).toEqual([]);
  });

  test('takes what a newer box says beyond what is known here, and keeps none of it', async () => {
    expect(await post({ body: JSON.stringify({ ...reportOf(1), patient: 'Testperson^Erika' }) })).toBe(204);
    const [name] = await readdir(reports);
    expect(await readFile(join(reports, name!), 'utf8')).not.toContain('Testperson');
  });

  test('a box that reports without end is slowed down; others are not; after an hour it may again', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 32; count++) statuses.push(await post());
    expect(statuses.filter((status) => status === 204)).toHaveLength(30);
    expect(statuses.at(-1)).toBe(429);
    expect(await post({ body: JSON.stringify(reportOf(2)) })).toBe(204);
    now_ms += 3_600_000;
    expect(await post()).toBe(204);
  });

  test('invented boxes do not fill the disk', async () => {
    for (let number = 0; number < 5; number++) expect(await post({ body: JSON.stringify(reportOf(number)) })).toBe(204);
    expect(await post({ body: JSON.stringify(reportOf(99)) })).toBe(507);
    expect(await post({ body: JSON.stringify(reportOf(3)) })).toBe(204);
    expect(await readdir(reports)).toHaveLength(5);
  });

  test('does not speak without TLS', async () => {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.end('POST / HTTP/1.1\r\nhost: x\r\n\r\n');
    const said = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.on('close', () => resolve(text)).on('error', () => resolve(text));
    });
    expect(said).not.toContain('HTTP/1.1 2');
  });
});

describe('the table', () => {
  const now = Date.now();
  beforeEach(async () => {
    reports = await mkdtemp(join(folder, 'table-'));
    const shelf = await openShelf(reports);
    const put = (number: number, days: number, o: Parameters<typeof reportOf>[1]) =>
      shelf.put(reportOf(number, o), { now_ms: now - days * DAY_MS, by: 'https' });
    await put(1, 0, { name: 'radiologie-nord' });
    await put(2, 3.5, { name: 'praxis-am-markt' });
    const fell = { version: '2.0.0', result: 'fell-back', code: 'database' } as const;
    await put(3, 0.5, { name: 'mvz-sued', health: 'red', last: fell });
    await put(4, 0, { name: '<img src=x onerror=alert(1)>&"\'', health: 'yellow', trial: true });
  });

  test('says who is silent, who is ill, and what became of updates; the ill come first', async () => {
    const { out } = await fleet('status', reports);
    const lines = out.trimEnd().split('\n');
    expect(lines[1]).toMatch(/^praxis-am-markt .* silent for 3 days /);
    expect(lines[2]).toMatch(/^mvz-sued .* red +2\.0\.0 fell back \(database\)/);
    expect(lines[4]).toMatch(/^radiologie-nord .* green /);
    expect(lines[5]).toBe('4 boxes: 1 green, 1 yellow, 1 red; 1 silent.');
    expect((await fleet('status', reports, '--lang', 'de')).out).toContain('still seit 3 Tagen');
    const json = JSON.parse((await fleet('status', reports, '--json')).out);
    expect(json.map((one: { silent_days: number | null }) => one.silent_days)).toEqual([null, 3, null, null]);
  });

  test('the page is one file: nothing runs in it, nothing comes from elsewhere, whatever boxes call themselves', async () => {
    const file = join(folder, 'fleet.html');
    await fleet('status', reports, '--html', file);
    const html = await readFile(file, 'utf8');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;');
    expect(html.replace(/&lt;.*?&gt;/g, '')).not.toMatch(/<img|<script|<link|https?:|url\(|@import|src=| on\w+=/i);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toContain(reportOf(1).box);
  });

  test('a record that somebody damaged is told, not passed over', async () => {
    const [name] = await readdir(reports);
    await writeFile(join(reports, name!), '{');
    expect(await fleet('status', reports)).toMatchObject({ code: 1, err: expect.stringContaining(name!) });
    expect(await fleet('status', join(folder, 'nowhere'))).toMatchObject({ code: 1 });
  });

  test('an empty shelf is no error', async () => {
    await mkdir(join(folder, 'empty'));
    expect(await fleet('status', join(folder, 'empty'))).toMatchObject({ code: 0, out: 'No reports yet.\n' });
  });
});

test('a report that is read has its known fields and no other', () => {
  const extra = { ...reportOf(1), more: 1, last: { version: '1.0.0', result: 'good', code: null, more: 2 } };
  expect(parseReport(Buffer.from(JSON.stringify(extra)))).toEqual({
    ...reportOf(1),
    last: { version: '1.0.0', result: 'good', code: null },
  });
});
