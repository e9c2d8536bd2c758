import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
beforeAll(async () => {
  web = await openWeb();
});
afterAll(() => web.stop());

describe('the box as a machine', () => {
  test('tells version, time, network, doors, storage', async () => {
    await mkdir(join(web.folder, 'spool', 'instances', 'day'), { recursive: true });
    await writeFile(join(web.folder, 'spool', 'instances', 'day', 'a'), 'x'.repeat(1_000));
    const { status, body, text } = await web.as('operator').get('/api/system');
    expect(status, text).toBe(200);
    expect(body.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Math.abs(body.time.now_ms - Date.now())).toBeLessThan(10_000);
    expect(body.time.zone).not.toBe('');
    expect(body.network.hostname).not.toBe('');
    const { web: page, dicom } = web.house.ports();
    expect(body.doors).toEqual([
      { name: 'web', port: page },
      { name: 'dicom', port: dicom },
    ]);
    expect(body.storage).toMatchObject({
      done_days: 7,
      quarantine_days: 90,
      spool: { size_bytes: 1_000, whole: true },
    });
    expect(body.storage.size_bytes).toBeGreaterThan(body.storage.free_bytes);
    expect(body.storage.database_bytes).toBeGreaterThan(10_000);
    expect(body.update).toEqual({ source: null, appliance: false, phase: null, next: null });
  });

  test('a restart says what is under way, is audited, and is an admin’s', async () => {
    const operator = web.as('operator');
    expect((await operator.get('/api/system/under-way')).body).toEqual({
      ...{ arriving: 0, sending: 0, incoming: 0, delivering: 0 },
    });
    expect((await operator.post('/api/system/restart')).status).toBe(403);
    expect((await web.as('viewer').get('/api/system')).status).toBe(403);
    const { status, body } = await web.as('admin').post('/api/system/restart');
    expect([status, body]).toEqual([202, { restarting: true }]);
    await web.house.restartAsked;
    expect(web.premises.desk.audit.list({ limit: 1 })[0]).toMatchObject({ act: 'box-restart', by: 'test-admin' });
  });
});

test('a box that is not set up tells what there is', async () => {
  const empty = await openWeb({ settings: null });
  try {
    const { status, body } = await empty.as('admin').get('/api/system');
    expect(status).toBe(200);
    expect(body.storage).toMatchObject({ refuse_below_bytes: null, done_days: null, database_bytes: 0 });
    expect(body.doors.map(({ name }: { name: string }) => name)).toEqual(['web']);
    expect((await empty.as('admin').get('/api/system/under-way')).body.sending).toBe(0);
  } finally {
    await empty.stop();
  }
});
