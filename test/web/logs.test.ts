import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logLimits } from '../../src/core/limits.ts';
import { type OpenLog, openLog } from '../../src/core/log.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

const written: string[] = [];
const quiet = { write: (line: string) => void written.push(line) };

describe('the last lines', () => {
  test('are bounded in number, and the oldest go first', () => {
    const log = openLog('info', quiet);
    for (let i = 1; i <= logLimits.last_lines + 7; i++) log.info('line', { i });
    const lines = [...log.lastLines()];
    expect(lines).toHaveLength(logLimits.last_lines);
    expect(lines[0]!.number).toBe(8);
    expect(JSON.parse(lines.at(-1)!.text)).toMatchObject({ i: logLimits.last_lines + 7, msg: 'line', level: 'info' });
  });

  test('are bounded in size', () => {
    const log = openLog('info', quiet);
    for (let i = 0; i < 100; i++) log.info('x'.repeat(100_000));
    const characters = [...log.lastLines()].reduce((sum, { text }) => sum + text.length, 0);
    expect(characters).toBeLessThanOrEqual(logLimits.last_characters);
    expect(characters).toBeGreaterThan(logLimits.last_characters / 2);
  });

  test('are the same as those written, and a change of the level counts for what was derived before', () => {
    written.length = 0;
    const log = openLog('warn', quiet);
    const derived = log.with({ association: 7 });
    derived.info('not yet');
    log.setLevel('debug');
    derived.debug('now', { code: 'x' });
    expect([...log.lastLines()].map(({ text }) => `${text}\n`)).toEqual(written);
    expect(JSON.parse(written[0]!)).toMatchObject({ association: 7, code: 'x', msg: 'now', level: 'debug' });
  });
});

describe('over the API', () => {
  let log: OpenLog;
  let web: TestWeb;
  beforeAll(async () => {
    log = openLog('info', quiet);
    web = await openWeb({ log });
    log.info('first', { row: 'zeile-Ä7' });
    log.warn('second', { code: 'disk-full', free_bytes: 12 });
    log.error('third', { code: 'disk-error' });
    log.info('fourth');
  });
  afterAll(() => web.stop());

  const messages = async (query: string) => {
    const { body, text, status } = await web.as('operator').get(`/api/log?${query}`);
    expect(status, text).toBe(200);
    return body.lines.map(({ message }: { message: string }) => message).slice(0, 4);
  };

  test('they come the latest first, with what they carry', async () => {
    const { body } = await web.as('operator').get('/api/log?limit=3');
    expect(body).toMatchObject({ more: true, level: 'info' });
    expect(body.lines[1]).toMatchObject({ message: 'third', level: 'error', code: 'disk-error', fields: {} });
    expect(body.lines[2]).toMatchObject({ level: 'warn', fields: { free_bytes: '12' } });
    expect(Math.abs(body.lines[0].at_ms - Date.now())).toBeLessThan(60_000);
  });

  test('by level, code, words, time; page by page; what is new', async () => {
    expect(await messages('level=warn')).toEqual(['third', 'second']);
    expect(await messages('code=disk-full')).toEqual(['second']);
    expect(await messages('text=ZEILE-%C3%847')).toEqual(['first']);
    expect(await messages(`since_ms=${Date.now() + 60_000}`)).toEqual([]);
    const { body } = await web.as('operator').get('/api/log?limit=2');
    const before = body.lines[1].number;
    expect((await messages(`before=${before}&limit=2`)).slice(0, 2)).toEqual(['second', 'first']);
    const latest = body.lines[0].number;
    log.info('fifth');
    expect(await messages(`after=${latest}`)).toEqual(['fifth']);
  });

  test('what is no level, and a limit that is too large, are told beside their field', async () => {
    const { status, body } = await web.as('operator').get('/api/log?level=loud&limit=100000');
    expect(status).toBe(400);
    expect(body.problems.map(({ path }: { path: string[] }) => path[0]).sort()).toEqual(['level', 'limit']);
  });

  test('as a file, the oldest first', async () => {
    const { text, headers } = await web.as('operator').get('/api/log/export?level=warn');
    expect(headers['content-disposition']).toMatch(/^attachment; filename="rohrpost-log-[\d-]+\.jsonl"$/);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ message }) => message)).toEqual(['second', 'third']);
  });

  test('a viewer may not', async () => {
    expect((await web.as('viewer').get('/api/log')).status).toBe(403);
    expect((await web.as('viewer').get('/api/log/export')).status).toBe(403);
  });

  test('the level follows the settings while the box runs', async () => {
    const { settings } = web.premises.box()!;
    log.debug('too quiet');
    await settings.save((draft) => {
      draft.log.level = 'debug';
    }, settings.revision());
    log.debug('loud enough');
    expect(await messages('text=quiet')).toEqual([]);
    expect(await messages('text=loud enough')).toEqual(['loud enough']);
  });
});
