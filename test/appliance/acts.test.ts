import { rmSync, statSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Caretaker, openCaretaker } from '../support/caretaker.ts';

let caretaker: Caretaker;

beforeEach(async () => {
  caretaker = await openCaretaker();
});

afterEach(() => caretaker.close());

const STATIC = {
  mode: 'static',
  address: '192.0.2.10/24',
  gateway: '192.0.2.1',
  dns: ['192.0.2.53', '2001:db8::53'],
  search: ['clinic.example'],
} as const;

test('an ordinary machine is no appliance; an appliance has its facts', () => {
  const { facts, ...appliance } = caretaker.appliance();
  expect(facts).toEqual({
    slot: 'A',
    version: '1.0.0',
    variant: 'release',
    product: 'rohrpost-amd64',
    name: 'rohrpost-0a1b',
    hardware: 'QEMU Standard PC',
    storage: 'tpm2',
    data: 'good',
    moved: false,
    fellBack: null,
  });
  expect([appliance.onTrial(), appliance.clockIsSynchronised()]).toEqual([false, true]);
  caretaker.put('facts/trial', '');
  caretaker.put('synchronised', null);
  expect([appliance.onTrial(), appliance.clockIsSynchronised()]).toEqual([true, false]);
  caretaker.put('facts/fell-back', '2.0.0\n');
  caretaker.put('facts/locked', 'PCR 7\n');
  caretaker.put('facts/moved', '');
  const later = caretaker.appliance().facts;
  expect(later).toMatchObject({ fellBack: { version: '2.0.0', code: 'boot' }, data: 'locked', moved: true });
  caretaker.put('facts/fell-back', '2.0.0 page-away\n');
  expect(caretaker.appliance().facts.fellBack).toEqual({ version: '2.0.0', code: 'page-away' });
});

test.each(['slot', 'version', 'storage'])('a system that does not tell its %s is not taken for one', (file) => {
  caretaker.put(`facts/${file}`, null);
  expect(() => caretaker.appliance()).toThrow(expect.objectContaining({ code: 'appliance-facts', details: { file } }));
});

test('state: what is in use, from the words of the real programs', async () => {
  caretaker.put('data/recovery-key', 'x');
  const state = await caretaker.appliance().state();
  expect(state).toEqual({
    product: 'rohrpost-amd64',
    version: '1.0.0',
    variant: 'release',
    slots: [
      { name: 'A', booted: true, good: true, version: '1.0.0', installed_ms: null },
      { name: 'B', booted: false, good: true, version: '1.2.0', installed_ms: expect.any(Number) },
    ],
    network: {
      mode: 'dhcp',
      links: [{ name: 'eth0', mac: '02:fc:00:00:00:01', up: true, addresses: ['192.0.2.2/24', 'fd00::2/64'] }],
      now: { gateway: '192.0.2.1', dns: ['192.0.2.53', '2001:db8::53'] },
      reverts_s: null,
    },
    hostname: 'rohrpost-0a1b',
    time: { servers: [], server: 'time.example.org', synchronised: true },
    ports: [],
    storage: { protection: 'tpm2', recoveryKey: true },
  });
});

test('state while RAUC installs, and answers nothing else: the rest is told all the same', async () => {
  caretaker.program('rauc', 'echo "Error retrieving slot status via D-Bus" >&2; exit 1');
  caretaker.program('timedatectl', 'exit 1');
  const state = await caretaker.appliance().state();
  expect(state.slots.map(({ version }) => version)).toEqual(['1.0.0', null]);
  expect(state.time.server).toBeNull();
  expect(state.network.links).toHaveLength(1);
});

test('a program that is missing, and one that never stops talking', async () => {
  rmSync(caretaker.path('bin/systemctl'));
  await expect(caretaker.appliance().setPorts([104])).rejects.toMatchObject({ code: 'appliance-failed' });
  caretaker.program('systemctl', 'exec yes');
  await expect(caretaker.appliance().setPorts([104])).rejects.toMatchObject({
    code: 'appliance-failed',
    details: { reason: 'systemctl start says too much' },
  });
  expect(caretaker.get('data/ports')).toBe('104\n');
});

test('a fixed address is tried by a unit of the system, shown, and kept by another', async () => {
  const appliance = caretaker.appliance();
  caretaker.program(
    'systemctl',
    `case "$2" in *network-trial*) echo 220 > ${caretaker.path('facts/network-trial')};; esac`,
  );
  await appliance.setNetwork({ ...STATIC, dns: [...STATIC.dns], search: [...STATIC.search] });
  expect(caretaker.calls()).toEqual(['systemctl start rohrpost-apply@network-trial.service']);
  const file = caretaker.get('data/network/trial.network')!;
  expect(file.split('\n')).toEqual(expect.arrayContaining(['Address=192.0.2.10/24', 'Gateway=192.0.2.1', 'DHCP=no']));
  expect(file).toContain('DNS=192.0.2.53\nDNS=2001:db8::53\nDomains=clinic.example\n');
  expect((await appliance.state()).network).toMatchObject({ ...STATIC, reverts_s: 120 });
  await appliance.keepNetwork();
  expect(caretaker.calls()).toContain('systemctl start rohrpost-apply@network-keep.service');
});

test('a change of the network that is gone cannot be kept', async () => {
  await expect(caretaker.appliance().keepNetwork()).rejects.toMatchObject({ code: 'network-nothing-to-keep' });
  expect(caretaker.calls()).toEqual([]);
});

test('a network that the system does not take is said so', async () => {
  caretaker.program('systemctl', 'echo "Job for rohrpost-apply@network-trial.service failed." >&2; exit 1');
  await expect(caretaker.appliance().setNetwork({ mode: 'dhcp' })).rejects.toMatchObject({
    code: 'network-not-taken',
    details: { reason: expect.stringContaining('Job for') },
  });
});

test('host name, time servers and ports are written down, then put in use', async () => {
  const appliance = caretaker.appliance();
  await appliance.setHostname('radiology');
  await appliance.setTimeServers(['192.0.2.1', 'time.example.org']);
  await appliance.setPorts([104, 2762]);
  expect(caretaker.get('data/hostname')).toBe('radiology\n');
  expect(caretaker.get('data/timesyncd.conf')).toBe('[Time]\nNTP=192.0.2.1 time.example.org\n');
  expect(caretaker.get('data/ports')).toBe('104\n2762\n');
  expect(statSync(caretaker.path('data/timesyncd.conf')).mode & 0o777).toBe(0o644);
  expect(caretaker.calls()).toEqual(
    ['hostname', 'time', 'ports'].map((what) => `systemctl start rohrpost-apply@${what}.service`),
  );
  const state = await appliance.state();
  expect([state.ports, state.time.servers]).toEqual([
    [104, 2762],
    ['192.0.2.1', 'time.example.org'],
  ]);
  await appliance.setTimeServers([]);
  await appliance.setPorts([]);
  expect([caretaker.get('data/timesyncd.conf'), caretaker.get('data/ports')]).toEqual([null, '']);
});

test('restart, power off, what was noted, adopting: each its own order, and no other', async () => {
  const appliance = caretaker.appliance();
  await appliance.reboot();
  await appliance.powerOff();
  await appliance.updateNoted();
  await appliance.adopt();
  expect(caretaker.calls()).toEqual([
    'systemctl --no-block reboot',
    'systemctl --no-block poweroff',
    'systemctl start rohrpost-apply@update-noted.service',
    'systemctl start rohrpost-apply@adopt.service',
  ]);
});

test('a factory reset under another name destroys nothing', async () => {
  const wrong = caretaker.appliance().factoryReset('rohrpost-ffff');
  await expect(wrong).rejects.toMatchObject({ code: 'appliance-name-differs', details: { name: 'rohrpost-0a1b' } });
  expect(caretaker.calls()).toEqual([]);
  await caretaker.appliance().factoryReset('rohrpost-0a1b');
  expect(caretaker.calls()).toEqual([
    'systemctl start rohrpost-apply@factory-reset.service',
    'systemctl --no-block reboot',
  ]);
});

test('a factory reset that could not be arranged starts nothing anew', async () => {
  caretaker.program('systemctl', 'exit 1');
  await expect(caretaker.appliance().factoryReset('rohrpost-0a1b')).rejects.toMatchObject({ code: 'appliance-failed' });
  expect(caretaker.calls()).toHaveLength(1);
});

test('the recovery key is told until it is forgotten', async () => {
  const appliance = caretaker.appliance();
  expect(await appliance.recoveryKey()).toBeNull();
  caretaker.put('data/recovery-key', 'cbdefghi-jklnrtuv\n');
  expect(await appliance.recoveryKey()).toBe('cbdefghi-jklnrtuv');
  await appliance.forgetRecoveryKey();
  expect(await appliance.recoveryKey()).toBeNull();
  expect(caretaker.get('data/recovery-key')).toBeNull();
});

const KEY = Array.from({ length: 8 }, () => 'cbdefghi').join('-');

test('unlocking: the key goes by standard input, never by an argument or the journal', async () => {
  await expect(caretaker.appliance().unlock(KEY)).rejects.toMatchObject({ code: 'unlock-not-needed' });
  caretaker.put('facts/locked', 'PCR 7\n');
  await caretaker.appliance().unlock(KEY);
  expect(caretaker.get('unlock-key')).toBe(`${KEY}\n`);
  expect(caretaker.calls()).toEqual(['unlock ', 'systemctl --no-block reboot']);
  expect(caretaker.journal()).not.toContain('cbdefghi');
  caretaker.program('unlock', 'exit 1');
  await expect(caretaker.appliance().unlock(KEY)).rejects.toMatchObject({ code: 'unlock-key-wrong' });
});

test('two changes at once: one after the other; one that lasts too long: the other hears of it', async () => {
  const appliance = caretaker.appliance();
  caretaker.program('systemctl', 'sleep 0.3; echo end >> calls');
  await Promise.all([appliance.setPorts([104]), appliance.setHostname('radiology')]);
  const [first, , second] = caretaker.calls();
  expect(caretaker.calls()).toEqual([first, 'end', second, 'end']);
  caretaker.program('systemctl', 'while [ ! -e go ]; do sleep 0.1; done');
  const slow = appliance.reboot();
  await expect.poll(() => caretaker.calls().at(-1)).toBe('systemctl --no-block reboot');
  await expect(appliance.setPorts([105])).rejects.toMatchObject({ code: 'appliance-busy' });
  expect((await appliance.state()).hostname).toBe('rohrpost-0a1b');
  caretaker.put('go', '');
  await slow;
});

test('a caretaker that is killed while it changes something leaves no lock behind', async () => {
  caretaker.program('systemctl', 'exec sleep 5');
  const broken = expect(caretaker.appliance().reboot()).rejects.toMatchObject({ code: 'appliance-away' });
  await expect.poll(() => caretaker.calls()).toHaveLength(1);
  caretaker.kill();
  await broken;
  caretaker.program('systemctl', 'exit 0');
  await caretaker.appliance().setPorts([104]);
});
