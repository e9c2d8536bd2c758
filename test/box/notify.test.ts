import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { expect, onTestFinished, test } from 'vitest';
import { serviceManager } from '../../src/box/notify.ts';
import { createSettings } from '../../src/config/settings.ts';
import { type Log, openLog, silentLog } from '../../src/core/log.ts';
import { startProcess } from '../support/boxes.ts';
import { type NotifySocket, openNotifySocket } from '../support/notify-socket.ts';
import { freePort } from '../support/ports.ts';
import { temporaryFolder } from '../support/store.ts';

const PATH = '/usr/bin:/bin';

async function socketIn(folder: string): Promise<NotifySocket> {
  const socket = await openNotifySocket(folder);
  onTestFinished(() => socket.close());
  return socket;
}

function manager(env: Record<string, string>, log: Log = silentLog) {
  const service = serviceManager({ env: { PATH, ...env }, log });
  onTestFinished(() => service.close());
  return service;
}

test('ready, status and stopping reach a real socket by the real systemd-notify', async () => {
  const socket = await socketIn(temporaryFolder());
  const service = manager({ NOTIFY_SOCKET: socket.path });
  service.ready('open: web 443\nREADY=0');
  await service.close();
  expect(socket.heard()).toEqual(['READY=1 STATUS=open: web 443 READY=0']);
  service.status('starting anew');
  service.stopping();
  await service.close();
  expect(socket.heard().slice(1)).toEqual(['STATUS=starting anew', 'STOPPING=1']);
});

test('signs of life come at half the time that is asked for, and end while something hangs', async () => {
  const socket = await socketIn(temporaryFolder());
  const service = manager({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '400000', WATCHDOG_PID: String(process.pid) });
  let hanging: string | null = null;
  service.watch(() => hanging);
  const beats = () => socket.heard().filter((line) => line === 'WATCHDOG=1').length;
  await expect.poll(beats).toBeGreaterThanOrEqual(4);
  hanging = 'station seal';
  await service.close();
  service.watch(() => hanging);
  const before = beats();
  await new Promise((wake) => setTimeout(wake, 600));
  expect(beats()).toBe(before);
  hanging = null;
  await expect.poll(beats).toBeGreaterThan(before);
});

test('no sign of life for a watchdog that waits for another process', async () => {
  const socket = await socketIn(temporaryFolder());
  const service = manager({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' });
  service.watch(() => null);
  service.status('here');
  await service.close();
  expect(socket.heard()).toEqual(['STATUS=here']);
});

test('without a service manager nothing is started; a systemd-notify that fails or hangs is logged, and harms nobody', async () => {
  const folder = temporaryFolder();
  const lines: string[] = [];
  const log = openLog('info', { write: (line) => void lines.push(line) });
  manager({}, log).ready('x');
  expect(lines).toEqual([]);
  writeFileSync(join(folder, 'systemd-notify'), '#!/bin/sh\nexit 3\n');
  chmodSync(join(folder, 'systemd-notify'), 0o755);
  const broken = manager({ NOTIFY_SOCKET: '/nowhere', PATH: `relative:${folder}` }, log);
  broken.ready('x');
  await broken.close();
  expect(lines.join()).toContain('systemd-notify ended with 3');
  manager({ NOTIFY_SOCKET: '/nowhere', PATH: '/nowhere' }, log);
  expect(lines.join()).toContain('systemd-notify is not there');
});

test('many words at once: one process at a time, the newest word of each kind', async () => {
  const socket = await socketIn(temporaryFolder());
  const service = manager({ NOTIFY_SOCKET: socket.path });
  for (let n = 0; n < 200; n++) service.status(`number ${n}`);
  await service.close();
  expect(socket.heard()).toEqual(['STATUS=number 0', 'STATUS=number 199']);
});

test('a box that runs says that it is ready when its doors are open, lives on, and says that it stops', async () => {
  const folder = temporaryFolder();
  const socket = await socketIn(folder);
  const data = join(folder, 'data');
  const port = await freePort();
  await createSettings(data, {
    ...{ site: { name: 'Testpraxis' }, mail: { address: 'box@test.example' }, disk: { refuse_below_bytes: 0 } },
    dicom: { host: '127.0.0.1', port },
  });
  const env = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '1000000', WATCHDOG_PID: '' };
  const webPort = await freePort();
  const box = await startProcess(data, { answersAt: webPort, webPort, env });
  onTestFinished(() => box.kill());
  await expect.poll(() => socket.heard()[0]).toContain('READY=1');
  expect(socket.heard()[0]).toContain(`STATUS=open: dicom ${port}, web ${webPort}`);
  const began = performance.now();
  await expect.poll(() => socket.heard().filter((line) => line.includes('WATCHDOG=1')).length).toBeGreaterThan(2);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(await box.stop()).toBe(0);
  expect(socket.heard().some((line) => line.includes('STOPPING=1'))).toBe(true);
});
