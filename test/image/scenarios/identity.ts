import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeStick, readStick } from '../machine/disks.ts';
import { ADMIN, claim, fact, PASSWORD, SHELL_MS, screen, type TestBox, waitForPage } from '../world/box.ts';
import { waitUntilGood } from '../world/update.ts';
import { expectDelivered, type Stage, startBox } from './stage.ts';

const CLONE = { mac: '52:54:00:ab:cd:99', uuid: '11111111-2222-4333-8444-555555555555' };
/** Longer than the key must be held; shorter than that. */
const HELD_MS = 14_000;
const TOUCHED_MS = 3_000;

/** Whose box it is: copies, resets, sticks, the key on its own keyboard. */
export function identityScenarios(stage: () => Stage): void {
  test('a cloned disk in a second box does not work until an admin says so; a factory reset makes it a new box', async () => {
    const { world } = stage();
    const box = await startBox(stage(), 'clone', CLONE);
    const state = await box.page.ask('GET', '/api/state');
    world.transcript.say(`cloned disk: the page says ${state.trouble?.code}`);
    expect(state).toMatchObject({ running: false, trouble: { code: 'box-moved' } });
    const study = await world.modality.scan(2);
    expect(await world.modality.send(study, box.machine.port(11_112))).toBe(false);
    await box.page.ask('POST', '/api/appliance/adopt');
    await expectDelivered(world, study, box);
    world.transcript.say('adopted: the box works');

    const before = box.page.fingerprint;
    const name = await fact(box, 'name');
    await box.page.askAs(ADMIN, 'POST', '/api/appliance/factory-reset', { name, password: PASSWORD });
    await delay(5_000);
    const fresh = await waitForPage(box.machine);
    expect(fresh.page.fingerprint).not.toBe(before);
    expect(await fresh.page.ask('GET', '/api/state')).toMatchObject({ claimed: false, setUp: false });
    await fresh.machine.shell.ready(SHELL_MS);
    expect(await fact(fresh, 'name')).toBe(name);
    world.transcript.say('factory reset by the page: a new box');
    await box.machine.cut();
  });

  test('a stick brings settings, network and firmware; another one resets the box', async () => {
    const { world, images } = stage();
    // What DHCP would have given as well: QEMU forwards ports to this address.
    const network = { mode: 'static', address: '10.0.2.15/24', gateway: '10.0.2.2', dns: ['10.0.2.3'] };
    const stick = await makeStick(join(world.folder, 'stick.img'), {
      'network.json': JSON.stringify(network),
      'update.raucb': { file: images.second.bundle },
    });
    const box = await startBox(stage(), 'stick', { stick });
    await waitUntilGood(world, box, '2.0.0');
    const { machine: now } = await box.page.ask('GET', '/api/appliance');
    expect(now.network).toMatchObject({ mode: 'static', address: network.address, reverts_s: null });
    world.transcript.say('stick: network and firmware taken');
    const name = (await fact(box, 'name')) ?? '';
    await box.machine.cut();

    const reset = await makeStick(join(world.folder, 'reset.img'), { 'factory-reset': `${name}\n` });
    const machine = await world.start({ name: 'stick', disk: box.disk, stick: reset });
    const fresh = await waitForPage(machine);
    expect(await fresh.page.ask('GET', '/api/state')).toMatchObject({ claimed: false });
    expect(await readStick(reset, 'factory-reset')).toBeNull();
    world.transcript.say('stick: factory reset');
    await claim(fresh);
    await machine.cut();
  });

  test('a key held on its keyboard gives a new password for the admin; a touch of it does nothing', async () => {
    const { world } = stage();
    const box = await startBox(stage(), 'key');
    const { monitor } = box.machine;
    // QEMU waits as long as the key was down again after it came up, before it takes another.
    const hold = async (key: string, ms: number) => {
      await monitor.ask('send-key', { keys: [{ type: 'qcode', data: key }], 'hold-time': ms });
      await delay(2 * ms + 1_000);
    };
    const before = await screen(box);
    await hold('r', TOUCHED_MS);
    await hold('a', HELD_MS);
    expect(await passwordOn(box)).toBeNull();
    await hold('r', HELD_MS);
    const password = await passwordOn(box);
    expect(password, `${before}\n${await screen(box)}`).not.toBeNull();
    const login = await box.page.tryAsk('POST', '/api/session', { name: 'admin', password });
    expect(login).toMatchObject({ status: 200, body: { owes: 'password-must-change' } });
    world.transcript.say('held key: a new password for the admin');
    await box.machine.cut();
  });
}

/** The one-time password on the screen; null: there is none. */
async function passwordOn(box: TestBox): Promise<string | null> {
  return /second factor is removed\.\s+(\S+)/.exec(await screen(box))?.[1] ?? null;
}
