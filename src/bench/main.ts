/**
 * `make bench`: prints one `name value` a line, smaller is better; lines with `#` say what was measured.
 *
 *     node src/bench/main.ts [receive] [send] [seal] [line] [studies] [fleet]      (none: all)
 *
 * BENCH_ROUNDS (5), BENCH_SLICES (600) and BENCH_STUDIES (100000) make it shorter for a try.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePhantom } from '../../scripts/phantom.ts';
import type { Bench } from './bench.ts';
import { benchFleet } from './fleet.ts';
import { benchLine } from './line.ts';
import { benchReceive } from './receive.ts';
import { benchSeal } from './seal.ts';
import { benchSend } from './send.ts';
import { benchStudiesList } from './studies-list.ts';

const BENCHES = {
  ...{ receive: benchReceive, send: benchSend, seal: benchSeal, line: benchLine },
  ...{ studies: benchStudiesList, fleet: benchFleet },
};
type Name = keyof typeof BENCHES;

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const slices = Number(process.env.BENCH_SLICES ?? 600);
const names = (process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES)) as Name[];
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0 || !(rounds >= 1) || !(slices >= 1)) {
  console.error(`usage: node src/bench/main.ts [${Object.keys(BENCHES).join('] [')}]`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'rohrpost-bench-'));
const closers: (() => Promise<unknown>)[] = [];
const cleanUp = async () => {
  for (const close of closers.splice(0).reverse()) await close();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    await cleanUp().catch(() => {});
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit(130);
  });
}

try {
  const studyFolder = join(folder, 'study');
  const study = await writePhantom({ folder: studyFolder, slices });
  console.log(`# ${availableParallelism()} cores, Node.js ${process.version}, ${rounds} rounds, medians`);
  console.log(`# study: ${slices} CT images, ${(study.sizeBytes / 1e6).toFixed(0)} MB`);
  for (const name of names) {
    const own = join(folder, name);
    await mkdir(own);
    const bench: Bench = {
      ...{ study, studyFolder, folder: own, rounds },
      result: (result, value) => console.log(`${result} ${value.toFixed(2)}`),
      remark: (text) => console.log(`# ${name}: ${text}`),
      atEnd: (close) => void closers.push(close),
    };
    try {
      await BENCHES[name](bench);
    } finally {
      await cleanUp();
      await rm(own, { recursive: true, force: true, maxRetries: 5 });
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
