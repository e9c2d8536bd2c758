import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { readWorked } from '../../src/update/state.ts';
import { release } from './samples.ts';
import { openTestBox, openWorld, type TestBox, type World } from './world.ts';

const LONG = 60;
let world: World;
let box: TestBox;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  world.publish([release()]);
  box = await openTestBox(world);
});

const allActs = (of = box) => of.appliance.acts.map(({ act }) => act).filter((act) => act !== 'update-noted');
/** A restart that does not come is asked for every ten minutes: told once. */
const acts = (of = box) => allActs(of).filter((act, at, all) => act !== 'reboot' || all[at - 1] !== 'reboot');
const kept = (of = box) => of.engine.context.state.now();
const waits = (of = box) => of.engine.waiting()?.for ?? null;
const results = (of: TestBox) => kept(of).history.map(({ version, result, code }) => [version, result, code]);

describe('an update', () => {
  test('is fetched, written, started, and good once the machine says so', async () => {
    await box.pass(LONG);
    expect(acts()).toEqual(['install', 'reboot']);
    const [install] = box.appliance.acts;
    expect(install).toMatchObject({
      bundle: `${world.url}/rohrpost-amd64-2.0.0.raucb`,
      manifestSha256: 'b'.repeat(64),
      tlsCa: readFileSync(world.caFile, 'utf8'),
    });
    const next = await box.boots({ version: '2.0.0', slot: 'B' }, { trial: true });
    await next.pass(20);
    expect(kept(next).pending).toMatchObject({ stage: 'trial', version: '2.0.0', from: '1.0.0' });
    expect(acts(next)).toEqual([]);
    next.appliance.trial = false;
    await next.pass(1);
    expect(kept(next).pending).toBeNull();
    expect(results(next)).toEqual([
      ['2.0.0', 'good', null],
      ['2.0.0', 'installed', null],
    ]);
    await next.pass(LONG);
    expect(acts(next)).toEqual([]);
  });

  test('is not written in the first ten minutes, and not outside its window', async () => {
    await box.pass(9);
    expect(waits()).toBe('settle');
    expect(acts()).toEqual([]);
    const window = { from: '03:00', to: '03:00', time_zone: null };
    const hour = new Date(box.clock.now() + 6 * 3_600_000).toISOString().slice(11, 13);
    box.around.settings = {
      ...box.around.settings,
      window: { ...window, from: `${hour}:00`, to: `${hour}:30`, time_zone: 'UTC' },
    };
    await box.pass(LONG);
    expect(waits()).toBe('window');
    await box.pass(7 * 60);
    expect(acts()).toEqual(['install', 'reboot']);
  });

  test('F73: is written while studies move; the box restarts when they do not', async () => {
    box.around.moving = true;
    await box.pass(3 * LONG);
    expect(acts()).toEqual(['install']);
    expect(waits()).toBe('study');
    expect(kept().pending).toMatchObject({ stage: 'installed', worked: true });
    box.around.moving = false;
    await box.pass(2);
    expect(acts()).toEqual(['install', 'reboot']);
  });

  test('waits for a person where it is not to come by itself', async () => {
    box.around.settings = { ...box.around.settings, automatic: false };
    await box.pass(LONG);
    expect(waits()).toBe('person');
    expect(acts()).toEqual([]);
  });

  test('that the program forgets for a moment is not forgotten: it was only started anew', async () => {
    box.around.moving = true;
    await box.pass(LONG);
    const again = await box.boots({}, { sameBoot: true });
    expect(kept(again).pending).toMatchObject({ stage: 'installed', version: '2.0.0' });
    again.around.moving = false;
    await again.pass(LONG);
    expect(acts(again)).toEqual(['reboot']);
  });

  test('that was withdrawn or stopped after it was written is not started by itself, and the next one takes its place', async () => {
    box.around.moving = true;
    await box.pass(LONG);
    world.publish([release({ stage: { percent: 100, stopped: true } })], { sequence: 2 });
    await box.engine.poller.look();
    box.around.moving = false;
    await box.pass(LONG);
    expect(acts()).toEqual(['install']);
    expect(waits()).toBe('withdrawn');
    world.publish([release({ withdrawn: true }), release({ version: '2.0.1' })], { sequence: 3 });
    await box.engine.poller.look();
    box.appliance.installing.version = '2.0.1';
    await box.pass(LONG);
    expect(acts()).toEqual(['install', 'install', 'reboot']);
    expect(kept().pending?.version).toBe('2.0.1');
  });

  test('whose restart the machine refuses is asked for again', async () => {
    box.appliance.failNext('reboot', new RohrpostError('appliance-busy'));
    await box.pass(LONG);
    expect(allActs().filter((act) => act === 'reboot').length).toBeGreaterThan(1);
  });
});

describe('an update that does not work', () => {
  test('and falls back: the reason is kept and told, the version is not tried again until somebody says so', async () => {
    await box.pass(LONG);
    const back = await box.boots({ fellBack: { version: '2.0.0', code: 'update-clock' } });
    expect(results(back)[0]).toEqual(['2.0.0', 'fell-back', 'update-clock']);
    expect(back.appliance.acts).toEqual([{ act: 'update-noted' }]);
    await back.pass(3 * LONG);
    expect(acts(back)).toEqual([]);
    await back.engine.context.state.set({ failed: [] });
    await back.pass(LONG);
    expect(acts(back)).toEqual(['install', 'reboot']);
  });

  test('and never comes up: told without a word of the machine, too', async () => {
    await box.pass(LONG);
    const back = await box.boots();
    expect(results(back)[0]).toEqual(['2.0.0', 'fell-back', 'update-never-started']);
    await back.pass(2 * LONG);
    expect(acts(back)).toEqual([]);
  });

  test('another version is taken though one fell back', async () => {
    await box.pass(LONG);
    const back = await box.boots({ fellBack: { version: '2.0.0', code: 'boot' } });
    world.publish([release(), release({ version: '2.0.1' })], { sequence: 2 });
    back.appliance.installing.version = '2.0.1';
    await back.pass(2 * LONG);
    expect(acts(back)).toEqual(['install', 'reboot']);
  });

  test('a fall-back is counted once, however often the program starts in the same start of the machine', async () => {
    await box.pass(LONG);
    const facts = { fellBack: { version: '2.0.0', code: 'boot' } };
    let back = await box.boots(facts);
    for (let time = 0; time < 3; time++) back = await back.boots(facts, { sameBoot: true });
    expect(results(back).filter(([, result]) => result === 'fell-back')).toHaveLength(1);
    expect(kept(back).failed).toHaveLength(1);
  });

  test.each([
    'bundle-untrusted',
    'bundle-other-product',
    'bundle-older',
    'bundle-damaged',
    'bundle-too-large',
    'bundle-other-hash',
  ] as const)('refused by the machine (%s): not tried again, until the channel has other bytes', async (code) => {
    box.appliance.failNext('install', new RohrpostError(code), 99);
    await box.pass(5 * LONG);
    expect(acts()).toEqual(['install']);
    expect(results(box)).toEqual([['2.0.0', 'refused', code]]);
    expect(kept().failed).toMatchObject([{ version: '2.0.0', sha256: 'a'.repeat(64), code }]);
    world.publish([release({ sha256: 'c'.repeat(64) })], { sequence: 2 });
    await box.pass(2 * LONG);
    expect(acts()).toEqual(['install', 'install']);
  });

  test('a line that breaks is tried again, ever more seldom, and then it works', async () => {
    const broken = new RohrpostError('bundle-unreachable', { details: { reason: 'reset' } });
    box.appliance.failNext('install', broken, 3);
    await box.pass(5 * LONG);
    expect(acts()).toEqual(['install', 'install', 'install', 'install', 'reboot']);
    expect(results(box)).toEqual([
      ['2.0.0', 'installed', null],
      ['2.0.0', 'failed', 'bundle-unreachable'],
    ]);
  });

  test('half a bundle on the server, or none, is not even begun', async () => {
    world.publish([release({ size_bytes: 5_000 })]);
    world.publish([
      release({ size_bytes: 4_000, bundle: 'elsewhere.raucb' }),
      { ...release(), product: 'rohrpost-pi' },
    ]);
    world.answer(
      '/chan/elsewhere.raucb',
      (_, response) => void response.writeHead(200, { 'content-length': 10 }).end(),
    );
    await box.pass(30);
    expect(box.engine.installs.trouble()?.code).toBe('update-size');
    expect(acts()).toEqual([]);
    world.answer('/chan/elsewhere.raucb', (_, response) => void response.writeHead(404).end());
    await box.pass(LONG);
    expect(box.engine.installs.trouble()?.code).toBe('update-server-answer');
    expect(acts()).toEqual([]);
    world.answer('/chan/elsewhere.raucb', null);
    await box.pass(2 * LONG);
    expect(acts()).toEqual(['install', 'reboot']);
  });

  test('another version in the bundle than was announced: never started', async () => {
    box.appliance.installing.version = '1.9.0';
    await box.pass(2 * LONG);
    expect(results(box)).toEqual([['2.0.0', 'refused', 'update-other-version']]);
    expect(acts()).toEqual(['install']);
  });

  test('a power cut while it is written: begun anew; after the third it is left alone', async () => {
    let at = box;
    for (let cut = 0; cut < 3; cut++) {
      const never = new Promise<void>(() => {});
      at.appliance.installing.until = never;
      for (let minute = 0; minute < 20 && !at.engine.installs.isRunning(); minute++) {
        at.clock.advance(60_000);
        await at.engine.step();
      }
      expect(at.engine.installs.isRunning()).toBe(true);
      expect(kept(at).pending).toMatchObject({ stage: 'installing', interruptions: cut });
      at = await at.boots();
      // Restarts while nothing is written do not count.
      at = await (await at.boots()).boots();
    }
    expect(results(at)).toEqual([['2.0.0', 'failed', 'update-interrupted']]);
    await at.pass(2 * LONG);
    expect(acts(at)).toEqual([]);
  });

  test('a power cut between the last byte and our own word of it: what runs afterwards tells', async () => {
    box.appliance.installing.until = new Promise<void>(() => {});
    for (let minute = 0; minute < 20 && !box.engine.installs.isRunning(); minute++) {
      box.clock.advance(60_000);
      await box.engine.step();
    }
    const next = await box.boots({ version: '2.0.0', slot: 'B' }, { trial: true });
    expect(kept(next).pending).toMatchObject({ stage: 'trial', version: '2.0.0', worked: true });
  });
});

describe('what a stick brought', () => {
  test('is noticed, proven and told', async () => {
    const next = await box.boots({ version: '1.5.0' }, { trial: true });
    expect(kept(next).pending).toMatchObject({ by: 'stick', version: '1.5.0', stage: 'trial' });
    next.appliance.trial = false;
    await next.pass(1);
    expect(kept(next).history[0]).toMatchObject({ version: '1.5.0', result: 'good', by: 'stick' });
  });

  test('and fell back is noticed as well', async () => {
    const back = await box.boots({ fellBack: { version: '1.5.0', code: 'boot' } });
    expect(kept(back).history[0]).toMatchObject({ version: '1.5.0', result: 'fell-back', by: 'stick' });
  });
});

test('the self-test reads whether the box worked before', async () => {
  const { folder } = box.engine.context;
  expect(readWorked(folder)).toBeNull();
  expect(readWorked(join(folder, 'missing'))).toBeNull();
  box.around.works = false;
  await box.pass(LONG);
  expect(readWorked(folder)).toBe(false);
});

describe('the operator hears of it', () => {
  const reportTo = (to: Partial<TestBox['around']['settings']>) => {
    box.around.settings = { ...box.around.settings, automatic: false, ...to };
  };
  const url = () => world.url.replace('/chan', '/report');

  test('soon after the start, once a day, after each result, and when its colour changes, at most hourly', async () => {
    reportTo({ report_url: url() });
    const before = world.reports.length;
    const count = () => world.reports.length - before;
    await box.pass(3);
    expect(count()).toBe(1);
    await box.pass(23 * 60);
    expect(count()).toBe(1);
    await box.pass(60);
    expect(count()).toBe(2);
    for (let minute = 0; minute < 180; minute++) {
      box.around.health = minute % 2 === 0 ? 'red' : 'green';
      await box.pass(1);
    }
    expect(count()).toBeGreaterThanOrEqual(3);
    expect(count()).toBeLessThanOrEqual(5);
    reportTo({ report_url: url(), automatic: true });
    await box.pass(2);
    expect(world.reports.at(-1)).toMatchObject({ last: { version: '2.0.0', result: 'installed', code: null } });
  });

  test('what it hears is this, and nothing else', async () => {
    reportTo({ report_url: url() });
    await box.pass(6);
    expect(world.reports.at(-1)).toEqual({
      ...{ format: 1, box: kept().box, name: 'praxis-box', product: 'rohrpost-amd64', version: '1.0.0', slot: 'A' },
      ...{ trial: false, health: 'green', last: null, sequence: expect.any(Number), at: expect.any(String) },
    });
  });

  test('an operator who is away hears the latest when he is back, once', async () => {
    reportTo({ report_url: url(), automatic: true });
    world.answer('/report', (_, response) => void response.writeHead(503).end());
    const before = world.reports.length;
    const tries = () => world.asked.filter((line) => line === 'POST /report').length;
    const triesBefore = tries();
    await box.pass(12 * 60);
    expect(box.engine.reporter.last()?.code).toBe('update-report-refused');
    expect(tries() - triesBefore).toBeLessThan(20);
    world.answer('/report', null);
    await box.pass(3 * 60);
    expect(world.reports.length - before).toBe(1);
    expect(world.reports.at(-1)?.last?.result).toBe('installed');
  });

  test('by mail where there is an address only', async () => {
    reportTo({ report_address: 'fleet@operator.example' });
    await box.pass(3);
    expect(box.around.mails).toMatchObject([{ to: 'fleet@operator.example', report: { name: 'praxis-box' } }]);
  });

  test('a box without its data, or on other hardware, tells nobody who it is not', async () => {
    const before = world.reports.length;
    for (const facts of [{ data: 'locked' }, { moved: true }] as const) {
      const other = await openTestBox(world, { facts, settings: { report_url: url() } });
      await other.pass(30);
    }
    expect(world.reports.length).toBe(before);
  });
});

test('data on another machine, once they are its own, are another box', async () => {
  const id = kept().box;
  const moved = await box.boots({ name: 'rohrpost-beef', moved: true });
  expect(kept(moved).box).toBe(id);
  const adopted = await moved.boots({ name: 'rohrpost-beef', moved: false });
  expect(kept(adopted).box).not.toBe(id);
});
