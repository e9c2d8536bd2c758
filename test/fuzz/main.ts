/**
 * Fuzzes all targets, one after the other:
 *
 *     node test/fuzz/main.ts [--seconds 60] [--seed N] [--target NAME]
 *
 * The seconds are shared out evenly. The seed is printed: the same one plays the same game. What is found is written to
 * `build/fuzz`, and belongs into `test/fuzz/fixtures` once it is mended.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256 } from '../../src/core/ids.ts';
import { type Find, fuzzTarget, type Report } from './engine.ts';
import { moduleOf, TARGETS } from './targets.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'build', 'fuzz');
const COLUMNS = ['target', 'inputs', 'kept', 'refused', 'finds', 'slowest ms', 'peak MB'];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    target: { type: 'string' },
  },
});
const targets = TARGETS.filter((name) => values.target === undefined || name === values.target);
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
if (targets.length === 0 || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error(`usage: node test/fuzz/main.ts [--seconds 60] [--seed N] [--target ${TARGETS.join('|')}]`);
  process.exit(2);
}

console.log(`SEED ${seed}, ${seconds} s for ${targets.length} targets`);
console.log(row(COLUMNS));
const finds: Find[] = [];
for (const name of targets) {
  const report = await fuzzTarget({
    name,
    module: moduleOf(name),
    seed,
    budget_ms: (seconds * 1_000) / targets.length,
  });
  console.log(row(cells(report)));
  finds.push(...report.finds);
}
for (const find of finds) tell(find);
process.exitCode = finds.length > 0 ? 1 : 0;

function cells({ target, inputs, kept, refused, finds, slowest_ms, peak_mb }: Report): string[] {
  return [target, ...[inputs, kept, refused, finds.length, Math.round(slowest_ms), peak_mb].map(String)];
}

function row(texts: readonly string[]): string {
  return texts.map((text, index) => (index === 0 ? text.padEnd(10) : text.padStart(12))).join('');
}

function tell({ target, kind, text, input }: Find): void {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${target}-${sha256(input).slice(0, 12)}`);
  writeFileSync(path, input);
  console.log(`\n${target}: ${kind}, ${input.length} bytes in ${path}\n${text}`);
}
