import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type RollOuts,
  runRollOuts,
  type Simulation,
  startSimulation,
  wrongInstalls,
} from '../support/fleet-simulation.ts';

const BOXES = 1000;
const HOUR_MS = 3_600_000;
const RULES = { steps: [1, 10, 100], most_failed_percent: 2, least_reports: 5, after_ms: 2 * HOUR_MS };
let world: Simulation;
let ran: RollOuts;

beforeAll(async () => {
  const window = { from: '00:00', to: '00:00' };
  world = await startSimulation({ boxes: BOXES, rules: RULES, window, bundle_bytes: 16_384 });
  ran = await runRollOuts(world);
}, 300_000);
afterAll(() => world.stop());

test('a thousand boxes take a version that works in three stages, each of them once', () => {
  const { verdict, stages, onIt } = ran.good;
  expect(verdict).toMatchObject({ kind: 'done', good: BOXES, failed: 0, inside: BOXES });
  expect(onIt).toBe(BOXES);
  expect(stages[1]).toBeGreaterThan(0);
  expect(stages[1]).toBeLessThan(BOXES * 0.03);
  expect(stages[10]! + stages[1]!).toBeLessThan(BOXES * 0.14);
  expect(stages[1]! + stages[10]! + stages[100]!).toBe(BOXES);
});

test('a version that does not work is stopped in its first stage; those that took it are back, and do not try it again', async () => {
  const { verdict, took, onIt, fellBack } = ran.broken;
  expect(verdict).toMatchObject({ kind: 'stop', why: expect.stringMatching(/^\d+ × [a-z-]+$/) });
  expect(took).toBeGreaterThan(0);
  expect(took).toBeLessThan(BOXES * 0.03);
  expect(fellBack).toBe(took);
  expect(onIt).toBe(0);
  const [release] = (await world.index()).releases.filter(({ version }) => version === '3.0.0');
  expect(release!.stage).toEqual({ percent: 1, stopped: true });
});

test('no box installs outside its stage, after the stop, or twice', () => {
  expect(world.installs).toHaveLength(BOXES + ran.broken.took);
  expect(wrongInstalls(world.installs)).toEqual([]);
});

test('the operator knows of every box what runs on it', async () => {
  const told = new Map((await world.records()).map(({ report }) => [report.box, report]));
  expect(told.size).toBe(BOXES);
  expect(world.boxes.filter(({ id, version }) => told.get(id)?.version !== version)).toEqual([]);
  // One at the start, and for each update one when it is installed and one when it is known what became of it.
  expect(world.reports()).toBeGreaterThanOrEqual(BOXES + 2 * world.installs.length);
});

test('boxes look once an hour, each at its own minute, also when all are switched on at once', () => {
  const counts = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => world.polls[from + at] ?? 0);
  // The first stage: a hundredth of the boxes restarts, the others do nothing but look.
  const quiet = counts(60, 120);
  const hourly = quiet.reduce((sum, count) => sum + count, 0);
  expect(hourly).toBeGreaterThan(BOXES * 0.95);
  expect(hourly).toBeLessThan(BOXES * 1.1);
  expect(Math.max(...quiet)).toBeLessThan(3 * (BOXES / 60));
  expect(Math.max(...counts(0, 60))).toBeLessThan(BOXES * 0.4);
});
