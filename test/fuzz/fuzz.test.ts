import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Find, type FuzzOptions, fuzzTarget } from './engine.ts';
import { moduleOf, TARGETS } from './targets.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
/** Many inputs take an hour and `make fuzz`; these few show that every target still runs, and keeps its promises. */
const INPUTS = 200;
/** A busy machine may need it; an idle one is done in two seconds. */
const BUDGET_MS = 30_000;

const told = (finds: readonly Find[]) =>
  finds.map(({ kind, text, input }) => `${kind}: ${text} (${input.toString('hex').slice(0, 400)})`);

test.each(TARGETS)('%s: its seeds and some hundred strange inputs do no harm', async (name) => {
  const { finds, inputs, refused } = await fuzzTarget({
    ...{ name, module: moduleOf(name), seed: 5, budget_ms: BUDGET_MS, budget_inputs: INPUTS, guided: false },
  });
  expect(told(finds)).toEqual([]);
  expect(inputs).toBeGreaterThanOrEqual(INPUTS);
  if (!['gate', 'states'].includes(name)) expect(refused, 'what is wrong is refused').toBeGreaterThan(0);
  expect(refused, 'what is right is taken').toBeLessThan(inputs);
});

test.each(TARGETS)('%s: what was found once is found no more', async (name) => {
  const found = readdirSync(FIXTURES).filter((file) => file.startsWith(`${name}-`));
  const replay = found.map((file) => readFileSync(join(FIXTURES, file)));
  const { finds, inputs } = await fuzzTarget({ name, module: moduleOf(name), seed: 1, budget_ms: BUDGET_MS, replay });
  expect(told(finds)).toEqual([]);
  expect(inputs).toBe(found.length);
});

test('inputs that reach something new are kept, and changed further', async () => {
  const fields = { name: 'fields', module: moduleOf('fields'), seed: 3, budget_ms: BUDGET_MS, budget_inputs: 500 };
  expect((await fuzzTarget(fields)).kept).toBeGreaterThan(0);
  expect((await fuzzTarget({ ...fields, guided: false })).kept).toBe(0);
});

test('every fixture belongs to a target', () => {
  for (const file of readdirSync(FIXTURES)) expect(TARGETS).toContain(file.split('-')[0]);
});

describe('planted faults are found:', () => {
  const plant = (name: string, limits: FuzzOptions['limits'] = {}, seed = 7) => {
    const module = new URL(`./planted/${name}.ts`, import.meta.url).href;
    return fuzzTarget({
      name,
      module,
      seed,
      budget_ms: BUDGET_MS,
      budget_inputs: 2_000,
      limits: { restarts: 0, ...limits },
    });
  };

  test('an error that is none of ours, once and made short', async () => {
    const { finds } = await plant('throws');
    expect(finds).toHaveLength(1);
    expect(finds[0]).toMatchObject({ target: 'throws', kind: 'error' });
    expect(finds[0]!.text).toContain('planted');
    expect(finds[0]!.input.toString()).toBe('dd');
  });

  test('the same seed finds the same', async () => {
    const [first, second] = [await plant('throws', {}, 11), await plant('throws', {}, 11)];
    expect(told(second.finds)).toEqual(told(first.finds));
    expect(second.inputs).toBe(first.inputs);
  });

  test('a loop without end', async () => {
    const { finds } = await plant('hangs', { input_ms: 300 });
    expect(finds).toHaveLength(1);
    expect(finds[0]).toMatchObject({ kind: 'hang' });
    expect(finds[0]!.input[0]).not.toBe(0x61);
  });

  test('a hang is no end: the next thread goes on', async () => {
    const { finds, inputs } = await plant('hangs', { input_ms: 100, restarts: 2 });
    expect(finds).toHaveLength(3);
    expect(inputs).toBeGreaterThan(3);
  });

  test('waiting for nothing', async () => {
    const { finds } = await plant('waits', { wait_ms: 500 });
    expect(finds).toHaveLength(1);
    expect(finds[0]).toMatchObject({ kind: 'hang' });
  });

  test('a heap without end', async () => {
    const { finds } = await plant('eats-heap', { heap_mb: 48, input_ms: 20_000 });
    expect(finds).toHaveLength(1);
    expect(finds[0]).toMatchObject({ kind: 'memory' });
    expect(finds[0]!.input[0]).not.toBe(0x61);
  });

  test('buffers without end', async () => {
    const { finds, peak_mb } = await plant('eats-buffers', { growth_mb: 128 });
    expect(finds).toHaveLength(1);
    expect(finds[0]).toMatchObject({ kind: 'memory' });
    expect(peak_mb).toBeGreaterThan(128);
  });
});
