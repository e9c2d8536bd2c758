/**
 * The mutation check: plants deliberate faults, one at a time, in a copy of the source, and sees whether a named test catches it.
 *
 *     node test/fault/mutate.ts [WORDS OF A NAME]
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutation, mutations } from './mutations.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['src', 'test', 'scripts', 'package.json', 'tsconfig.json'];
const RUN_MS = 10 * 60_000;

const wanted = process.argv.slice(2).join(' ');
const chosen = mutations.filter(({ name }) => name.includes(wanted));
const tree = await mkdtemp(join(tmpdir(), 'rp-mutations-'));
let survived = 0;
try {
  for (const name of COPIED) await cp(join(TOP, name), join(tree, name), { recursive: true });
  await symlink(join(TOP, 'node_modules'), join(tree, 'node_modules'));
  await mkdir(join(tree, 'build'));
  await symlink(join(TOP, 'build/page'), join(tree, 'build/page'));
  for (const mutation of chosen) {
    const catcher = await plant(mutation);
    if (catcher === null) survived++;
    console.log(
      `${catcher === null ? 'SURVIVED' : 'caught  '}  ${mutation.name}\n            ${catcher ?? mutation.tests}`,
    );
  }
} finally {
  await rm(tree, { recursive: true, force: true });
}
console.log(`\n${chosen.length - survived} of ${chosen.length} caught`);
process.exitCode = survived > 0 || chosen.length === 0 ? 1 : 0;

/** The name of the test that catches it; null: none does. */
async function plant({ file, from, to, tests, caughtBy }: Mutation): Promise<string | null> {
  const path = join(tree, file);
  const sound = await readFile(path, 'utf8');
  if (sound.split(from).length !== 2) throw new Error(`${file} has not exactly one: ${from}`);
  await writeFile(
    path,
    sound.replace(from, () => to),
  );
  try {
    const failed = await failedTests(tests);
    return failed.find((name) => caughtBy.test(name)) ?? null;
  } finally {
    await writeFile(path, sound);
  }
}

async function failedTests(tests: readonly string[]): Promise<string[]> {
  const report = join(tree, 'build/report.json');
  await rm(report, { force: true });
  const args = ['run', '--config', 'test/vitest.config.ts', '--reporter=json', `--outputFile=${report}`, ...tests];
  await new Promise<void>((resolve) => {
    execFile(join(TOP, 'node_modules/.bin/vitest'), args, { cwd: tree, timeout: RUN_MS }, () => resolve());
  });
  const { testResults } = JSON.parse(await readFile(report, 'utf8')) as {
    testResults: { assertionResults: { fullName: string; status: string }[] }[];
  };
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
}
