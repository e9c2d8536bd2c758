import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeOverlay, makeStick, partitions, tamper } from '../machine/disks.ts';
import { ADMIN, boot, claim, fact, PASSWORD, SHELL_MS, type TestBox, waitForPage } from '../world/box.ts';
import { CALLED } from '../world/modality.ts';
import type { BoxPage } from '../world/page.ts';
import { DISK_MB, expectDelivered, type Stage, startBox } from './stage.ts';

const run = promisify(execFile);
/** What a workshop puts on a stick for a clinic. */
const SETTINGS = [
  'version: 1',
  'site: { name: Klinik Stick, ae_title: STICK }',
  'mail: { address: stick@clinic-a.example }',
  `partners: [{ id: b, name: Klinik B, address: box@clinic-b.example, ae_title: ${CALLED} }]`,
  '',
].join('\n');
const RESTART_MS = 120_000;
const DATA = '$(readlink -f /dev/disk/rohrpost/data)';

/** What happens to disks and data. */
export function accidentScenarios(stage: () => Stage): void {
  test(
    'a ledger from a newer version is left alone, the page says so, and an update brings it back',
    async () => {
      const { world } = stage();
      const box = await startBox(stage(), 'newer');
      const { shell } = box.machine;
      const version = (await shell.run(sql('PRAGMA user_version'))).replace(/\D/g, '');
      await shell.run(
        `systemctl stop rohrpost; ${sql('PRAGMA user_version = 999')}; systemctl --no-block start rohrpost`,
      );
      const trouble = await waitForTrouble(box.page, (found) => found !== null);
      world.transcript.say(`ledger of a newer version: ${trouble}`);
      expect(trouble).toBe('store-too-new');
      await shell.run(
        `systemctl stop rohrpost; ${sql(`PRAGMA user_version = ${version}`)}; systemctl --no-block start rohrpost`,
      );
      await waitForTrouble(box.page, (found) => found === null);
      await expectDelivered(world, await world.modality.scan(2), box);

      // The same machine goes on: its data partition is damaged, then gone.
      await shell.run(`dd if=/dev/urandom of=${DATA} bs=1M count=32 conv=fsync status=none`);
      await expectUnusable(stage(), { ...box, disk: box.disk }, 'damaged');
    },
    20 * 60_000,
  );

  test('a data partition that is gone from the table is not made anew', async () => {
    const box = await startBox(stage(), 'missing');
    await box.machine.cut();
    const disk = await tamper(box.disk, join(stage().world.folder, 'missing-data.qcow2'), async (raw) => {
      const data = (await partitions(raw)).findIndex(({ name }) => name === 'data');
      await run('sfdisk', ['--quiet', '--delete', raw, String(data + 1)]);
    });
    await expectUnusable(stage(), { ...box, disk }, 'missing');
  });

  test('a stick sets a new box up; its TPM opens the data on its own board only, and the recovery key elsewhere', async () => {
    const { world, images } = stage();
    const disk = await makeOverlay(images.first.disk, join(world.folder, 'tpm.qcow2'), { size_mb: DISK_MB });
    // A second disk of the same making is in the box as well: it must not be taken for the one it was started from.
    const secondDisk = await makeOverlay(images.first.disk, join(world.folder, 'other.qcow2'));
    const stick = await makeStick(join(world.folder, 'settings.img'), { 'settings.yaml': SETTINGS });
    const first = await boot(world, 'first boot with a TPM', { name: 'tpm', disk, tpm: true, secondDisk, stick });
    await first.machine.shell.ready(SHELL_MS);
    expect(await fact(first, 'storage')).toBe('tpm2');
    expect(await fact(first, 'disk')).toBe('vda');
    expect(await first.page.ask('GET', '/api/state')).toMatchObject({ claimed: false, setUp: true, running: true });
    expect(await world.modality.echo(first.machine.port(11_112))).toBe(true);
    const owner = await claim(first);
    const key = await first.page.askAs(ADMIN, 'POST', '/api/appliance/recovery-key', { password: PASSWORD });
    await first.machine.shutDown(90_000);
    const other = await world.start({ name: 'tpm-other', disk, tpm: true });
    const locked = await waitForPage(other);
    expect(await locked.page.ask('GET', '/api/state')).toMatchObject({ trouble: { code: 'storage-locked' } });
    world.transcript.say('with another TPM: the page says storage-locked');
    await locked.page.ask('POST', '/api/appliance/unlock', key);
    // The page that answers now, with a certificate of its own, goes with the restart.
    const isGone = () =>
      locked.page.tryAsk('GET', '/api/state').then(
        () => false,
        () => true,
      );
    await expect.poll(isGone, { timeout: RESTART_MS }).toBe(true);
    const again = await waitForPage(other, owner, 300_000);
    expect(await again.page.ask('GET', '/api/state')).toMatchObject({ claimed: true });
    world.transcript.say('the recovery key opened it again');
    await other.cut();
  });
}

/** Cuts the power and starts the box again: it must be reachable, say what is wrong, and take nothing. */
async function expectUnusable(
  { world }: Stage,
  box: TestBox & { disk: string },
  kind: 'damaged' | 'missing',
): Promise<void> {
  await box.machine.cut();
  const machine = await world.start({ name: `${kind}-again`, disk: box.disk });
  const after = await waitForPage(machine);
  const state = await after.page.ask('GET', '/api/state');
  world.transcript.say(`data ${kind}: the page says ${state.trouble?.code}`);
  expect(state).toMatchObject({ running: false, trouble: { code: `storage-${kind}` } });
  const claimed = await after.page.tryAsk('POST', '/api/claim', {
    code: 'AAAA-BBBB',
    language: 'en',
    name: 'admin',
    password: 'Rohrpost-Kapsel-8',
  });
  expect(claimed).toMatchObject({ body: { code: `storage-${kind}` } });
  expect(await world.modality.echo(machine.port(11_112))).toBe(false);
  await machine.shell.ready(SHELL_MS);
  expect(await fact({ machine }, kind)).not.toBeNull();
  await machine.cut();
}

async function waitForTrouble(page: BoxPage, wanted: (code: string | null) => boolean): Promise<string | null> {
  for (const deadline = performance.now() + RESTART_MS; ; ) {
    const state = await page.tryAsk('GET', '/api/state').catch(() => null);
    const code: string | null = state?.body?.trouble?.code ?? null;
    if (state?.status === 200 && wanted(code) && (code !== null || state.body.running)) return code;
    if (performance.now() > deadline) throw new Error(`the box is not as it should be: ${JSON.stringify(state)}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** A statement on the box's ledger, by its own program's SQLite. */
function sql(statement: string): string {
  const work = `const db = new (require('/usr/lib/rohrpost/node_modules/better-sqlite3'))('/var/lib/rohrpost/rohrpost.sqlite'); console.log(JSON.stringify(db.pragma('${statement.replace('PRAGMA ', '')}')))`;
  return `setpriv --reuid rohrpost --regid rohrpost --clear-groups /usr/lib/rohrpost/node_modules/.bin/node -e "${work}"`;
}
