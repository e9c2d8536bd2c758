import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHouse } from '../../src/box/house.ts';
import { createSettings } from '../../src/config/settings.ts';
import { silentLog } from '../../src/core/log.ts';
import { keepOldDesk, takeOldDesk } from '../../src/store/desk/older.ts';
import { deskMigrations } from '../../src/store/desk/schema.ts';
import { deskOnTrial, openDesk } from '../../src/store/desk.ts';
import { migrations } from '../../src/store/migrations.ts';
import { type FakeAppliance, fakeAppliance } from '../support/appliance.ts';
import { echoscu, storescu } from '../support/dcmtk.ts';
import { buildInstance } from '../support/instances.ts';
import { ledgerOf, makeOldLedger, spoilMigration } from '../support/old-ledger.ts';
import { freePort } from '../support/ports.ts';
import { temporaryFolder } from '../support/store.ts';

/** A box whose image is on trial, or whose machine holds it back. */

async function makeBox(): Promise<{ folder: string; port: number }> {
  const folder = temporaryFolder();
  const port = await freePort();
  await createSettings(folder, {
    ...{ site: { name: 'Testpraxis' }, mail: { address: 'box@test.example' }, disk: { refuse_below_bytes: 0 } },
    dicom: { host: '127.0.0.1', port },
  });
  return { folder, port };
}

async function open(folder: string, appliance: FakeAppliance | null) {
  const door = { host: '127.0.0.1', port: 0, redirectPort: null };
  const house = await startHouse(folder, { log: silentLog, door, appliance });
  let isOpen = true;
  const stop = async () => {
    if (isOpen) await house.stop();
    isOpen = false;
  };
  onTestFinished(stop);
  const { premises } = house;
  return { house, premises, stop, code: () => premises.trouble()?.code ?? (premises.box() ? 'works' : 'nothing') };
}

function onTrial(): FakeAppliance {
  const appliance = fakeAppliance();
  appliance.trial = true;
  return appliance;
}

describe('a migration on trial', () => {
  test('waits: the page answers, C-ECHO too, a C-STORE gets A700; once the image is confirmed the box works', async () => {
    const { folder, port } = await makeBox();
    makeOldLedger(folder);
    const before = ledgerOf(folder);
    const appliance = onTrial();
    const { house, code } = await open(folder, appliance);
    expect(code()).toMatch(/^migration-(rehearsing|waits)$/);
    await expect.poll(code).toBe('migration-waits');
    const state = await house.app().inject({ url: '/api/state', headers: { 'accept-language': 'de' } });
    expect(state.json()).toMatchObject({ setUp: true, running: false, trouble: { code: 'migration-waits' } });
    expect(state.json().trouble.message).toContain('nichts geht verloren');

    const peer = { port, calledAe: 'ROHRPOST', mayFail: true };
    expect((await echoscu(peer)).code).toBe(0);
    const file = join(folder, 'image.dcm');
    writeFileSync(file, buildInstance());
    const sent = await storescu({ ...peer, files: [file], args: ['-v'] });
    expect(sent.output).toMatch(/0xa700|OutOfResources|Out of resources/i);
    expect(ledgerOf(folder)).toEqual(before);

    appliance.trial = false;
    await expect.poll(code).toBe('works');
    expect((await storescu({ ...peer, files: [file] })).code).toBe(0);
    const after = ledgerOf(folder);
    expect(after.version).toBe(migrations.length);
    expect(after.rows).toContain('1.2.3.3');
  });

  test('that fails in its rehearsal never touches the ledger, and the page says why', async () => {
    const { folder, port } = await makeBox();
    makeOldLedger(folder);
    spoilMigration(folder);
    const before = ledgerOf(folder);
    const { code } = await open(folder, onTrial());
    await expect.poll(code).toBe('migration-failed');
    expect(ledgerOf(folder)).toEqual(before);
    expect((await echoscu({ port, calledAe: 'ROHRPOST', mayFail: true })).code).not.toBe(0);
  });

  test('a box that is stopped in the trial is where it was', async () => {
    const { folder } = await makeBox();
    makeOldLedger(folder);
    const before = ledgerOf(folder);
    const { stop, code } = await open(folder, onTrial());
    await expect.poll(code).toBe('migration-waits');
    await stop();
    expect(ledgerOf(folder)).toEqual(before);
  });

  test('without a trial, or without an appliance, it is done at once', async () => {
    for (const appliance of [fakeAppliance(), null]) {
      const { folder } = await makeBox();
      makeOldLedger(folder);
      const { code } = await open(folder, appliance);
      await expect.poll(code).toBe('works');
      expect(ledgerOf(folder).version).toBe(migrations.length);
    }
  });

  test('an image without a migration works in its trial', async () => {
    const { folder } = await makeBox();
    expect((await open(folder, onTrial())).code()).toBe('works');
  });

  test('F70: a ledger from a newer version is left alone, and the page says so', async () => {
    const { folder } = await makeBox();
    makeOldLedger(folder);
    const db = new Sqlite(join(folder, 'rohrpost.sqlite'));
    db.pragma('user_version = 999');
    db.close();
    const before = ledgerOf(folder);
    const { house, code } = await open(folder, fakeAppliance());
    expect(code()).toBe('store-too-new');
    const state = await house.app().inject({ url: '/api/state', headers: { 'accept-language': 'en' } });
    expect(state.json().trouble.message).toContain('once a newer version is installed');
    expect(ledgerOf(folder)).toEqual(before);
  });
});

describe('the desk around a trial', () => {
  const file = 'desk.sqlite';
  /** The schema that we know, and that of a newer program. */
  const known = deskMigrations.length;
  const newer = known + 1;
  const newerDesk = (folder: string) => {
    const desk = openDesk(folder);
    desk.audit.add({ by: 'box', act: 'setup', subject: 'in the trial', now_ms: 2 });
    desk.close();
    const db = new Sqlite(join(folder, file));
    db.exec(`CREATE TABLE later (x TEXT) STRICT; PRAGMA user_version = ${newer};`);
    db.close();
  };

  test('falling back, the page opens with accounts and audit as they were', async () => {
    const { folder } = await makeBox();
    const desk = openDesk(folder);
    desk.audit.add({ by: 'box', act: 'setup', subject: 'before', now_ms: 1 });
    desk.close();
    keepOldDesk(folder, file, newer);
    newerDesk(folder);
    const { premises, stop } = await open(folder, fakeAppliance());
    const acts = premises.desk.audit.list({ limit: 10 }).map(({ act, subject }) => `${act} ${subject}`.trim());
    expect(acts).toEqual(['desk-taken-back', 'setup before']);
    await stop();
    expect(existsSync(join(folder, `${file}.newer`))).toBe(true);
    openDesk(folder).close();
  });

  test('the copy goes once the image is confirmed: no old password comes back later', async () => {
    const { folder } = await makeBox();
    openDesk(folder).close();
    keepOldDesk(folder, file, newer);
    const copy = join(folder, `${file}.v${known}`);
    const appliance = onTrial();
    const { stop } = await open(folder, appliance);
    expect(existsSync(copy)).toBe(true);
    appliance.trial = false;
    await expect.poll(() => existsSync(copy)).toBe(false);
    await stop();
    newerDesk(folder);
    expect(deskOnTrial.takeOld(folder)).toBe(false);
  });

  test('a desk that both know is neither copied nor exchanged', () => {
    const folder = temporaryFolder();
    openDesk(folder).close();
    keepOldDesk(folder, file, known);
    expect(existsSync(join(folder, `${file}.v${known}`))).toBe(false);
    expect(takeOldDesk(folder, file, known)).toBe(false);
  });
});

describe('a machine that holds the box back', () => {
  test.each(['locked', 'damaged', 'missing'] as const)(
    'data %s: no box, and nobody can claim an empty one',
    async (data) => {
      const folder = temporaryFolder();
      const { house, code, premises } = await open(folder, fakeAppliance({ facts: { data } }));
      expect(code()).toBe(`storage-${data}`);
      expect(premises.desk.setup.get('pairing-code')).toBeUndefined();
      const body = { code: '0000-0000', language: 'en', name: 'erika', password: 'ein langer Satz 17' };
      const answer = await house.app().inject({ method: 'POST', url: '/api/claim', body });
      expect(answer.json().code).toBe(`storage-${data}`);
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      const state = (await house.app().inject({ url: '/api/state' })).json();
      expect(state).toMatchObject({ claimed: false, running: false, trouble: { code: `storage-${data}` } });
    },
  );

  test('moved: the DICOM port stays shut until somebody says that the data belong here', async () => {
    const { folder, port } = await makeBox();
    const appliance = fakeAppliance({ facts: { moved: true } });
    const { premises, code } = await open(folder, appliance);
    expect(code()).toBe('box-moved');
    await expect(premises.begin()).rejects.toMatchObject({ code: 'box-moved' });
    expect((await echoscu({ port, calledAe: 'ROHRPOST', mayFail: true })).code).not.toBe(0);
    await appliance.adopt();
    await premises.begin();
    expect(code()).toBe('works');
    expect((await echoscu({ port, calledAe: 'ROHRPOST' })).code).toBe(0);
  });
});
