import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWays } from '../../src/box/ways.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { silentLog } from '../../src/core/log.ts';
import { testSettings } from '../support/settings.ts';
import { temporaryFolder } from '../support/store.ts';

const smtp = { host: 'mail.invalid', port: 465, security: 'tls', user: 'box', password: 'secret:smtp' };
const twoAccounts = () =>
  testSettings({
    partners: [
      { id: 'klinik', smtp },
      { id: 'praxis', smtp: { ...smtp, user: 'other' } },
    ],
  });

async function world() {
  const folder = temporaryFolder();
  const secrets = await openSecrets(folder);
  await secrets.set('smtp', 'geheim');
  let settings = twoAccounts();
  const ways = openWays({ settings: () => settings, secrets, folder, log: silentLog });
  const [klinik, praxis] = settings.partners;
  return { folder, secrets, ways, klinik: klinik!, praxis: praxis!, set: (next: typeof settings) => (settings = next) };
}

test('an account has one sender, and another one with another password, which tries at once', async () => {
  const { secrets, ways, klinik, praxis } = await world();
  const { account, sender } = await ways.to(klinik);
  expect(account).toBe('box@mail.invalid:465');
  expect((await ways.to(klinik)).sender).toBe(sender);
  expect((await ways.to(praxis)).sender).not.toBe(sender);
  await secrets.set('smtp', 'besser');
  const { sender: better } = await ways.to(klinik);
  expect(better).not.toBe(sender);
  expect((await ways.to(klinik)).sender).toBe(better);
  await ways.close();
});

test('a disk that does not give the passwords is told; nobody knocks with an empty one', async () => {
  const { folder, ways, klinik } = await world();
  const { sender } = await ways.to(klinik);
  const path = join(folder, 'secrets.json');
  renameSync(path, `${path}.aside`);
  mkdirSync(path);
  await expect(ways.to(klinik)).rejects.toMatchObject({ code: 'disk-error' });
  await expect(ways.limitBytes(klinik, null)).rejects.toMatchObject({ code: 'disk-error' });
  rmdirSync(path);
  renameSync(`${path}.aside`, path);
  expect((await ways.to(klinik)).sender).toBe(sender);
  await ways.close();
});

test('an account that the settings no longer name is closed, and only that', async () => {
  const { ways, klinik, praxis, set } = await world();
  const { sender } = await ways.to(klinik);
  const { sender: gone } = await ways.to(praxis);
  set({ ...twoAccounts(), partners: [klinik] });
  await ways.refresh();
  const mail = { path: '/nowhere', from: 'box@a.example', to: 'dicom@praxis.example', sizeBytes: 1 };
  expect(await gone.send(mail)).toMatchObject({ kind: 'failed', error: { code: 'stopped' } });
  expect((await ways.to(klinik)).sender).toBe(sender);
  await ways.close();
});

test('without an account there is no way', async () => {
  const { ways, klinik } = await world();
  await expect(ways.to({ ...klinik, smtp: null })).rejects.toMatchObject({ code: 'send-no-way' });
});
