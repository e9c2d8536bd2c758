import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dropCounters, fillMany, manyPartners } from '../../test/support/many.ts';
import { newItem, studyFacts } from '../../test/support/store.ts';
import { newId } from '../core/ids.ts';
import { moves } from '../line/states.ts';
import { OLDEST } from '../store/removals.ts';
import type { StudyQuery } from '../store/search.ts';
import { openStore, type Store } from '../store/store.ts';
import { type Bench, seconds } from './bench.ts';
import { median } from './rounds.ts';

/** A large clinic after years: with 5 million instances, 7 GB, two minutes to make. */
const STUDIES = Number(process.env.BENCH_STUDIES ?? 100_000);
const ITEMS = 50;
const PAGE = 51;
const ASKED = 40;
const DAY_MS = 86_400_000;

/**
 * `studies.list_vs_page`: the slowest kind of search in the list of studies over reading as many rows by bare ids from the same
 * database. `studies.count_cost`: writing the rows of instances that arrive over the same without the triggers that count.
 */
export async function benchStudiesList(bench: Bench): Promise<void> {
  const end_ms = Date.UTC(2026, 10, 20);
  fillMany(bench.folder, { studies: STUDIES, itemsPerStudy: ITEMS, end_ms });
  const store = openStore(bench.folder, moves, 'visitor');
  bench.atEnd(async () => store.close());
  bench.remark(`${STUDIES} studies, ${STUDIES * ITEMS} instances`);
  const ids = store.overview.studies({ limit: PAGE }).map(({ id }) => id);
  const floor = measure(() => ids.map((id) => store.studies.get(id)));
  bench.remark(`${PAGE} rows by their ids: median ${ms(floor.median)}, p95 ${ms(floor.p95)}`);
  let slowest = 0;
  for (const [kind, query] of Object.entries(kinds(end_ms))) {
    const took = measure(() => store.overview.studies({ limit: PAGE, ...query }));
    const ratio = took.median / floor.median;
    slowest = Math.max(slowest, ratio);
    bench.remark(
      `${kind}: median ${ms(took.median)}, p95 ${ms(took.p95)}; ${ratio.toFixed(1)} times the rows by their ids`,
    );
  }
  for (const [name, question] of Object.entries(others(store))) {
    const took = measure(question);
    bench.remark(`${name}: median ${ms(took.median)}, p95 ${ms(took.p95)}`);
  }
  bench.result('studies.list_vs_page', slowest);
  bench.result('studies.count_cost', await countCost(bench));
}

function kinds(end_ms: number): Record<string, Partial<StudyQuery>> {
  return {
    'newest first': {},
    'far down the list': { after: { last_ms: end_ms - (STUDIES / 2) * 1_200_000, id: '' } },
    'one day': { from_ms: end_ms - 30 * DAY_MS, to_ms: end_ms - 29 * DAY_MS },
    'a common name': { name: 'testmüller' },
    'name and first name': { name: 'Testmüller^Erika' },
    'a name that nobody has': { name: 'niemand' },
    'three words, one of which nobody has': { name: 'test er niemand' },
    'Patient ID': { patientId: 'TEST-00012' },
    'Patient ID that nobody has': { patientId: 'none' },
    'accession number': { accession: 'ACC0000123' },
    'a rare partner': { partner: manyPartners[0] },
    'a partner without studies': { partner: 'nobody' },
    direction: { direction: 'in' },
    'what needs attention': { stages: ['held', 'refused', 'unconfirmed'] },
    'a stage that no study is in': { stages: ['arriving'] },
    'everything at once': { name: 'testm', partner: manyPartners[0], direction: 'in', stages: ['held'], from_ms: 1 },
  };
}

/** What else is asked of a database that has grown. */
function others(store: Store): Record<string, () => unknown> {
  const [study] = store.overview.studies({ limit: 1 });
  return {
    'counts of all states': () => store.overview.counts(),
    'the latest 20 troubles': () => store.overview.troubles(20),
    'latest moment': () => store.overview.latestMs(),
    'what is under way': () => store.moving.now(8),
    'traffic with partners': () => store.traffic.ofPartners(),
    quarantine: () => store.quarantine.studies(200),
    'due deliveries': () => store.deliveries.nextDue('due', []),
    'due mails': () => store.parts.nextDue('sealed', ['west']),
    'a timeline': () => store.lookup.wayOf(study!.id),
    'old enough to go': () =>
      store.removals.items({ doneBefore_ms: Date.now(), troubleBefore_ms: 1, after: OLDEST, limit: 500 }),
  };
}

function measure(work: () => unknown): { median: number; p95: number } {
  const times = Array.from({ length: ASKED }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  }).sort((a, b) => a - b);
  return { median: median(times), p95: times[Math.floor(ASKED * 0.95)]! };
}

const ms = (value: number) => `${value.toFixed(2)} ms`;

/** Studies that arrive, in commits of five instances, with the triggers that count and without; by processor time. */
async function countCost(bench: Bench): Promise<number> {
  const open = async (name: string, prepare: (folder: string) => void = () => {}) => {
    const folder = join(bench.folder, name);
    await mkdir(folder);
    openStore(folder, moves).close();
    prepare(folder);
    const store = openStore(folder, moves, 'visitor');
    bench.atEnd(async () => store.close());
    return store;
  };
  const stores = { counted: await open('counted'), bare: await open('bare', dropCounters) };
  const took = { counted: [] as number[], bare: [] as number[] };
  for (let round = 0; round < 2 * bench.rounds; round++) {
    for (const name of round % 2 === 0 ? (['counted', 'bare'] as const) : (['bare', 'counted'] as const)) {
      const before = process.cpuUsage();
      for (let n = 0; n < ARRIVING; n++) arrive(stores[name], `1.2.3.${round}.${n}`);
      const { user, system } = process.cpuUsage(before);
      took[name].push((user + system) / 1e6);
    }
  }
  const [counted, bare] = [median(took.counted), median(took.bare)];
  bench.remark(`rows of ${ARRIVING * ITEMS} instances: ${seconds(counted)} counted, ${seconds(bare)} not`);
  return counted / bare;
}

const ARRIVING = 20;
const COMMIT = 5;

/** The rows of a study as "receive" writes them. */
function arrive(store: Store, uid: string): void {
  const facts = studyFacts({ study_uid: uid });
  for (let first = 0; first < ITEMS; first += COMMIT) {
    store.transaction(() => {
      for (let number = first; number < first + COMMIT; number++) {
        const now_ms = 1.8e12 + number;
        const study =
          store.studies.find('out', 'NORD', uid) ??
          store.studies.add({ direction: 'out', origin: 'NORD', facts, state: 'arriving', lane: 'NORD', now_ms });
        store.items.withSopUid(study.id, `${uid}.${number}`);
        store.items.add(newItem(study.id, number, { path: newId(), sop_uid: `${uid}.${number}`, received_ms: now_ms }));
        store.studies.touch(study.id, { now_ms, open_since_ms: now_ms, modality: 'CT' });
        store.studies.setDue(study.id, now_ms, false);
      }
    });
  }
}
