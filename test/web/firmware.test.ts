import { request } from 'node:https';
import { afterEach, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { fakeAppliance } from '../support/appliance.ts';
import { eventually } from '../support/boxes.ts';
import { type FakeUpdates, fakeUpdates } from '../support/updates.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

/** Firmware and updates, as the API tells of them and lets people act on them. */

const opened: TestWeb[] = [];
afterEach(async () => {
  for (const web of opened.splice(0)) await web.stop();
});

async function open(updates: FakeUpdates = fakeUpdates(), appliance = fakeAppliance()): Promise<TestWeb> {
  const web = await openWeb({ appliance, updates });
  opened.push(web);
  return web;
}

const audited = (web: TestWeb) => web.premises.desk.audit.list({ limit: 20 }).map(({ act, details }) => [act, details]);

describe('looking', () => {
  test('what runs, what is in the other slot, what is on offer in one’s own language, why something failed', async () => {
    const updates = fakeUpdates({
      offered: {
        ...{
          version: '1.2.0',
          notes: { de: 'Schneller.', en: 'Faster.' },
          size_bytes: 160_000_000,
          downgrade: false,
          stage_percent: 10,
        },
      },
      waiting: { for: 'window', until_ms: 1_800_000_000_000 },
      lastCheck: {
        at_ms: 5,
        code: 'update-server-slow',
        reason: 'The update server updates.example does not answer in time.',
      },
      failed: [{ version: '1.1.0', sha256: null, code: 'update-never-started', at_ms: 4 }],
      history: [
        { version: '1.1.0', result: 'fell-back', code: 'update-never-started', at_ms: 4, by: 'channel' },
        {
          version: '0.9.0',
          result: 'refused',
          code: 'bundle-older',
          reason: 'This firmware bundle (0.9.0) is older than the firmware that runs (0.9.9).',
          at_ms: 3,
          by: 'upload',
        },
        { version: '7.0.0', result: 'failed', code: 'code-of-another-version', at_ms: 2, by: 'stick' },
      ],
    });
    const appliance = fakeAppliance();
    appliance.system.slots.find(({ booted }) => !booted)!.version = '0.9.9';
    const web = await open(updates, appliance);
    const { status, body, text } = await web
      .as('operator')
      .get('/api/firmware', { headers: { 'accept-language': 'de' } });
    expect(status, text).toBe(200);
    expect(body).toMatchObject({
      running: { version: '1.0.0', slot: 'A', trial: false },
      other: { slot: 'B', version: '0.9.9', good: false },
      offered: { version: '1.2.0', notes: 'Schneller.' },
      window: { from: '02:00', to: '05:00' },
      waiting: { for: 'window' },
    });
    expect(body.lastCheck.words).toBe('Der Update-Server updates.example antwortet nicht rechtzeitig.');
    expect(body.failed[0].words).toContain('von selbst zur vorherigen');
    const [fellBack, refused, strange] = body.history;
    expect(fellBack.words).toContain('nicht hochgekommen');
    expect(refused.words).toBe('Dieses Firmware-Paket (0.9.0) ist älter als die Firmware, die läuft (0.9.9).');
    expect(strange.words).toBe('code-of-another-version');
    expect((await web.as('viewer').get('/api/firmware')).status).toBe(403);
    expect((await web.as('operator').get('/api/firmware')).body.offered.notes).toBe('Faster.');
    expect((await web.as('operator').get('/api/system')).body.update).toEqual({
      ...{ source: 'https://updates.example/stable/', appliance: true, phase: 'idle', next: '1.2.0' },
    });
  });

  test('a caretaker that is away hides the other slot, and nothing else', async () => {
    const appliance = fakeAppliance();
    appliance.failNext('state', new RohrpostError('appliance-away', { details: { reason: 'test' } }), 5);
    const web = await open(fakeUpdates(), appliance);
    expect((await web.as('operator').get('/api/firmware')).body).toMatchObject({ other: null, running: { slot: 'A' } });
  });

  test('an update that fell back makes the light yellow with its reason, until it is allowed again', async () => {
    const fellBack = {
      version: '1.1.0',
      result: 'fell-back',
      code: 'update-never-started',
      at_ms: 4,
      by: 'channel',
    } as const;
    const updates = fakeUpdates({
      history: [fellBack],
      failed: [{ version: '1.1.0', sha256: null, code: fellBack.code, at_ms: 4 }],
    });
    const web = await open(updates);
    const light = async (id: string) => {
      await web.premises.health.refresh();
      return web.premises.health.lights('de').find((one) => one.id === id);
    };
    expect(await light('firmware')).toMatchObject({ tone: 'warn', link: '/system/firmware', code: fellBack.code });
    expect((await light('firmware'))!.words).toContain('1.1.0 hat sich nicht bewährt');
    expect(await light('storage')).toMatchObject({ tone: 'ok' });
    updates.set({ failed: [] });
    expect(await light('firmware')).toMatchObject({ tone: 'ok', words: 'Version 1.0.0' });
    updates.set({ installed: { version: '1.2.0', since_ms: 5 } });
    expect((await light('firmware'))!.words).toContain('1.2.0 ist installiert');
  });

  test('whoever listens is told of each step', async () => {
    const updates = fakeUpdates();
    const web = await open(updates);
    const { token } = web.as('operator');
    const response = await fetchEvents(web, token);
    try {
      await eventually(() => response.text().includes('retry:'), { within_ms: 10_000 });
      updates.set({ phase: 'installing', progress: { percent: 12, text: 'Copying' } });
      await eventually(() => response.text().includes('"topic":"house"'), { within_ms: 10_000 });
    } finally {
      response.stop();
    }
  });
});

test('an admin looks, installs, restarts, allows again, reports; the acts are audited, and an operator has none of them', async () => {
  const updates = fakeUpdates({
    offered: { version: '1.2.0', notes: { de: '', en: '' }, size_bytes: 1, downgrade: false, stage_percent: 10 },
    installed: { version: '1.1.9', since_ms: 1 },
  });
  const web = await open(updates);
  const acts = [
    ['/api/firmware/check', undefined],
    ['/api/firmware/install', { restart: true }],
    ['/api/firmware/restart', undefined],
    ['/api/firmware/try-again', { version: '1.1.0' }],
    ['/api/firmware/report', undefined],
    ['/api/firmware/bundle/install', { file: 'upload-1.raucb' }],
  ] as const;
  for (const [path, body] of acts) expect((await web.as('operator').post(path, body)).status, path).toBe(403);
  for (const [path, body] of acts) expect((await web.as('admin').post(path, body)).status, path).toBe(204);
  expect(updates.asked).toEqual([
    ['check'],
    ['install', { restart: true }],
    ['restart'],
    ['try-again', '1.1.0'],
    ['report'],
    ['install-file', 'upload-1.raucb', {}],
  ]);
  expect(audited(web)).toEqual([
    ['firmware-install', { source: 'upload', restart: false }],
    ['firmware-try-again', { version: '1.1.0' }],
    ['firmware-restart', { version: '1.1.9' }],
    ['firmware-install', { version: '1.2.0', restart: true }],
  ]);
});

test('what is refused is said in words, and is not in the audit', async () => {
  const updates = fakeUpdates();
  const web = await open(updates);
  updates.failNext(new RohrpostError('update-nothing-offered'));
  const { status, body } = await web.as('admin').post('/api/firmware/install', {});
  expect([status, body.code]).toEqual([409, 'update-nothing-offered']);
  expect(audited(web)).toEqual([]);
});

describe('a bundle from somebody’s own disk', () => {
  const announce = (web: TestWeb, size_bytes: number) => web.as('admin').post('/api/firmware/bundle', { size_bytes });
  const bring = (web: TestWeb, upload: string, offset: number | string, bytes: Buffer) =>
    web.as('admin').patch(`/api/firmware/bundle/${upload}`, bytes, {
      headers: { 'content-type': 'application/octet-stream', 'upload-offset': String(offset) },
    });

  test('comes in pieces, whole and in order', async () => {
    const updates = fakeUpdates();
    const web = await open(updates);
    const whole = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
    const { status, body } = await announce(web, whole.length);
    expect(status).toBe(201);
    expect((await bring(web, body.upload, 0, whole.subarray(0, 100_000))).body).toEqual({
      offset_bytes: 100_000,
      bundle: null,
    });
    const stale = await bring(web, body.upload, 0, whole.subarray(0, 100_000));
    expect([stale.status, stale.body.details]).toEqual([409, { offset: 100_000 }]);
    expect((await bring(web, 'a0000000000000000000', 0, whole)).status).toBe(404);
    expect((await bring(web, body.upload, 'viel', whole)).status).toBe(400);
    expect((await bring(web, body.upload, 100_000, whole.subarray(100_000, 200_000))).status).toBe(200);
    const last = await bring(web, body.upload, 200_000, whole.subarray(200_000));
    expect(last.body.bundle).toMatchObject({ file: 'upload-1.raucb', size_bytes: whole.length });
    expect(updates.taken[0]!.equals(whole)).toBe(true);
  });

  test('one that is too large, or for which there is no room, is refused before a byte of it comes', async () => {
    const updates = fakeUpdates();
    const web = await open(updates);
    const tooLarge = await announce(web, updates.most_bytes + 1);
    expect([tooLarge.status, tooLarge.body.code]).toEqual([413, 'update-too-large']);
    updates.failNext(new RohrpostError('disk-full', { details: { free_bytes: 1 } }));
    expect((await announce(web, 1_000)).status).toBe(507);
    expect((await announce(web, 0)).status).toBe(400);
    expect((await announce(web, 1_000)).status).toBe(201);
  });

  test('more bytes than were announced end it; a new announcement gives the old one up', async () => {
    const updates = fakeUpdates();
    const web = await open(updates);
    const first = (await announce(web, 10)).body.upload;
    const long = await bring(web, first, 0, Buffer.alloc(11));
    expect([long.status, long.body.code]).toEqual([413, 'upload-too-long']);
    const second = (await announce(web, 20)).body.upload;
    expect((await bring(web, second, 0, Buffer.alloc(10))).status).toBe(200);
    const third = (await announce(web, 5)).body.upload;
    expect((await bring(web, second, 10, Buffer.alloc(10))).status).toBe(404);
    expect((await bring(web, third, 0, Buffer.alloc(5))).body.bundle.size_bytes).toBe(5);
    expect(updates.taken.map(({ length }) => length)).toEqual([5]);
  });

  test('a line that breaks in the middle of a piece ends the upload in words', async () => {
    const updates = fakeUpdates();
    const web = await open(updates);
    const { upload } = (await announce(web, 1_000_000)).body;
    await breakOff(web, `/api/firmware/bundle/${upload}`, web.as('admin').token);
    await eventually(async () => (await bring(web, upload, 0, Buffer.alloc(1))).status >= 400, { within_ms: 10_000 });
    expect(updates.taken).toEqual([]);
    expect((await announce(web, 10)).status).toBe(201);
  });
});

/** The stream of events, as it comes in. */
async function fetchEvents(web: TestWeb, token: string) {
  let text = '';
  const sent = request(`${web.url}/api/events`, {
    rejectUnauthorized: false,
    headers: { authorization: `Bearer ${token}` },
  });
  sent.on('error', () => {});
  sent.on('response', (response) => response.on('data', (bytes: Buffer) => (text += bytes.toString())));
  sent.end();
  return { text: () => text, stop: () => sent.destroy() };
}

/** Sends half a piece, and hangs up. */
async function breakOff(web: TestWeb, path: string, token: string): Promise<void> {
  const sent = request(`${web.url}${path}`, {
    ...{ method: 'PATCH', rejectUnauthorized: false },
    headers: {
      ...{ authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      ...{ 'content-length': '500000', 'upload-offset': '0' },
    },
  });
  sent.on('error', () => {});
  await new Promise<void>((resolve) => sent.write(Buffer.alloc(100_000), () => resolve()));
  const closed = new Promise((resolve) => sent.on('close', resolve));
  sent.destroy();
  await closed;
}
