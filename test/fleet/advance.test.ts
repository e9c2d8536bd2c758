import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdvanceRules, judge } from '../../scripts/fleet/advance.ts';
import { openShelf } from '../../scripts/fleet/reports.ts';
import { isInStage } from '../../src/update/choose.ts';
import type { BoxReport, ChannelIndex, Release } from '../../src/update/words.ts';
import { fleet, fleetKeys, handmadeBundle, recordOf, reportOf } from '../support/fleet.ts';

const NOW = Date.parse('2027-03-10T12:00:00Z');
const HOUR_MS = 3_600_000;
const RULES: AdvanceRules = { steps: [1, 10, 100], most_failed_percent: 2, least_reports: 5, after_ms: 24 * HOUR_MS };
const ago = (hours: number) => new Date(NOW - hours * HOUR_MS).toISOString();

const release = (percent: number, o: Partial<Release> = {}): Release => ({
  ...{ product: 'rohrpost-amd64', version: '2.0.0', bundle: 'b.raucb', size_bytes: 1, min_version: '0.0' },
  ...{ sha256: 'a'.repeat(64), manifest_sha256: 'b'.repeat(64), stage: { percent }, notes: { de: 'n', en: 'n' } },
  ...o,
});
const indexOf = (...releases: Release[]): ChannelIndex => ({
  ...{ format: 1, channel: 'stable', sequence: 7, made: ago(1), expires: ago(-100), releases },
});
/** The numbers of the boxes in a stage of 2.0.0. */
const inside = (percent: number) =>
  Array.from({ length: 1000 }, (_, number) => number).filter((number) =>
    isInStage({ version: '2.0.0', stage: { percent } }, reportOf(number).box),
  );
const all = (numbers: readonly number[], o: Partial<BoxReport>, hours = 1) =>
  numbers.map((number) => recordOf(reportOf(number, o), ago(hours)));
const GOOD: Partial<BoxReport> = { version: '2.0.0', last: { version: '2.0.0', result: 'good', code: null } };
const FELL: Partial<BoxReport> = { last: { version: '2.0.0', result: 'fell-back', code: 'database' } };

/** What is said of 2.0.0 at 10 % since so many hours. */
function verdict(records: ReturnType<typeof recordOf>[], o: { hours?: number; release?: Release } = {}) {
  const stages = { 'rohrpost-amd64 2.0.0': { percent: 10, since: ago(o.hours ?? 25) } };
  const [first] = judge(indexOf(o.release ?? release(10)), { sequence: 7, stages }, records, RULES, NOW);
  return first;
}

describe('a stage of ten per cent of a thousand boxes', () => {
  const stage = inside(10);
  const others = Array.from({ length: 1000 }, (_, number) => number).filter((number) => !stage.includes(number));
  const quiet = () => all(others, {});
  const with_failures = (count: number, o: Partial<BoxReport> = FELL) => [
    ...quiet(),
    ...all(stage.slice(0, count), o),
    ...all(stage.slice(count), GOOD),
  ];

  test('goes on when boxes say that it works, and enough time has passed', () => {
    expect(stage.length).toBeGreaterThan(70);
    expect(verdict(with_failures(0))).toMatchObject({ kind: 'next', percent: 100, failed: 0, inside: stage.length });
    expect(verdict(with_failures(0), { hours: 23 })).toMatchObject({ kind: 'wait-time' });
  });

  test('goes on with two failures of a hundred, stops with three', () => {
    const most = Math.floor(stage.length * 0.02);
    expect(verdict(with_failures(most))).toMatchObject({ kind: 'next' });
    expect(verdict(with_failures(most + 1))).toMatchObject({ kind: 'stop', why: `${most + 1} × database` });
  });

  test('does not wait with stopping until the stage is over', () => {
    expect(verdict(with_failures(10), { hours: 0 })).toMatchObject({ kind: 'stop' });
  });

  test('waits for reports that do not come', () => {
    expect(verdict([...quiet(), ...all(stage, {})])).toMatchObject({ kind: 'wait-reports', needed: 5, good: 0 });
    expect(verdict([])).toMatchObject({ kind: 'next', inside: 0 });
  });

  test('boxes that came up with the new version and turned red count as failed; those that were red before do not', () => {
    const red = (before: 'green' | 'red') =>
      stage.map((number) =>
        recordOf(reportOf(number, { ...GOOD, health: 'red' }), ago(1), {
          before: { version: '1.0.0', health: before },
        }),
      );
    expect(verdict(red('green'))).toMatchObject({ kind: 'stop', why: `${stage.length} × red` });
    expect(verdict(red('red'))).toMatchObject({ kind: 'next', good: stage.length });
  });

  test('boxes that installed and were never heard of again count as failed', () => {
    const installed: Partial<BoxReport> = { last: { version: '2.0.0', result: 'installed', code: null } };
    expect(verdict(all(stage, installed, 12))).toMatchObject({ kind: 'wait-reports' });
    expect(verdict(all(stage, installed, 72))).toMatchObject({ kind: 'stop', why: `${stage.length} × lost` });
    expect(verdict(all(stage, installed, 24 * 30))).toMatchObject({ kind: 'stop' });
  });

  test('boxes that are switched off count neither way; those of other products neither', () => {
    expect(verdict([...all(stage, {}, 24 * 20), ...all([2000], {})])).toMatchObject({ inside: 0 });
    expect(verdict(all(stage, { ...FELL, product: 'rohrpost-pi' }))).toMatchObject({ inside: 0, failed: 0 });
  });

  test('a failure of an earlier version is not this one’s', () => {
    const old: Partial<BoxReport> = { last: { version: '1.9.0', result: 'fell-back', code: 'database' } };
    expect(verdict(with_failures(stage.length, old))).toMatchObject({ kind: 'wait-reports', failed: 0 });
  });

  test('on trial is neither good nor bad', () => {
    expect(verdict(all(stage, { ...GOOD, trial: true, last: null }))).toMatchObject({ good: 0, failed: 0 });
  });
});

test('only the newest release of each product moves; stopped stays stopped; withdrawn is passed over', () => {
  const old = release(10, { version: '1.9.0' });
  const pi = release(100, { product: 'rohrpost-pi', version: '1.5.0' });
  const gone = release(1, { version: '3.0.0', withdrawn: true });
  const verdicts = judge(indexOf(old, release(1), pi, gone), { sequence: 7, stages: {} }, [], RULES, NOW);
  expect(verdicts.map((one) => [one.release.product, one.release.version, one.kind])).toEqual([
    ['rohrpost-amd64', '2.0.0', 'wait-time'],
    ['rohrpost-pi', '1.5.0', 'done'],
  ]);
  const stage = { percent: 1, stopped: true };
  expect(verdict([], { release: release(1, { stage }) })).toMatchObject({ kind: 'stopped' });
});

describe('the command, as cron runs it', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rohrpost-advance-'));
    await fleetKeys(join(folder, 'keys'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('stops a roll-out that fails, says why, ends with 1, and says so again the next time', async () => {
    const [channel, reports, keys] = ['channel', 'reports', 'keys'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const bundle = await handmadeBundle(join(folder, 'b.raucb'), { keys, version: '2.0.0' });
    await fleet('create', channel, '--name', 'stable', '--keys', keys);
    const notes = ['--notes-de', 'Neu', '--notes-en', 'New', '--percent', '10'];
    await fleet('publish', channel, '--keys', keys, '--bundle', bundle, ...notes);
    const shelf = await openShelf(reports);
    const [first, second] = inside(10) as [number, number];
    await shelf.put(reportOf(first, GOOD), { now_ms: Date.now(), by: 'https' });
    const advance = (...more: string[]) => fleet('advance', channel, '--reports', reports, '--keys', keys, ...more);
    const quiet = await advance('--min-reports', '1');
    expect(quiet, quiet.err).toMatchObject({ code: 0, out: expect.stringContaining('on after 24 h at the earliest') });
    const on = await advance('--min-reports', '1', '--after', '0h', '--steps', '1,10,50,100');
    expect(on).toMatchObject({ code: 0, out: expect.stringContaining('on from 10 % to 50 %') });
    await shelf.put(reportOf(second, FELL), { now_ms: Date.now(), by: 'https' });
    const stops = await advance();
    expect(stops).toMatchObject({ code: 1, out: expect.stringContaining('STOPPED at 50 %: 1 of 2 boxes') });
    expect(stops.out).toContain('1 × database');
    expect(await advance()).toMatchObject({ code: 1, out: expect.stringContaining('is stopped. 1 × database') });
    expect((await fleet('show', channel, '--keys', keys)).out).toContain('rohrpost-amd64 2.0.0: 50 % stopped');
  });

  test.each([
    ['--steps', '10,1'],
    ['--steps', 'x'],
    ['--max-failed', '-1'],
    ['--after', 'soon'],
    ['--min-reports', ''],
  ])('refuses %s %s', async (option, value) => {
    const told = await fleet('advance', folder, '--reports', folder, '--keys', join(folder, 'keys'), option, value);
    expect(told).toMatchObject({ code: 1, err: expect.stringContaining('option-invalid') });
  });
});
