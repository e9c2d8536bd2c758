import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

/** Who may speak to RAUC over D-Bus: a real bus with the image's policy, a real RAUC on it. */

const POLICY = fileURLToPath(
  new URL('../../image/rootfs/usr/share/dbus-1/system.d/de.pengutronix.rauc.conf', import.meta.url),
);
/** As the system's own: methods only where somebody allows them (dbus-daemon(1), "Configuration file"). */
const bus = (folder: string) => `<busconfig>
<type>system</type><listen>unix:path=${folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default">
  <allow user="*"/><deny own="*"/><deny send_type="method_call"/><allow send_type="signal"/>
  <allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
  <allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/>
  <allow receive_type="signal"/><allow send_destination="org.freedesktop.DBus"/>
</policy>
<include>${POLICY}</include>
<policy user="${userInfo().username}"><allow own="de.pengutronix.rauc"/></policy>
</busconfig>`;
const SYSTEM = (folder: string) => `[system]
compatible=rohrpost-amd64
bootloader=noop
[keyring]
path=${folder}/root.pem
[slot.rootfs.0]
device=${folder}/root-a
type=raw
bootname=A
`;

const started: ChildProcess[] = [];
let folder: string;
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('only root may tell RAUC what to install or to start, not the program', async () => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'bus.conf'), bus(folder));
  writeFileSync(join(folder, 'system.conf'), SYSTEM(folder));
  for (const name of ['root.pem', 'root-a']) writeFileSync(join(folder, name), '');
  const env = {
    PATH: process.env.PATH,
    DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${folder}/bus`,
    DBUS_STARTER_BUS_TYPE: 'system',
  };
  started.push(spawn('dbus-daemon', [`--config-file=${folder}/bus.conf`, '--nofork', '--nopidfile'], { env }));
  const ask = (as: readonly string[], ...call: string[]) => {
    const [program, ...args] = [...as, 'dbus-send', '--system', '--print-reply', ...call];
    try {
      return execFileSync(program!, args, { env, stdio: 'pipe', timeout: 10_000 }).toString();
    } catch (error) {
      return String((error as { stderr: Buffer }).stderr);
    }
  };
  const isThere = (name: string) =>
    ask([], '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', `string:${name}`);
  await expect.poll(() => isThere('org.freedesktop.DBus'), { timeout: 10_000 }).toContain('true');
  started.push(spawn('rauc', [`--conf=${folder}/system.conf`, '--override-boot-slot=A', 'service'], { env }));
  await expect.poll(() => isThere('de.pengutronix.rauc'), { timeout: 10_000 }).toContain('true');

  const isRoot = process.getuid!() === 0;
  const program = isRoot ? ['setpriv', '--reuid=65534', '--clear-groups'] : [];
  const mark = ['--dest=de.pengutronix.rauc', '/', 'de.pengutronix.rauc.Installer.Mark', 'string:bad', 'string:booted'];
  expect(ask(program, ...mark)).toContain('AccessDenied');
  if (isRoot) expect(ask([], ...mark)).toContain('rootfs.0');
});
