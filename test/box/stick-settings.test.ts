import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { startHouse } from '../../src/box/house.ts';
import { openLog } from '../../src/core/log.ts';
import { openDesk } from '../../src/store/desk.ts';
import { remembered } from '../../src/web/setup.ts';
import { stickNote } from '../../src/web/stick-note.ts';
import { fakeAppliance } from '../support/appliance.ts';
import { freePort } from '../support/ports.ts';
import { temporaryFolder } from '../support/store.ts';

let folder: string;
let log: string[];
beforeEach(() => {
  folder = temporaryFolder();
  log = [];
  mkdirSync(join(folder, 'stick'));
});

const file = () => join(folder, 'stick', 'settings.yaml');
const good = (port: number) => `version: 1
site: { name: Testpraxis, ae_title: STICK }
mail: { address: box@test.example }
dicom: { host: 127.0.0.1, port: ${port} }
disk: { refuse_below_bytes: 0 }
`;

async function start() {
  const door = { host: '127.0.0.1', port: 0, redirectPort: null };
  const opened = openLog('info', { write: (line) => void log.push(line) });
  const house = await startHouse(folder, { log: opened, door, appliance: fakeAppliance() });
  onTestFinished(() => house.stop());
  const { desk } = house.premises;
  const acts = () => desk.audit.list({ limit: 9 }).map(({ act }) => act);
  return { house, desk, acts, note: () => stickNote(desk), premises: house.premises };
}

function claim(): void {
  const desk = openDesk(folder);
  desk.accounts.add({ name: 'erika', role: 'admin', language: 'de', password: '-', must_change: 0, now_ms: 1 });
  desk.close();
}

test('a box without owner and settings takes them, works, and its wizard goes on behind them', async () => {
  writeFileSync(file(), good(await freePort()));
  const { premises, note, acts, desk } = await start();
  expect(premises.box()?.settings.current().site.ae_title).toBe('STICK');
  expect(note()).toMatchObject({ outcome: 'taken', problems: [] });
  expect(acts()).toContain('stick-taken');
  expect(remembered(desk)).toMatchObject({ finished: false, steps: { site: 'done' } });
  expect(readdirSync(join(folder, 'stick'))).toEqual([]);
});

test('a file with a mistake: its line is told in both languages, the box stays new, the file goes', async () => {
  writeFileSync(file(), good(70_000));
  const { premises, note } = await start();
  expect(premises.box()).toBeNull();
  expect(existsSync(join(folder, 'settings.yaml'))).toBe(false);
  expect(note()).toMatchObject({
    outcome: 'unusable',
    problems: [
      { de: expect.stringMatching(/^Zeile 4: dicom\.port/), en: expect.stringMatching(/^line 4: dicom\.port/) },
    ],
  });
  expect(readdirSync(join(folder, 'stick'))).toEqual([]);
});

test.each([
  ['under a key of its own', `${good(0)}passwords: { mx: Geheim-4711 }\n`],
  ['where a name belongs', good(0).replace('box@test.example', 'box@test.example, imap: { password: Geheim-4711 }')],
  ['in a file that is no YAML', `version: 1\nsite: [Geheim-4711\n "Geheim-4711" x: {`],
])('a password %s is refused, and leaks nowhere', async (_, text) => {
  writeFileSync(file(), text);
  const { note, desk, house } = await start();
  expect(note()?.outcome).toBe('unusable');
  const told = JSON.stringify([note(), desk.audit.list({ limit: 9 }), log]);
  expect(told).not.toContain('4711');
  expect((await house.app().inject({ url: '/api/state' })).payload).not.toContain('4711');
  const everywhere = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of everywhere)
    expect(readFileSync(join(parentPath, name), 'latin1'), name).not.toContain('Geheim-4711');
});

test.each([
  ['good', () => good(0)],
  ['broken', () => 'x: ['],
])('a box with an owner leaves a %s file aside', async (_, text) => {
  claim();
  writeFileSync(file(), text());
  const { note, acts } = await start();
  expect(note()?.outcome).toBe('refused');
  expect(acts()).toContain('stick-refused');
  expect(existsSync(join(folder, 'settings.yaml'))).toBe(false);
  expect(readdirSync(join(folder, 'stick'))).toEqual(['settings.yaml.refused']);
});

test('a box with settings keeps its own', async () => {
  writeFileSync(join(folder, 'settings.yaml'), good(await freePort()).replace('STICK', 'MINE'));
  writeFileSync(file(), good(0));
  const { premises, note } = await start();
  expect(premises.box()?.settings.current().site.ae_title).toBe('MINE');
  expect(note()?.outcome).toBe('refused');
});

test('power lost between taking them and removing the file: taken all the same', async () => {
  const text = good(await freePort());
  writeFileSync(join(folder, 'settings.yaml'), text);
  writeFileSync(file(), text);
  const { note, premises } = await start();
  expect(premises.box()).not.toBeNull();
  expect(note()).toBeNull();
  expect(readdirSync(join(folder, 'stick'))).toEqual([]);
});
