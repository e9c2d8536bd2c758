import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { hashFile } from '../../../src/core/files.ts';
import { eventually } from '../../support/boxes.ts';
import { copyPart, partitions } from '../machine/disks.ts';
import { openLan } from '../machine/lan.ts';
import { fact, screen, type TestBox, waitForPage } from '../world/box.ts';
import { readManifest } from '../world/bundles.ts';
import { DEVELOPMENT, releaseKeys } from '../world/images.ts';
import { secretsIn, unpackInitrd } from '../world/secrets.ts';
import { type Stage, startBox } from './stage.ts';

const run = promisify(execFile);
const EXPOSURE = 2.0;
/** Of the watchdog, and of a start. */
const HUNG_MS = 240_000;

/** What a box shows to the network and what it must never contain. */
export function securityScenarios(stage: () => Stage): void {
  test('a scan of every port finds only what the page says is open; the box is found by its name', {
    timeout: 15 * 60_000,
  }, async () => {
    const { world } = stage();
    const lan = await openLan();
    let box: TestBox | undefined;
    try {
      box = await startBox(stage(), 'scan', { tap: lan.tap });
      const { shell } = box.machine;
      const links = await shell.run('ip -6 -o addr show scope link | awk \'$2 != "lo" { print $2, $4 }\'');
      const [card, own] = links.split('\n').at(-1)!.split(/[ /]/) as [string, string];
      await shell.run(`ip address add ${lan.address} dev ${card}`);
      // The page is open before the box behind it is.
      const { modality } = world;
      const echoes = () => modality.echo(box!.machine.port(11_112)).catch(() => false);
      await eventually(echoes, { within_ms: 120_000 });
      const open = await lan.scan();
      const { machine } = await box.page.ask('GET', '/api/appliance');
      const said = [...new Set<number>([443, 80, ...machine.ports])].sort((one, other) => one - other);
      world.transcript.say(`port scan of 65,535: open ${open.join(', ')}; the page says ${said.join(', ')}`);
      expect(open).toEqual(said);
      const name = await fact(box, 'name');
      expect(await lan.resolve(`${name}.local`, 20_000)).toBe(own);
      world.transcript.say(`${name}.local is found by multicast DNS`);
    } finally {
      await box?.machine.cut();
      await lan.stop();
    }
  });

  test('the program’s unit is exposed by 2.0 at most, no unit has failed, nobody can log in, and a program that hangs starts again', async () => {
    const { world } = stage();
    const box = await startBox(stage(), 'units');
    const { shell } = box.machine;
    const said = await shell.run('systemd-analyze security --no-pager rohrpost.service | tail -1');
    const exposure = Number(/: ([\d.]+) /.exec(said)?.[1]);
    world.transcript.say(`systemd-analyze security: ${exposure}`);
    expect(exposure).toBeLessThanOrEqual(EXPOSURE);
    expect(await shell.run('systemctl --failed --no-legend --plain')).toBe('');
    expect(
      await shell.run(
        "awk -F: '$2 !~ /^[!*]/' /etc/shadow; awk -F: '$7 !~ /nologin|false/' /etc/passwd | grep -v '^sync'; true",
      ),
    ).toBe('');
    expect(await shell.run('find / -xdev -perm /6000 -type f')).toBe('');
    expect(await shell.run('findmnt -no OPTIONS / | tr , "\\n" | head -1')).toBe('ro');

    // The program may ask the caretaker, and nobody else.
    const asProgram = 'setpriv --reuid rohrpost --regid rohrpost --clear-groups';
    expect((await shell.tryRun(`${asProgram} rauc status mark-bad other`)).code).not.toBe(0);

    const text = await screen(box);
    expect(text).toContain(`${await fact(box, 'name')}.local`);
    expect(text.replaceAll(/[ :]/g, '')).toContain(box.page.fingerprint.replaceAll(':', ''));

    const pid = () => shell.run('systemctl show -p MainPID --value rohrpost');
    const hung = await pid();
    await shell.run(`kill -STOP ${hung}`);
    await eventually(async () => !['0', hung].includes(await pid()), { within_ms: HUNG_MS });
    await waitForPage(box.machine, stage().owner);
    world.transcript.say('a program that hangs is ended by the watchdog and starts again');
    await box.machine.cut();
  });

  test('a release image has no shell and trusts its operator alone: RAUC refuses what development signed', {
    timeout: 10 * 60_000,
  }, async () => {
    const { world, images } = stage();
    const { disk, bundle } = images.release;
    const folder = await mkdtemp(join(tmpdir(), 'rp-release-'));
    try {
      const parts = await partitions(disk);
      // Not compressed: what is in a file of it is in it as it stands.
      const part = parts.find(({ name }) => name === 'root-a')!;
      const root = await readFile(await copyPart(disk, part, join(folder, 'root')));
      const trusted = await readFile(join(await releaseKeys(), 'root.pem'));
      expect(root.includes(trusted)).toBe(true);
      expect(root.includes(await readFile(DEVELOPMENT.root))).toBe(false);
      expect(root.includes('dev-shell')).toBe(false);
      const [keyring, conf] = [join(folder, 'keyring.pem'), join(folder, 'rauc.conf')];
      await writeFile(keyring, trusted);
      const system = '[system]\ncompatible=rohrpost-amd64\nbootloader=noop\n';
      await writeFile(conf, `${system}[keyring]\npath=${keyring}\ncheck-purpose=codesign\n`);
      const info = (file: string) => run('rauc', [`--conf=${conf}`, 'info', file]);
      await info(bundle);
      const refused = await info(images.second.bundle).then(
        () => 'taken',
        (error: { stderr: string }) => error.stderr,
      );
      expect(refused).toContain('unable to get local issuer certificate');
      world.transcript.say('a release image: no shell; RAUC refuses a bundle of development by its keyring');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('no secret and no key is in image or bundle', { timeout: 10 * 60_000 }, async () => {
    const { world, images } = stage();
    const { disk, bundle } = images.first;
    const folder = await mkdtemp(join(tmpdir(), 'rp-look-'));
    try {
      const parts = await partitions(disk);
      const { manifest } = await readManifest(bundle);
      const look = async (file: string, words: string) => {
        const found = await secretsIn(file);
        world.transcript.say(`secrets in ${words}: ${found.length}`);
        expect(found, words).toEqual([]);
      };
      for (const [name, image] of [
        ['root-a', 'rootfs'],
        ['boot-a', 'boot'],
        ['esp', null],
      ] as const) {
        const { start, size } = parts.find((part) => part.name === name)!;
        // The bundle packs the very images that the disk has: its signed manifest names them by their hashes.
        const carried = image && new RegExp(`\\[image\\.${image}\\][^[]*?sha256=(\\w+)\\nsize=(\\d+)`).exec(manifest);
        const file = await copyPart(disk, { start, size: carried ? Number(carried[2]) : size }, join(folder, name));
        if (carried) expect(await hashFile(file), name).toBe(carried[1]);
        await look(file, name);
      }
      await run('mcopy', ['-i', join(folder, 'boot-a'), '::uki.efi', join(folder, 'uki')]);
      await unpackInitrd(join(folder, 'uki'), join(folder, 'initrd'));
      await look(join(folder, 'initrd'), 'initrd');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
