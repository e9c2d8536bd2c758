import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as plainRequest } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHouse } from '../../src/box/house.ts';
import { createSettings } from '../../src/config/settings.ts';
import { systemClock } from '../../src/core/clock.ts';
import { webLimits } from '../../src/core/limits.ts';
import { openLog, silentLog } from '../../src/core/log.ts';
import { eventually } from '../support/line.ts';
import { freePort } from '../support/ports.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

describe('the server', () => {
  let web: TestWeb;
  beforeAll(async () => {
    web = await openWeb();
  });
  afterAll(() => web.stop());

  test('every answer carries a strict policy, and nothing that names the program', async () => {
    for (const url of ['/', '/api/state', '/api/nothing', '/api/events']) {
      const { headers } = await web.ask({ url });
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers.server).toBeUndefined();
    }
  });

  test('what is not there is told with a code, in the language asked for', async () => {
    const german = await web.ask({ url: '/api/nothing', headers: { 'accept-language': 'de-AT,de;q=0.9,en;q=0.5' } });
    expect(german).toMatchObject({
      status: 404,
      body: { code: 'not-found', message: 'Das gibt es hier nicht (mehr).' },
    });
    const english = await web.ask({ url: '/api/nothing', headers: { 'accept-language': 'fr, en;q=0.8' } });
    expect(english.body.message).toBe('This is not here (any more).');
  });

  test('a body that is too large, no JSON, or of another type is refused with a code and no stack', async () => {
    const admin = web.as('admin');
    const headers = { 'content-type': 'application/json' };
    const large = await admin.put('/api/settings', 'x'.repeat(webLimits.body_bytes + 1), { headers });
    expect(large).toMatchObject({ status: 413, body: { code: 'request-too-large' } });
    const broken = await admin.put('/api/settings', '{"revision":', { headers });
    expect(broken).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    const typed = await admin.put('/api/settings', '<a/>', { headers: { 'content-type': 'text/xml' } });
    expect(typed).toMatchObject({ status: 415, body: { code: 'request-type' } });
    for (const { text } of [large, broken, typed]) expect(text).not.toMatch(/node_modules|\.ts:\d|stack/);
  });

  test('whoever asks too often is told when to come back, others are served', async () => {
    const from = (remoteAddress: string) => web.ask({ url: '/api/nothing', remoteAddress });
    for (let n = 0; n < webLimits.requests_per_minute; n++) await from('192.0.2.7');
    const refused = await from('192.0.2.7');
    expect(refused).toMatchObject({ status: 429, body: { code: 'request-too-often' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await from('192.0.2.8')).status).toBe(404);
  });

  test('TLS 1.1 and plain HTTP are refused at the door', async () => {
    const { port } = new URL(web.url);
    const old = connect({
      host: '127.0.0.1',
      port: Number(port),
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      rejectUnauthorized: false,
    });
    const [error] = await once(old, 'error');
    expect(String(error)).toMatch(/protocol|alert|handshake|EPROTO/i);
    const plain = plainRequest({ host: '127.0.0.1', port });
    plain.end();
    await expect(once(plain, 'response')).rejects.toThrow();
  });

  test('listeners hear that something has changed, and nothing else; a token that ends, ends the stream', async () => {
    const operator = web.as('operator');
    const stream = await listen(web, operator.token);
    expect(stream.status).toBe(200);
    const box = web.premises.box()!;
    await box.settings.save((draft) => {
      draft.site.name = 'Anders';
    }, box.settings.revision());
    await eventually(() => expect(stream.text()).toContain('data: {"topic":"settings"}'));
    expect(stream.text()).not.toContain('Anders');
    const { desk, clock } = web.premises;
    for (const token of desk.tokens.list()) desk.tokens.remove(token.id);
    desk.audit.add({ by: 'test', act: 'token-removed', now_ms: clock.now() });
    await eventually(() => expect(stream.isOver()).toBe(true));
  });

  test('listening needs a log-in', async () => {
    expect((await web.ask({ url: '/api/events' })).status).toBe(401);
  });
});

async function status(port: number): Promise<number> {
  const asked = request({ host: '127.0.0.1', port, path: '/api/nothing', rejectUnauthorized: false });
  asked.end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}

async function listen(web: TestWeb, token: string) {
  const asked = request(`${web.url}/api/events`, {
    rejectUnauthorized: false,
    headers: { authorization: `Bearer ${token}` },
  });
  asked.end();
  const [response] = await once(asked, 'response');
  let text = '';
  let over = false;
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('error', () => {});
  response.on('close', () => {
    over = true;
  });
  return { status: response.statusCode as number, text: () => text, isOver: () => over };
}

describe('the plain door', () => {
  test('only leads to the page, and never to where a forged Host or path says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rohrpost-door-'));
    const house = await startHouse(folder, { log: silentLog, door: { host: '127.0.0.1', port: 0, redirectPort: 0 } });
    try {
      const { web, redirect } = house.ports();
      const go = async (path: string, host: string) => {
        const asked = plainRequest({ host: '127.0.0.1', port: redirect!, path, headers: { host } });
        asked.end();
        const [response] = await once(asked, 'response');
        response.resume();
        return { status: response.statusCode, location: response.headers.location };
      };
      expect(await go('/studies?x=1', 'box.lan:8080')).toEqual({
        status: 308,
        location: `https://box.lan:${web}/studies?x=1`,
      });
      expect((await go('/', 'evil.example/x@box')).status).toBe(400);
      expect((await go('//evil.example', 'box.lan')).location).toBe(`https://box.lan:${web}//evil.example`);
    } finally {
      await house.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the house', () => {
  let folder: string;
  const door = { host: '127.0.0.1', port: 0, redirectPort: null };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rohrpost-house-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('without settings the page is open; after begin() the box is', async () => {
    const data = join(folder, 'new');
    const house = await startHouse(data, { log: silentLog, door });
    try {
      expect(house.premises.box()).toBeNull();
      expect(house.premises.trouble()).toBeNull();
      await createSettings(data, {
        site: { name: 'N' },
        dicom: { host: '127.0.0.1', port: 0 },
        mail: { address: 'n@n.example' },
      });
      await house.premises.begin();
      expect(house.premises.box()!.ports().dicom).toBeGreaterThan(0);
      await expect(startHouse(data, { log: silentLog, door })).rejects.toMatchObject({ code: 'store-in-use' });
    } finally {
      await house.stop();
    }
  });

  test('a box that cannot start does not take the page down, says why, and starts once it can', async () => {
    const data = join(folder, 'taken');
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await createSettings(data, {
      site: { name: 'T' },
      dicom: { host: '127.0.0.1', port },
      mail: { address: 't@t.example' },
    });
    const house = await startHouse(data, { log: silentLog, door });
    try {
      expect(house.premises.box()).toBeNull();
      expect(house.premises.trouble()).toMatchObject({ code: 'dicom-listen-failed' });
      other.close();
      await house.premises.begin();
      expect(house.premises.trouble()).toBeNull();
      expect(house.ports().dicom).toBe(port);
    } finally {
      other.close();
      await house.stop();
    }
  });

  test('the page moves to where the settings say; to where it cannot open, it does not', async () => {
    const data = join(folder, 'moving');
    const web = { host: '127.0.0.1', port: await freePort(), redirect_port: null };
    const rest = { site: { name: 'M' }, dicom: { host: '127.0.0.1', port: 0 }, mail: { address: 'm@m.example' } };
    await createSettings(data, { ...rest, web });
    const lines: string[] = [];
    const house = await startHouse(data, { log: openLog('info', { write: (line) => void lines.push(line) }) });
    const { settings } = house.premises.box()!;
    const move = (port: number) =>
      settings.save((draft) => {
        draft.web.port = port;
      }, settings.revision());
    try {
      expect(house.ports().web).toBe(web.port);
      const next = await freePort();
      await move(next);
      await eventually(() => expect(house.ports().web).toBe(next));
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      await move((taken.address() as AddressInfo).port);
      await eventually(() => expect(lines.join('')).toContain('page stays where it was'));
      await eventually(async () => expect(await status(next)).toBe(404));
      expect(house.ports().web).toBe(next);
      taken.close();
    } finally {
      await house.stop();
    }
  });

  test('where something else has the port of the page, the box works all the same, and the page comes when it can', async () => {
    const data = join(folder, 'occupied');
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const web = { host: '127.0.0.1', port: (taken.address() as AddressInfo).port, redirect_port: null };
    const rest = { site: { name: 'O' }, dicom: { host: '127.0.0.1', port: 0 }, mail: { address: 'o@o.example' } };
    await createSettings(data, { ...rest, web });
    const sleep = (ms: number, signal?: AbortSignal) => delay(Math.min(ms, 300), undefined, { signal });
    const clock = { ...systemClock(), sleep };
    const house = await startHouse(data, { log: silentLog, clock });
    try {
      expect(house.ports().dicom).toBeGreaterThan(0);
      expect(() => house.app()).toThrow('not open');
      taken.close();
      await eventually(async () => expect(await status(web.port)).toBe(404));
    } finally {
      taken.close();
      await house.stop();
    }
  });

  test('settings that cannot be used are told, never replaced by defaults', async () => {
    const data = join(folder, 'broken');
    const house = await startHouse(data, { log: silentLog, door });
    await house.stop();
    await writeFile(join(data, 'settings.yaml'), 'site: [');
    const again = await startHouse(data, { log: silentLog, door });
    expect(again.premises.trouble()).toMatchObject({ code: 'config-invalid' });
    await again.stop();
  });
});
