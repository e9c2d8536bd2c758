import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type House, startHouse } from '../../src/box/house.ts';
import { createSettings } from '../../src/config/settings.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { moves } from '../../src/line/states.ts';
import { openDesk } from '../../src/store/desk.ts';
import { openStore } from '../../src/store/store.ts';
import { openState } from '../../src/update/state.ts';
import { ensureCertificate } from '../../src/web/certificate.ts';
import { rememberDoor } from '../../src/web/door.ts';
import { rohrpost, rohrpostProcess } from '../cli/rohrpost.ts';
import { fakeAppliance } from '../support/appliance.ts';
import { makeNewerLedger, makeOldLedger, spoilMigration } from '../support/old-ledger.ts';
import { freePort } from '../support/ports.ts';
import { remount, smallDisk } from '../support/small-disk.ts';
import { newItem, temporaryFolder } from '../support/store.ts';

/** Whether the program finds that itself is ill, and only where it is. Everything runs on loopback; nothing else is there. */

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

async function settle(more: object = {}): Promise<void> {
  await createSettings(folder, {
    ...{ site: { name: 'Testpraxis', ae_title: 'TESTBOX' }, disk: { refuse_below_bytes: 0 } },
    ...{ mail: { address: 'box@test.example' }, dicom: { host: '127.0.0.1', port: await freePort() } },
    ...more,
  });
}

async function start(appliance = fakeAppliance()): Promise<House> {
  const door = { host: '127.0.0.1', port: 0, redirectPort: null };
  const house = await startHouse(folder, { log: silentLog, door, appliance });
  onTestFinished(() => house.stop());
  return house;
}

/** Runs `rohrpost self-test` in this process. */
async function ask(wait_s = 0, more: string[] = [], env: Record<string, string> = {}) {
  const { code, out } = await rohrpost(['self-test', '--wait', String(wait_s), '--data', folder, ...more], { env });
  return { exit: code, ...(JSON.parse(out) as { ok: boolean; code: string | null }) };
}
const well = { exit: 0, ok: true, code: null };
const ill = (code: string) => ({ exit: 1, ok: false, code });

describe('well', () => {
  test('a box at work, though the mail server, its targets and every partner are away', async () => {
    const smtp = { host: '127.0.0.1', port: await freePort(), security: 'tls', user: 'x', password: 'secret:mx' };
    await settle({ mail: { address: 'box@test.example', smtp } });
    await start();
    const said = join(folder, 'said');
    const began = performance.now();
    expect(await ask(0, ['--say', said])).toEqual(well);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(readFileSync(said, 'utf8')).toBe('ok\n');
  });

  test('a box that nobody has set up: its page and its folder are all it has', async () => {
    await start();
    expect(await ask()).toEqual(well);
  });

  test('a box whose allow-list does not have itself on it', async () => {
    const dicom = { host: '127.0.0.1', port: await freePort(), allow: [{ ae_title: 'CT1' }] };
    await settle({ dicom });
    await start();
    expect(await ask()).toEqual(well);
  });

  test('a migration that was rehearsed and waits for this very test; C-ECHO is answered', async () => {
    await settle();
    makeOldLedger(folder);
    const appliance = fakeAppliance();
    appliance.trial = true;
    await start(appliance);
    expect(await ask(20)).toEqual(well);
  });

  test('a moved disk: somebody must say whose data it is, the program is right to wait', async () => {
    await settle();
    await start(fakeAppliance({ facts: { moved: true } }));
    expect(await ask()).toEqual(well);
  });

  test('a box that did not work before the update need not work now', async () => {
    await settle();
    makeNewerLedger(folder);
    await start();
    expect(await ask()).toEqual(ill('store-too-new'));
    await pending(false);
    expect(await ask()).toEqual(well);
  });
});

describe('ill', () => {
  test('nothing runs: told within its time, and in the file before that', async () => {
    await settle();
    expect(await ask()).toEqual(ill('page-away'));
    const house = await start();
    await house.stop();
    const said = join(folder, 'said');
    expect(await ask(3, ['--say', said])).toEqual(ill('page-away'));
    expect(readFileSync(said, 'utf8')).toBe('page-away\n');
  });

  test('the page hangs', { timeout: 90_000 }, async () => {
    await other({ answer: 'nothing' });
    expect(await ask()).toEqual(ill('timed-out'));
  });

  test('something else has the page’s port: what it says does not count', async () => {
    await other({ answer: 'well', otherKey: true });
    expect(await ask()).toEqual(ill('page-other'));
  });

  test('the program of before still holds the port', async () => {
    await other({ answer: 'well' });
    expect(await ask()).toEqual(ill('page-other'));
  });

  test('the DICOM port is dead', async () => {
    await settle();
    await start();
    const text = readFileSync(join(folder, 'settings.yaml'), 'utf8');
    // The box does not take a port that is taken; it stays where it is, and its settings say otherwise.
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await new Promise((wake) => taken.once('listening', wake));
    const { port } = taken.address() as AddressInfo;
    writeFileSync(join(folder, 'settings.yaml'), text.replace(/port: \d+/, `port: ${port}`));
    const found = await ask();
    expect(found.exit).toBe(1);
    expect(found.code).toMatch(/^(dicom-|timed-out)/);
  });

  test('the ledger is damaged while the box runs', async () => {
    await settle();
    const store = openStore(folder, moves);
    store.transaction(() => {
      for (let n = 0; n < 2_000; n++) store.items.add(newItem(null, n, { state: 'candidate' }));
    });
    store.close();
    await start();
    const path = join(folder, 'rohrpost.sqlite');
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.alloc(8_192, 0xa5), 0, 8_192, Math.floor(statSync(path).size / 2 / 4_096) * 4_096);
    closeSync(fd);
    expect(await ask()).toEqual(ill('store-corrupt'));
  });

  test('a migration that fails on these data', async () => {
    await settle();
    makeOldLedger(folder);
    spoilMigration(folder);
    const appliance = fakeAppliance();
    appliance.trial = true;
    await start(appliance);
    expect(await ask(2)).toEqual(ill('migration-failed'));
  });

  test.runIf(smallDisk.isPossible)('the data folder is full, or cannot be written', async () => {
    folder = smallDisk(32);
    await settle();
    const house = await start();
    expect(await ask()).toEqual(well);
    const ballast = join(folder, 'ballast');
    const fd = openSync(ballast, 'w');
    try {
      for (;;) writeSync(fd, Buffer.alloc(65_536));
    } catch {
      // Full.
    }
    closeSync(fd);
    expect(await ask()).toEqual(ill('disk-full'));
    unlinkSync(ballast);
    // Files that are open for writing would keep it writable.
    await house.stop();
    remount(folder, 'ro');
    expect(await ask()).toEqual(ill('disk-error'));
    remount(folder, 'rw');
  });

  test('an image on trial that cannot open the data: the one before it may', async () => {
    await start();
    const system = systemFacts({ locked: '', trial: '' });
    expect(await ask(0, [], { ROHRPOST_SYSTEM: system })).toEqual(ill('storage-locked'));
    unlinkSync(join(system, 'trial'));
    expect(await ask(0, [], { ROHRPOST_SYSTEM: system })).toEqual(well);
  });

  test('a program that ended five times is not waited for; four times may be bad luck', async () => {
    const system = systemFacts({ trial: '', ended: 'exit-code\n'.repeat(4).trim() });
    const waited = ask(600, [], { ROHRPOST_SYSTEM: system });
    const early = await Promise.race([waited, delay(4_000, 'waits')]);
    expect(early).toBe('waits');
    appendFileSync(join(system, 'ended'), 'watchdog\n');
    expect(await waited).toEqual(ill('page-away'));
  });

  test('a program that works now is well, however often it ended before', async () => {
    await start();
    const system = systemFacts({ ended: 'exit-code\n'.repeat(9).trim() });
    expect(await ask(60, [], { ROHRPOST_SYSTEM: system })).toEqual(well);
  });
});

/** What the system tells of itself: a folder of facts. */
function systemFacts(more: Record<string, string>): string {
  const system = temporaryFolder();
  const facts = { slot: 'A', version: '1.0.0', variant: 'release', product: 'rohrpost-amd64', storage: 'tpm2' };
  for (const [name, value] of Object.entries({ ...facts, name: 'rohrpost-0a1b', ...more }))
    writeFileSync(join(system, name), `${value}\n`);
  return system;
}

test('as a process: one line of JSON, exit 1, and wrong usage is 2', async () => {
  await settle();
  const { code, out } = await rohrpostProcess(['self-test', '--wait', '0', '--data', folder]);
  expect({ code, out }).toEqual({ code: 1, out: '{"ok":false,"code":"page-away"}\n' });
  expect((await rohrpostProcess(['self-test', '--wait', 'long', '--data', folder])).code).toBe(2);
});

/** What the updater writes down before it restarts into another version. */
async function pending(worked: boolean): Promise<void> {
  const state = await openState(folder, { name: 'rohrpost-0a1b', running: '1.0.0', log: silentLog });
  const update = { version: '2.0.0', from: '1.0.0', sha256: null, by: 'channel', stage: 'trial', since_ms: 1 } as const;
  await state.set({ pending: { ...update, worked, boot: 'x', interruptions: 0, asked: false, restart: false } });
}

/** A server at the door of the page that is not this program. */
async function other(o: { answer: 'nothing' | 'well'; otherKey?: boolean }): Promise<void> {
  await settle();
  const clock = systemClock();
  const own = await ensureCertificate(folder, { names: ['localhost'], clock });
  const theirs = o.otherKey ? await ensureCertificate(temporaryFolder(), { names: ['localhost'], clock }) : own;
  const server = createServer({ key: theirs.key, cert: theirs.cert }, (_, response) => {
    const state = {
      claimed: true,
      setUp: false,
      running: false,
      version: '0.0.0-other',
      language: 'de',
      trouble: null,
    };
    if (o.answer === 'well') response.end(JSON.stringify(state));
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((wake) => server.once('listening', wake));
  const desk = openDesk(folder);
  rememberDoor(desk, { host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  desk.close();
}
